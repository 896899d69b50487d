"""Teams' report in sections: everybody once, and what they registered with as a second name and address."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance.meeting_reports.reading import Doubt, Flag, Hints, people_of, read

MADRID = ZoneInfo("Europe/Madrid")
HINTS = Hints(MADRID, dt.datetime(2025, 9, 25, 16, tzinfo=MADRID), dt.datetime(2025, 9, 25, 17, 30, tzinfo=MADRID))
SECTION_2 = "Name\tFirst Join\tLast Leave\tIn-Meeting Duration\tEmail\tParticipant ID (UPN)\tRole"
SECTION_3 = "Name\tJoin Time\tLeave Time\tDuration\tEmail\tRole"


def moment(minute):
    return f"{dt.datetime(2025, 9, 25, 16) + dt.timedelta(minutes=minute):%d/%m/%Y, %H:%M:%S}"


def total(name, first, last, stayed, email="", upn="", role="Attendee", *registered):
    return "\t".join((name, moment(first), moment(last), f"{stayed}m", email, upn, role, *registered))


def activity(name, joined, left, email="", role="Attendee"):
    return "\t".join((name, moment(joined), moment(left), f"{left - joined}m", email, role))


def sections(totals, activities, *, registration="", titles=("2. Participants", "3. In-Meeting Activities")):
    head = SECTION_2 + registration
    rows = ["1. Summary", "Meeting title\tPeer", "", titles[0], head, *totals, "", titles[1], SECTION_3, *activities]
    return "\ufeff".encode("utf-16-le") + "\r\n".join(rows).encode("utf-16-le")


def people(content):
    """(name, address, minutes), in the order of names."""
    persons = people_of(read(content, hints=HINTS).rows)
    return sorted((it.name, it.email, round(it.minutes)) for it in persons)


def test_read_takes_whoever_is_in_section_2_only_from_there():
    content = sections(
        [
            total("Ana Alfa", 0, 90, 90, "ana@lyon.example", "a@t.example"),
            total("Bruno Beta", 0, 64, 29),
            total("Carla Gama (Unverified)", 10, 40, 30),
        ],
        [activity("Ana Alfa", 0, 40, "ana@lyon.example"), activity("Ana Alfa", 60, 90, "ana@lyon.example")],
    )
    report = read(content, hints=HINTS)

    assert people(content) == [
        ("Ana Alfa", "ana@lyon.example", 70),
        ("Bruno Beta", "", 29),
        ("Carla Gama (Unverified)", "", 30),
    ]
    assert {it.name: it.flags for it in people_of(report.rows)}["Bruno Beta"] == {Flag.APPROXIMATE}
    assert report.warnings[0].startswith("2 of 3 people in section 2 are missing from section 3")


@pytest.mark.parametrize(
    "line",
    [
        activity("Ana A.", 0, 30, "ANA@lyon.example"),  # the address
        activity("Ana A.", 0, 30, "a@t.example"),  # the account, as an address
        activity("ana  ALFA", 0, 30),  # the whole name
        activity("Annie", 0, 90),  # the first and the last time
    ],
)
def test_read_knows_one_person_in_both_sections(line):
    content = sections([total("Ana Alfa", 0, 90, 30, "ana@lyon.example", "a@t.example")], [line])

    (person,) = people(content)

    assert person[2] in {30, 90}
    assert read(content, hints=HINTS).warnings == []


def test_read_never_takes_another_address_for_the_same_person():
    content = sections(
        [total("Ana Alfa", 0, 20, 20, "ana@lyon.example"), total("Ana Alfa", 10, 90, 80, "ana@porto.example")],
        [activity("Ana Alfa", 0, 20, "ana@lyon.example")],
    )

    assert people(content) == [("Ana Alfa", "ana@lyon.example", 20), ("Ana Alfa", "ana@porto.example", 80)]


def test_read_two_of_one_name_whom_section_3_mixes():
    content = sections(
        [total("Ana Alfa", 0, 20, 20, "", "a1@t.example"), total("Ana Alfa", 50, 90, 40, "", "a2@t.example")],
        [activity("Ana Alfa", 0, 20), activity("Ana Alfa", 50, 90)],
    )

    assert people(content) == [("Ana Alfa", "", 20), ("Ana Alfa", "", 40)]
    assert read(content, hints=HINTS).warnings == [
        "Section 3 does not distinguish people with the same name. They were read from section 2: Ana Alfa"
    ]


def test_read_says_who_is_in_section_3_only():
    content = sections([total("Ana Alfa", 0, 90, 90)], [activity("Ana Alfa", 0, 90), activity("Bruno Beta", 5, 10)])

    assert people(content) == [("Ana Alfa", "", 90), ("Bruno Beta", "", 5)]
    assert read(content, hints=HINTS).warnings == ["1 person in section 3 is missing from section 2."]


def test_read_organiser_is_told_by_section_2():
    content = sections(
        [total("Olga Org", 0, 90, 90, role="Organizer")], [activity("Olga Org", 0, 90, role="Presenter")]
    )

    assert people_of(read(content, hints=HINTS).rows)[0].flags == {Flag.HOST}


@pytest.mark.parametrize(
    "titles", [("2. Uczestnicy", "3. Działania"), ("2. Osallistujat", "3. Toiminta"), ("People:", "Visits:")]
)
def test_read_sections_under_other_titles(titles):
    content = sections(
        [total("Ana Alfa", 0, 90, 50), total("Bo", 0, 9, 9)], [activity("Ana Alfa", 0, 50)], titles=titles
    )

    assert people(content) == [("Ana Alfa", "", 50), ("Bo", "", 9)]


def test_read_totals_alone_are_totals_without_their_title_too():
    content = "\n".join((SECTION_2, total("Ana Alfa", 0, 64, 29, "ana@lyon.example", "a@t.example"))).encode()

    assert people(content) == [("Ana Alfa", "ana@lyon.example", 29)]


REGISTRATION = {
    "en": "Registration First Name\tRegistration Last Name\tRegistration Email\tRegistration Time\tRegistration Status",
    "es": "Nombre de registro\tApellidos de registro\tCorreo electrónico de registro\tHora de registro\tEstado de registro",
    "pt": "Nome da inscrição\tSobrenome da inscrição\tE-mail da inscrição\tHora da inscrição\tStatus da inscrição",
    "fr": "Prénom d'inscription\tNom d'inscription\tAdresse e-mail d'inscription\tHeure d'inscription\tStatut d'inscription",
    "de": "Registrierung Vorname\tRegistrierung Nachname\tRegistrierung E-Mail\tRegistrierungszeit\tRegistrierungsstatus",
    "it": "Nome registrazione\tCognome registrazione\tIndirizzo e-mail registrazione\tOra registrazione\tStato registrazione",
    "nl": "Voornaam registratie\tAchternaam registratie\tE-mailadres registratie\tRegistratietijd\tRegistratiestatus",
    "pl": "Imię (rejestracja)\tNazwisko (rejestracja)\tAdres e-mail (rejestracja)\tGodzina rejestracji\tStan rejestracji",
    "fi": "Rekisteröinti: etunimi\tRekisteröinti: sukunimi\tRekisteröinti: sähköposti\tRekisteröintiaika\tRekisteröinnin tila",
}


def registered(*person):
    return (*person, "01/09/2025, 09:00:00", "Registered")


def webinar(registration, order=(0, 1, 2, 3, 4)):
    def cells(*row):
        return tuple(row[n] for n in order)

    return sections(
        [
            total("Olga Org", 0, 90, 90, "olga@academy.example", "o@t.example", "Organizer", *cells(*[""] * 5)),
            total("annie", 0, 90, 90, "", "", "Attendee", *cells(*registered("Ana", "Alfa", "ana@lyon.example"))),
            total("Bo Beta", 0, 90, 90, "bo@work.example", "b@t.example", "Attendee", *cells(*registered("Bo", "Beta", "bo@lyon.example"))),
        ],
        [activity("Olga Org", 0, 90, "olga@academy.example"), activity("annie", 0, 90), activity("Bo Beta", 0, 80, "bo@work.example")],
        registration="\t" + "\t".join(cells(*registration.split("\t"))),
    )  # fmt: skip


IN_ORDER, TIME_FIRST, ADDRESS_FIRST = (0, 1, 2, 3, 4), (3, 4, 0, 1, 2), (2, 0, 1, 3, 4)
ORDERS = [(language, order) for language in REGISTRATION for order in (IN_ORDER, TIME_FIRST, ADDRESS_FIRST)]
ORDERS.remove(("fi", ADDRESS_FIRST))  # names under unknown words are found by their place before the address


@pytest.mark.parametrize(("language", "order"), ORDERS)
def test_read_registration_is_a_second_name_and_address(language, order):
    persons = people_of(read(webinar(REGISTRATION[language], order), hints=HINTS).rows)

    assert [(it.name, it.second_name, it.email, it.second_email, it.minutes) for it in persons] == [
        ("Olga Org", "", "olga@academy.example", "", 90),
        ("annie", "Ana Alfa", "ana@lyon.example", "", 90),
        ("Bo Beta", "", "bo@work.example", "bo@lyon.example", 80),
    ]


def test_read_registration_in_unknown_words_is_to_be_confirmed():
    report = read(webinar("Skráð nafn\tSkráð ættarnafn\tSkráð netfang\tSkráð kl.\tStaða"), hints=HINTS)

    assert [(it.name, it.second_name, it.email, it.second_email) for it in people_of(report.rows)][1:] == [
        ("annie", "Ana Alfa", "ana@lyon.example", ""),
        ("Bo Beta", "", "bo@work.example", "bo@lyon.example"),
    ]
    assert Doubt.LABELS in report.doubts


def test_read_account_is_no_second_address():
    content = sections(
        [total("Ana Alfa", 0, 90, 90, "ana@lyon.example", "a.alfa@t.example")],
        [activity("Ana Alfa", 0, 90, "ana@lyon.example")],
    )

    assert people_of(read(content, hints=HINTS).rows)[0].second_email == ""


def test_read_registered_who_did_not_come_is_absent():
    content = sections(
        [
            total(
                "Bo Beta", 0, 90, 90, "bo@work.example", "", "Attendee", *registered("Bo", "Beta", "bo@lyon.example")
            ),
            "\t".join(("", "", "", "", "", "", "", *registered("Cy", "Gama", "cy@lyon.example"))),
        ],
        [activity("Bo Beta", 0, 90, "bo@work.example")],
        registration="\t" + REGISTRATION["en"],
    )

    report = read(content, hints=HINTS)

    assert [(it.name, it.email, sorted(it.flags)) for it in people_of(report.rows)] == [
        ("Cy Gama", "cy@lyon.example", ["absent"]),
        ("Bo Beta", "bo@work.example", []),
    ]
    assert report.warnings == []


PEOPLE = st.lists(
    st.tuples(
        st.lists(
            st.tuples(st.integers(1, 10), st.integers(3, 10)), min_size=1, max_size=4
        ),  # minutes away, minutes there
        st.booleans(),  # has an address
        st.booleans(),  # is in section 3
    ),
    min_size=1,
    max_size=6,
)


@given(PEOPLE, st.randoms())
def test_read_union_of_sections_has_everybody_once(made, random):
    totals, activities, truth = [], [], {}
    for n, (stays, has_address, is_in_3) in enumerate(made):
        name, email = f"Person {n} Surname{n}", f"p{n}@lyon.example" if has_address else ""
        minute, spans = n, []
        for away, there in stays:
            spans.append((minute + away, minute + away + there))
            minute = spans[-1][1]
        stayed = sum(end - start for start, end in spans)
        totals.append(total(name, spans[0][0], spans[-1][1], stayed, email, email))
        activities += [activity(name, start, end, email) for start, end in spans if is_in_3]
        is_exact = is_in_3 or spans[-1][1] - spans[0][0] - stayed > 2
        truth[name] = (email, stayed if is_exact else spans[-1][1] - spans[0][0])
    random.shuffle(totals)
    random.shuffle(activities)

    report = read(sections(totals, activities), hints=HINTS)

    assert {it.name: (it.email, round(it.minutes)) for it in people_of(report.rows)} == truth
    n_missing = sum(not is_in_3 for _stays, _has, is_in_3 in made)
    warnings = [it for it in report.warnings if it.startswith(f"{n_missing} of {len(made)} people in section 2")]
    assert bool(warnings) == (0 < n_missing < len(made))
