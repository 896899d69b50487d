import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from programme.models import Edition, Participant
from tests.client import levels_of
from tests.client import text as body_of
from tests.factories.people import ParticipantFactory, UserFactory
from udtacademy.outbox.models import Message

pytestmark = pytest.mark.django_db
NEW = {"name": "Bo Bø", "email": "bo@girona.example"}


@pytest.fixture
def page(coordinator):
    return f"/admin/editions/academy/people/{coordinator.pk}/take-over/"


@pytest.fixture
def admin(client, organiser):
    client.force_login(organiser)
    return client


def test_an_organiser_hands_a_place_over(admin, page, coordinator):
    response = admin.post(page, NEW | {"takes_role": "on"}, follow=True)

    bo = Participant.objects.get(user__email="bo@girona.example")
    assert response.redirect_chain[-1][0] == f"/admin/programme/participant/{bo.pk}/change/"
    assert levels_of(response) == ["success"]
    assert bo.is_coordinator
    coordinator.refresh_from_db()
    assert (coordinator.state, coordinator.handed_over_to) == ("withdrawn", bo)


def test_what_follows_wording(admin, page):
    body = body_of(admin.get(page))

    assert "Both get an email." in body
    assert "Carme Coll is withdrawn" in body
    assert "They also become the coordinator" in body


def test_a_mistake_changes_nothing_and_is_422(admin, page, coordinator):
    for values in ({"name": "", "email": "x"}, NEW | {"email": coordinator.user.email}):
        response = admin.post(page, values)
        assert response.status_code == 422
    known = ParticipantFactory(delegation=coordinator.delegation)
    response = admin.post(page, NEW | {"email": known.user.email})

    assert response.status_code == 422
    assert response.context["form"].has_error("email", "already_taking_part")
    coordinator.refresh_from_db()
    assert coordinator.is_registered
    assert not Message.objects.exists()


def test_after_the_edition_why_not_wording(admin, page, coordinator):
    yesterday = timezone.now().date() - timezone.timedelta(days=1)
    Edition.objects.update(first_on=yesterday, last_on=yesterday)

    assert "The edition is over" in body_of(admin.get(page))
    assert admin.post(page, NEW).status_code == 409
    assert not Participant.objects.filter(user__email=NEW["email"]).exists()
    coordinator.refresh_from_db()
    assert coordinator.is_registered


def test_the_link_is_on_the_page_of_who_has_a_place(admin, page, coordinator):
    gone = ParticipantFactory(delegation=coordinator.delegation, state="withdrawn")

    assert page in admin.get(f"/admin/programme/participant/{coordinator.pk}/change/").content.decode()
    assert "take-over" not in admin.get(f"/admin/programme/participant/{gone.pk}/change/").content.decode()


def test_a_person_of_another_edition_is_not_there(admin, page):
    stranger = ParticipantFactory()

    assert admin.post(f"/admin/editions/academy/people/{stranger.pk}/take-over/", NEW).status_code == 404


def test_a_viewer_may_not(client, page, coordinator):
    viewer = UserFactory(is_staff=True)
    viewer.groups.add(Group.objects.get(name="viewer"))
    client.force_login(viewer)

    assert client.post(page, NEW).status_code == 403
    coordinator.refresh_from_db()
    assert coordinator.is_registered
