import datetime as dt

import pytest
from django.utils import timezone

from attendance.admin.session_links import session_links
from attendance.personal_links.badges import code_of
from attendance.views import paper
from programme.admin.downloads import downloads_of
from tests.client import levels_of, text
from tests.factories.people import DelegationFactory, ParticipantFactory
from tests.factories.programme import SessionFactory
from tests.pdf_files import text_of
from udtacademy.pdf import compiling

PAGE = "/admin/editions/academy/people/badges/"


@pytest.fixture
def printing(client, desk, coordinator, ana):
    client.force_login(desk)
    return client


@pytest.fixture
def workshop(open_edition):
    starts_at = timezone.now() + dt.timedelta(days=1)
    return SessionFactory(
        edition=open_edition,
        slug="workshop",
        title="Workshop",
        format="in_person",
        starts_at=starts_at,
        ends_at=starts_at + dt.timedelta(hours=1),
    )


def test_badges_of_a_city_in_parts(printing, open_edition, ana, coordinator, monkeypatch):
    monkeypatch.setattr(paper, "BADGES_PER_FILE", 1)
    other = ParticipantFactory(delegation__edition=open_edition)

    parts = printing.get(PAGE, {"city": ana.delegation_id}).context["parts"]
    files = [printing.get(part["urls"]["a4"]) for part in parts]

    assert [part["first"] for part in parts] == [ana, coordinator]
    assert [it["Content-Type"] for it in files] == ["application/pdf"] * 2
    assert [code_of(ana) in text_of(it.content) for it in files] == [True, False]
    assert not any(code_of(other) in text_of(it.content) for it in files)
    assert downloads_of(open_edition).count() == 2


def test_the_badge_of_one_person(printing, ana, coordinator):
    response = printing.get(f"{PAGE}{ana.pk}/label.pdf")

    assert "Ana Anaya" in text_of(response.content)
    assert code_of(coordinator) not in text_of(response.content)


@pytest.mark.parametrize(
    "address",
    ["{other}/label.pdf", "{ana}/a5.pdf", "a5.pdf", "a4.pdf?part=x", "a4.pdf?city=0", "sign-in/2025-11-06.pdf"],
)
def test_what_there_is_not_is_not_found(printing, ana, participant, address):
    assert printing.get(PAGE + address.format(other=participant.pk, ana=ana.pk)).status_code == 404


@pytest.mark.parametrize(
    "query", [{"since": "yesterday"}, {"since": "1999-12-31"}, {"city": "x"}, {"track": "9"}, {"come": "2"}]
)
def test_a_filter_that_is_not_offered_is_refused(printing, query):
    response = printing.get(PAGE, query)

    assert response.status_code == 422
    assert list(response.context["form"].errors) == list(query)
    assert response.context["parts"] == []


def test_a_city_of_another_edition_is_no_filter(printing, edition):
    other = DelegationFactory(edition=edition)

    assert printing.get(PAGE, {"city": other.pk}).status_code == 422


def test_the_sheets_of_a_session_and_of_a_day(printing, workshop):
    day = workshop.local_day.isoformat()

    of_session = printing.get("/admin/editions/academy/people/badges/sign-in/workshop/sheet.pdf")
    of_day = printing.get(f"{PAGE}sign-in/{day}.pdf")

    assert ["Ana Anaya" in text_of(it.content) for it in (of_session, of_day)] == [True, True]


def test_what_cannot_be_made_leads_back_with_a_message(printing, ana, workshop, monkeypatch):
    monkeypatch.setattr(compiling, "LONGEST", 0.001)
    addresses = [
        *(f"{PAGE}{ana.pk}/a4.pdf", f"{PAGE}sign-in/{workshop.local_day.isoformat()}.pdf"),
        "/admin/editions/academy/people/badges/sign-in/workshop/sheet.pdf",
    ]

    answers = [printing.get(it, follow=True) for it in addresses]

    assert [(it.redirect_chain[-1][0], levels_of(it)) for it in answers] == [(PAGE, ["error"])] * 3


def test_nobody_chosen_gets_no_file(printing):
    response = printing.get(f"{PAGE}a4.pdf", {"come": "1"}, follow=True)

    assert levels_of(response) == ["info"]


def test_badges_wording(printing, workshop):
    page = text(printing.get(PAGE))

    assert "<strong>2</strong> badges" in page
    assert "A4, eight on a page (PDF)" in page
    assert "Workshop" in page
    assert "Tick who has signed: from" in page


def test_ticking_a_sheet_is_offered_from_an_hour_before_the_session(printing, workshop, organiser, time_machine):
    SessionFactory(edition=workshop.edition, slug="later", format="in_person", starts_at=None, ends_at=None)
    link, opens_at = (
        "/admin/editions/academy/people/badges/sign-in/workshop/",
        workshop.starts_at - dt.timedelta(hours=1),
    )

    def offered():
        sheets = {it.slug: (can_be_ticked, at) for it, can_be_ticked, at in printing.get(PAGE).context["sheets"]}
        links = [it.url for it in session_links(organiser, workshop)]
        assert (f'"{link}"' in printing.get(PAGE).text) == sheets["workshop"][0] == (link in links)
        return sheets

    assert offered() == {"workshop": (False, opens_at), "later": (False, None)}
    time_machine.move_to(opens_at)
    assert offered()["workshop"] == (True, opens_at)
