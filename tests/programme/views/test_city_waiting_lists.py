"""What people and coordinators see of the waiting list of their city, and do with it."""

import pytest

from programme.models import Edition, Participant
from tests.client import levels_of, text
from tests.factories.people import InvitationFactory, ParticipantFactory
from udtacademy.outbox.models import Message

pytestmark = pytest.mark.django_db
PORTAL, TEAM, LEAVE = "/portal/academy/", "/portal/academy/team/", "/portal/academy/profile/withdraw/"


@pytest.fixture
def listed(coordinator):
    """Two people on the waiting list of the coordinator's city; the first needs approval."""
    ParticipantFactory.create_batch(2, delegation=coordinator.delegation)
    return [
        ParticipantFactory(
            delegation=coordinator.delegation,
            state="waiting",
            waiting_number=number,
            needs_approval=number == 2,
            user__name=name,
        )
        for number, name in ((9, "Zed Second"), (2, "Ada First"))
    ][::-1]


def test_the_number_and_what_happens_next_wording(client, listed, django_assert_max_num_queries):
    for number, person in enumerate(listed, start=1):
        client.force_login(person.user)
        with django_assert_max_num_queries(7):
            page = text(client.get(PORTAL))
        assert f"You are number {number} on the waiting list of Girona" in page
        assert ("the organisers check your registration" in page) is (number == 1)
    assert "you are registered and we email you" in page


def test_after_the_edition_nobody_moves_up_wording(client, listed):
    Edition.objects.update(first_on="2025-01-01", last_on="2025-02-01")
    client.force_login(listed[0].user)

    response = client.get(PORTAL)

    assert response.context["is_over"]
    assert "nobody moves up from the waiting list any more" in text(response)


def test_leaving_the_waiting_list(client, listed):
    first, second = listed
    client.force_login(first.user)

    response = client.post(LEAVE, follow=True)
    again = client.post(LEAVE, follow=True)

    assert [levels_of(it) for it in (response, again)] == [["success"], []]
    assert [Participant.objects.get(pk=it.pk).state for it in listed] == ["withdrawn", "waiting"]
    message = Message.objects.get()
    assert (message.kind, message.to) == ("withdrawn", first.user.email)
    assert "waiting list of Girona" in message.subject
    client.force_login(second.user)
    assert client.get(PORTAL).context["position"] == 1


def test_the_coordinator_sees_the_list_in_order_and_takes_somebody_off(client, listed, coordinator):
    client.force_login(coordinator.user)

    response = client.get(TEAM)
    page = text(response)
    assert response.context["waiting"] == listed
    assert page.index("1. <bdi>Ada First") < page.index("2. <bdi>Zed Second")
    assert page.count("not yet approved by the organisers") == 1
    assert client.get(PORTAL).context["n_waiting"] == 2
    client.post(f"{TEAM}{listed[0].pk}/withdraw/")

    assert [Participant.objects.get(pk=it.pk).state for it in listed] == ["withdrawn", "waiting"]
    message = Message.objects.get()
    assert (message.kind, message.to) == ("withdrawn", listed[0].user.email)
    assert "Carme Coll has taken you off the waiting list of Girona" in message.text


def test_who_leaves_the_team_makes_room_for_the_first(client, listed, coordinator):
    client.force_login(coordinator.user)
    colleague = coordinator.delegation.participants.registered().exclude(pk=coordinator.pk).first()

    client.post(f"{TEAM}{colleague.pk}/withdraw/")

    assert [Participant.objects.get(pk=it.pk).state for it in listed] == ["pending", "waiting"]


def test_colleagues_and_other_coordinators_see_nothing_of_it(client, listed, coordinator, other_coordinator):
    colleague = coordinator.delegation.participants.registered().exclude(pk=coordinator.pk).first()
    for person in (colleague, other_coordinator):
        client.force_login(person.user)
        assert "Ada First" not in text(client.get(TEAM))
        assert client.post(f"{TEAM}{listed[0].pk}/withdraw/").status_code == 404
    assert [Participant.objects.get(pk=it.pk).state for it in listed] == ["waiting", "waiting"]


@pytest.mark.parametrize(("position", "path"), [(1, "/academy/register/"), (2, PORTAL)])
def test_a_link_asks_only_those_again_whom_it_spares_the_approval(client, listed, position, path):
    person = listed[position - 1]
    InvitationFactory(delegation=person.delegation, token="link")
    client.force_login(person.user)

    response = client.post("/invitations/link/", follow=True)

    assert response.redirect_chain[-1][0] == path
