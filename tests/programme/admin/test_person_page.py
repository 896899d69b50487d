"""The page of a person and of a city for organisers, and a participant's pages as the participant sees them."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone

from programme.models import PersonView
from programme.panels import SEEN_PAGES
from tests.client import levels_of
from tests.factories.people import (
    InvitationFactory,
    MessageFactory,
    ParticipantFactory,
    SeatFactory,
    StoppedAddressFactory,
    UserFactory,
)
from tests.factories.programme import EditionFactory, TimedSessionFactory, TrackFactory
from tests.returned_mail import reading_of
from udtacademy.outbox.delivery import deliver_messages
from udtacademy.outbox.models import Message, StoppedAddress
from udtacademy.outbox.returns.reading import Kind
from udtacademy.outbox.returns.recording import record


@pytest.fixture
def admin(client, db):
    user = UserFactory(name="Orla", is_staff=True)
    user.groups.add(Group.objects.get(name="organiser"))
    client.force_login(user)
    return client


@pytest.fixture
def person(edition):
    person = ParticipantFactory(delegation__edition=edition)
    for state in ("held", "waiting"):
        track = TrackFactory(edition=edition)
        SeatFactory(participant=person, session=TimedSessionFactory(edition=edition, track=track), state=state)
    MessageFactory(user=person.user, context=edition, to=person.user.email, subject="About the day")
    MessageFactory(user=person.user, context=EditionFactory(), to=person.user.email, subject="Last year")
    InvitationFactory(delegation=person.delegation, email=person.user.email)
    return person


def page_of(person):
    return reverse("admin:programme_participant_change", args=[person.pk])


def seen(person, page="portal", edition=None):
    return reverse("programme-staff:seen-as", args=[(edition or person.edition).slug, person.pk, page])


def test_a_persons_page_says_what_organisers_are_asked_for(admin, person):
    text = admin.get(page_of(person)).content.decode()

    for seat in person.seats.all():
        assert reverse("admin:programme_seat_change", args=[seat.pk]) in text
    for seat in person.seats.held():
        assert reverse("attendance-staff:cell", args=[person.edition.slug, person.pk, seat.session.slug]) in text
    assert "About the day" in text
    assert "Last year" not in text
    for page in SEEN_PAGES:
        assert seen(person, page) in text


def test_a_stopped_address_is_said_with_what_to_do(admin, person):
    assert "about-address" not in admin.get(page_of(person)).content.decode()
    StoppedAddressFactory(address=person.user.email, answer="550 5.1.1 User unknown")

    text = admin.get(page_of(person)).content.decode()

    assert "550 5.1.1 User unknown" in text
    assert reverse("programme-staff:person-correct", args=[person.edition.slug, person.pk]) in text
    assert reverse("programme-staff:person-try-again", args=[person.edition.slug, person.pk]) in text


def test_emails_that_did_not_arrive_are_counted(admin, person):
    sent = MessageFactory(
        user=person.user, context=person.edition, to=person.user.email, state="sent", sent_at=timezone.now()
    )
    record(reading_of(sent, Kind.SOFT, answer="552 5.2.2 mailbox full"), source="mailbox", report="1")

    text = admin.get(page_of(person)).content.decode()

    assert "552 5.2.2 mailbox full" in text
    assert "did not arrive for now" in text
    assert "try-again" not in text


def test_trying_an_address_again(admin, person, edition):
    stopped = StoppedAddressFactory(address=person.user.email)
    message = MessageFactory(to=person.user.email, state="stopped", context=edition)
    url = reverse("programme-staff:person-try-again", args=[edition.slug, person.pk])

    responses = [admin.post(url, follow=True), admin.post(url, follow=True)]

    assert [levels_of(response) for response in responses] == [["success"], ["info"]]
    message.refresh_from_db()
    stopped.refresh_from_db()
    assert (message.state, stopped.tried_again_by.name) == ("queued", "Orla")


def test_an_address_of_another_edition_is_not_tried_again(admin, person):
    StoppedAddressFactory(address=person.user.email)

    response = admin.post(reverse("programme-staff:person-try-again", args=[EditionFactory().slug, person.pk]))

    assert response.status_code == 404
    assert StoppedAddress.objects.active().exists()


def test_a_corrected_address_gets_emails(admin, person, edition):
    StoppedAddressFactory(address=person.user.email)
    form = {"name": person.user.name, "email": "right@city.example", "reason": "It came back"}

    admin.post(reverse("programme-staff:person-correct", args=[edition.slug, person.pk]), form)
    deliver_messages()

    states = dict(Message.objects.filter(kind__startswith="address_").values_list("kind", "state"))
    assert states == {"address_corrected": "sent", "address_replaced": "stopped"}
    assert "about-address" not in admin.get(page_of(person)).content.decode()


def test_a_citys_page_has_its_people_and_standing(admin, person):
    text = admin.get(reverse("admin:programme_delegation_change", args=[person.delegation.pk])).content.decode()

    assert page_of(person) in text
    assert "about-standing" in text


def test_the_parts_of_a_page_are_only_for_those_who_may_see_them(client, person):
    user = UserFactory(is_staff=True)
    user.groups.add(Group.objects.get(name="desk"))
    client.force_login(user)

    text = client.get(page_of(person)).content.decode()

    assert "About the day" not in text
    assert "about-attendance" not in text
    assert "about-pages" not in text


@pytest.mark.parametrize("page", list(SEEN_PAGES))
def test_a_page_is_shown_as_the_participant_sees_it_and_recorded(admin, person, page):
    response = admin.get(seen(person, page))

    assert response.status_code == 200
    assert response.context["participant"] == person
    assert response.context["request"].user == person.user
    text = response.content.decode()
    assert text.count(" inert>") == 3
    assert person.calendar_token not in text
    view = PersonView.objects.get()
    assert (view.participant, view.page, view.seen_by.name) == (person, page, "Orla")


def test_nothing_can_be_sent_from_a_page_seen_as_somebody(admin, person):
    policy = admin.get(seen(person))["Content-Security-Policy"]

    assert {"connect-src 'none'", "form-action 'none'", "script-src 'none'"} <= set(policy.split("; "))
    assert admin.post(seen(person)).status_code == 405


def test_the_organiser_stays_the_organiser(admin, person):
    admin.get(seen(person))

    assert admin.get(page_of(person)).status_code == 200
    assert admin.get(reverse("programme:portal", args=[person.edition.slug])).status_code == 404


def test_staff_are_never_seen_as(admin, person):
    person.user.is_staff = True
    person.user.save()

    assert admin.get(seen(person)).status_code == 403
    assert not PersonView.objects.exists()
    assert "about-pages" not in admin.get(page_of(person)).content.decode()


def test_somebody_who_waits_has_only_the_portal(admin, edition):
    person = ParticipantFactory(delegation__edition=edition, state="pending")

    assert admin.get(seen(person)).status_code == 200
    assert admin.get(seen(person, "tracks")).status_code == 404
    assert seen(person, "tracks") not in admin.get(page_of(person)).content.decode()


def test_other_pages_and_other_editions_are_not_found(admin, person):
    assert admin.get(seen(person, "calendar")).status_code == 404
    assert admin.get(seen(person, edition=EditionFactory())).status_code == 404
    assert not PersonView.objects.exists()


@pytest.mark.parametrize("role", ["desk", "viewer"])
def test_other_roles_see_nobodys_pages(client, person, role):
    user = UserFactory(is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user)

    assert client.get(seen(person)).status_code == 403
    assert not PersonView.objects.exists()


def test_a_form_sent_as_a_new_person_is_shown_without_what_is_known_about_one(admin, person):
    response = admin.post(page_of(person), {"_saveasnew": "1"})

    assert response.status_code < 500
