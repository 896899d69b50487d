import datetime as dt

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from udtacademy.sessions import SessionStore

pytestmark = pytest.mark.django_db


@pytest.fixture
def key():
    kept = SessionStore()
    kept["word"] = "Girona"
    kept.create()
    return kept.session_key


def test_what_is_kept_in_a_session_is_found_by_one_query(key, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert SessionStore(key)["word"] == "Girona"


def test_a_session_that_is_over_or_never_was_holds_nothing(key):
    Session.objects.update(expire_date=timezone.now() - dt.timedelta(seconds=1))

    for found in (SessionStore(key), SessionStore("a" * 32)):
        assert found.get("word") is None
        assert found.session_key is None
