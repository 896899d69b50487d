import pytest

from programme.models import User
from tests.factories.people import UserFactory
from udtacademy.db.rows import row_of

pytestmark = pytest.mark.django_db


def test_a_row_comes_with_what_else_was_asked_for(django_assert_num_queries):
    user = UserFactory(name="Ana Anaya", is_staff=True)

    with django_assert_num_queries(1):
        found = row_of(User, "SELECT 7 AS days, * FROM programme_user WHERE id = %s", [user.pk])

        assert (found, found.name, found.email, found.is_staff, found.days) == (user, "Ana Anaya", user.email, True, 7)


def test_columns_come_in_whatever_order_and_the_others_later(django_assert_num_queries):
    user = UserFactory(name="Ana Anaya")

    found = row_of(User, "SELECT name, email, id FROM programme_user WHERE id = %s", [user.pk])

    assert (found.pk, found.name, found.email) == (user.pk, "Ana Anaya", user.email)
    with django_assert_num_queries(1):
        assert found.language == user.language


def test_a_row_that_was_read_is_changed_not_added():
    user = UserFactory(name="Ana Anaya")
    found = row_of(User, "SELECT * FROM programme_user WHERE id = %s", [user.pk])

    found.name = "Ana Berg"
    found.save()

    assert [it.name for it in User.objects.all()] == ["Ana Berg"]


def test_nothing_found_is_none():
    assert row_of(User, "SELECT * FROM programme_user WHERE id = %s", [0]) is None
