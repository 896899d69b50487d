import datetime as dt

import pytest
import time_machine

from tests.client import text

pytestmark = pytest.mark.django_db
NAMES = ["privacy", "accessibility", "legal"]


def test_our_own_words_name_the_organiser_and_the_contact_wording(client, edition):
    edition.organiser_name, edition.contact_email = "House of Cities", "us@academy.example"
    edition.save()

    pages = {name: text(client.get(f"/{edition.slug}/{name}/")) for name in NAMES}

    assert "is organised by House of Cities." in pages["privacy"]
    assert "Only the organisers see it. Kept until you ask the organisers to delete it." in pages["privacy"]
    assert "The caterer gets it without your name. Kept until you empty it." in text(client.get("/privacy/"))
    assert "No cookies need your consent." in pages["privacy"]
    assert "People in attendance reports whom nobody recognised: 30 days." in pages["privacy"]
    assert "EN 301 549" in pages["accessibility"]
    assert "complain to the body that enforces web accessibility" in pages["accessibility"]
    for body in pages.values():
        main, footer = body.split("<footer")
        assert "us@academy.example" in main
        assert "Organised by House of Cities." in footer


@pytest.mark.parametrize("name", NAMES)
def test_an_edition_can_have_its_own_words(client, edition, name):
    setattr(edition, f"{name}_text", "First & own.\n\nSecond <b>.")
    edition.save()

    body = text(client.get(f"/{edition.slug}/{name}/"))

    assert "<p>First &amp; own.</p> <p>Second &lt;b&gt;.</p>" in body
    edition.is_published = False
    edition.save()
    assert client.get(f"/{edition.slug}/{name}/").status_code == 404


def test_pages_of_an_edition_lead_to_its_texts_and_others_to_those_of_the_site(client, edition_2025):
    for name in NAMES:
        assert f'href="/udt-2025/{name}/"' in client.get("/udt-2025/").content.decode()
        assert f'href="/{name}/"' in client.get("/accounts/login/").content.decode()
        assert client.get(f"/{name}/").context["edition"] is None
        with time_machine.travel(dt.datetime(2025, 10, 1, tzinfo=dt.UTC)):
            assert client.get(f"/{name}/").context["edition"] == edition_2025
