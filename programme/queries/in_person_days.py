"""The days of an edition's in-person part, and who is expected on each."""

import datetime as dt
from dataclasses import dataclass

from django.utils.formats import date_format

from programme.models import Edition, Participant, Session

DAY = "D j F Y"


@dataclass(frozen=True)
class InPersonDay:
    """A day with sessions in person. `is_for_everybody`: one of them is not parallel; `parallel`: the others."""

    day: dt.date
    is_for_everybody: bool
    parallel: frozenset[int]

    @property
    def label(self) -> str:
        return date_format(self.day, DAY)

    def expects(self, participant: Participant) -> bool:
        """Return whether the day is in a participant's programme. Needs `with_held_seats`."""
        return self.is_for_everybody or not self.parallel.isdisjoint(participant.held_in)


def in_person_days(edition: Edition) -> list[InPersonDay]:
    """Return the days on which published sessions are held in person. One query."""
    sessions = edition.sessions.published().filter(format=Session.Format.IN_PERSON)
    of_day: dict[dt.date, list[Session]] = {}
    for session in sessions.exclude(status=Session.Status.CANCELLED):
        session.edition = edition
        if session.local_day:
            of_day.setdefault(session.local_day, []).append(session)
    return [
        InPersonDay(
            day,
            is_for_everybody=any(it.track_id is None for it in of_day[day]),
            parallel=frozenset(it.pk for it in of_day[day] if it.track_id is not None),
        )
        for day in sorted(of_day)
    ]
