"""Who is written to after a core session: those who missed it, and the coordinators of their cities."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q

from attendance import rules
from attendance.models import Attendance, Excuse
from attendance.standing import expected_at
from programme.models import Delegation, Edition, Message, Participant, Session

CHASED_AFTER = dt.timedelta(hours=24)  # unless an organiser says earlier that attendance is settled
CHASED_FOR = dt.timedelta(days=7)


@dataclass(frozen=True)
class Chase:
    """One core session that is over: who missed it and has not been written to, by city."""

    session: Session
    due_at: dt.datetime
    cities: Sequence[tuple[Delegation, Participant | None, Sequence[Participant]]]  # with the coordinator to write to

    @property
    def people(self) -> list[Participant]:
        return [person for _city, _coordinator, members in self.cities for person in members]

    @property
    def coordinators(self) -> list[Participant]:
        return [coordinator for _city, coordinator, _members in self.cities if coordinator]


def sessions_to_chase(now: dt.datetime, edition: Edition | None = None) -> list[Session]:
    """The core sessions that ended lately, with their editions, the last first; `due_at` says from when."""
    found = Session.objects.published().filter(is_core=True, ends_at__lte=now, ends_at__gt=now - CHASED_FOR)
    found = found.exclude(status=Session.Status.CANCELLED).exclude(format=Session.Format.BREAK)
    if edition:
        found = found.filter(edition=edition)
    return list(found.select_related("edition__venue", "settled", "taught").order_by("-ends_at", "pk"))


def due_at(session: Session) -> dt.datetime:
    """When those who missed it are written to: once it is settled, or a day after its end."""
    settled = getattr(session, "settled", None)
    assert session.ends_at is not None  # noqa: S101 - it is over
    return settled.settled_at if settled else session.ends_at + CHASED_AFTER


def chase(session: Session) -> Chase:
    """Whom to write to about a session that is over. Five queries.

    Not to those who were there for a part (an organiser decides), are excused, wait for an answer to a request, or
    registered afterwards; nor, where each city is to be represented, to those whose city was.
    """
    missed = [it for it in absent(session) if it.pk not in written_to(session, "missed")]
    if session.edition.attendance_rule == Edition.AttendanceRule.EACH_CITY:
        represented = represented_cities(session)
        missed = [it for it in missed if it.delegation_id not in represented]
    by_city: dict[Delegation, list[Participant]] = defaultdict(list)
    for person in missed:
        by_city[person.delegation].append(person)
    informed = written_to(session, "missed-city")
    coordinators = {
        it.delegation_id: it
        for it in Participant.objects.registered().with_people().filter(edition=session.edition_id, is_coordinator=True)
        if it.delegation_id not in informed
    }
    cities = [(city, coordinators.get(city.pk), members) for city, members in by_city.items()]
    return Chase(session, due_at(session), cities)


def absent(session: Session) -> list[Participant]:
    """Those who should have been there and were not, by city and name."""
    row = Attendance.objects.established().filter(session=session, participant=OuterRef("pk"))
    asked = Excuse.objects.asked().filter(session=session, participant=OuterRef("pk"))
    is_absent = ~Q(Exists(row)) | Q(Exists(row.filter(status=rules.Status.ABSENT.value)))
    people = expected_at(session).with_people().filter(is_absent, ~Exists(asked), state_at__lt=session.ends_at)
    return list(people.order_by("delegation__city__name", "delegation_id", "user__name", "pk"))


def represented_cities(session: Session) -> set[int]:
    statuses = [it.value for it in rules.REPRESENTS]
    there = Attendance.objects.filter(session=session, status__in=statuses)
    return set(there.values_list("participant__delegation", flat=True))


def key(kind: str, session: Session, pk: int) -> str:
    """What makes a message of a session unique; `pk` is the participant's or the city's."""
    return f"{kind}:{session.pk}:{pk}"


def written_to(session: Session, kind: str) -> set[int]:
    """The numbers of those to whom such a message was written already."""
    keys = Message.objects.filter(dedupe_key__startswith=f"{kind}:{session.pk}:").values_list("dedupe_key", flat=True)
    return {int(it.rpartition(":")[2]) for it in keys if it}
