"""The places that the programme leaves to other applications."""

import datetime as dt

import pytest
from django.utils import timezone

from programme import panels
from programme.calendars.files import join_url
from programme.panels import PANELS, EditionPanel, Panel, Todo
from programme.queries.todos import todos_of
from tests.factories.programme import EditionFactory, SessionFactory

NOW = dt.datetime(2025, 9, 1, tzinfo=dt.UTC)
PORTAL = "/portal/academy/"
PAGES = {  # of each place, and how many values it gives
    "portal": (PORTAL, 1),
    "portal_next": (PORTAL, 2),
    "session": ("/academy/sessions/talk/", 1),
    "team": (f"{PORTAL}team/", 1),
    "profile": (f"{PORTAL}profile/", 1),
    "person": ("/admin/programme/participant/{participant}/change/", 2),
    "sign_out": ("/accounts/logout/", 0),
    "city": ("/admin/programme/delegation/{delegation}/change/", 2),
}


@pytest.fixture
def coming(open_edition):
    starts_at = timezone.now() + dt.timedelta(days=1)
    return SessionFactory(
        edition=open_edition, slug="talk", starts_at=starts_at, ends_at=starts_at + dt.timedelta(hours=1)
    )


@pytest.mark.usefixtures("coming")
@pytest.mark.parametrize("place", PANELS)
def test_a_page_shows_the_panels_of_a_place_in_order(client, coordinator, organiser, monkeypatch, place):
    path, n_values = PAGES[place]
    path = path.format(participant=coordinator.pk, delegation=coordinator.delegation_id)
    given = []
    client.force_login(organiser if path.startswith("/admin/") else coordinator.user)

    def panel(n):
        return Panel(
            "attendance/_check_in_count.html", lambda *values: given.append(values) or {"turnout": {"n_there": n}}
        )

    monkeypatch.setitem(PANELS, place, [panel(1), panel(2)])
    body = client.get(path).content.decode()

    assert [len(values) for values in given] == [n_values, n_values]
    assert 0 < body.index("Here: 1 of") < body.index("Here: 2 of")


@pytest.mark.usefixtures("coming")
def test_the_organisers_first_page_asks_a_panel_once_for_all_editions(client, organiser, monkeypatch):
    EditionFactory(slug="other", last_on=timezone.now().date())
    client.force_login(organiser)
    given = []

    def summaries(user, cards):
        given.append((user, [it.edition.slug for it in cards]))
        return {it.edition.pk: {"running": [it.edition], "can_see": True} for it in cards}

    panel = EditionPanel("attendance/_edition_summary.html", summaries)
    monkeypatch.setattr(panels, "EDITION_SUMMARY", [panel, panel])
    body = client.get("/admin/").content.decode()

    assert given == [(organiser, ["other", "academy"])] * 2
    assert body.count("On now") == 4


@pytest.mark.usefixtures("coming")
def test_a_form_in_a_panel_has_its_token(client, coordinator):
    client.force_login(coordinator.user)

    response = client.get(f"{PORTAL}profile/")  # the client refuses a form without one

    assert 'action="/portal/academy/reminders/"' in response.content.decode()


@pytest.mark.django_db
def test_a_todo_of_another_application_comes_after_ours(participant, monkeypatch):
    other = Todo("Bring cake", "It is your turn.", "/cake/")
    monkeypatch.setattr(panels, "TODOS", [lambda _participant, _now: None, lambda _participant, _now: other])

    todos = todos_of(participant, [], NOW)

    assert todos[-1] == other
    assert todos.count(other) == 1


def test_a_session_without_a_join_page_has_no_link(coming, monkeypatch):
    assert join_url(coming) == "http://testserver/join/academy/talk/"

    monkeypatch.delitem(panels.SESSION_LINKS, "join")

    assert join_url(coming) == ""
