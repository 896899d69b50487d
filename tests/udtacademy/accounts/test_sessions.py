import datetime as dt

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import caches
from django.utils import timezone

from udtacademy.accounts.sessions import SessionStore, name_of
from udtacademy.outbox.models import Message

pytestmark = pytest.mark.django_db


@pytest.fixture
def key():
    session = SessionStore()
    session["word"] = "Girona"
    session.create()
    return session.session_key


@pytest.fixture
def uncached():
    """The cache has forgotten all sessions."""
    caches["sessions"].clear()


@pytest.fixture
def redis_away(settings):
    """Nothing listens where Redis should."""
    away = {"LOCATION": "redis://127.0.0.1:1"}
    settings.CACHES = {name: it | (away if "LOCATION" in it else {}) for name, it in settings.CACHES.items()}


def test_a_session_costs_no_query_and_one_where_the_cache_has_forgotten(key, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert SessionStore(key)["word"] == "Girona"
    caches["sessions"].clear()
    with django_assert_num_queries(1):
        assert SessionStore(key)["word"] == "Girona"
    with django_assert_num_queries(0):
        assert SessionStore(key)["word"] == "Girona"


def test_without_redis_sessions_are_written_read_changed_and_ended(redis_away, django_assert_num_queries):
    session = SessionStore()
    session["word"] = "Girona"
    session.create()
    with django_assert_num_queries(1):
        assert SessionStore(session.session_key)["word"] == "Girona"
    session["word"] = "Lleida"
    session.save()
    assert SessionStore(session.session_key)["word"] == "Lleida"
    assert SessionStore().exists(session.session_key)
    session.flush()
    assert not Session.objects.exists()


def test_without_redis_somebody_signs_in_stays_so_and_signs_out(client, stranger, redis_away):
    asked = client.post("/accounts/login/code/", {"email": stranger.email})
    text = Message.objects.latest("pk").text
    client.post(asked.url, {"code": next(it for it in text.split() if it.isdigit() and len(it) == 6)})

    for _ in range(2):
        assert client.get("/portal/").context["user"] == stranger
    client.post("/accounts/logout/")
    assert client.get("/portal/").status_code == 302


def test_who_signs_out_while_redis_is_away_is_out_after_minutes_at_most(key):
    names = caches["sessions"]._cache.get_client().keys("*cached_db*")

    assert names
    assert all(0 < caches["sessions"]._cache.get_client().ttl(name) <= 300 for name in names)


def test_the_cache_holds_neither_key_nor_content(key):
    client = caches["sessions"]._cache.get_client()
    names = client.keys("*cached_db*")

    assert any(str(name_of(key)).encode() in name for name in names)
    assert not any(key.encode() in name for name in names)
    assert not any(b"Girona" in client.get(name) for name in names)


def test_a_session_that_is_over_or_never_was_holds_nothing(key, uncached):
    Session.objects.update(expire_date=timezone.now() - dt.timedelta(seconds=1))

    for session in (SessionStore(key), SessionStore("a" * 32)):
        assert session.get("word") is None
        assert session.session_key is None


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
def test_what_is_not_written_by_us_is_empty(key, uncached, written):
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
