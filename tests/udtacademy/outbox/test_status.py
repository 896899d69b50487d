import datetime as dt

import pytest
from django.utils import timezone

from tests.factories.people import MessageFactory
from udtacademy.outbox.status import OutboxState, outbox_state

pytestmark = pytest.mark.django_db


def test_without_messages_there_is_nothing_to_say():
    state = outbox_state()

    assert state == OutboxState(None, 0, "")
    assert state.problems(timezone.now()) == []


def test_the_state_is_that_of_messages_never_tried_and_of_those_that_failed_lately(django_assert_num_queries):
    now = timezone.now()
    oldest = now - dt.timedelta(minutes=30)
    MessageFactory(created_at=oldest, last_error="421 busy")
    MessageFactory(created_at=now - dt.timedelta(hours=2), n_attempts=1, last_error="450 greylisted")
    MessageFactory(state="sent", created_at=now - dt.timedelta(days=1))
    MessageFactory(state="failed", due_at=now)
    MessageFactory(state="failed", due_at=now - dt.timedelta(days=2))

    with django_assert_num_queries(1):
        state = outbox_state(now)

    assert state == OutboxState(oldest, 1, "421 busy")
    assert len(state.problems(now)) == 3
