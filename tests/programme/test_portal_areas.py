"""The tabs of a participant's pages."""

import re

import pytest

from programme import portal_areas
from programme.portal_areas import PORTAL_AREAS, PortalArea, add_portal_area
from tests.client import text
from tests.factories.action_plans import StepFactory

PORTAL = "/portal/academy/"
TAB = re.compile(r'<a href="([^"]+)" *(aria-current="page")? *>([^<]+)</a>')
TABS = ["Next", "Programme", "Tracks", "Attendance", "Badge", "Action Plan", "Calendar", "Team", "Me"]


def tabs_in(response):
    part = text(response).partition('<nav class="tabs"')[2].partition("</nav>")[0]
    return [(label.strip(), path, bool(current)) for path, current, label in TAB.findall(part)]


def test_every_area_has_its_page_which_says_that_it_is_the_current_one(client, coordinator):
    client.force_login(coordinator.user)
    assert [label for label, _path, _current in tabs_in(client.get(PORTAL))] == [
        it for it in TABS if it != "Action Plan"
    ]
    StepFactory(edition=coordinator.edition)
    tabs = tabs_in(client.get(PORTAL))
    assert [label for label, _path, _current in tabs] == TABS

    for label, path, _current in tabs:
        response = client.get(path)
        assert response.status_code == 200
        assert [it for it, _path, is_current in tabs_in(response) if is_current] == [label]
        assert 'action="/accounts/logout/"' in text(response)


def test_somebody_not_registered_has_what_is_for_all(client, coordinator):
    coordinator.is_coordinator, coordinator.state = False, "pending"
    coordinator.save()
    client.force_login(coordinator.user)

    for path in (PORTAL, f"{PORTAL}profile/"):
        assert [label for label, _path, _current in tabs_in(client.get(path))] == ["Next", "Me"]


@pytest.mark.django_db
def test_a_later_area_comes_where_it_asks_to(client, coordinator, monkeypatch):
    monkeypatch.setattr(portal_areas, "PORTAL_AREAS", list(PORTAL_AREAS))
    add_portal_area(PortalArea("other", "Other", "programme:own-calendar"), after="team")
    client.force_login(coordinator.user)

    assert [label for label, _path, _current in tabs_in(client.get(PORTAL))][-2:] == ["Other", "Me"]
