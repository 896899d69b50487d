"""Plain names are right however the rows they are made of are written."""

import pytest
from django.apps.registry import Apps
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from programme.actions.plain_names import fill_plain_names
from programme.models import City, Delegation, Participant, PlainLetter, PlainName
from programme.rules.plain_words import BEFORE_IDEOGRAPHS, plain, plain_words
from tests.factories.people import CityFactory, DelegationFactory, ParticipantFactory
from tests.properties import examples
from udtacademy.accounts.models import User

texts = st.text(st.characters(max_codepoint=BEFORE_IDEOGRAPHS - 1, exclude_characters="\0", exclude_categories=["Cs"]))


@pytest.fixture
def ana(db):
    delegation = DelegationFactory(city__name="Łódź", quota=9)
    return ParticipantFactory(delegation=delegation, user__name="Ana O'Brien", user__email="ana@mail.example")


def words_of(participant):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tsvector_to_array(words) FROM programme_plainname WHERE participant_id = %s", [participant.pk]
        )
        return set(cursor.fetchone()[0])


def names():
    return list(PlainName.objects.order_by("name").values_list("name", flat=True))


def test_a_plain_name_has_the_words_of_name_address_and_city(ana):
    assert names() == ["ana o'brien"]
    assert words_of(ana) == {"ana", "o", "brien", "obrien", "mail", "example", "lodz"}
    assert PlainName.objects.get().edition == ana.edition


@pytest.mark.parametrize("how", ["save", "update", "bulk_update", "sql"])
def test_another_name_is_in_it_however_it_is_written(ana, how):
    ana.user.name = "Ζωή"
    if how == "save":
        ana.user.save()
    elif how == "update":
        User.objects.filter(pk=ana.user_id).update(name="Ζωή")
    elif how == "bulk_update":
        User.objects.bulk_update([ana.user], ["name"])
    else:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE accounts_user SET name = 'Ζωή' WHERE id = %s", [ana.user_id])

    assert names() == ["zoi"]


def test_another_city_is_in_it(ana):
    City.objects.update(name="Århus")
    assert "arhus" in words_of(ana)

    Delegation.objects.update(city=CityFactory(name="Đakovo"))
    assert "dakovo" in words_of(ana)

    Participant.objects.update(delegation=DelegationFactory(edition=ana.edition, city__name="Žilina", quota=3))
    assert "zilina" in words_of(ana)


def test_only_those_registered_have_one(ana):
    ParticipantFactory.create_batch(2, delegation=ana.delegation, state="pending", user__name="Bo Berg")
    assert names() == ["ana o'brien"]

    Participant.objects.filter(user__name="Bo Berg").update(state="registered")
    assert names() == ["ana o'brien", "bo berg", "bo berg"]

    Participant.objects.filter(pk=ana.pk).update(state="withdrawn")
    assert names() == ["bo berg", "bo berg"]


def test_people_who_were_there_before_get_one_with_the_letters(ana):
    PlainName.objects.all().delete()
    PlainLetter.objects.filter(letter="ź").update(plain="?")

    fill_plain_names()

    assert "lodz" in words_of(ana)


def test_letters_that_have_not_changed_change_no_name(ana):
    PlainName.objects.all().delete()

    fill_plain_names()

    assert names() == []


def test_before_the_migration_that_adds_letters_nothing_is_written(db):
    """As after `migrate programme 0001`."""
    PlainLetter.objects.all().delete()

    fill_plain_names(apps=Apps())

    assert not PlainLetter.objects.exists()


@settings(max_examples=examples(20), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=texts)
def test_the_database_makes_the_words_that_python_makes(ana, name):
    User.objects.filter(pk=ana.user_id).update(name=name[:200])

    everything = f"{name[:200]} ana@mail.example Łódź"
    assert words_of(ana) == {*plain_words(everything), *plain_words(plain(everything).replace("'", ""))}
