"""Lists and forms inside an edition: only its rows, and only what belongs to it to pick from."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from programme.models import Delegation, Session, Track
from tests.factories.people import DelegationFactory, InvitationFactory, MessageFactory, ParticipantFactory, SeatFactory
from tests.factories.programme import EditionFactory, RoomFactory, SessionFactory, TimedSessionFactory, TrackFactory


@pytest.fixture
def admin(client, organiser):
    client.force_login(organiser)
    return client


@pytest.fixture
def other(edition):
    """Another edition with one of everything."""
    participant = ParticipantFactory(delegation__edition=EditionFactory())
    session = TimedSessionFactory(edition=participant.edition, track=TrackFactory(edition=participant.edition))
    SeatFactory(participant=participant, session=session)
    InvitationFactory(delegation=participant.delegation)
    MessageFactory(context=participant.edition)
    return participant.edition


LISTS = ["sessions", "participants", "delegations", "invitations", "seat-list", "messages", "notices", "tracks"]


@pytest.mark.usefixtures("other")
@pytest.mark.parametrize("name", LISTS)
def test_a_list_has_only_the_rows_of_its_edition(admin, edition, name):
    changelist = admin.get(reverse(f"programme-staff:{name}", args=[edition.slug])).context["cl"]

    assert list(changelist.result_list) == []
    assert "edition" not in changelist.list_display
    assert not {"edition", "delegation__edition", "context"} & set(changelist.list_filter)


@pytest.mark.parametrize("name", [it for it in LISTS if it != "notices"])
def test_a_list_has_the_rows_of_its_edition(admin, other, name):
    changelist = admin.get(reverse(f"programme-staff:{name}", args=[other.slug])).context["cl"]

    assert changelist.result_count == 1


def test_a_row_of_another_edition_is_not_acted_upon(admin, edition, other):
    theirs = Session.objects.get(edition=other)
    form = {"action": "confirm", "_selected_action": theirs.pk, "apply": "1"}

    admin.post(reverse("programme-staff:sessions", args=[edition.slug]), form)

    theirs.refresh_from_db()
    assert theirs.status == Session.Status.TENTATIVE


def choices(form, name):
    return set(form.fields[name].queryset)


def test_a_session_is_added_with_the_tracks_and_rooms_of_its_edition(admin, edition, other):
    track = TrackFactory(edition=edition)
    room = RoomFactory(venue=edition.venue)
    RoomFactory(venue=other.venue)

    form = admin.get(reverse("programme-staff:session-add", args=[edition.slug])).context["adminform"].form

    assert choices(form, "track") == {track}
    assert choices(form, "room") == {room}
    assert choices(form, "edition") == {edition}


def test_a_session_cannot_be_added_to_another_edition_than_that_of_the_page(admin, edition, other):
    form = {"edition": other.pk, "title": "Lost", "slug": "lost", "format": "online", "date_hint": "May"}

    response = admin.post(reverse("programme-staff:session-add", args=[edition.slug]), form)

    assert set(response.context["adminform"].form.errors) == {"edition"}
    assert not Session.objects.filter(slug="lost").exists()


def test_a_session_that_was_added_leads_back_to_the_programme(admin, edition):
    form = {"edition": edition.pk, "title": "Found", "slug": "found", "format": "online", "date_hint": "May"}

    response = admin.post(reverse("programme-staff:session-add", args=[edition.slug]), form)

    assert response["Location"] == reverse("programme-staff:sessions", args=[edition.slug])
    assert Session.objects.get(slug="found").edition == edition


def test_a_session_is_changed_with_the_tracks_of_its_edition(admin, edition, other):
    session = SessionFactory(edition=edition)
    track = TrackFactory(edition=edition)

    form = admin.get(reverse("admin:programme_session_change", args=[session.pk])).context["adminform"].form

    assert choices(form, "track") == {track}
    assert Track.objects.filter(edition=other).exists()


def test_people_are_added_to_the_cities_of_the_edition(admin, edition, other):
    ours = DelegationFactory(edition=edition)

    form = admin.get(reverse("programme-staff:participant-add", args=[edition.slug])).context["form"]

    assert [row.pk for row in form.fields["delegation"].rows] == [ours.pk]
    assert Delegation.objects.filter(edition=other).exists()


def test_the_list_offers_to_add_inside_the_edition(admin, edition):
    page = admin.get(reverse("programme-staff:sessions", args=[edition.slug])).content.decode()

    assert reverse("programme-staff:session-add", args=[edition.slug]) in page


def test_times_in_a_list_are_those_of_the_edition(admin, edition):
    message = MessageFactory(context=edition)

    page = admin.get(reverse("programme-staff:messages", args=[edition.slug])).content.decode()

    assert f"{message.created_at.astimezone(edition.zone):%H:%M}" in page


def test_times_on_the_page_of_a_row_are_those_of_its_edition(admin, participant):
    page = admin.get(f"/admin/programme/participant/{participant.pk}/change/").content.decode()

    assert "7 Jan 2025, 10:00" in page


@pytest.mark.parametrize("path", ["records/", "programme/", "programme/session/", "attendance/excuse/"])
def test_the_rows_of_all_editions_are_for_superusers(client, organiser, edition, path):
    client.force_login(organiser)
    assert client.get(f"/admin/{path}").status_code == 200

    organiser.is_superuser = False
    organiser.save()
    organiser.groups.add(Group.objects.get(name="organiser"))

    assert client.get(f"/admin/{path}").status_code == 404


def test_one_click_approves_and_stays_in_the_edition(admin, edition):
    waiting = ParticipantFactory(delegation__edition=edition, state="pending")
    people = reverse("programme-staff:participants", args=[edition.slug])

    response = admin.post(
        f"/admin/programme/participant/{waiting.pk}/approve/",
        headers={"Referer": f"https://testserver{people}?state__exact=pending"},
    )

    assert response["Location"] == f"{people}?state__exact=pending"


def test_an_object_that_was_deleted_leads_back_to_the_edition_looked_at(admin, edition):
    track = TrackFactory(edition=edition)
    tracks = reverse("programme-staff:tracks", args=[edition.slug])
    admin.get(tracks)

    response = admin.post(f"/admin/programme/track/{track.pk}/delete/", {"post": "yes"})

    assert response["Location"] == tracks


def test_the_form_of_an_edition_leads_back_to_itself(admin, edition):
    settings = reverse("programme-staff:settings", args=[edition.slug])
    form = admin.get(settings).context["adminform"].form
    values = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    values |= {"tracks-TOTAL_FORMS": 0, "tracks-INITIAL_FORMS": 0}

    response = admin.post(settings, values)

    assert response["Location"] == settings
