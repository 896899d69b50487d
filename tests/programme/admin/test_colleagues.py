"""Staff of an edition: inviting them with a role, removing them, and who may."""

import datetime as dt

import pghistory.models
import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from programme.actions.additions import Newcomer, add_people
from programme.actions.staff import invite_colleague
from programme.models import Edition, StaffAssignment
from programme.programme_files.clone import clone_edition
from programme.programme_files.dump import dump_programme, dumps
from programme.programme_files.load import rehearse_programme
from programme.programme_files.reading import loads
from programme.queries.staff import role_of, staff_with
from tests.factories.people import DelegationFactory, ParticipantFactory, UserFactory
from tests.factories.programme import EditionFactory, RoomFactory, TimedSessionFactory
from tests.refusals import refused
from tests.threads import in_threads
from udtacademy.accounts.models import User
from udtacademy.outbox.models import Message


def staff(role, *editions):
    """Somebody with a role in these editions, or in all if none is given."""
    user = UserFactory(is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    if editions:
        StaffAssignment.objects.create(user=user).editions.set(editions)
    return user


@pytest.fixture
def edition(db):
    return EditionFactory()


@pytest.fixture
def other(db):
    return EditionFactory()


def url(edition, name="colleagues", *args):
    return reverse(f"programme-staff:{name}", args=[edition.slug, *args])


def invite(client, edition, **values):
    form = {"email": "new@city.example", "name": "Nora New", "role": "desk", "scope": "edition"}
    return client.post(url(edition), form | values)


def standing(email):
    """The role of somebody, and the editions they work in; None: all."""
    user = User.objects.get(email=email)
    assignment = StaffAssignment.objects.filter(user=user).first()
    return user.is_staff, role_of(user), {*assignment.editions.all()} if assignment else None


@pytest.mark.parametrize("role", ["desk", "viewer", "organiser"])
def test_a_colleague_is_invited_with_a_role_in_one_edition(client, edition, other, role):
    client.force_login(staff("organiser"))

    assert invite(client, edition, role=role, email="New@City.example").status_code == 302

    assert standing("new@city.example") == (True, role, {edition})
    message = Message.objects.get()
    assert (message.kind, message.to, message.context) == ("staff_invited", "new@city.example", edition)
    assert reverse("admin:index") in message.text


def test_a_colleague_is_invited_into_all_editions(client, edition):
    client.force_login(staff("organiser"))

    invite(client, edition, scope="all")

    assert standing("new@city.example") == (True, "desk", None)


def test_a_second_click_and_a_second_edition_add_up(client, edition, other):
    client.force_login(staff("organiser"))

    for where in (edition, edition, other):
        invite(client, where)

    assert standing("new@city.example") == (True, "desk", {edition, other})
    assert User.objects.filter(email="new@city.example").count() == 1


def test_a_participant_becomes_staff_and_stays_a_participant(client, edition):
    person = ParticipantFactory(delegation__edition=edition)
    client.force_login(staff("organiser"))

    invite(client, edition, email=person.user.email, name="Another Name")

    assert standing(person.user.email) == (True, "desk", {edition})
    name = person.user.name
    person.user.refresh_from_db()
    assert person.user.name == name


def test_somebody_who_works_in_all_editions_goes_on_doing_so(client, edition):
    colleague = staff("viewer")
    client.force_login(staff("organiser"))

    invite(client, edition, email=colleague.email, role="organiser")

    assert standing(colleague.email) == (True, "organiser", None)


@pytest.mark.parametrize(
    "values",
    [{"email": "x"}, {"email": ""}, {"name": ""}, {"role": "root"}, {"scope": "x"}, {"name": "www.evil.example"}],
)
def test_a_form_with_a_mistake_invites_nobody(client, edition, values):
    client.force_login(staff("organiser"))
    n = User.objects.count()

    response = invite(client, edition, **values)

    assert response.status_code == 422
    assert set(response.context["form"].errors) == values.keys()
    assert User.objects.count() == n


def test_a_colleague_of_one_edition_gives_nobody_more_than_that(client, edition, other):
    limited, everywhere, elsewhere = staff("organiser", edition), staff("viewer"), staff("viewer", edition, other)
    client.force_login(limited)

    assert invite(client, edition).status_code == 302
    assert standing("new@city.example") == (True, "desk", {edition})
    assert invite(client, edition, scope="all", email="more@city.example").status_code == 422
    assert not User.objects.filter(email="more@city.example").exists()
    for colleague, editions in ((everywhere, None), (elsewhere, {edition, other})):
        assert invite(client, edition, email=colleague.email, role="organiser").status_code == 422
        assert standing(colleague.email) == (True, "viewer", editions)
    assert invite(client, other).status_code == 404


@pytest.mark.parametrize("who", ["superuser", "closed", "myself"])
def test_some_roles_cannot_be_given(client, edition, who):
    organiser = staff("organiser")
    colleague = (
        organiser if who == "myself" else UserFactory(is_superuser=who == "superuser", is_active=who != "closed")
    )
    client.force_login(organiser)
    before = role_of(colleague)

    assert invite(client, edition, email=colleague.email).status_code == 422
    assert role_of(User.objects.get(pk=colleague.pk)) == before
    assert not Message.objects.exists()


def test_a_colleague_is_removed_from_one_edition_and_with_the_last_from_all(client, edition, other):
    colleague = staff("desk", edition, other)
    client.force_login(staff("organiser"))

    client.post(url(edition, "colleague-remove", colleague.pk))
    assert standing(colleague.email) == (True, "desk", {other})

    client.post(url(other, "colleague-remove", colleague.pk))
    assert standing(colleague.email) == (False, "", None)


def test_who_cannot_be_removed_stays(client, edition, other):
    limited, everywhere, root = (
        staff("organiser", edition),
        staff("viewer"),
        UserFactory(is_staff=True, is_superuser=True),
    )
    elsewhere = staff("desk", other)
    client.force_login(limited)

    for colleague in (limited, everywhere, root, elsewhere):
        before = standing(colleague.email)
        client.post(url(edition, "colleague-remove", colleague.pk))
        assert standing(colleague.email) == before


def test_the_list_has_who_works_in_the_edition(client, edition, other):
    mine, theirs, everywhere = staff("desk", edition), staff("desk", other), staff("viewer")
    organiser = staff("organiser")
    client.force_login(organiser)

    shown = {user for user, _role, _may_remove in client.get(url(edition)).context["colleagues"]}

    assert shown == {mine, everywhere, organiser}
    assert theirs not in shown


def test_staff_whose_last_edition_was_deleted_work_in_none(client, edition, other):
    colleague = staff("organiser", edition)
    client.force_login(colleague)

    edition.delete()

    assert client.get(url(other)).status_code == 404
    assert not Edition.objects.open_to(colleague).exists()


def test_the_first_page_and_the_switch_have_only_ones_editions(client, edition, other):
    client.force_login(staff("organiser", edition))

    response = client.get(reverse("admin:index"))
    assert {card.edition for card, _panels in response.context["overview"]} | {*response.context["past_editions"]} == {
        edition
    }
    assert list(client.get(url(edition)).context["place"].others) == []


def test_emails_to_organisers_go_to_those_of_the_edition(edition, other):
    mine, everywhere = staff("organiser", edition), staff("organiser")
    staff("organiser", other)
    staff("desk", edition)

    assert {*staff_with("attendance.add_decision", edition)} == {mine, everywhere}


@pytest.mark.parametrize("role", ["desk", "viewer"])
def test_other_roles_invite_and_remove_nobody(client, edition, role):
    colleague = staff("desk", edition)
    client.force_login(staff(role))

    assert invite(client, edition).status_code == 403
    assert client.post(url(edition, "colleague-remove", colleague.pk)).status_code == 403
    assert standing(colleague.email) == (True, "desk", {edition})


def test_who_adds_an_edition_works_in_it(client, edition, other):
    colleague = staff("organiser", edition)
    client.force_login(colleague)
    copy = clone_edition(edition=edition, slug="next-year", first_day=dt.date(2027, 9, 16), by=colleague).edition
    form = {"name": "By hand", "slug": "by-hand", "first_on": "2027-01-01", "last_on": "2027-02-01"}
    page = client.get(reverse("admin:programme_edition_add")).context["adminform"].form
    typed = {name: page[name].value() for name in page.fields if page[name].value() not in (None, False)}
    inline = {f"tracks-{it}_FORMS": "0" for it in ("TOTAL", "INITIAL", "MIN_NUM", "MAX_NUM")}
    client.post(reverse("admin:programme_edition_add"), typed | inline | form | {"time_zone": "Europe/Madrid"})

    assert {*Edition.objects.open_to(colleague)} == {edition, copy, Edition.objects.get(slug="by-hand")}


def test_a_file_of_an_edition_one_does_not_work_in_is_no_way_in(client, edition, other):
    client.force_login(staff("organiser", edition))
    content = dumps(dump_programme(edition=other)).replace(other.name, "Taken over")

    def upload(**more):
        return {"given": SimpleUploadedFile("programme.toml", content.encode()), **more}

    page = reverse("admin:programme_edition_upload")
    assert client.post(page, upload()).status_code == 422
    assert client.post(page, upload(apply="1")).status_code == 422

    other.refresh_from_db()
    assert other.name != "Taken over"
    assert client.post(url(other, "file"), upload()).status_code == 404


@pytest.fixture
def limited(client, edition):
    """An organiser of `edition` only, signed in."""
    user = staff("organiser", edition)
    client.force_login(user)
    return user


@pytest.mark.parametrize("model", ["session", "delegation", "track", "participant", "seat", "invitation"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_rows_are_added_only_inside_an_edition(client, limited, other, model, method):
    response = getattr(client, method)(f"/admin/programme/{model}/add/", {"edition": other.pk})

    assert response.status_code in {403, 404}


def test_a_row_is_not_moved_into_an_edition_one_does_not_work_in(client, limited, edition, other):
    delegation = DelegationFactory(edition=edition)
    page = reverse("admin:programme_delegation_change", args=[delegation.pk])
    form = client.get(page).context["adminform"].form

    response = client.post(page, {"city": delegation.city.pk, "quota": 3, "edition": other.pk})

    assert set(form.fields["edition"].queryset) == {edition}
    assert "edition" in response.context["adminform"].form.errors
    delegation.refresh_from_db()
    assert delegation.edition == edition


def correct(client, person, **values):
    page = reverse("programme-staff:person-correct", args=[person.edition.slug, person.pk])
    return client.post(
        page, {"name": person.user.name, "email": person.user.email, "reason": "Typing mistake"} | values
    )


def test_the_account_of_somebody_who_also_takes_part_elsewhere_is_not_changed(client, limited, edition, other):
    person = ParticipantFactory(delegation__edition=edition)
    ParticipantFactory(user=person.user, delegation__edition=other)

    response = correct(client, person, email="mine@evil.example")

    assert response.status_code == 422
    assert User.objects.get(pk=person.user_id).email == person.user.email


def test_a_corrected_address_leaves_no_way_in_but_a_code(client, limited, edition):
    person = ParticipantFactory(delegation__edition=edition)
    person.user.set_password("a password of the tests")
    person.user.save()
    Authenticator.objects.create(user=person.user, type=Authenticator.Type.WEBAUTHN, data={})

    correct(client, person, email="right@city.example")

    user = User.objects.get(pk=person.user_id)
    assert (user.email, user.has_usable_password()) == ("right@city.example", False)
    assert not Authenticator.objects.filter(user=user).exists()


def test_a_name_in_a_list_does_not_rename_an_account_that_is_new_to_the_edition(limited, edition, other):
    person = ParticipantFactory(delegation__edition=other, user__name="Ana Anaya")
    newcomer = Newcomer(DelegationFactory(edition=edition), person.user.email, "Somebody Else")

    add_people(edition=edition, newcomers=[newcomer], by=limited, tells=False)

    assert User.objects.get(pk=person.user_id).name == "Ana Anaya"


def test_accounts_of_other_editions_are_not_listed_or_found(client, limited, edition, other):
    mine, theirs = ParticipantFactory(delegation__edition=edition), ParticipantFactory(delegation__edition=other)
    picker = {"app_label": "programme", "model_name": "participant", "field_name": "user", "term": "@"}

    response = client.get(reverse("admin:autocomplete"), picker)
    assert response.status_code == 403 or theirs.user.email not in response.content.decode()
    for person, status in ((mine, 200), (theirs, 302)):
        page = reverse("admin:accounts_user_change", args=[person.user.pk])
        assert client.get(page).status_code == status


@pytest.mark.parametrize("is_shared", [True, False])
def test_a_venue_that_others_use_is_not_changed(client, limited, edition, other, is_shared):
    if is_shared:
        TimedSessionFactory(edition=other, room=RoomFactory(venue=edition.venue))
    inline = {f"rooms-{it}_FORMS": "0" for it in ("TOTAL", "INITIAL", "MIN_NUM", "MAX_NUM")}

    response = client.post(
        reverse("admin:programme_venue_change", args=[edition.venue.pk]),
        {"name": "Changed", "address": "Elsewhere"} | inline,
    )

    edition.venue.refresh_from_db()
    assert (response.status_code, edition.venue.name == "Changed") == ((403, False) if is_shared else (302, True))


def test_a_file_does_not_change_rooms_that_others_use(limited, edition, other):
    room = RoomFactory(venue=edition.venue, capacity=10)
    TimedSessionFactory(edition=other, room=room)
    document = loads(dumps(dump_programme(edition=edition)).replace("capacity = 10", "capacity = 20").encode())

    with refused("other_editions_affected"):
        rehearse_programme(document=document, by=limited)

    assert rehearse_programme(document=document, by=staff("organiser")).plan.is_change


def test_a_role_is_given_only_by_those_who_have_its_permissions(client, edition):
    user = UserFactory(is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="change_edition"))
    client.force_login(user)

    assert invite(client, edition, role="organiser", scope="all").status_code == 422
    assert not User.objects.filter(email="new@city.example").exists()


def test_a_second_invitation_sends_no_second_email(client, edition):
    client.force_login(staff("organiser"))

    invite(client, edition)
    invite(client, edition)

    assert Message.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_invitations_of_one_address_at_once_make_one_colleague(edition):
    organiser = staff("organiser")

    def task():
        return invite_colleague(
            email="new@city.example", name="N", role="desk", edition=edition, is_everywhere=False, by=organiser
        )

    results = in_threads([task] * 4)

    assert [it for it in results if isinstance(it, Exception)] == []
    assert standing("new@city.example") == (True, "desk", {edition})


def test_which_editions_somebody_got_is_recorded(client, edition):
    client.force_login(staff("organiser"))

    invite(client, edition)

    events = pghistory.models.Events.objects.across("programme.AssignedEditionEvent")
    assert [event.pgh_data["edition_id"] for event in events] == [edition.pk]


def test_the_public_page_of_another_edition_is_not_found_by_number(client, limited, edition, other):
    number = ContentType.objects.get_for_model(Edition).pk

    assert client.get(f"/admin/r/{number}/{edition.pk}/").status_code == 302
    assert client.get(f"/admin/r/{number}/{other.pk}/").status_code == 404


@pytest.mark.parametrize("is_shared", [True, False])
def test_a_city_that_others_have_is_not_renamed(client, limited, edition, other, is_shared):
    delegation = DelegationFactory(edition=edition)
    if is_shared:
        DelegationFactory(edition=other, city=delegation.city)
    page = reverse("admin:programme_city_change", args=[delegation.city.pk])

    response = client.post(page, {"name": "Renamed", "country": "IE"})

    delegation.city.refresh_from_db()
    assert (response.status_code, delegation.city.name == "Renamed") == ((403, False) if is_shared else (302, True))


def test_rooms_are_not_added_to_the_venues_of_others(client, limited, other):
    response = client.post("/admin/programme/room/add/", {"venue": other.venue.pk, "name": "R", "capacity": 1})

    assert response.status_code == 403
    assert not other.venue.rooms.exists()


def test_removing_is_offered_only_where_it_is_allowed(client, limited, edition):
    mine, everywhere = staff("desk", edition), staff("viewer")

    offered = {user: may_remove for user, _role, may_remove in client.get(url(edition)).context["colleagues"]}

    assert offered == {limited: False, mine: True, everywhere: False}
