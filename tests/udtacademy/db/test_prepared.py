import pghistory
import pytest
from django.contrib.auth.models import Group
from django.db import NotSupportedError, connection, transaction
from django.db.models import CharField, F, Value
from django.db.models.functions import Concat
from django.test.utils import CaptureQueriesContext

from programme.models import Participant
from tests.factories.people import DelegationFactory, ParticipantFactory
from tests.threads import in_threads
from udtacademy.db.prepared import AnyOf, Parameter, PreparedStatement, prepared

DOUBLE = PreparedStatement("SELECT $1 * 2 WHERE $1 > 0", types="int")
pytestmark = pytest.mark.django_db


@pytest.fixture
def people(edition):
    return ParticipantFactory.create_batch(3, delegation=DelegationFactory(edition=edition, quota=9))


@pytest.fixture
def named():
    """The participant of that number, and of that state if it is the other value."""
    people = Participant.objects.filter(pk=Parameter("number"), state=Parameter("state"))
    return prepared(lambda: people.select_related("user", "delegation__city").with_held_seats())


def statements():
    """How many statements are prepared in the connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements")
        return cursor.fetchone()[0]


def test_a_prepared_query_returns_objects_with_their_relations(people, named, django_assert_num_queries):
    with django_assert_num_queries(1):
        (row,) = named(number=people[1].pk, state="registered")
        names = row.user.name, row.delegation.city.name, row.held_in

    assert row == people[1]
    assert names == (people[1].user.name, people[1].delegation.city.name, [])


def test_no_actor_is_named_before_what_only_reads(people, named):
    with pghistory.context(user=people[0].user_id), CaptureQueriesContext(connection) as captured, transaction.atomic():
        named(number=people[1].pk, state="registered")
        people[1].delete()

    named_before = {it["sql"].rpartition("; ")[2].split()[0] for it in captured if "set_config" in it["sql"]}
    assert "DELETE" in named_before
    assert not {"EXECUTE", "SAVEPOINT", "RELEASE"} & named_before


def test_each_call_has_its_own_values(people, named):
    assert [named(number=one.pk, state="registered") for one in people] == [[one] for one in people]
    assert named(number=people[0].pk, state="withdrawn") == []


def test_a_prepared_query_returns_tuples(people):
    numbers = prepared(lambda: Participant.objects.filter(pk__gt=Parameter("after")).order_by("-pk").values_list("pk"))

    assert numbers(after=people[0].pk) == [(people[2].pk,), (people[1].pk,)]


def test_a_list_of_values_is_given_at_once(people):
    some = prepared(lambda: Participant.objects.filter(pk=AnyOf("numbers")).order_by("pk"))

    assert some(numbers=[people[2].pk, people[0].pk]) == [people[0], people[2]]
    assert some(numbers=[]) == []


def test_what_never_changes_is_part_of_the_statement(people):
    rate = Concat(F("state"), Value(" 100 % '$1'"), output_field=CharField())
    written = prepared(lambda: Participant.objects.filter(pk=Parameter("number")).values_list(rate, flat=True))

    assert written(number=people[0].pk) == ["registered 100 % '$1'"]


def test_it_is_built_and_prepared_once(people):
    built = []

    def build():
        built.append(1)
        return Participant.objects.filter(pk=Parameter("number"))

    query, before = prepared(build), statements()
    for one in people:
        query(number=one.pk)

    assert (len(built), statements() - before) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_each_connection_prepares_it(people, named):
    assert named(number=people[0].pk, state="registered") == [people[0]]

    connection.close()
    again = named(number=people[1].pk, state="registered")
    elsewhere = in_threads([lambda: named(number=people[2].pk, state="registered")] * 4)

    assert again == [people[1]]
    assert elsewhere == [[people[2]]] * 4


def n_prepared():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s", [f"%{DOUBLE.definition}"])
        return cursor.fetchone()[0]


def test_a_statement_is_prepared_once_and_outlives_a_rollback(django_assert_num_queries):
    with transaction.atomic():
        assert DOUBLE.fetch_one(3) == (6,)
        transaction.set_rollback(True)

    with django_assert_num_queries(1):
        assert DOUBLE.fetch_one(0) is None
    assert n_prepared() == 1


@pytest.mark.django_db(transaction=True)
def test_a_new_connection_prepares_it_again():
    assert DOUBLE.fetch_one(3) == (6,)
    connection.close()

    assert DOUBLE.fetch_one(4) == (8,)
    assert n_prepared() == 1


def alter(n_characters):
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE auth_group ALTER COLUMN name TYPE varchar({n_characters})")


@pytest.fixture
def asked(transactional_db):
    """A statement and a query by the ORM that have read a column before a migration widens it."""
    Group.objects.create(pk=77, name="Readers")
    statement = PreparedStatement("SELECT name FROM auth_group WHERE id = $1")
    query = prepared(lambda: Group.objects.filter(pk=Parameter("number")))
    asked = {"statement": lambda: statement.fetch_one(77), "query": lambda: [it.name for it in query(number=77)]}
    for ask in asked.values():
        ask()
    alter(200)
    yield asked
    alter(150)


@pytest.mark.parametrize(("way", "answer"), [("statement", ("Readers",)), ("query", ["Readers"])])
def test_it_is_prepared_anew_after_a_migration(asked, way, answer):
    assert asked[way]() == answer
    assert asked[way]() == answer


@pytest.mark.parametrize(("way", "answer"), [("statement", ("Readers",)), ("query", ["Readers"])])
def test_only_a_transaction_is_lost_by_a_migration(asked, way, answer):
    with pytest.raises(NotSupportedError), transaction.atomic():
        asked[way]()

    with transaction.atomic():
        assert asked[way]() == answer
