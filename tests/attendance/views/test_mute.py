import re

import django.test
import pytest

from attendance.personal_links.mute_links import mute_link
from programme.models import Participant
from tests.client import text


@pytest.fixture
def link(ana):
    return mute_link(ana).removeprefix("http://testserver")


def is_muted():
    return Participant.objects.get(user__name="Ana Anaya").mutes_optional


@pytest.mark.parametrize("method", ["get", "head"])
def test_following_the_link_changes_nothing(client, link, method):
    response = getattr(client, method)(link)

    assert response.status_code == 200
    assert not is_muted()


def test_the_button_mutes_and_its_answer_leads_back(client, link):
    page = client.post(link).content.decode()

    assert is_muted()
    assert "You will no longer get reminders of optional sessions." in page
    assert re.search(r'name="again"', page)
    client.post(link)
    assert is_muted()
    assert "all your sessions again" in client.post(link, {"again": "1"}).content.decode()
    assert not is_muted()


def test_a_mail_program_posts_for_the_reader_without_cookies(link):
    response = django.test.Client(enforce_csrf_checks=True).post(link, {"List-Unsubscribe": "One-Click"})

    assert response.status_code == 200
    assert is_muted()


@pytest.mark.parametrize("key", ["x", "1:x:y", "é"])
def test_a_forged_link_is_nobodys(client, ana, key):
    response = client.post(f"/me/reminders/{key}/")

    assert (response.status_code, "This link is not complete" in response.content.decode()) == (404, True)
    assert not is_muted()


def test_the_whole_link_of_somebody_who_is_gone_is_not_called_incomplete(client, ana, link):
    ana.delete()

    response = client.get(link)

    assert response.status_code == 404
    assert "This link is not complete" not in response.content.decode()


def test_other_methods_are_refused(client, link):
    assert client.put(link).status_code == 405


# In the profile


def test_the_profile_has_the_choice(client, ana):
    client.force_login(ana.user)
    assert "Remind me of core sessions only" in text(client.get("/portal/academy/profile/"))

    response = client.post("/portal/academy/reminders/", {"muted": "1"})

    assert response.url == "/portal/academy/profile/"
    assert is_muted()
    assert "checked> Remind me of core sessions only" in text(client.get("/portal/academy/profile/"))
    client.post("/portal/academy/reminders/")
    assert not is_muted()


def test_a_stranger_gets_404_and_nothing_changes(client, ana, stranger):
    client.force_login(stranger)

    assert client.post("/portal/academy/reminders/", {"muted": "1"}).status_code == 404
    assert client.get("/portal/academy/reminders/").status_code == 405
    assert not is_muted()
