import re
from unittest.mock import patch

import pytest
from allauth.socialaccount.models import SocialAccount
from django.apps import apps
from django.contrib import admin as django_admin
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import NON_FIELD_ERRORS
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from programme.models import Participant
from tests.client import errors_of, levels_of
from tests.factories.people import InvitationFactory, MessageFactory, NoticeFactory, ParticipantFactory, SeatFactory
from tests.factories.programme import EditionFactory, RoomFactory, TimedSessionFactory, TrackFactory, VenueFactory
from tests.programme.constraints import message_of
from udtacademy.accounts.models import User

NAMES = [
    model._meta.model_name
    for model in apps.get_app_config("programme").get_models()
    if django_admin.site.is_registered(model) and not model._meta.proxy
]
ADDED_BY_HAND = [name for name in NAMES if name not in {"invitation", "message", "notice", "seat"}]


@pytest.fixture
def admin(client, organiser):
    client.force_login(organiser)
    return client


@pytest.fixture
def _one_of_each(db):
    edition = EditionFactory()
    participant = ParticipantFactory(delegation__edition=edition)
    RoomFactory(venue=edition.venue)
    session = TimedSessionFactory(edition=edition, track=TrackFactory(edition=edition))
    SeatFactory(participant=participant, session=session)
    InvitationFactory(delegation=participant.delegation)
    MessageFactory()
    NoticeFactory(edition=edition)


@pytest.mark.usefixtures("_one_of_each")
@pytest.mark.parametrize("name", NAMES)
def test_every_model_is_listed_searched_added_changed_and_has_a_history(admin, name):
    model = apps.get_model("programme", name)
    pk = model._default_manager.order_by("pk").first().pk
    base = f"/admin/programme/{name}/"

    urls = [base, f"{base}?q=zz%C3%A9", f"{base}{pk}/change/", f"{base}{pk}/history/"]
    for url in [*urls, f"{base}add/"] if name in ADDED_BY_HAND else urls:
        response = admin.get(url)
        assert response.status_code == 200, url
        assert "unsafe" not in response["Content-Security-Policy"]
        assert not re.findall(
            r"<script(?![^>]*(src=|type=\"application/))[^>]*>|style=\"|\son\w+=\"", response.content.decode()
        ), url


@pytest.mark.parametrize("name", NAMES)
def test_lists_cost_the_same_whatever_their_length(admin, name):
    def cost():
        edition = EditionFactory()
        participant = ParticipantFactory(delegation__edition=edition)
        RoomFactory(venue=edition.venue)
        session = TimedSessionFactory(edition=edition, track=TrackFactory(edition=edition))
        SeatFactory(participant=participant, session=session)
        InvitationFactory(delegation=participant.delegation)
        MessageFactory()
        with CaptureQueriesContext(connection) as queries:
            admin.get(f"/admin/programme/{name}/")
        return len(queries)

    first, second, third = cost(), cost(), cost()
    assert first >= second == third  # the first also learns the content types


def test_a_person_is_added_to_an_edition_once(admin, participant):
    elsewhere = ParticipantFactory(delegation__edition=participant.edition)
    form = {"user": participant.user_id, "delegation": elsewhere.delegation_id}

    response = admin.post("/admin/programme/participant/add/", form | {"expo_pass": "not_asked"})

    assert errors_of(response) == {NON_FIELD_ERRORS: [message_of(Participant, "participant_once_in_edition")]}


@pytest.mark.parametrize(
    ("model", "factory", "prefix", "names", "message"),
    [
        ("edition", EditionFactory, "tracks", {"name": "A", "slug": "a"}, "duplicate"),
        ("venue", VenueFactory, "rooms", {"name": "Aula"}, "already has a room with this name"),
    ],
)
def test_two_new_rows_of_one_name_are_a_mistake(admin, model, factory, prefix, names, message):
    row = factory()
    form = {f"{prefix}-TOTAL_FORMS": 2, f"{prefix}-INITIAL_FORMS": 0}
    form |= {f"{prefix}-{n}-{name}": value.upper() if n and name == "name" else value
             for n in (0, 1) for name, value in names.items()}  # fmt: skip
    form |= {f"{prefix}-{n}-position": n for n in (0, 1)}
    form |= {name: value for name, value in vars(row).items() if value is not None and not name.startswith("_")}

    response = admin.post(f"/admin/programme/{model}/{row.pk}/change/", form)

    assert response.status_code == 200
    assert message in response.content.decode()


@pytest.mark.parametrize(
    "path",
    [
        *("session/?q=%00", "session/?edition__id__exact=x", "session/?nonsense=1", "session/?p=-5", "session/?p=abc"),
        *("session/?o=99.-3", "session/?o=zz", "session/?all=", "session/?_facets=1", "session/?_to_field=zz"),
        *("session/?starts_at__year=x", "session/?starts_at__year=99999", "session/?starts_at__gte=abc"),
        *(
            "session/?edition__id__exact=99999999999999999999",
            "edition/?first_on__year=99999",
            "edition/?first_on__year=0",
        ),
        *(
            "session/add/?edition=abc&starts_at=zz&nonsense=1",
            "participant/add/?user=%00&delegation=9999999999999999999999",
        ),
        *(
            "user/add/?groups=a,b",
            "session/abc/change/",
            "session/99999999999999999999999/change/",
            "session/-1/history/",
        ),
        *("session/%FF/change/", "city/0/delete/", "session/?id__regex=(", "session/?title__iregex=["),
    ],
)
def test_odd_queries_are_never_an_error_of_ours(admin, path):
    assert admin.get(f"/admin/programme/{path}", follow=True).status_code < 500


@pytest.mark.parametrize(
    "cookie", ["sessionid=garbage", "messages=garbage", "csrftoken=garbage", "sessionid=" + "x" * 5000]
)
def test_odd_cookies_are_never_an_error_of_ours(client, edition, cookie):
    for path in ("/admin/login/", edition.get_absolute_url()):
        assert client.get(path, headers={"Cookie": cookie}, follow=True).status_code == 200


def test_an_address_may_suggest_values_for_a_new_session(admin, edition):
    body = admin.get(f"/admin/programme/session/add/?title=Suggested&edition={edition.pk}").content.decode()

    assert 'value="Suggested"' in body
    assert f'<option value="{edition.pk}" selected>' in body


def test_what_others_depend_on_is_not_moved_and_that_is_said(admin, edition, fire_deferred_triggers):
    session = TimedSessionFactory(edition=edition, track=TrackFactory(edition=edition))
    form = {"edition": EditionFactory().pk, "name": "T", "slug": session.track.slug, "position": 0}

    with patch("django.contrib.admin.ModelAdmin.save_related", side_effect=IntegrityError):
        response = admin.post(f"/admin/programme/track/{session.track_id}/change/", form, follow=True)

    assert levels_of(response) == ["error"]
    session.track.refresh_from_db()
    assert session.track.edition == edition


def test_the_time_zone_of_an_edition_with_times_is_fixed(admin, session):
    body = admin.get(f"/admin/programme/edition/{session.edition_id}/change/").content.decode()

    assert 'name="time_zone"' not in body
    assert 'name="time_zone"' in admin.get(f"/admin/programme/edition/{EditionFactory().pk}/change/").content.decode()


def test_an_edition_goes_with_its_tracks_and_sessions(admin, edition):
    TimedSessionFactory(edition=edition, track=TrackFactory(edition=edition))

    admin.post(f"/admin/programme/edition/{edition.pk}/delete/", {"post": "yes"})

    assert not type(edition).objects.filter(pk=edition.pk).exists()


def test_dates_are_written_as_europeans_do(admin, edition):
    body = admin.get("/admin/programme/edition/").content.decode()

    assert 'class="field-first_on nowrap">16 September 2025</td>' in body


def test_the_site_is_ours():
    assert type(django_admin.site._wrapped).__name__ == "AcademyAdminSite"


def test_users_are_added_without_and_changed_with_a_password(admin):
    form = {"email": "New@Example.org", "name": "New", "usable_password": "false"}
    response = admin.post("/admin/accounts/user/add/", form)

    user = User.objects.get(email="new@example.org")
    assert response.url == f"/admin/accounts/user/{user.pk}/change/"
    assert not user.has_usable_password()


def test_the_history_of_rights_given_and_taken_wording(admin, stranger):
    group = Group.objects.create(name="Desk")
    permission = Permission.objects.get(codename="view_city", content_type__app_label="programme")
    stranger.groups.add(group)
    stranger.user_permissions.add(permission)
    stranger.groups.remove(group)
    SocialAccount.objects.create(user=stranger, provider="city", uid="ana")

    body = admin.get(f"/admin/accounts/user/{stranger.pk}/history/").content.decode()

    assert "Given: group Desk" in body
    assert "Given: permission Programme | city | Can view city" in body
    assert "Removed: group Desk" in body
    assert "Given: sign-in with the account at city" in body
    assert "Added" in body


def test_a_participants_city_is_changed_by_moving_only(admin, edition):
    participant = ParticipantFactory()
    other = ParticipantFactory(delegation__edition=edition).delegation

    form = {"user": participant.user_id, "delegation": other.pk, "expo_pass": "wanted"}
    assert admin.post(f"/admin/programme/participant/{participant.pk}/change/", form).status_code == 302

    before = participant.delegation
    participant.refresh_from_db()
    assert (participant.delegation, participant.expo_pass) == (before, "wanted")
