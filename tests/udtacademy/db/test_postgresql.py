import pytest
from django.db import connection, connections


@pytest.fixture
def kept(db):
    """Return a connection of its own, as it is when the next request begins."""
    kept = connections["default"].copy()
    kept.settings_dict = kept.settings_dict | {"CONN_HEALTH_CHECKS": True, "CONN_MAX_AGE": 60}
    kept.ensure_connection()
    kept.close_if_unusable_or_obsolete()
    yield kept
    kept.close()


def backend_of(wrapper):
    with wrapper.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


def test_a_kept_connection_is_used_again_without_a_question(kept, monkeypatch):
    monkeypatch.setattr(kept, "is_usable", lambda: pytest.fail("It asked the database."))

    assert backend_of(kept) == kept.connection.info.backend_pid


def test_a_connection_that_the_server_has_ended_is_replaced(kept):
    ended = kept.connection.info.backend_pid
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [ended])

    assert backend_of(kept) != ended
