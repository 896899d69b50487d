"""Who of the roster somebody in a file is. Nobody is guessed."""

import time

import pytest

from attendance.matching import Aliases, Group, How, Member, Roster, can_be_alias, match, normalised
from attendance.reports.report import Flag, Person


def person(name, email="", *, original_name="", flags=(), minutes=60.0):
    return Person(name, original_name, email, 1, (), minutes, frozenset(flags))


ANA = Member(1, "Ana Anaya", frozenset({"ana@lyon.example"}), "Lyon")
BRUNO = Member(2, "Bruno Bach", frozenset({"bruno@graz.example"}), "Graz")
MARIA = Member(3, "María García", frozenset({"maria@lyon.example"}), "Lyon")
OTHER_MARIA = Member(4, "Maria Garcia", frozenset({"maria@graz.example"}), "Graz")
ROSTER = Roster([ANA, BRUNO, MARIA, OTHER_MARIA])


def of(*people, aliases=None, roster=ROSTER):
    return match(people, roster, aliases or Aliases())


@pytest.mark.parametrize(
    ("names", "key"),
    [
        (["Ana Anaya", "ANAYA, Ana", "Anaya  Ana (Guest)", "Dr. Ana Anaya", "Ana_Anaya", "ana.anaya"], "ana anaya"),
        (["José Núñez", "jose nunez", "NÚÑEZ José"], "jose nunez"),
        (["Łukasz Żak", "lukasz zak"], "lukasz zak"),
        (["Ελένη Παπά", "Eléni Papá"], "eleni papa"),
    ],
)
def test_normalised(names, key):
    assert {normalised(it) for it in names} == {key}


@pytest.mark.parametrize(
    "name",
    ["Ana Anaya", "ANAYA Ana (she/her)", "Ana Anaya | Lyon", "Lyon - Ana Anaya", "015_Ana_Anaya", "109 - Ana Anaya"],
)
def test_match_by_full_name(name):
    (found,) = of(person(name))

    assert (found.pk, found.how) == (ANA.pk, How.NAME)


def test_match_tells_numbered_people_apart():
    roster = Roster([Member(n, f"Participant {n}", frozenset({f"p{n}@c.example"}), "Lyon") for n in range(3)])

    found = of(person("Participant 1"), person("Participant 2"), roster=roster)

    assert [it.pk for it in found] == [1, 2]


def test_match_by_original_name():
    (found,) = of(person("Annie (Ana Anaya)", original_name="Ana Anaya"))

    assert found.pk == ANA.pk


def test_match_by_address_whatever_the_name():
    (found,) = of(person("Bruno Bach", "ANA@lyon.example"))

    assert (found.pk, found.how) == (ANA.pk, How.EMAIL)


def test_match_never_takes_one_of_two_people_of_one_name():
    (found,) = of(person("Maria Garcia"))

    assert (found.group, found.pk) == (Group.TO_CHOOSE, None)
    assert set(found.suggestions) == {MARIA.pk, OTHER_MARIA.pk}


def test_match_never_takes_a_name_that_is_in_the_file_twice():
    found = of(person("Ana Anaya"), person("Ana Anaya", "somebody@else.example"))

    assert [it.group for it in found] == [Group.TO_CHOOSE, Group.TO_CHOOSE]


def test_a_city_in_the_name_narrows_what_is_suggested_and_proves_nothing():
    (found,) = of(person("Maria Garcia Graz"))

    assert (found.group, found.suggestions) == (Group.TO_CHOOSE, (OTHER_MARIA.pk,))


@pytest.mark.parametrize("name", ["Ana Anaia", "A. Anaya", "Anaya", "Ana Maria Anaya"])
def test_match_suggests_what_is_like_it(name):
    (found,) = of(person(name))

    assert found.group is Group.TO_CHOOSE
    assert ANA.pk in found.suggestions


def test_match_suggests_by_what_stands_before_the_at_sign():
    (found,) = of(person("iPhone", "b.bach@gmail.example"))

    assert found.suggestions == (BRUNO.pk,)


def test_match_knows_nobody_of_another_name():
    (found,) = of(person("Quentin Quirk"))

    assert (found.group, found.suggestions) == (Group.UNKNOWN, ())


@pytest.mark.parametrize("flag", [Flag.HOST, Flag.ROBOT, Flag.ABSENT])
def test_match_ignores_who_is_no_participant(flag):
    (found,) = of(person("Ana Anaya", flags=[flag]))

    assert found.group is Group.IGNORED


def test_match_ignores_who_never_came_in():
    (found,) = of(person("Quentin Quirk", flags=[Flag.WAITED], minutes=0))

    assert found.group is Group.IGNORED


def test_match_by_what_was_confirmed():
    aliases = Aliases(by_email={"q@home.example": BRUNO.pk}, by_name={"the bach": BRUNO.pk})

    found = of(person("The Bach"), person("Q", "Q@home.example"), aliases=aliases)

    assert [(it.pk, it.how) for it in found] == [(BRUNO.pk, How.ALIAS), (BRUNO.pk, How.ALIAS)]


def test_a_confirmed_name_that_is_in_the_file_twice_is_to_be_chosen():
    aliases = Aliases(by_name={"the bach": BRUNO.pk})

    found = of(person("The Bach"), person("The Bach", "x@y.example"), aliases=aliases)

    assert {it.pk for it in found} == {None}


@pytest.mark.parametrize(
    ("name", "can"), [("iPhone", False), ("Galaxy A52", True), ("iPhone de Ana", True), ("Zoom user 3", False)]
)
def test_can_be_alias(name, can):
    assert can_be_alias(name) is can


def test_match_of_thousands_is_quick():
    roster = Roster(
        Member(n, f"Person{n % 977} Family{n % 1013}", frozenset({f"p{n}@c.example"}), f"City{n % 500}")
        for n in range(5000)
    )
    people = [person(f"Person{n % 977}x Familie{n % 1013}") for n in range(5000)]

    began = time.perf_counter()
    found = match(people, roster, Aliases())

    assert len(found) == 5000
    assert time.perf_counter() - began < 20
