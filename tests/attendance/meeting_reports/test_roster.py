"""How people of a file are looked up in the roster, and who is suggested for them."""

import pytest

from attendance.meeting_reports.reading.report import ParsedPerson
from attendance.meeting_reports.roster import Member, Roster, address_of, addresses_of, names_of, spellings_of, trigrams


def person(name="", email="", *, original_name="", second_name="", second_email=""):
    return ParsedPerson(name, original_name, email, 1, (), 60, frozenset(), second_name, second_email)


def member(pk, name, *emails, city="", **more):
    return Member(pk, name, frozenset(emails), city, **more)


# What a file has of a person


def test_names_of_a_person_are_those_shown_those_in_brackets_and_those_registered():
    annie = person("Annie | Lyon", original_name="Ana Anaya", second_name="ANAYA PUIG, Ana")

    assert spellings_of(annie) == {"Annie | Lyon", "Annie", "Lyon", "Ana Anaya", "ANAYA PUIG, Ana"}
    assert names_of(annie) == {"annie lyon", "annie", "lyon", "ana anaya", "ana anaya puig"}
    assert spellings_of(person("Ana Anaya")) == {"Ana Anaya"}
    assert names_of(person("Ana Anaya")) == {"ana anaya"}


@pytest.mark.parametrize(
    ("email", "second_email", "address", "addresses"),
    [
        ("Ana@Lyon.example", "", "ana@lyon.example", {"ana@lyon.example"}),
        ("", "Ana@Lyon.example", "", {"ana@lyon.example"}),
        ("ana@lyon.example", "a@home.example", "ana@lyon.example", {"ana@lyon.example", "a@home.example"}),
        ("ana@lyon", "ana at home", "", set()),
        ("Ana <ana@lyon.example>, 2", "", "", set()),
        ("", "", "", set()),
    ],
)
def test_addresses_of_a_person_are_those_that_are_addresses(email, second_email, address, addresses):
    somebody = person("Ana", email, second_email=second_email)

    assert address_of(somebody) == address
    assert addresses_of(somebody) == addresses


# Letters that are shared


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("anna", {" an", "ann", "nna"}),
        ("bo li", {" bo", " li"}),
        ("a", {" a"}),
        ("", set()),
    ],
)
def test_trigrams_are_three_letters_of_a_word_with_a_blank_before(text, expected):
    assert trigrams(text) == expected


def crowd(first, n, name):
    return [member(pk, name) for pk in range(first, first + n)]


def test_near_are_those_who_share_most_letters():
    roster = Roster([member(1, "Anton"), member(2, "Anna"), member(3, "Bo")])

    assert roster.near(["anna"]) == [2, 1]


def test_near_are_found_by_their_addresses_of_today_and_of_before():
    former = frozenset({"anna@lyon.example"})
    roster = Roster(
        [member(1, "Xx", "anna@graz.example"), member(2, "Yy", former=former), member(3, "Zz", "z@anna.example")]
    )

    assert roster.near(["anna"]) == [1, 2]
    assert roster.near(["z"]) == [3]


def test_near_counts_rare_letters_first_so_that_a_crowd_hides_nobody():
    roster = Roster([*crowd(1, 2000, "Ana"), member(2001, "Zoe")])

    assert roster.near(["ana zoe"])[0] == 2001


@pytest.mark.parametrize(("n_others", "n_near"), [(20, 70), (2450, 80), (2451, 50)])
def test_near_are_at_most_eighty_and_2500_letters_are_counted_to_find_them(n_others, n_near):
    roster = Roster([*crowd(1, 50, "a"), *crowd(51, n_others, "b")])

    assert len(roster.near(["a b"])) == n_near


def test_near_is_somebody_also_where_all_have_the_same_letters():
    roster = Roster(crowd(1, 2600, "a"))

    assert len(roster.near(["a"])) == 80


def test_by_email_has_everybody_with_an_address_today_who_can_be_suggested():
    roster = Roster(
        [
            member(1, "Ana Anaya", "desk@lyon.example", "ana@lyon.example"),
            member(2, "Bruno Bach", "desk@lyon.example", former=frozenset({"bruno@lyon.example"})),
            member(3, "Carme Coll", "carme@lyon.example", can_be_suggested=False),
        ]
    )

    assert roster.by_email == {"desk@lyon.example": [1, 2], "ana@lyon.example": [1]}


# Cities


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("new@lyon.example", {"Lyon"}),
        ("new@it.lyon.example", {"Lyon"}),
        ("new@graz.example", {"Graz"}),  # its people have addresses there
        ("new@old.graz.example", {"Graz"}),  # or had
        ("new@shared.example", {"Lyon", "Graz"}),
        ("new@gmail.com", set()),
        ("new@example", set()),
    ],
)
def test_cities_at_an_address_are_those_whose_domain_is_the_same_or_above(address, expected):
    members = [
        member(1, "Ana Anaya", "ana@shared.example", "ana@gmail.com", city="Lyon"),
        member(
            2, "Bruno Bach", "b@graz.example", city="Graz", former=frozenset({"b@old.graz.example", "b@shared.example"})
        ),
        member(3, "Carme Coll", city="Vic", doubtful=frozenset({"c@graz.example"})),  # perhaps never hers
    ]

    assert Roster(members, {"Lyon": ["lyon.example"]}).cities_at(address) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Ana Anaya | Lyon", {"lyon"}),
        ("Saint-Denis, Ana Anaya", {"saint denis"}),
        ("Denis Saint", set()),
        ("Ana Lyonnaise", set()),
        ("Ana (LYON / Saint Denis)", {"lyon", "saint denis"}),
        ("Ana Graz", set()),  # only people who were declined are from there
    ],
)
def test_cities_in_a_name_are_those_of_the_roster_as_whole_words(name, expected):
    roster = Roster(
        [
            member(1, "Ana Anaya", city="Lyon"),
            member(2, "Bruno Bach", city="Saint-Denis"),
            member(3, "Carme Coll"),
            member(4, "Doris Dorn", city="Graz", can_be_suggested=False),
        ]
    )

    assert roster.cities_in(name) == expected


# Suggestions


def test_suggestions_begin_with_those_who_are_most_alike_by_any_of_the_names():
    roster = Roster([member(1, "Ana Maria Lores"), member(2, "Ana Maria Lopez"), member(3, "Ana Maria Torres")])

    suggestions = roster.suggestions(person("Ana Maria Lopez", second_name="Ana Maria Torres"))

    assert suggestions == (2, 3, 1)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Bruno Bach", (1,)),
        ("Bruno", (1,)),  # all that is shown is part of the name
        ("Bruno B. Bach", (1,)),
        ("Bruno Backe", (1,)),
        ("Bruno Quirk", ()),  # only the first name is the same
        ("Runo", ()),
    ],
)
def test_suggestions_are_like_enough(name, expected):
    assert Roster([member(1, "Bruno Bach")]).suggestions(person(name)) == expected


def test_suggestions_compare_words_and_not_what_is_inside_them():
    roster = Roster([member(1, "Hans Bergstromvandenberghe")])

    assert roster.suggestions(person("Berg")) == ()


@pytest.mark.parametrize(("email", "expected"), [("anna@home.example", (1,)), ("ann@home.example", ())])
def test_suggestions_by_address_need_four_letters(email, expected):
    roster = Roster([member(1, "Anna Bo"), member(2, "Ann Bo")])

    assert roster.suggestions(person("iPhone", email))[:1] == expected


def test_suggestions_are_five_at_most_and_those_already_known_come_first():
    roster = Roster(
        [*crowd(1, 10, "Ana Anaya"), member(11, "Carme Coll"), member(12, "Doris Dorn", can_be_suggested=False)]
    )

    assert roster.suggestions(person("Ana Anaya")) == (1, 2, 3, 4, 5)
    assert roster.suggestions(person("Ana Anaya"), {12, 11, 3}) == (3, 11, 1, 2, 4)


def test_suggestions_of_the_city_in_the_address_come_first_among_equals():
    roster = Roster(
        [member(1, "Ana Anaya", city="Graz"), member(2, "Ana Anaya", city="Lyon"), member(3, "Ana Anay", city="Lyon")],
        {"Lyon": ["lyon.example"]},
    )

    assert roster.suggestions(person("Ana Anaya")) == (1, 2, 3)
    assert roster.suggestions(person("Ana Anaya", "new@lyon.example")) == (2, 1, 3)


def test_suggestions_are_only_of_the_city_in_the_name_where_it_has_any():
    roster = Roster(
        [member(1, "Ana Anaya", city="Graz"), member(2, "Ana Anaya", city="Lyon"), member(3, "Bo", city="Vic")]
    )

    assert roster.suggestions(person("Ana Anaya (Lyon)")) == (2,)
    assert roster.suggestions(person("Ana Anaya (Vic)")) == (1, 2)
