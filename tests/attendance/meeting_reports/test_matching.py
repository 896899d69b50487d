"""Who of the roster somebody in a file is. Nobody is guessed."""

import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance.meeting_reports.matching import MatchBasis, MatchGroup, can_be_alias, match, normalised
from attendance.meeting_reports.reading.labels import fold
from attendance.meeting_reports.reading.report import Flag, ParsedPerson
from attendance.meeting_reports.roster import Aliases, Member, Roster


def person(name, email="", *, original_name="", second_email="", flags=(), minutes=60.0):
    return ParsedPerson(name, original_name, email, 1, (), minutes, frozenset(flags), second_email=second_email)


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
    (result,) = of(person(name))

    assert (result.pk, result.how) == (ANA.pk, MatchBasis.NAME)


def test_match_puts_people_into_one_group_whatever_it_rests_on():
    aliases = Aliases(by_name={"the bach": BRUNO.pk})

    results = of(person("Whoever", "maria@lyon.example"), person("The Bach"), person("Ana Anaya"), aliases=aliases)

    assert [it.how for it in results] == [MatchBasis.EMAIL, MatchBasis.ALIAS, MatchBasis.NAME]
    assert [it.group for it in results] == [MatchGroup.MATCHED] * 3


def test_match_tells_numbered_people_apart():
    roster = Roster([Member(n, f"Participant {n}", frozenset({f"p{n}@c.example"}), "Lyon") for n in range(3)])

    results = of(person("Participant 1"), person("Participant 2"), roster=roster)

    assert [it.pk for it in results] == [1, 2]


def test_match_by_original_name():
    (result,) = of(person("Annie (Ana Anaya)", original_name="Ana Anaya"))

    assert result.pk == ANA.pk


def test_match_by_address_whatever_the_name():
    (result,) = of(person("Bruno Bach", "ANA@lyon.example"))

    assert (result.pk, result.how) == (ANA.pk, MatchBasis.EMAIL)


def test_match_never_takes_one_of_two_people_of_one_name():
    (result,) = of(person("Maria Garcia"))

    assert (result.group, result.pk) == (MatchGroup.TO_CHOOSE, None)
    assert set(result.suggestions) == {MARIA.pk, OTHER_MARIA.pk}


def test_match_never_takes_a_name_that_is_in_the_file_twice():
    results = of(person("Ana Anaya"), person("Ana Anaya", "somebody@else.example"))

    assert [it.group for it in results] == [MatchGroup.TO_CHOOSE, MatchGroup.TO_CHOOSE]


def test_a_city_in_the_name_narrows_what_is_suggested_and_proves_nothing():
    (result,) = of(person("Maria Garcia Graz"))

    assert (result.group, result.suggestions) == (MatchGroup.TO_CHOOSE, (OTHER_MARIA.pk,))


@pytest.mark.parametrize("name", ["Ana Anaia", "A. Anaya", "Anaya", "Ana Maria Anaya"])
def test_match_suggests_what_is_like_it(name):
    (result,) = of(person(name))

    assert result.group is MatchGroup.TO_CHOOSE
    assert ANA.pk in result.suggestions


def test_match_suggests_by_what_stands_before_the_at_sign():
    (result,) = of(person("iPhone", "b.bach@gmail.example"))

    assert result.suggestions == (BRUNO.pk,)


def test_match_knows_nobody_of_another_name():
    (result,) = of(person("Quentin Quirk"))

    assert (result.group, result.suggestions) == (MatchGroup.UNKNOWN, ())


@pytest.mark.parametrize("flag", [Flag.HOST, Flag.ROBOT, Flag.ABSENT])
def test_match_ignores_who_is_no_participant(flag):
    (result,) = of(person("Ana Anaya", flags=[flag]))

    assert result.group is MatchGroup.IGNORED


def test_match_ignores_who_never_came_in():
    (result,) = of(person("Quentin Quirk", flags=[Flag.WAITED], minutes=0))

    assert result.group is MatchGroup.IGNORED


def test_match_by_what_was_confirmed():
    aliases = Aliases(by_email={"q@home.example": BRUNO.pk}, by_name={"the bach": BRUNO.pk})

    results = of(person("The Bach"), person("Q", "Q@home.example"), aliases=aliases)

    assert [(it.pk, it.how) for it in results] == [(BRUNO.pk, MatchBasis.ALIAS), (BRUNO.pk, MatchBasis.ALIAS)]


def test_two_addresses_that_were_confirmed_for_two_people_are_a_choice():
    aliases = Aliases(by_email={"q@home.example": BRUNO.pk, "q@work.example": ANA.pk})

    one, other = of(
        person("Q", "q@home.example", second_email="q@work.example"),
        person("Q", "q@home.example", second_email="unknown@work.example"),
        aliases=aliases,
    )

    assert (one.pk, one.how) == (None, None)
    assert (other.pk, other.how) == (BRUNO.pk, MatchBasis.ALIAS)


def test_a_first_name_and_a_city_match_nobody_though_they_were_confirmed():
    aliases = Aliases(by_name={"maria lyon": MARIA.pk})

    (result,) = of(person("Maria Lyon"), aliases=aliases)

    assert (result.pk, result.how) == (None, None)


def test_a_confirmed_name_that_is_in_the_file_twice_is_to_be_chosen():
    aliases = Aliases(by_name={"the bach": BRUNO.pk})

    results = of(person("The Bach"), person("The Bach", "x@y.example"), aliases=aliases)

    assert {it.pk for it in results} == {None}


@pytest.mark.parametrize(
    "name",
    [
        "Ana Anaya",
        "ANAYA, Ana",
        "ana.anaya",
        "015_Ana_Anaya",
        "Lyon - Ana Anaya",
        "Ana Anaya (Lyon)",
        "iPhone de Ana Anaya",
    ]
    + ["Seán O’Neill", "Łukasz Żak", "Ελένη Παπά", "山田 太郎", "Bo Li", "Ana Sala Puig"],
)
def test_can_be_alias_a_full_name(name):
    assert can_be_alias(name, {"lyon"})


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Maria",
        "Dr. Maria",
        "Maria (Lyon)",
        "Maria (she/her)",
        "Maria Lyon",
        "Maria - Lyon",
        "Maria | Lyon",
        "M. Lyon",
    ]
    + [
        "Maria G.",
        "Jean-Paul",
        "O’Neill",
        "Maria 2",
        "12 Maria",
        "María de Lyon",
        "iPhone",
        "iPhone de Ana",
        "Ana’s iPhone",
    ]
    + [
        "Galaxy A52",
        "Redmi Note Pro",
        "Zoom user 3",
        "Guest 12",
        "Sala 1",
        "Conference room",
        "MacBook Pro de Ana",
        "...",
        "12 34",
    ],
)
def test_can_be_alias_nothing_less(name):
    assert not can_be_alias(name, {"lyon"})


# One word is no full name


ONLY_MARIA = Member(5, "Maria", frozenset({"m@graz.example"}), "Graz")


@pytest.mark.parametrize("name", ["Maria", "Dr. Maria", "MARIA", "Maria (Graz)", "Maria | Graz", "12_Maria"])
def test_one_word_is_a_choice_also_where_it_is_all_of_somebodys_name(name):
    (alone,) = of(person(name), roster=Roster([ONLY_MARIA]))
    (among_others,) = of(person(name), roster=Roster([ONLY_MARIA, MARIA]))

    assert (alone.group, alone.pk, alone.suggestions) == (MatchGroup.TO_CHOOSE, None, (ONLY_MARIA.pk,))
    assert among_others.group is MatchGroup.TO_CHOOSE
    assert ONLY_MARIA.pk in among_others.suggestions


@pytest.mark.parametrize("name", ["Jean-Paul", "Maria G.", "O’Neill", "G. Maria"])
def test_an_initial_and_a_hyphen_make_no_full_name(name):
    (result,) = of(person(name), roster=Roster([Member(1, name, frozenset({"a@b.example"}), "Lyon")]))

    assert (result.group, result.suggestions) == (MatchGroup.TO_CHOOSE, (1,))


def test_a_first_name_with_a_hyphen_is_not_somebody_of_those_two_words():
    roster = Roster([Member(1, "Jean Paul", frozenset({"jp@lyon.example"}), "Lyon")])

    (result,) = of(person("Jean-Paul"), roster=roster)

    assert (result.group, result.pk) == (MatchGroup.TO_CHOOSE, None)


def test_one_word_that_was_confirmed_once_is_a_choice():
    (result,) = of(person("Bach"), aliases=Aliases(by_name={"bach": BRUNO.pk}))

    assert (result.pk, result.suggestions) == (None, (BRUNO.pk,))


# What an address says against a name

DOMAINS = {"Lyon": ["lyon.example"], "Graz": ["graz.example"]}
DECLARED = Roster([ANA, BRUNO, MARIA, OTHER_MARIA], DOMAINS)


@pytest.mark.parametrize(
    ("name", "email", "is_matched"),
    [
        ("Ana Anaya", "", True),
        ("Anaya Ana", "", True),
        ("Ana Anaya", "ana@home.example", True),
        ("Ana Anaya | Lyon", "ana@home.example", True),
        ("Ana Anaya", "ana.anaya@lyon.example", True),
        ("Ana Anaya", "ana.anaya@it.lyon.example", True),
        ("Anaya Ana", "ana@home.example", False),  # of nobody
        ("Anaya Ana", "ana.anaya@lyon.example", False),
        ("ANAYA, Ana", "ana@gmail.com", False),
        ("Anaya Ana", "ana.anaya@graz.example", False),  # of another city
        ("Ana Anaya", "ana.anaya@graz.example", False),
        ("Ana Anaya", "ana.anaya@it.graz.example", False),
        ("Ana Anaya", "no address", True),
    ],
)
@pytest.mark.parametrize("roster", [ROSTER, DECLARED], ids=["by addresses", "by domains"])
def test_an_address_speaks_against_a_name(roster, name, email, is_matched):
    (result,) = of(person(name, email), roster=roster)

    assert result.pk == (ANA.pk if is_matched else None)
    assert is_matched or (result.group is MatchGroup.TO_CHOOSE and ANA.pk in result.suggestions)


def test_a_domain_that_two_cities_share_speaks_against_nobody():
    here, there = (Member(n, f"Ana {n}{n}", frozenset({f"{n}@shared.example"}), f"City {n}") for n in (1, 2))

    (result,) = of(person("Ana 11", "new@shared.example"), roster=Roster([here, there]))

    assert result.pk == 1


def test_a_public_domain_speaks_against_nobody():
    somebody = Member(2, "Bo Berg", frozenset({"bo@gmail.com"}), "Graz")

    (result,) = of(person("Ana Anaya", "new@gmail.com"), roster=Roster([ANA, somebody]))

    assert result.pk == ANA.pk


def test_an_address_of_another_city_speaks_against_a_name_that_was_confirmed():
    aliases = Aliases(by_name={"the anaya": ANA.pk})

    results = [of(person("The Anaya", it), aliases=aliases)[0] for it in ("", "x@home.example", "x@graz.example")]

    assert [it.pk for it in results] == [ANA.pk, ANA.pk, None]


def test_a_city_in_the_address_comes_first_among_two_of_one_name():
    (result,) = of(person("Maria Garcia", "new@graz.example"), roster=DECLARED)

    assert result.suggestions == (OTHER_MARIA.pk, MARIA.pk)


# Addresses of before


def with_former(member, *emails, **more):
    return replace(member, former=frozenset(emails), **more)


def test_an_address_of_before_stays_theirs():
    (result,) = of(person("Whoever", "Old@graz.example"), roster=Roster([with_former(ANA, "old@graz.example"), BRUNO]))

    assert (result.pk, result.how) == (ANA.pk, MatchBasis.EMAIL)


@pytest.mark.parametrize(
    "others", [{"former": frozenset({"desk@lyon.example"})}, {"emails": frozenset({"desk@lyon.example"})}]
)
def test_an_address_that_two_people_have_had_is_a_choice(others):
    roster = Roster([with_former(ANA, "desk@lyon.example"), replace(BRUNO, **others)])

    by_address, by_name = of(
        person("Desk", "desk@lyon.example"), person("Ana Anaya", "desk@lyon.example"), roster=roster
    )

    assert (by_address.group, by_address.suggestions) == (MatchGroup.TO_CHOOSE, (ANA.pk, BRUNO.pk))
    assert by_name.group is MatchGroup.TO_CHOOSE


def test_an_address_that_two_people_have_had_is_whose_was_confirmed():
    roster = Roster([with_former(ANA, "desk@lyon.example"), with_former(BRUNO, "desk@lyon.example")])

    (result,) = of(
        person("Desk", "desk@lyon.example"), roster=roster, aliases=Aliases(by_email={"desk@lyon.example": BRUNO.pk})
    )

    assert (result.pk, result.how) == (BRUNO.pk, MatchBasis.ALIAS)


def test_an_address_that_was_corrected_is_a_choice_and_speaks_against_others():
    roster = Roster([replace(ANA, doubtful=frozenset({"wrong@lyon.example"})), BRUNO])

    results = of(*(person(it, "wrong@lyon.example") for it in ("Whoever", "Bruno Bach", "Anaya Ana")), roster=roster)

    assert [it.pk for it in results] == [None, None, ANA.pk]
    assert [it.suggestions[0] for it in results[:2]] == [ANA.pk, ANA.pk]


# Who waits for approval, and who was declined

PENDING = Member(6, "Petra Pending", frozenset({"petra@lyon.example"}), "Lyon", can_be_matched=False)


@pytest.mark.parametrize(
    ("name", "email", "aliases"),
    [
        ("Petra Pending", "", Aliases()),
        ("Whoever", "petra@lyon.example", Aliases()),
        ("Ana Anaya", "petra@lyon.example", Aliases()),
        ("Peti Pet", "", Aliases(by_name={"peti pet": PENDING.pk})),
        ("Peti", "p@home.example", Aliases(by_email={"p@home.example": PENDING.pk})),
    ],
)
def test_who_waits_for_approval_is_suggested_and_never_matched(name, email, aliases):
    (result,) = of(person(name, email), roster=Roster([ANA, PENDING]), aliases=aliases)

    assert (result.group, result.suggestions[0]) == (MatchGroup.TO_CHOOSE, PENDING.pk)


def test_a_name_that_somebody_who_waits_has_too_is_a_choice():
    (result,) = of(person("Ana Anaya"), roster=Roster([ANA, replace(PENDING, name="Ana Anaya")]))

    assert (result.group, set(result.suggestions)) == (MatchGroup.TO_CHOOSE, {ANA.pk, PENDING.pk})


def test_who_was_declined_is_nobody_but_their_address_is_theirs():
    declined = replace(PENDING, name="Ana Anaya", can_be_suggested=False)

    by_name, by_address, unknown = of(
        person("Ana Anaya"),
        person("Anna Anaya", "petra@lyon.example"),
        person("Xx Yy", "petra@lyon.example"),
        roster=Roster([ANA, declined]),
        aliases=Aliases(by_email={"petra@lyon.example": declined.pk}),
    )

    assert by_name.pk == ANA.pk
    assert (by_address.group, by_address.suggestions) == (MatchGroup.TO_CHOOSE, (ANA.pk,))
    assert (unknown.group, unknown.suggestions) == (MatchGroup.UNKNOWN, ())


# Whatever the roster, and whatever the file

WORDS = st.sampled_from(["Ana", "Maria", "José", "Garcia", "García", "Bach", "Núñez", "Żak"])
CITIES = st.sampled_from(["Lyon", "Graz"])
EMAILS = st.builds(
    "{}@{}".format, st.sampled_from("abcde"), st.sampled_from(["lyon.example", "graz.example", "gmail.com"])
)


@st.composite
def rosters(draw):
    def member(pk):
        return Member(
            pk,
            " ".join(draw(st.lists(WORDS, min_size=1, max_size=3))),
            frozenset({draw(EMAILS)}),
            draw(CITIES),
            former=draw(st.frozensets(EMAILS, max_size=1)),
            can_be_matched=(can := draw(st.integers(0, 4))) > 1,
            can_be_suggested=can > 0,
        )

    return Roster([member(pk) for pk in range(1, draw(st.integers(1, 6)) + 1)], DOMAINS)


@st.composite
def readings(draw):
    """A roster, and a file in which people of it and others appear, their words in any order, with any address."""
    roster = draw(rosters())
    known = st.sampled_from([it.name for it in roster.members.values()])
    people = []
    for _ in range(draw(st.integers(1, 5))):
        shown = draw(st.permutations(draw(known).split())) if draw(st.booleans()) else draw(st.lists(WORDS, max_size=3))
        people.append(person(" ".join(shown), draw(st.just("") | EMAILS)))
    return roster, people


def words_of(name):
    return fold(name).split()


@given(readings())
def test_nobody_is_guessed(reading):
    roster, people = reading
    owners = {}
    for member in roster.members.values():
        for email in member.emails | member.former:
            owners.setdefault(email, set()).add(member.pk)

    results = match(people, roster, Aliases())

    by_name = [it.pk for it in results if it.how is MatchBasis.NAME]
    assert len(by_name) == len(set(by_name))  # never two lines of a file
    for one, result in zip(people, results, strict=True):
        assert all(roster.members[pk].can_be_suggested for pk in result.suggestions)
        whose = owners.get(one.email, set())
        if result.pk is None:
            assert len(whose) != 1 or not roster.members[next(iter(whose))].can_be_matched
            continue
        member = roster.members[result.pk]
        assert member.can_be_matched
        if result.how is MatchBasis.EMAIL:
            assert whose == {member.pk}
            continue
        assert sorted(words_of(one.name)) == sorted(words_of(member.name))
        assert len(words_of(one.name)) > 1
        assert not whose  # the address is nobody's
        others = [it for it in roster.members.values() if it.can_be_suggested and it != member]
        assert all(sorted(words_of(it.name)) != sorted(words_of(one.name)) for it in others)
        if one.email:
            assert words_of(one.name) == words_of(member.name)
            assert one.email.endswith(("@gmail.com", f"@{member.city.lower()}.example")) or any(
                known.city == member.city
                and any(e.endswith(one.email.partition("@")[2]) for e in known.emails | known.former)
                for known in roster.members.values()
            )


@given(rosters(), st.data())
def test_a_full_name_alone_is_found_in_any_order(roster, data):
    """The other way round: nobody has to be chosen who need not be."""
    member = data.draw(st.sampled_from(list(roster.members.values())))
    shown = data.draw(st.permutations(member.name.split()))

    (result,) = match([person(" ".join(shown))], roster, Aliases())

    alike = [it for it in roster.suggestable if sorted(words_of(it.name)) == sorted(words_of(member.name))]
    is_sure = alike == [member] and member.can_be_matched and len(shown) > 1
    assert result.pk == (member.pk if is_sure else result.pk)
    assert is_sure or result.how is not MatchBasis.NAME or result.pk != member.pk


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=20))
def test_any_text_is_no_mistake(name, original, email):
    (result,) = of(person(name, email, original_name=original))

    assert result.group in MatchGroup
    assert can_be_alias(name) in {True, False}


def test_match_of_thousands_is_quick():
    roster = Roster(
        Member(n, f"Person{n % 977} Family{n % 1013}", frozenset({f"p{n}@c.example"}), f"City{n % 500}")
        for n in range(5000)
    )
    people = [person(f"Person{n % 977}x Familie{n % 1013}") for n in range(5000)]

    began = time.perf_counter()
    results = match(people, roster, Aliases())

    assert len(results) == 5000
    assert time.perf_counter() - began < 20


@pytest.mark.parametrize("written", ["ana@münchen.example", "Ana@XN--MNCHEN-3YA.example", "ana@mu\u0308nchen.example"])
def test_an_address_is_one_however_its_domain_is_written(written):
    """`straße` is no `strasse`: that is another domain."""
    roster = Roster([replace(ANA, emails=frozenset({"ana@münchen.example"}))])

    [result] = of(person("Somebody", written), roster=roster)

    assert (result.pk, result.how) == (ANA.pk, MatchBasis.EMAIL)
    other = Roster([replace(ANA, emails=frozenset({"ana@straße.example"}))])
    assert of(person("Somebody", "ana@strasse.example"), roster=other)[0].pk is None
