"""The placeholder of attendance in what organisers write to people."""

import datetime as dt
from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from attendance.queries.standing import cities_of, session_and_day
from attendance.rules.standing import Case
from programme.models import Edition, Participant, Session
from programme.placeholders import PLACEHOLDERS, Placeholder

MISSING = {Case.LOST, Case.NEVER_MADE_UP, Case.MISSED, Case.TO_MAKE_UP}


def missing_core_sessions(edition: Edition, people: Sequence[Participant], now: dt.datetime) -> Mapping[int, str]:
    """Return the core sessions because of which each reader's standing is at risk or not met, in the order of the programme. Six queries.

    They were missed, or held before the reader registered, and neither excused nor made up; or an organiser has to decide, which is said.
    """
    cities = cities_of(edition, now, among={it.delegation_id for it in people})
    reasoned = {person.participant.pk: person.reasoned for city in cities for person in city.people}
    missing = {pk: [in_words(it, case, now) for it, case in of_one.cases] for pk, of_one in reasoned.items()}
    return {it.pk: "; ".join(filter(None, missing.get(it.pk, ()))) or _("none") for it in people}


def in_words(session: Session, case: Case, now: dt.datetime) -> str:
    """Return a core session that is missing; empty for another."""
    named = session_and_day(session, now)
    if case is Case.OPEN:
        return _("%(session)s (not decided yet)") % {"session": named}
    return named if case in MISSING else ""


def register() -> None:
    PLACEHOLDERS["missing_core_sessions"] = Placeholder(
        _lazy(
            "core sessions that they missed, or that were held before they registered, with the days; not those that are excused or made up."
            " “(not decided yet)” is after those where they were partly present or only clicked Join."
        ),
        _lazy("Peer-learning on 24 September; Preparing on 16 October (not decided yet)"),
        missing_core_sessions,
        permission="attendance.view_attendance",
    )
