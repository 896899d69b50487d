"""The checklist of an edition that was copied, on its overview."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone

from programme.models import ChecklistItem
from tests.client import text
from tests.factories.people import DelegationFactory, InvitationFactory, UserFactory
from tests.factories.programme import EditionFactory, SessionFactory, TimedSessionFactory


@pytest.fixture
def organiser(db):
    organiser = UserFactory(name="Olga Organiser", is_staff=True)
    organiser.groups.add(Group.objects.get(name="organiser"))
    return organiser


@pytest.fixture
def admin(client, organiser):
    client.force_login(organiser)
    return client


@pytest.fixture
def items(edition):
    return [ChecklistItem.objects.create(edition=edition, kind=kind) for kind in ("dates", "venue", "publication")]


def overview(client, edition):
    return client.get(reverse("programme-staff:overview", args=[edition.slug]))


def url_of(item, edition=None):
    return reverse("programme-staff:checklist-item", args=[(edition or item.edition).slug, item.pk])


def test_each_item_leads_to_where_it_is_done(admin, edition, items):
    shown = overview(admin, edition).context["checklist"]

    assert [(it.item, it.url.rpartition(edition.slug)[2]) for it in shown] == [
        (items[0], "/programme/"),
        (items[1], "/settings/venues/"),
        (items[2], "/settings/"),
    ]


@pytest.mark.parametrize("kind", ChecklistItem.Kind)
def test_every_kind_has_a_page(admin, edition, kind):
    ChecklistItem.objects.create(edition=edition, kind=kind)

    (shown,) = overview(admin, edition).context["checklist"]

    assert admin.get(shown.url).status_code == 200


def test_an_item_says_how_far_it_is_whatever_is_ticked(admin, edition):
    kinds = ("dates", "no_day", "links", "cities", "coordinators", "texts", "publication")
    ChecklistItem.objects.bulk_create(
        ChecklistItem(edition=edition, kind=kind, ticked_at=timezone.now()) for kind in kinds
    )
    SessionFactory(edition=edition, status="tentative", starts_at=None, ends_at=None, format="in_person")
    TimedSessionFactory(edition=edition, status="confirmed", format="online", meeting_url="https://meet.example/x")
    TimedSessionFactory(edition=edition, status="tentative", format="online")
    TimedSessionFactory(edition=edition, status="cancelled", format="online")
    TimedSessionFactory(edition=edition, format="break")
    city, _not_invited = DelegationFactory(edition=edition), DelegationFactory(edition=edition)
    InvitationFactory(delegation=city, email="ana@girona.example", is_for_coordinator=True)

    states = [it.state for it in overview(admin, edition).context["checklist"]]

    assert states == [
        "Sessions confirmed: 1 of 3.",
        "Sessions with a date: 2 of 3.",
        "Online sessions with a meeting link: 1 of 2.",
        "Cities: 2.",
        "Cities with a coordinator or an open invitation: 1 of 2.",
        "",
        "The edition is published.",
    ]


def test_an_item_is_ticked_and_opened_again(admin, edition, items, organiser):
    response = admin.post(url_of(items[1]), follow=True)

    assert response.context["n_ticked"] == 1
    assert f"Ticked by {organiser.name}" in text(response)
    items[1].refresh_from_db()
    assert items[1].ticked_by == organiser

    assert admin.post(url_of(items[1]), {"undo": "1"}, follow=True).context["n_ticked"] == 0
    items[1].refresh_from_db()
    assert not items[1].is_ticked


def test_a_second_click_changes_nothing(admin, items):
    admin.post(url_of(items[0]))
    items[0].refresh_from_db()
    ticked_at = items[0].ticked_at

    admin.post(url_of(items[0]))

    items[0].refresh_from_db()
    assert items[0].ticked_at == ticked_at


def test_an_item_of_another_edition_is_not_found(admin, items):
    other = EditionFactory()

    assert admin.post(url_of(items[0], other)).status_code == 404
    assert not ChecklistItem.objects.exclude(ticked_at=None).exists()


@pytest.mark.parametrize("role", ["desk", "viewer"])
def test_others_neither_see_it_nor_tick(client, edition, items, role):
    user = UserFactory(is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user)

    assert overview(client, edition).context["checklist"] == []
    assert client.post(url_of(items[0])).status_code == 403
    assert not ChecklistItem.objects.exclude(ticked_at=None).exists()


def test_it_is_not_ticked_by_a_link(admin, items):
    assert admin.get(url_of(items[0])).status_code == 405
