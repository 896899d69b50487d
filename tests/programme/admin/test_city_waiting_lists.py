"""What organisers see of the waiting lists of cities, and do with them."""

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.models import Group
from django.urls import reverse

from programme.models import Delegation, Participant, StaffAssignment
from tests.client import levels_of, text
from tests.factories.people import DelegationFactory, ParticipantFactory, UserFactory
from udtacademy.outbox.models import Message

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client):
    user = UserFactory(name="Olga Organiser", is_staff=True)
    user.groups.add(Group.objects.get(name="organiser"))
    client.force_login(user)
    return client


@pytest.fixture
def people(delegation):
    """Three registered in Girona, whose quota is used up, and two who wait: Wanda, and Will, who needs approval."""
    registered = ParticipantFactory.create_batch(3, delegation=delegation)
    wanda = ParticipantFactory(delegation=delegation, state="waiting", waiting_number=3, user__name="Wanda")
    will = ParticipantFactory(
        delegation=delegation, state="waiting", waiting_number=5, needs_approval=True, user__name="Will"
    )
    return [*registered, wanda, will]


def ask(admin, action, *people, **more):
    page = reverse("programme-staff:participants", args=[people[0].edition.slug])
    return admin.post(page, {"action": action, ACTION_CHECKBOX_NAME: [it.pk for it in people]} | more)


def change_page(obj):
    return reverse(f"admin:programme_{obj._meta.model_name}_change", args=[obj.pk])


def states(*people):
    return [Participant.objects.get(pk=it.pk).state for it in people]


def test_every_place_says_the_number_wording(admin, people, delegation):
    will = people[-1]
    slug = delegation.edition.slug
    listed = reverse("programme-staff:participants", args=[slug])

    page = text(admin.get(f"{listed}?state__exact=waiting"))
    assert page.index("on the city’s waiting list, number 1") < page.index("on the city’s waiting list, number 2")
    assert page.index("Wanda") < page.index("Will")
    export = admin.get(f"{reverse('programme-staff:participants-export', args=[slug, 'csv'])}?state__exact=waiting")
    assert "on the city’s waiting list, number 2" in b"".join(export).decode()
    person = text(admin.get(change_page(will)))
    assert "On the city’s waiting list, number 2" in person
    assert "Number 2. When it is their turn, they wait for approval." in person
    assert "waiting list, number 1" in text(admin.get(change_page(delegation)))
    tasks = admin.get(reverse("programme-staff:overview", args=[slug])).context["tasks"]
    assert "2 people are on the waiting lists of cities whose quota is used up." in [it.text for it in tasks]
    assert "2 on waiting lists of cities" in text(admin.get("/admin/"))
    (city,) = admin.get(reverse("programme-staff:delegations", args=[slug])).context["cl"].result_list
    assert (city.n_registered, city.n_waiting) == (3, 2)


def test_who_waits_has_no_pages_of_registered_people(client, people):
    *_registered, wanda, _will = people
    client.force_login(wanda.user)

    assert client.get("/portal/academy/").status_code == 200
    for path in (
        "/portal/academy/tracks/",
        "/portal/academy/team/",
        "/portal/academy/attendance/",
        "/me/academy/badge/",
    ):
        assert client.get(path).status_code == 404, path
    calendar = client.get(f"/calendar/{wanda.calendar_token}.ics")
    assert b"BEGIN:VEVENT" not in calendar.content


def test_withdrawing_says_beforehand_who_moves_up(admin, people):
    leaving, wanda, will = people[0], people[3], people[4]

    question = ask(admin, "withdraw", leaving)
    assert question.context["impact"].startswith("Up to 2 emails will be sent, also to the next on the waiting list")
    assert not Message.objects.exists()
    ask(admin, "withdraw", leaving, apply="1", reason="")

    assert states(leaving, wanda, will) == ["withdrawn", "registered", "waiting"]
    assert Message.objects.count() == 2


def test_withdrawing_several_at_once_promotes_nobody_who_is_withdrawn(admin, people):
    leaving, wanda, will = people[0], people[3], people[4]

    ask(admin, "withdraw", leaving, wanda, apply="1", reason="")

    assert states(wanda, will) == ["withdrawn", "pending"]
    assert sorted(Message.objects.values_list("kind", flat=True)) == ["quota_promoted", "withdrawn", "withdrawn"]
    assert Participant.objects.with_position().get(pk=will.pk).is_next
    assert "is their turn" in text(admin.get(change_page(will)))


def test_registering_out_of_turn_needs_a_reason_and_shows(admin, people, delegation):
    will = people[4]

    assert ask(admin, "register_out_of_turn", will, apply="1", reason="").status_code == 422
    assert states(will) == ["waiting"]
    ask(admin, "register_out_of_turn", will, apply="1", reason="She speaks")

    delegation.refresh_from_db()
    assert (states(will), delegation.quota) == (["registered"], 4)
    will.refresh_from_db()
    assert (will.is_out_of_turn, will.state_reason) == (True, "She speaks")
    page = text(admin.get(change_page(will)))
    assert "out of turn</div>" in page
    assert "She speaks</div>" in page


def test_one_click_approves_somebody_who_waits(admin, people):
    *_registered, wanda, will = people
    listed = text(admin.get(reverse("programme-staff:participants", args=[will.edition.slug])))
    assert listed.count("/approve/") == 1

    approve = reverse("admin:programme_participant_approve", args=[will.pk])
    responses = [admin.post(approve, follow=True) for _time in range(2)]

    assert [levels_of(it) for it in responses] == [["success"], ["info"]]
    assert states(wanda, will) == ["waiting", "waiting"]
    assert Message.objects.count() == 1
    assert not Participant.objects.get(pk=will.pk).needs_approval


def test_a_raised_quota_says_who_has_moved_up(admin, people, delegation):
    form = {"edition": delegation.edition_id, "city": delegation.city_id, "quota": 5, "email_domains": ""}

    response = admin.post(change_page(delegation), form, follow=True)

    messages = [str(it) for it in response.context["messages"]]
    assert "2 people have moved up from the waiting list and get an email each: Wanda, Will." in messages
    assert levels_of(response) == ["success", "success"]
    assert states(*people[3:]) == ["registered", "pending"]


def test_adding_a_person_says_that_the_waiting_list_comes_first(admin, people, delegation):
    Delegation.objects.update(quota=4)
    form = {"delegation": delegation.pk, "name": "Nele", "email": "nele@girona.example", "tells": "on"}

    response = admin.post(reverse("programme-staff:participant-add", args=[delegation.edition.slug]), form)

    assert response.status_code == 422
    assert response.context["form"].has_error("delegation", "delegation_full")
    assert not Participant.objects.filter(user__email="nele@girona.example").exists()


def test_an_organiser_of_another_edition_only_cannot_act(client, people):
    user = UserFactory(is_staff=True)
    user.groups.add(Group.objects.get(name="organiser"))
    StaffAssignment.objects.create(user=user).editions.add(DelegationFactory().edition)
    client.force_login(user)

    response = ask(client, "register_out_of_turn", people[4], apply="1", reason="x")

    assert response.status_code == 404
    assert states(people[4]) == ["waiting"]
