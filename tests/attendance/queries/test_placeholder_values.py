"""What `{missing_core_sessions}` says to whom."""

import datetime as dt

import pytest

from attendance.models import Attendance
from attendance.queries.placeholder_values import missing_core_sessions
from tests.factories.people import DelegationFactory, ParticipantFactory

AFTER = dt.datetime(2025, 9, 26, tzinfo=dt.UTC)
REGISTERED = dt.datetime(2025, 9, 1, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("status", "registered_at", "expected"),
    [
        ("present", REGISTERED, "none"),
        ("excused", REGISTERED, "none"),
        ("made_up", REGISTERED, "none"),
        ("absent", REGISTERED, "{session}"),
        (None, REGISTERED, "{session}"),
        (None, AFTER, "{session}"),
        ("partial", REGISTERED, "{session} (not decided yet)"),
        ("clicked", REGISTERED, "none"),  # counts in this edition
        ("to_decide", REGISTERED, "{session} (not decided yet)"),
    ],
)
def test_it_names_what_puts_the_standing_at_risk(edition, session, status, registered_at, expected):
    ana = ParticipantFactory(delegation=DelegationFactory(edition=edition), state_at=registered_at)
    if status:
        Attendance.objects.create(participant=ana, session=session, status=status)

    values = missing_core_sessions(edition, [ana], AFTER)

    assert values == {ana.pk: expected.format(session=f"{session} on 25 September")}
