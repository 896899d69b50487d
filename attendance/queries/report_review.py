"""The review of a meeting report: the people it lists, by group; what it would change; what to check first."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.core.paginator import Page, Paginator
from django.db.models import Count, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from attendance.meeting_reports.matching import MatchGroup
from attendance.meeting_reports.reading import Doubt
from attendance.models import Report, ReportedPerson
from attendance.queries.attendance_records import terms_of
from attendance.queries.chasers import ABSENT, absent, is_old, missed, why_nobody
from attendance.queries.expected import expected_at
from attendance.queries.live_differences import LiveDifference, live_differences
from attendance.queries.report_effects import ReportEffect, effects_of
from attendance.queries.report_roster import SUGGESTED, People
from attendance.rules.attendance import AttendanceStatus, EvidenceKind, supports_settling
from attendance.wording import status_word, times_of
from programme.models import Participant
from udtacademy.accounts.models import User
from udtacademy.tables.decoding import OLDER, strictly

PER_PAGE = 100
MOST_SPELLINGS = 5
AN_HOUR_OFF = dt.timedelta(minutes=35)
EXPLANATIONS = {
    MatchGroup.TO_CHOOSE: _lazy(
        "These people are not counted until you choose who they are. Nobody is matched by a first name alone, a name that "
        "several people have, or an address that belongs to somebody else. Addresses and full names are remembered."
    ),
    MatchGroup.UNKNOWN: _lazy(
        "Nobody in this edition has a similar name. These people are deleted after a while unless you choose who they are."
    ),
    MatchGroup.MATCHED: _lazy("These people are counted when you apply the report."),
    MatchGroup.IGNORED: _lazy("Hosts, note-taking programs, and people who never entered the meeting."),
}


@dataclass(frozen=True)
class Counted:
    """The number of people and of lines in one group."""

    group: MatchGroup
    n_people: int
    n_lines: int

    @property
    def label(self) -> str:
        return str(ReportedPerson.Group(self.group).label)

    @property
    def explanation(self) -> str:
        return str(EXPLANATIONS[self.group])


@dataclass(frozen=True)
class Settling:
    """What settling the session along with the report would do. `why_not`: why it is not offered; "" if it is.

    `emailed`: who gets an automatic email; `anyway`: who else could be emailed; `why_nobody`: why no automatic emails.
    """

    why_not: str
    emailed: Sequence[Participant] = ()
    anyway: Sequence[Participant] = ()
    why_nobody: Sequence[str] = ()


class Review:
    """One report as a page shows it. `wanted`: the group to show; otherwise the first that is not empty. `typed`: names and addresses to be found."""

    def __init__(
        self, report: Report, by: User, *, wanted: str = "", number: str = "1", typed: Iterable[str] = ()
    ) -> None:
        self.report, self.by = report, by
        self.people = People(report.edition, typed)
        filled = [it.group for it in self.groups if it.n_people]
        self.group = MatchGroup(wanted) if wanted in set(MatchGroup) else (filled[0] if filled else MatchGroup.MATCHED)
        self.number = number

    @cached_property
    def groups(self) -> list[Counted]:
        counted = self.report.people.order_by().values_list("group").annotate(Count("pk"), Sum("n_lines"))
        by_group = {group: (n, n_lines) for group, n, n_lines in counted}
        return [Counted(group, *by_group.get(group, (0, 0))) for group in MatchGroup]

    @property
    def n_people(self) -> int:
        return sum(it.n_people for it in self.groups)

    @property
    def n_lines(self) -> int:
        return sum(it.n_lines for it in self.groups)

    @property
    def n_matched(self) -> int:
        return next(it.n_people for it in self.groups if it.group is MatchGroup.MATCHED)

    @property
    def current(self) -> Counted:
        return next(it for it in self.groups if it.group is self.group)

    @cached_property
    def page(self) -> "Page[ReportedPerson]":
        people = (
            self.report.people.in_group(self.group).with_participants().prefetch_related("shared__participant__user")
        )
        return Paginator(
            people.order_by("-how" if self.group is MatchGroup.IGNORED else "how", "position"), PER_PAGE
        ).get_page(self.number)

    @cached_property
    def effects(self) -> dict[int, ReportEffect]:
        return {} if self.report.is_applied else effects_of(self.report)

    @property
    def rows(self) -> list[tuple[ReportedPerson, ReportEffect | None]]:
        return [(it, self.effects.get(it.participant_id or 0)) for it in self.page]

    @property
    def outcome(self) -> list[tuple[str, int]]:
        """Return how many people would have each status: "present" → 12."""
        n_by_status = Counter(it.after.status for it in self.effects.values())
        return [(status_word(status), n_by_status[status]) for status in AttendanceStatus if n_by_status[status]]

    @property
    def n_changes(self) -> int:
        return sum(it.changes for it in self.effects.values())

    @cached_property
    def overridden(self) -> list[tuple[Participant, ReportEffect]]:
        """Return the people for whom a decision or an excuse overrides the report."""
        pks = [pk for pk, it in self.effects.items() if it.is_overridden]
        people = (
            Participant.objects.with_people().filter(pk__in=pks).order_by("delegation__city__name", "user__name", "pk")
        )
        return [(it, self.effects[it.pk]) for it in people]

    @cached_property
    def only_clicked(self) -> list[Participant]:
        """Return people not in the report who have no other evidence than a click on Join, by city and name."""
        listed = set(self.report.people.values_list("participant", flat=True))  # also those without minutes
        clicked = (pk for pk, it in self.effects.items() if not it.is_listed and it.after.source == EvidenceKind.JOIN)
        pks = [pk for pk in clicked if pk not in listed]
        people = Participant.objects.with_people().filter(pk__in=pks)
        return list(people.order_by("delegation__city__name", "user__name", "pk"))

    @cached_property
    def live_differences(self) -> list[LiveDifference]:
        return live_differences(self.report)

    @property
    def is_early(self) -> bool:
        """Return whether the file was uploaded before the session had ended."""
        return self.starts_at is not None and not self.report.is_whole

    @cached_property
    def settling(self) -> Settling | None:
        """Return what settling would do; None if there is nothing to settle: not a core session, not over, or settled."""
        report, session, now = self.report, self.report.session, timezone.now()
        if report.is_applied or session is None or not session.is_core or hasattr(session, "settled"):
            return None
        if not times_of(session).has_ended(now):
            return None
        if self.is_early:
            return Settling(_("The file was uploaded before the session ended."))
        expecting = {pk: it.after.status for pk, it in self.effects.items()}
        n_ignored = next(it.n_people for it in self.groups if it.group is MatchGroup.IGNORED)
        numbers = {
            "n_matched": self.n_matched,
            "n_listed": self.n_people - n_ignored,
            "n_absent": sum(expecting.get(it.pk, AttendanceStatus.NONE) in ABSENT for it in absent(session)),
            "n_expected": expected_at(session).count(),
        }
        if not supports_settling(**numbers):
            return Settling(
                _(
                    "%(n_matched)s of %(n_listed)s people in the file are matched, and %(n_absent)s of the %(n_expected)s "
                    "people expected would be absent. First match more people, or upload the other files of the meeting."
                )
                % numbers
            )
        is_silent = is_old(session, now) or not session.edition.sends_chasers
        people = list(missed(session, expecting=expecting))
        emailed, anyway = ([], people) if is_silent else (people, [])
        return Settling("", emailed, anyway, [] if emailed else why_nobody(session, now))

    @property
    def starts_at(self) -> dt.datetime | None:
        window = terms_of(self.report.session).window if self.report.session else None
        return window[0] if window else None

    @property
    def is_hour_off(self) -> bool:
        """Return whether the first join is so far from the start that the time zone may be wrong."""
        first, start = self.report.first_join_at, self.starts_at
        return bool(first and start and abs(first - start) >= AN_HOUR_OFF)

    def suggested(self, people: Sequence[ReportedPerson]) -> dict[int, list[Participant]]:
        """Return the participants to suggest for each person, in order: those who take part, or wait for approval."""
        pks = {pk for person in people for pk in person.suggestions}
        known = Participant.objects.with_people().filter(edition=self.report.edition, state__in=SUGGESTED).in_bulk(pks)
        return {person.pk: [known[pk] for pk in person.suggestions if pk in known] for person in people}


def spellings_of(report: Report) -> list[tuple[str, str]]:
    """Return how names with accents read in each possible encoding; [] if the file leaves no doubt."""
    if Doubt.ENCODING not in report.doubts or report.forgotten_at:
        return []
    names = [it.name for it in report.people.order_by("position") if not it.name.isascii()][:MOST_SPELLINGS]
    if not names:
        return []
    spellings = []
    for encoding in OLDER:
        spelt = (strictly(name.encode(report.encoding, errors="replace"), encoding) for name in names)
        spellings.append((encoding, ", ".join(spelt)))
    return spellings
