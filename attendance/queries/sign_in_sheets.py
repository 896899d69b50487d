"""Sign-in sheets: who is on them, in which order, and what was ticked when they came back."""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from attendance.models import Attendance, Evidence
from attendance.models.evidence import EvidenceQuerySet
from attendance.queries.attendance_records import terms_of
from attendance.queries.badge_people import by_city
from attendance.queries.expected import expected_at
from attendance.queries.sessions import attended_sessions
from attendance.rules.check_in import DOOR_OPENS_BEFORE
from attendance.wording import basis
from programme.models import Delegation, Edition, Participant, Session
from programme.queries.in_person_days import InPersonDay

SIGNED = "sign-in sheet"  # the note of the evidence, as it is stored


@dataclass(frozen=True)
class Line:
    """A person on a sheet. `basis`: what else is recorded about them, in words; `is_signed`: ticked on the page."""

    participant: Participant
    is_signed: bool = False
    basis: str = ""

    @property
    def number(self) -> int:
        """Return the person's number: the same on each sheet, also after others have been added, renamed or have left."""
        return self.participant.pk


@dataclass(frozen=True)
class CityLines:
    delegation: Delegation
    lines: Sequence[Line]


def sessions_with_sheets(edition: Edition) -> list[Session]:
    """Return the sessions in person that are not cancelled, in programme order, with their places and actual times."""
    held = attended_sessions(edition).filter(format=Session.Format.IN_PERSON).exclude(status=Session.Status.CANCELLED)
    return list(held.with_place().select_related("edition", "actual_time").in_programme_order())


def people_at(session: Session) -> list[Participant]:
    """Return who is expected at a session, in the order of its sheet. One query."""
    return in_order(expected_at(session).with_people())


def people_on(edition: Edition, day: InPersonDay) -> list[Participant]:
    """Return who is expected on a day in person, in the order of its sheet. One query."""
    people = edition.participants.registered().with_people().with_held_seats()
    return in_order(it for it in people if day.expects(it))


def in_order(people: Iterable[Participant]) -> list[Participant]:
    """Return people by city and name."""
    return sorted(people, key=lambda it: by_city(it.delegation.city.name, it.delegation_id, it.user.name, it.pk))


def cities_of(lines: Iterable[Line]) -> list[CityLines]:
    """Return lines, which are in the order of a sheet, by city."""
    cities: dict[Delegation, list[Line]] = {}
    for line in lines:
        cities.setdefault(line.participant.delegation, []).append(line)
    return [CityLines(delegation, of_city) for delegation, of_city in cities.items()]


def tick_list(session: Session) -> list[CityLines]:
    """Return the sheet of a session with what is recorded. Three queries."""
    signed = set(signatures(session).values_list("participant", flat=True))
    rows = {it.participant_id: it for it in Attendance.objects.established().filter(session=session)}
    return cities_of(
        Line(person, person.pk in signed, basis(rows[person.pk]) if person.pk in rows else "")
        for person in people_at(session)
    )


def signatures(session: Session) -> EvidenceQuerySet:
    """Return the evidence of the sheet of a session: an organiser's word with the sheet's note, not retracted."""
    return Evidence.objects.effective().filter(session=session, kind=Evidence.Kind.WORD, note=SIGNED)


def existing(people: Collection[int]) -> frozenset[int]:
    """Return which people, by primary key, are still in the database, in any edition."""
    return frozenset(Participant.objects.filter(pk__in=people).values_list("pk", flat=True))


def sheets_of(edition: Edition, now: dt.datetime) -> list[tuple[Session, bool, dt.datetime | None]]:
    """Return the sessions with sheets: each with whether its sheet can be ticked now, and since or from when; None without a time."""
    opens = [(it, ticked_from(it)) for it in sessions_with_sheets(edition)]
    return [(session, at is not None and at <= now, at) for session, at in opens]


def ticked_from(session: Session) -> dt.datetime | None:
    """Return from when a sheet can be ticked: an hour before the start, as check-in opens; None without a time."""
    window = terms_of(session).window
    return window[0] - DOOR_OPENS_BEFORE if window else None
