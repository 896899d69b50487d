import datetime as dt

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone

from programme.models import Participant
from tests.factories.people import DelegationFactory, MessageFactory, ParticipantFactory, UserFactory
from tests.factories.programme import EditionFactory, SessionFactory
from udtacademy.accounts.models import User
from udtacademy.outbox.models import Message

pytestmark = pytest.mark.django_db


def coming_session(edition):
    starts_at = timezone.now() + dt.timedelta(days=7)
    return SessionFactory(edition=edition, starts_at=starts_at, ends_at=starts_at + dt.timedelta(hours=1))


@pytest.fixture
def admin(client):
    """An organiser who is no superuser: the role's own rights must do."""
    user = UserFactory(name="Olga Organiser", is_staff=True)
    user.groups.add(Group.objects.get(name="organiser"))
    client.force_login(user)
    client.user = user
    return client


@pytest.fixture
def url(delegation):
    return reverse("programme-staff:participant-add", args=[delegation.edition.slug])


@pytest.fixture
def person(delegation):
    return {
        "delegation": delegation.pk,
        "name": "Ana Anaya",
        "email": "Ana@Girona.Example",
        "job_title": "Planner",
        "tells": "on",
    }


def test_a_person_is_registered_and_told(admin, url, person, delegation):
    session = coming_session(delegation.edition)

    response = admin.post(url, person)

    assert response["Location"] == reverse("programme-staff:participants", args=["academy"])
    ana = Participant.objects.get()
    assert (ana.user.email, ana.user.name, ana.job_title) == ("ana@girona.example", "Ana Anaya", "Planner")
    assert (ana.state, ana.state_by) == ("registered", admin.user)
    assert Message.objects.get().kind == "registered"
    assert ana.announcements.get().session == session


def test_a_person_is_registered_without_an_email(admin, url, person):
    del person["tells"]

    admin.post(url, person)

    assert Participant.objects.get().is_registered
    assert not Message.objects.exists()


def test_another_can_be_added_at_once(admin, url, person):
    assert admin.post(url, person | {"another": "1"})["Location"] == url


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "www.evil.example"}, "name"),
        ({"email": "ana"}, "email"),
        ({"email": ""}, "email"),
        ({"delegation": ""}, "delegation"),
        ({"delegation": "999999999"}, "delegation"),
        ({"job_title": "T" * 121}, "job_title"),
    ],
)
def test_a_mistake_is_shown_beside_its_field(admin, url, person, wrong, field):
    response = admin.post(url, person | wrong)

    assert response.status_code == 422
    assert set(response.context["form"].errors) == {field}
    assert not Participant.objects.exists()


def test_a_full_city_and_somebody_known_are_refused(admin, url, person, delegation):
    ParticipantFactory.create_batch(2, delegation=delegation)
    ParticipantFactory(delegation=delegation, user__email="known@girona.example")

    full = admin.post(url, person)
    known = admin.post(url, person | {"email": "known@girona.example"})
    delegation.quota = 4
    delegation.save()
    twice = admin.post(url, person | {"email": "known@girona.example"})

    assert [full.status_code, known.status_code, twice.status_code] == [422] * 3
    assert full.context["form"].has_error("delegation", "delegation_full")
    assert twice.context["form"].has_error("email", "already_taking_part")
    assert not User.objects.filter(email="ana@girona.example").exists()


def test_only_the_cities_of_the_edition_can_be_chosen(admin, url, person):
    theirs = DelegationFactory(edition=EditionFactory())

    response = admin.post(url, person | {"delegation": theirs.pk})

    assert response.status_code == 422
    assert not Participant.objects.exists()


def test_an_edition_that_is_not_published_offers_no_email(admin, person):
    girona = DelegationFactory(edition=EditionFactory(is_published=False))
    url = reverse("programme-staff:participant-add", args=[girona.edition.slug])

    assert "tells" not in admin.get(url).context["form"].fields
    admin.post(url, person | {"delegation": girona.pk})

    assert Participant.objects.get().is_registered


@pytest.mark.parametrize("role", ["desk", "viewer"])
def test_other_staff_may_neither_add_nor_correct(client, url, person, participant, role):
    user = UserFactory(is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user)
    correct = correct_url(participant)

    assert client.post(url, person).status_code == 403
    assert client.post(correct, {"name": "X", "email": "x@city.example", "reason": "R"}).status_code == 403
    assert not User.objects.filter(email__in=["ana@girona.example", "x@city.example"]).exists()


def correct_url(participant):
    return reverse("programme-staff:person-correct", args=[participant.edition.slug, participant.pk])


@pytest.fixture
def ana(delegation):
    return ParticipantFactory(delegation=delegation, user__email="ana@girona.exmaple", user__name="Ana Anya")


@pytest.fixture
def corrected():
    return {"name": "Ana Anaya", "email": "ana@girona.example", "reason": "Typing mistake in the list"}


def test_a_name_and_an_address_are_corrected_and_both_addresses_told(admin, ana, corrected, delegation):
    session = coming_session(delegation.edition)
    EmailAddress.objects.create(user=ana.user, email=ana.user.email, verified=True, primary=True)
    UserSession.objects.create(user=ana.user, session_key="k", ip="127.0.0.1")
    waiting = MessageFactory(user=ana.user, to="ana@girona.exmaple", context=delegation.edition)
    code = MessageFactory(user=ana.user, to="ana@girona.exmaple", is_sensitive=True)

    response = admin.post(correct_url(ana), corrected)

    assert response["Location"] == reverse("admin:programme_participant_change", args=[ana.pk])
    ana.user.refresh_from_db()
    assert (ana.user.name, ana.user.email) == ("Ana Anaya", "ana@girona.example")
    assert not EmailAddress.objects.exists()
    assert not UserSession.objects.exists()
    new = Message.objects.exclude(pk__in=[waiting.pk, code.pk])
    assert dict(new.values_list("kind", "to")) == {
        "address_corrected": "ana@girona.example",
        "address_replaced": "ana@girona.exmaple",
    }
    assert "ana@girona.example" not in new.get(kind="address_replaced").text
    assert ana.announcements.get().session == session
    waiting.refresh_from_db()
    code.refresh_from_db()
    assert (waiting.to, code.to) == ("ana@girona.example", "ana@girona.exmaple")


def test_the_reason_is_in_the_history_of_the_person(admin, ana, corrected):
    admin.post(correct_url(ana), corrected)

    entries = admin.get(reverse("admin:programme_participant_history", args=[ana.pk])).context["entries"]

    assert entries[0].reason == "Typing mistake in the list"
    assert entries[0].actor == "Olga Organiser"
    assert {(it.before, it.after) for it in entries[0].changes} == {
        ("Ana Anya", "Ana Anaya"),
        ("ana@girona.exmaple", "ana@girona.example"),
    }


def test_the_history_of_a_person_has_nothing_of_their_other_editions(admin, ana):
    ParticipantFactory(user=ana.user, delegation__edition=EditionFactory())

    entries = admin.get(reverse("admin:programme_participant_history", args=[ana.pk])).context["entries"]

    assert len(entries) == 1


def test_a_corrected_name_is_told_to_nobody(admin, ana, corrected):
    admin.post(correct_url(ana), corrected | {"email": "ana@girona.exmaple"})

    ana.user.refresh_from_db()
    assert ana.user.name == "Ana Anaya"
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"reason": ""}, "reason"),
        ({"name": ""}, "name"),
        ({"email": "ana"}, "email"),
        ({"email": "taken@city.example"}, "email"),
        ({"name": "Ana Anya", "email": "ANA@girona.exmaple"}, "__all__"),
    ],
)
def test_a_mistake_changes_nothing(admin, ana, corrected, wrong, field):
    UserFactory(email="taken@city.example")

    response = admin.post(correct_url(ana), corrected | wrong)

    assert response.status_code == 422
    assert set(response.context["form"].errors) == {field}
    ana.user.refresh_from_db()
    assert ana.user.email == "ana@girona.exmaple"
    assert not Message.objects.exists()


def test_an_organiser_cannot_take_over_the_account_of_staff(admin, ana, corrected):
    User.objects.filter(pk=ana.user_id).update(is_staff=True)

    response = admin.post(correct_url(ana), corrected)

    assert response.status_code == 422
    ana.user.refresh_from_db()
    assert ana.user.email == "ana@girona.exmaple"


def test_a_person_of_another_edition_is_not_found(admin, ana, corrected):
    other = EditionFactory()
    url = reverse("programme-staff:person-correct", args=[other.slug, ana.pk])

    assert admin.get(url).status_code == 404
    assert admin.post(url, corrected).status_code == 404


def test_the_page_of_a_person_leads_to_the_correction(admin, ana):
    page = admin.get(reverse("admin:programme_participant_change", args=[ana.pk])).content.decode()

    assert correct_url(ana) in page
