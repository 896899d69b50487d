"""The people in a session's meeting, as its platform reports them: how many now, and whom nobody knows."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from attendance.meeting_reports.matching import MatchGroup
from attendance.models import PlatformPerson
from attendance.queries.report_roster import SUGGESTED
from programme.models import Participant, Session
from udtacademy.db.prepared import Parameter, prepared

TO_CHOOSE = Q(group__in=[MatchGroup.TO_CHOOSE, MatchGroup.UNKNOWN])


@dataclass(frozen=True)
class InMeeting:
    """How many people a platform has reported at all, how many are there now or wait, and how many nobody knows."""

    n: int
    n_inside: int
    n_waiting: int
    n_unknown: int


def in_meeting(session: Session) -> InMeeting:
    """Return how many people are in a session's meeting. One query."""
    return next((InMeeting(*numbers) for numbers in _in_meeting(session=session.pk)), InMeeting(0, 0, 0, 0))


@prepared
def _in_meeting() -> QuerySet[PlatformPerson, tuple[int, ...]]:
    people = PlatformPerson.objects.filter(session=Parameter("session")).order_by().values("session")
    numbers = people.annotate(
        n=Count("pk"),
        n_inside=Count("pk", filter=Q(is_inside=True)),
        n_waiting=Count("pk", filter=Q(is_waiting=True)),
        n_unknown=Count("pk", filter=TO_CHOOSE),
    )
    return numbers.values_list("n", "n_inside", "n_waiting", "n_unknown")


def people_in_meeting(session: Session) -> list[PlatformPerson]:
    """Return everybody whom platforms reported at a session: those to be matched first, then by name. Two queries."""
    people = PlatformPerson.objects.filter(session=session).with_participants().order_by("name", "pk")
    order = {MatchGroup.TO_CHOOSE: 0, MatchGroup.UNKNOWN: 1}
    return sorted(people, key=lambda it: order.get(MatchGroup(it.group), len(order)))


def is_to_choose(person: PlatformPerson) -> bool:
    """Return whether nobody has decided yet who somebody is, or it was left open."""
    return person.group in {MatchGroup.TO_CHOOSE, MatchGroup.UNKNOWN}


def suggested(people: Sequence[PlatformPerson], session: Session) -> dict[int, list[Participant]]:
    """Return the participants to suggest for each person, in order. One query."""
    pks = {pk for person in people for pk in [*person.suggestions, person.participant_id] if pk}
    known = Participant.objects.with_people().filter(edition=session.edition, state__in=SUGGESTED).in_bulk(pks)
    return {
        person.pk: [known[pk] for pk in dict.fromkeys([person.participant_id, *person.suggestions]) if pk in known]
        for person in people
    }


def minutes_of(person: PlatformPerson, now: dt.datetime) -> int:
    """Return for how many minutes somebody was, or has been, in the meeting."""
    length = sum(((it.ends_at or now) - it.starts_at for it in person.stays), dt.timedelta())
    return int(length.total_seconds() // 60)
