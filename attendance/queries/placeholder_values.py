"""The placeholder of attendance in what organisers write to people."""

import datetime as dt
from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from attendance.queries.standing import cities_of, session_and_day
from attendance.rules.standing import Case
from programme.models import Edition, Participant
from programme.placeholders import PLACEHOLDERS, Placeholder

MISSING = (Case.LOST, Case.NEVER_MADE_UP, Case.MISSED, Case.TO_MAKE_UP)


def missing_core_sessions(edition: Edition, people: Sequence[Participant], now: dt.datetime) -> Mapping[int, str]:
    """Return the core sessions that each reader has missed or still has to make up, as their standing says. Six queries."""
    cities = cities_of(edition, now, among={it.delegation_id for it in people})
    reasoned = {person.participant.pk: person.reasoned for city in cities for person in city.people}
    missing = {pk: [session_and_day(it, now) for it in of_one.of(*MISSING)] for pk, of_one in reasoned.items()}
    return {it.pk: "; ".join(missing.get(it.pk, ())) or _("none") for it in people}


def register() -> None:
    PLACEHOLDERS["missing_core_sessions"] = Placeholder(
        _lazy("core sessions that they have missed, with the days"),
        _lazy("Peer-learning on 24 September"),
        missing_core_sessions,
    )
