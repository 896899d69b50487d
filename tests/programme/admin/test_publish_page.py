"""Publishing an edition: what becomes public and what is open is read first."""

import datetime as dt

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone

from programme.models import ChecklistItem, StaffAssignment
from tests.client import levels_of, press, text
from tests.factories.people import ParticipantFactory, UserFactory
from tests.factories.programme import EditionFactory, SessionFactory


@pytest.fixture
def prepared(db):
    edition = EditionFactory(slug="next", is_published=False, contact_email="", registration_opens_at=None)
    starts_at = timezone.now() + dt.timedelta(days=10)
    for is_published in (True, False):
        SessionFactory(
            edition=edition, starts_at=starts_at, ends_at=starts_at + dt.timedelta(hours=1), is_published=is_published
        )
        starts_at += dt.timedelta(days=1)
    return edition


@pytest.fixture
def items(prepared):
    return [ChecklistItem.objects.create(edition=prepared, kind=kind) for kind in ("dates", "links", "publication")]


@pytest.fixture
def colleague(client, db):
    colleague = UserFactory(is_staff=True)
    colleague.groups.add(Group.objects.get(name="organiser"))
    client.force_login(colleague)
    return colleague


def url(edition):
    return reverse("programme-staff:publish", args=[edition.slug])


def test_what_is_open_is_said_before_it_is_published(client, colleague, prepared, items):
    page = client.get(url(prepared))

    shown = text(page)
    for sentence in (
        "1 session becomes public.",
        "1 session stays hidden.",
        "Nobody is emailed.",
        "2 items of the checklist are open",
        "Add the meeting links. Online sessions with a meeting link: 0 of 2.",
        "Nobody can register: there is no opening date.",
        "There is no contact address for participants.",
    ):
        assert sentence in shown
    prepared.refresh_from_db()
    assert not prepared.is_published


def test_it_is_published_with_open_items_which_stay_open(client, colleague, prepared, items):
    agreed = {"agreed_to": client.get(url(prepared)).context["confirmation"].token}

    response = client.post(url(prepared), agreed | {"done": [items[0].pk]})

    assert response.headers["Location"] == reverse("programme-staff:overview", args=["next"])
    prepared.refresh_from_db()
    assert prepared.is_published
    assert [it.kind for it in prepared.checklist.open()] == ["links"]
    ticked = prepared.checklist.exclude(ticked_at=None).values_list("ticked_by", flat=True)
    assert set(ticked) == {colleague.pk}


def test_people_who_will_be_told_are_counted(client, colleague, prepared):
    ParticipantFactory(delegation__edition=prepared)

    assert "1 person will be emailed about the sessions." in text(client.get(url(prepared)))


def test_what_has_changed_meanwhile_is_read_again(client, colleague, prepared, items):
    agreed = {"agreed_to": client.get(url(prepared)).context["confirmation"].token}
    prepared.sessions.update(is_published=True)

    assert client.post(url(prepared), agreed).status_code == 422
    prepared.refresh_from_db()
    assert not prepared.is_published


def test_an_item_of_another_edition_is_not_ticked(client, colleague, prepared, items):
    foreign = ChecklistItem.objects.create(edition=EditionFactory(), kind="dates")
    agreed = {"agreed_to": client.get(url(prepared)).context["confirmation"].token}

    assert client.post(url(prepared), agreed | {"done": [foreign.pk]}).status_code == 422
    foreign.refresh_from_db()
    assert foreign.ticked_at is None


def test_a_second_click_says_that_it_is_published(client, colleague, prepared):
    press(client, url(prepared), "Publish the edition")

    response = client.post(url(prepared), follow=True)

    assert levels_of(response) == ["info"]


def test_the_settings_lead_there_and_cannot_publish_past_it(client, colleague, prepared):
    settings = reverse("programme-staff:settings", args=["next"])
    page = client.get(settings)

    assert url(prepared) in text(page)
    assert "is_published" not in page.context["adminform"].form.fields


def test_a_viewer_and_staff_of_other_editions_publish_nothing(client, colleague, prepared):
    StaffAssignment.objects.create(user=colleague).editions.add(EditionFactory())
    assert client.post(url(prepared)).status_code == 404
    viewer = UserFactory(is_staff=True)
    viewer.groups.add(Group.objects.get(name="viewer"))
    client.force_login(viewer)
    assert client.post(url(prepared)).status_code == 403
    prepared.refresh_from_db()
    assert not prepared.is_published
