import pytest

from programme.models import Invitation
from tests.client import levels_of
from tests.client import text as body_of
from tests.factories.people import ParticipantFactory
from udtacademy.outbox.models import Message

pytestmark = pytest.mark.django_db
TEAM = "/portal/academy/team/"
NEW = {"name": "Bo Bø", "email": "bo@x.example"}


@pytest.fixture
def ana(coordinator):
    return ParticipantFactory(delegation=coordinator.delegation, user__name="Ana Anaya")


@pytest.fixture
def page(ana):
    return f"{TEAM}{ana.pk}/take-over/"


@pytest.fixture
def lead(client, coordinator):
    client.force_login(coordinator.user)
    return client


def test_a_coordinator_invites_a_colleague_to_take_over_wording(lead, page, ana):
    assert "Until they register, Ana Anaya still takes part." in body_of(lead.get(page))
    assert page in lead.get(TEAM).content.decode()

    response = lead.post(page, NEW, follow=True)

    assert levels_of(response) == ["success"]
    assert "takes over from Ana Anaya" in body_of(response)
    assert Invitation.objects.get().replaces == ana
    invitation = Message.objects.get(kind="colleague_invited")
    link = next(word for word in invitation.text.split() if "/invitations/" in word)
    lead.logout()
    shown = lead.get(link.partition("testserver")[2] or link)
    assert shown.context["prospect"].place == ana


def test_a_coordinator_is_asked_whether_the_role_goes_along(lead, coordinator, ana):
    response = lead.post(f"{TEAM}{coordinator.pk}/take-over/", NEW)

    assert response.status_code == 422
    assert response.context["form"].has_error("email", "only_coordinator")
    assert not Invitation.objects.exists()
    lead.post(f"{TEAM}{coordinator.pk}/take-over/", NEW | {"takes_role": "on"})
    assert Invitation.objects.get().is_for_coordinator


def test_a_mistake_is_422(lead, page):
    assert lead.post(page, {"name": "Bo", "email": "nonsense"}).status_code == 422
    assert not Invitation.objects.exists()


def test_nobody_else_gets_there(client, page, ana, other_coordinator):
    for participant in (ana, other_coordinator):
        client.force_login(participant.user)
        assert client.get(page).status_code == client.post(page, NEW).status_code == 404
    assert not Invitation.objects.exists()


def test_who_has_no_place_cannot_hand_one_over(lead, coordinator):
    gone = ParticipantFactory(delegation=coordinator.delegation, state="withdrawn")

    assert lead.get(f"{TEAM}{gone.pk}/take-over/").status_code == 404


def test_what_was_typed_survives_an_expired_session(lead, page, coordinator):
    typed_by = lead.get(page).context["typed_by"]
    lead.logout()

    response = lead.post(page, NEW | {"typed_by": typed_by})

    assert response.url.startswith("/accounts/login/code/")
    assert not Invitation.objects.exists()
