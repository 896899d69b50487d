import datetime as dt

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from udtacademy.sessions import SessionStore, name_of

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


def test_a_row_is_named_by_the_hash_of_the_key_and_says_nothing(key):
    row = Session.objects.get()

    assert row.session_key == str(name_of(key)) != key
    assert len(row.session_key) == 40
    assert "Girona" not in row.session_data
    assert SessionStore(row.session_key).get("word") is None  # the name is no key
    assert SessionStore(name_of(key))["word"] == "Girona"  # but leads to the row where it comes from the database


def test_a_session_is_changed_given_another_key_and_ended(key):
    session = SessionStore(key)
    session["word"] = "Lleida"
    session.save()
    session.cycle_key()
    session.save()

    assert not SessionStore().exists(key)
    assert SessionStore(session.session_key)["word"] == "Lleida"
    session.flush()
    assert not Session.objects.exists()


@pytest.mark.parametrize("written", ["", "x", '{"_auth_user_id":"1"}', "encrypted:x"])
def test_what_is_not_written_by_us_is_empty(key, written):
    Session.objects.update(session_data=written)

    assert SessionStore(key).get("_auth_user_id") is None


def test_another_secret_key_ends_sessions_and_an_older_one_does_not(key, settings):
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another-key-" + "y" * 40
    assert SessionStore(key).get("word") is None
    settings.SECRET_KEY_FALLBACKS = [old]
    assert SessionStore(key)["word"] == "Girona"


@pytest.mark.parametrize("key", ["a\0bcdefgh", "\udcff" * 10, "é" * 500, "short"])
def test_a_cookie_that_makes_no_sense_holds_nothing(key):
    assert SessionStore(key).get("word") is None
