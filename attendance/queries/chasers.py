"""Who gets an email after a core session: people who missed it, and their cities' coordinators."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from attendance.models import Attendance, Excuse, Report
from attendance.models.actual_time import end_of
from attendance.queries.sessions import attended
from attendance.queries.standing import expected_at
from attendance.rules.attendance import REPRESENTS, AttendanceStatus
from attendance.wording import times_of
from programme.models import Delegation, Edition, Participant, Session
from programme.models.session_queryset import SessionQuerySet
from udtacademy.outbox.models import Message

CHASED_AFTER = dt.timedelta(hours=24)  # unless an organiser says earlier that attendance is settled
CHASED_FOR = dt.timedelta(days=7)


@dataclass(frozen=True)
class Chase:
    """A core session that is over, and the people who missed it and have not been sent an email, by city."""

    session: Session
    due_at: dt.datetime
    cities: Sequence[tuple[Delegation, Participant | None, Sequence[Participant]]]  # with the coordinator to email

    @property
    def people(self) -> list[Participant]:
        return [person for _delegation, _coordinator, members in self.cities for person in members]

    @property
    def coordinators(self) -> list[Participant]:
        return [coordinator for _delegation, coordinator, _members in self.cities if coordinator]


def sessions_to_chase(now: dt.datetime, edition: Edition | None = None) -> list[Session]:
    """Return core sessions that ended in the last CHASED_FOR, with their editions, the latest first.

    `due_at` says when the emails are due.
    """
    over = core_sessions_over(now, since=now - CHASED_FOR)
    return list(over.filter(edition=edition) if edition else over)


def sessions_of_long_ago(edition: Edition, now: dt.datetime) -> list[Session]:
    """Return the core sessions that are too old for automatic emails, the latest first."""
    return list(core_sessions_over(now - CHASED_FOR).filter(edition=edition))


def core_sessions_over(now: dt.datetime, *, since: dt.datetime | None = None) -> SessionQuerySet:
    """Return core sessions that were held and ended by `now`, after `since`, the latest first, with relations."""
    held = attended(Session.objects.filter(is_core=True)).exclude(status=Session.Status.CANCELLED)
    over = held.alias(ended_at=end_of()).filter(ended_at__lte=now)
    if since:
        over = over.filter(ended_at__gt=since)
    return over.select_related("edition__venue", "settled", "actual_time").order_by("-ended_at", "pk")


def due_at(session: Session) -> dt.datetime:
    """Return when to email people who missed a session: once it is settled, or a day after its end."""
    settled = getattr(session, "settled", None)
    ends_at = times_of(session).ends_at
    assert ends_at is not None  # noqa: S101 - it is over
    return settled.settled_at if settled else ends_at + CHASED_AFTER


def has_waiting_report(session: Session) -> bool:
    """Return whether a report of the session is not applied, so it is not yet known who was missing."""
    return Report.objects.filter(session=session, state=Report.State.READ).exists()


def chase(
    session: Session, *, with_late: bool = False, expecting: Mapping[int, AttendanceStatus] = MappingProxyType({})
) -> Chase:
    """Return the people to email about a session that is over. Five queries.

    Left out: people who were partly present (an organiser decides), are excused, have an open request, or registered
    afterwards (unless `with_late`); where each city has to be represented, people of cities that were.
    `expecting`: statuses that are still to be recorded, by participant.
    """
    emailed = emailed_about(session, "missed")
    missed = [person for person in absent(session, with_late=with_late) if person.pk not in emailed]
    missed = [person for person in missed if expecting.get(person.pk, AttendanceStatus.NONE) in ABSENT]
    if session.edition.attendance_rule == Edition.AttendanceRule.EACH_CITY:
        represented = represented_cities(session, expecting)
        missed = [person for person in missed if person.delegation_id not in represented]
    by_city: dict[Delegation, list[Participant]] = defaultdict(list)
    for person in missed:
        by_city[person.delegation].append(person)
    informed = emailed_about(session, "missed-city")
    coordinators = {
        person.delegation_id: person
        for person in Participant.objects.registered()
        .with_people()
        .filter(edition=session.edition_id, is_coordinator=True)
        if person.delegation_id not in informed
    }
    cities = [(delegation, coordinators.get(delegation.pk), members) for delegation, members in by_city.items()]
    return Chase(session, due_at(session), cities)


ABSENT = frozenset({AttendanceStatus.NONE, AttendanceStatus.ABSENT})


def is_old(session: Session, now: dt.datetime) -> bool:
    """Return whether a session ended too long ago for automatic emails."""
    return times_of(session).has_ended(now - CHASED_FOR)


def registered_later(person: Participant, session: Session) -> bool:
    """Return whether a person registered after the session's end: they have not missed it, but have to make it up."""
    return not times_of(session).was_registered(person.registered_at)


def absent(session: Session, *, with_late: bool = False) -> list[Participant]:
    """Return the people who should have been there and were not, by city and name.

    People who registered after its end are left out unless `with_late`; people with an open request always are.
    """
    row = Attendance.objects.established().filter(session=session, participant=OuterRef("pk"))
    asked = Excuse.objects.asked().filter(session=session, participant=OuterRef("pk"))
    is_absent = ~Q(Exists(row)) | Q(Exists(row.filter(status=AttendanceStatus.ABSENT.value)))
    people = expected_at(session, with_late=with_late).with_people().filter(is_absent, ~Exists(asked))
    return list(people.order_by("delegation__city__name", "delegation_id", "user__name", "pk"))


def represented_cities(session: Session, expecting: Mapping[int, AttendanceStatus]) -> set[int]:
    """Return the delegations, by primary key, of which somebody was there, or will have been by `expecting`."""
    people = Participant.objects.filter(edition=session.edition_id).values_list("pk", "delegation")
    rows = Attendance.objects.established().filter(session=session).values_list("participant", "status")
    statuses = {pk: AttendanceStatus(status) for pk, status in rows} | dict(expecting)
    return {delegation for pk, delegation in people if statuses.get(pk) in REPRESENTS}


def why_nobody(session: Session, now: dt.datetime) -> list[str]:
    """Return the reasons why settling a core session sends no automatic emails, as sentences. Four queries."""
    reasons = []
    if not session.edition.sends_chasers:
        reasons.append(_("This edition sends no emails after core sessions."))
    if is_old(session, now):
        reasons.append(_("The session ended more than a week ago."))
    missed, with_late = absent(session), absent(session, with_late=True)
    emailed = emailed_about(session, "missed")
    n_late, n_emailed = len(with_late) - len(missed), sum(person.pk in emailed for person in missed)
    n_asked = Excuse.objects.asked().filter(session=session).count()
    if n_late:
        text = ngettext(
            "%(n)s person registered after the session.", "%(n)s people registered after the session.", n_late
        )
        reasons.append(text % {"n": n_late})
    if n_emailed:
        text = ngettext(
            "%(n)s person has already been sent an email.", "%(n)s people have already been sent an email.", n_emailed
        )
        reasons.append(text % {"n": n_emailed})
    if n_asked:
        text = ngettext("%(n)s request waits for a decision.", "%(n)s requests wait for a decision.", n_asked)
        reasons.append(text % {"n": n_asked})
    if missed and not reasons:
        reasons.append(_("Every city was represented."))
    return reasons or [_("Nobody is missing.")]


def key(kind: str, session: Session, pk: int) -> str:
    """Return the deduplication key of a message about a session. `pk`: the participant's or the city's."""
    return f"{kind}:{session.pk}:{pk}"


def emailed_about(session: Session, kind: str) -> set[int]:
    """Return the primary keys of the people or cities for whom there is a message of that kind about the session."""
    keys = Message.objects.filter(dedupe_key__startswith=f"{kind}:{session.pk}:").values_list("dedupe_key", flat=True)
    return {int(it.rpartition(":")[2]) for it in keys if it}
