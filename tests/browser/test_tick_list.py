"""The list of a sign-in sheet, ticked from the keyboard, and without JavaScript."""

import datetime as dt

import pytest
from django.utils import timezone

from attendance.models import Evidence
from tests.factories.people import DelegationFactory, ParticipantFactory
from tests.factories.programme import SessionFactory

pytestmark = pytest.mark.browser

PAGE = "/admin/editions/academy/people/badges/sign-in/workshop/"
NAMES = ["Ana Anaya", "Łukasz Żak", "Maria Coll", "Sinéad O’Brien"]


@pytest.fixture
def workshop(open_edition):
    starts_at = timezone.now().replace(microsecond=0) - dt.timedelta(minutes=10)
    city = DelegationFactory(edition=open_edition, city__name="Girona", quota=9)
    for name in NAMES:
        ParticipantFactory(delegation=city, user__name=name)
    return SessionFactory(
        edition=open_edition,
        slug="workshop",
        title="Workshop",
        format="in_person",
        starts_at=starts_at,
        ends_at=starts_at + dt.timedelta(hours=1),
    )


def signed():
    words = Evidence.objects.effective().filter(kind="word")
    return sorted(words.values_list("participant__user__name", flat=True))


def test_a_list_is_ticked_by_keys_and_saved_once(visit, workshop, organiser):
    visit = visit(width=320)
    visit.sign_in(organiser)
    visit.open(PAGE)
    page = visit.page

    page.locator("input[name=here]").first.focus()
    for key in ("Enter", "Enter", "s", "i", "Space"):  # Ana, Łukasz; then the name with a word that begins with "si"
        page.keyboard.press(key)
    counted = page.locator("[data-count]").inner_text()
    for look in visit.looks([(320, "light"), (1280, "dark")]):
        assert visit.violations() == [], look
        assert not visit.overflows(), look
    page.get_by_role("button", name="Save").click()
    page.locator(".messagelist .success").wait_for()

    assert signed() == ["Ana Anaya", "Sinéad O’Brien", "Łukasz Żak"]
    assert counted == "Not saved yet: 3"


def test_a_list_is_ticked_without_javascript(visit, workshop, organiser):
    visit = visit(java_script_enabled=False)
    visit.sign_in(organiser)
    visit.open(PAGE)

    visit.page.get_by_label("Sinéad O’Brien").check()
    visit.page.get_by_role("button", name="Save").click()
    visit.page.locator(".messagelist .success").wait_for()

    assert signed() == ["Sinéad O’Brien"]
