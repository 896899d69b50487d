"""Badges and sign-in sheets as PDF files."""

import datetime as dt

import pytest
from django.utils import timezone

from attendance.exports.paper import badges_pdf, day_sheet, session_sheet
from attendance.personal_links.badges import code_of
from attendance.queries.badge_people import BadgeChoice, chosen_for, people_among
from attendance.queries.sign_in_sheets import people_at
from programme.models import Answer
from tests.factories.people import DelegationFactory, ParticipantFactory, SeatFactory
from tests.factories.programme import SessionFactory, TrackFactory
from tests.factories.questions import QuestionFactory
from tests.pdf_files import lines_of, reader_of, tags_of, text_of

NAMES = [
    *("Ġużeppi Żammit", "Çağla İnönü", "Θεόδωρος Παπάς", "Владимир Щербаков", "გიორგი ბერიძე", "Հայկ Սարգսյան"),
    *('#read("/etc/passwd")', "$x$ *bold* @a"),
    "Maria del Carmen Fernández-Villaverde y Sánchez de la Cuesta von Hohenlohe",
]
MILLIMETRE = 72 / 25.4  # in points


@pytest.fixture
def workshop(open_edition):
    now = timezone.now().replace(microsecond=0)
    return SessionFactory(
        edition=open_edition,
        slug="workshop",
        title="Workshop",
        format="in_person",
        location="Hall *1*",
        starts_at=now,
        ends_at=now + dt.timedelta(hours=1),
    )


@pytest.fixture
def team(open_edition):
    city = DelegationFactory(edition=open_edition, city__name="Évora", quota=20)
    return [ParticipantFactory(delegation=city, user__name=name) for name in NAMES]


def chosen(edition):
    return people_among(chosen_for(edition, BadgeChoice()))


@pytest.mark.parametrize(("paper", "n_pages"), [("a4", 2), ("label", len(NAMES))])
def test_badges_have_each_name_as_a_heading_with_city_and_code(open_edition, team, paper, n_pages):
    content = badges_pdf(open_edition, chosen(open_edition), paper)

    text = text_of(content)
    assert [name for name in NAMES if name not in text.replace("- ", "-")] == []
    assert [it for it in team if code_of(it) not in text] == []
    assert text.count("Évora") == len(NAMES)
    assert tags_of(content).count("H1") == len(NAMES)
    assert len(reader_of(content).pages) == n_pages
    size = reader_of(content).pages[0].mediabox
    assert [round(float(it) / 72 * 25.4) for it in (size.width, size.height)] == {"a4": [210, 297], "label": [62, 100]}[
        paper
    ]


LONG_NAMES = [
    "Αλεξάνδρα-Κωνσταντίνα Παπαδοπούλου-Χατζηκωνσταντίνου",
    "Владимира-Александра Димитрова-Христодорова Станиславска",
    "Maria Ġorġa Xuereb-Żammit Buttiġieġ-Ħaġġar",
    "Friederike-Wilhelmine Freifrau von Hohenzollern-Schwarzenberg-Oberndorff",
    *("Ẁậŷṩ Ǟḡḝṭ", "Ana Anaya"),
]
LONG_EDITION = "Urban Digital Twins Academy for European Cities and Regions, Barcelona edition 2026"


@pytest.mark.parametrize("edition_name", ["UDT 2026", LONG_EDITION])
def test_a_label_keeps_long_names_whole_and_apart_from_what_is_above_and_below(open_edition, workshop, edition_name):
    open_edition.name = edition_name
    workshop.track = TrackFactory(edition=open_edition, name="Governance")
    workshop.save()
    city = DelegationFactory(edition=open_edition, city__name="Villanueva de la Serena-Campanario", quota=20)
    people = with_seats([ParticipantFactory(delegation=city, user__name=name) for name in LONG_NAMES])
    for person in people:
        person.held_in = [workshop.pk]

    pages = reader_of(badges_pdf(open_edition, people, "label")).pages

    assert len(pages) == len(people)
    for page, name in zip(pages, LONG_NAMES, strict=True):
        lines = lines_of(page)
        first_of_city = next(n for n, it in enumerate(lines) if it[0].startswith("Villanueva"))
        n_above = next(n for n in range(first_of_city) if name.startswith(lines[n][0]))
        above, named, below = lines[:n_above], lines[n_above:first_of_city], lines[first_of_city]
        assert " ".join(it[0] for it in above) == edition_name
        assert " ".join(it[0] for it in named).replace("- ", "-") == name  # no word is broken
        size = named[0][2]
        assert size >= 10
        assert above[-1][1] - (named[0][1] + size) > MILLIMETRE
        assert named[-1][1] - size * 0.3 - (below[1] + below[2]) > MILLIMETRE


ODD_NAMES = ["", "🙂", "\u200d", "W" * 190, "محمد علي الحسن", "יעקב כהן", "李明", "a\u0301\u0302\u0303" * 50]


def test_any_name_gets_a_badge_and_a_line(open_edition, workshop):
    city = DelegationFactory(edition=open_edition, quota=20)
    people = with_seats(ParticipantFactory.create_batch(len(ODD_NAMES), delegation=city))
    for person, name in zip(people, ODD_NAMES, strict=True):
        person.user.name = name

    for paper in ("a4", "label"):
        text = text_of(badges_pdf(open_edition, people, paper))
        assert [it for it in people if code_of(it) not in text] == []
    assert "LiMing" in text_of(session_sheet(workshop, people))


def with_seats(people):
    for person in people:
        person.held_in = []
    return people


def test_a_badge_has_answers_for_badges_and_the_seats(open_edition, delegation, workshop, django_assert_num_queries):
    person = ParticipantFactory(delegation=delegation, user__name="Ana Anaya")
    for key, is_on_badge, content in (("a", True, "Speaks Catalan"), ("b", False, "Secret wish"), ("c", True, "🙂")):
        question = QuestionFactory(edition=open_edition, key=key, is_on_badge=is_on_badge)
        Answer.objects.create(participant=person, question=question, edition=open_edition, value=content)
    workshop.track = TrackFactory(edition=open_edition, name="Governance")
    workshop.save()
    SeatFactory(participant=person, session=workshop)
    people = chosen(open_edition)

    with django_assert_num_queries(3):
        text = text_of(badges_pdf(open_edition, people, "label"))

    start = timezone.localtime(workshop.starts_at, open_edition.zone)
    assert "Speaks Catalan Girona" in text
    assert f"{start:%a %H:%M} Governance" in text
    assert "Secret wish" not in text


def test_a_sheet_lists_people_by_city_with_a_head_on_each_page(open_edition, workshop, team, delegation):
    ParticipantFactory.create_batch(45, delegation=DelegationFactory(edition=open_edition, city__name="Faro", quota=60))
    ParticipantFactory(delegation=delegation, user__name="Ana Anaya")

    content = session_sheet(workshop, people_at(workshop))

    pages = [page.extract_text() for page in reader_of(content).pages]
    text = text_of(content)
    assert len(pages) > 1
    assert all("Signature" in page and "Workshop" in page for page in pages)
    assert [f"Page {n} of {len(pages)}" in page for n, page in enumerate(pages, 1)] == [True] * len(pages)
    assert [name for name in NAMES if name not in text] == []
    assert text.index("Évora") < text.index("Faro") < text.index("Girona") < text.index("Ana Anaya")
    assert "Hall *1*" in text
    assert "Not on the list" in text


def test_the_sheet_of_a_day(open_edition, team):
    text = text_of(day_sheet(open_edition, dt.date(2025, 11, 6), team))

    assert "Sign-in sheet: Thursday 6 November 2025" in text
    assert NAMES[0] in text


def test_a_sheet_says_on_each_page_when_it_was_printed_in_the_editions_zone(open_edition, workshop, team, time_machine):
    ParticipantFactory.create_batch(45, delegation=DelegationFactory(edition=open_edition, quota=60))
    people = people_at(workshop)
    time_machine.move_to(dt.datetime(2025, 11, 6, 23, 30, tzinfo=dt.UTC), tick=False)

    pages = [page.extract_text() for page in reader_of(session_sheet(workshop, people)).pages]

    assert ["Printed Fri 7 Nov 2025, 00:30 CET" in page for page in pages] == [True] * len(pages)
    assert all(str(it.pk) in " ".join(pages) for it in people)
