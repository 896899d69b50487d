import django.test
import pytest
from django.urls import reverse

from programme.models import Unsubscription
from programme.personal_links import stop_link
from tests.client import text
from tests.factories.people import MessageFactory


@pytest.fixture
def link(participant):
    message = MessageFactory(user=participant.user, context=participant.edition, kind="campaign")
    return stop_link(message).removeprefix("http://testserver")


def is_off(participant):
    return Unsubscription.objects.filter(participant=participant).exists()


@pytest.mark.parametrize("method", ["get", "head"])
def test_following_the_link_changes_nothing(client, participant, link, method):
    assert getattr(client, method)(link).status_code == 200
    assert not is_off(participant)


def test_a_mail_program_posts_for_the_reader_without_cookies(participant, link):
    for _time in range(2):
        response = django.test.Client(enforce_csrf_checks=True).post(link, {"List-Unsubscribe": "One-Click"})

        assert response.context["is_unsubscribed"]
        assert is_off(participant)


@pytest.mark.parametrize("key", ["x", "1:x:y", "é"])
def test_a_forged_link_is_nobodys(client, participant, key):
    response = client.post(f"/me/emails/{key}/")

    assert (response.status_code, "This link is not complete" in response.content.decode()) == (404, True)
    assert not is_off(participant)


def test_the_whole_link_of_somebody_who_is_gone_is_not_called_incomplete(client, participant, link):
    participant.delete()

    response = client.get(link)

    assert response.status_code == 404
    assert "This link is not complete" not in response.content.decode()


def test_the_portal_turns_them_off_and_on_whatever_the_state(client, participant):
    participant.state = "pending"
    participant.save()
    client.force_login(participant.user)
    page = reverse("programme:own-emails", args=[participant.edition.slug])

    assert "Turn these emails off" in client.get(page).content.decode()
    client.post(page)
    assert is_off(participant)
    client.post(page, {"again": "1"})
    assert not is_off(participant)


def test_a_stranger_has_no_such_page_and_changes_nothing(client, participant, stranger):
    client.force_login(stranger)

    assert client.post(reverse("programme:own-emails", args=[participant.edition.slug])).status_code == 404
    assert not is_off(participant)


def test_the_link_says_about_whom_it_is_and_blames_nobody_for_following_it(client, participant, link, stranger):
    """It is in a text that somebody may have forwarded."""
    participant.user.email = "ana@girona.example"
    participant.user.save()
    events = Unsubscription.pgh_event_model.objects.order_by("pk")

    shown = text(client.get(link))
    client.post(link)
    client.force_login(stranger)
    client.post(link, {"again": "1"})

    assert "a…@girona.example" in shown
    assert "If this is not your address, do nothing." in shown
    assert [it.pgh_context.metadata.get("user") for it in events] == [None, stranger.pk]
    assert "do nothing" not in text(client.get(reverse("programme:own-emails", args=[participant.edition.slug])))
