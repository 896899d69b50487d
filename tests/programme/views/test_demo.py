"""Signing in as the demo's people."""

import pytest
from django.core.checks import run_checks

from tests.factories.people import UserFactory

pytestmark = pytest.mark.django_db


def test_demo_people_sign_in_with_one_click(client, settings):
    settings.DEMO = settings.DEBUG = True
    user = UserFactory(email="pia@demo.example", name="Pia Demo")
    real = UserFactory(email="pia@city.example", name="Pia Real")

    body = client.get("/accounts/demo/").content.decode()
    assert "Pia Demo" in body
    assert "Pia Real" not in body
    assert client.post("/accounts/demo/", {"email": real.email}).status_code == 404
    assert client.post("/accounts/demo/", {"email": user.email}).url == "/portal/"
    assert client.get("/portal/").context["user"] == user


def test_a_desk_of_the_demo_starts_at_the_door(client, settings, desk):
    settings.DEMO = settings.DEBUG = True
    desk.email = "desi@demo.example"
    desk.save()

    assert client.post("/accounts/demo/", {"email": desk.email}).url == "/check-in/"


@pytest.mark.parametrize(("is_demo", "is_debug"), [(True, False), (False, True), (False, False)])
def test_one_click_is_for_the_demo_only(client, settings, is_demo, is_debug):
    settings.DEMO, settings.DEBUG = is_demo, is_debug
    user = UserFactory(email="pia@demo.example")

    assert client.get("/accounts/demo/").status_code == 404
    assert client.post("/accounts/demo/", {"email": user.email}).status_code == 404
    assert ("programme.E001" in {error.id for error in run_checks()}) == (is_demo and not is_debug)
