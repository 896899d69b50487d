import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programme.rules.invitations import PAUSE, REMIND_AFTER, InvitationFacts, Obstacle, Stage, is_due, obstacle

NOW = dt.datetime(2026, 9, 1, 9, tzinfo=dt.UTC)
WEEK_AGO = NOW - REMIND_AFTER
WAITING = InvitationFacts(stage=Stage.SENT, is_personal=True, emailed_at=WEEK_AGO, sent_at=WEEK_AGO)


@pytest.mark.parametrize(
    ("values", "reason", "due"),
    [
        ({}, None, True),
        ({"stage": Stage.OPENED}, None, True),
        ({"sent_at": WEEK_AGO + dt.timedelta(seconds=1)}, None, False),
        ({"stage": Stage.FAILED, "sent_at": None}, None, False),  # by hand one may try again
        ({"stage": Stage.OPEN, "sent_at": None}, None, False),  # no email is on record
        ({"was_reminded": True}, None, False),
        ({"takes_part": True}, None, False),  # in another city, or gone: by hand nobody learns of it
        ({"has_room": False}, None, False),
        ({"stage": Stage.USED}, Obstacle.USED, False),
        ({"stage": Stage.REVOKED}, Obstacle.REVOKED, False),
        ({"stage": Stage.EXPIRED}, Obstacle.EXPIRED, False),
        ({"stage": Stage.QUEUED, "sent_at": None}, Obstacle.QUEUED, False),
        ({"is_personal": False}, Obstacle.IS_LINK, False),
        ({"is_in_team": True}, Obstacle.IN_TEAM, False),
        ({"is_waiting": True}, Obstacle.WAITING, False),
        ({"is_for_coordinator": True}, None, True),
        ({"is_for_coordinator": True, "has_coordinator": True}, Obstacle.HAS_COORDINATOR, False),
        ({"has_coordinator": True}, None, True),
        ({"is_registration_open": False}, Obstacle.NOT_OPEN, False),
        ({"emailed_at": NOW - PAUSE + dt.timedelta(seconds=1)}, Obstacle.JUST_EMAILED, False),
        ({"emailed_at": NOW - PAUSE}, None, True),
    ],
)
def test_who_can_be_reminded_and_who_is(values, reason, due):
    facts = replace(WAITING, **values)

    assert (obstacle(facts, NOW), is_due(facts, NOW)) == (reason, due)


FACTS = st.builds(
    InvitationFacts,
    stage=st.sampled_from(Stage),
    is_personal=st.booleans(),
    emailed_at=st.just(WEEK_AGO),
    sent_at=st.sampled_from([None, WEEK_AGO, NOW]),
)


@given(FACTS)
def test_nobody_is_reminded_by_itself_who_cannot_be_by_hand(facts):
    assert not is_due(facts, NOW) or obstacle(facts, NOW) is None
