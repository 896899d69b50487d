"""Staff of an edition: inviting them with a role, removing them, and who may."""

import datetime as dt

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from programme.models import Edition, StaffAssignment
from programme.programme_files.clone import clone_edition
from programme.programme_files.dump import dump_programme, dumps
from programme.queries.staff import role_of, staff_with
from tests.factories.people import ParticipantFactory, UserFactory
from tests.factories.programme import EditionFactory
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

    shown = {user for user, _role in client.get(url(edition)).context["colleagues"]}

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
    upload = {"file": SimpleUploadedFile("programme.toml", content.encode())}

    client.post(reverse("admin:programme_edition_upload"), upload)

    other.refresh_from_db()
    assert other.name != "Taken over"
    assert client.post(url(other, "file"), upload).status_code == 404
