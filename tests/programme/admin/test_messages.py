"""Sending an email again, from the page of a person and of a message."""

import datetime as dt

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone

from programme.actions.emails_again import send_again
from programme.actions.invitations import invite_coordinators
from programme.models import StaffAssignment
from tests.client import levels_of, press, text
from tests.factories.people import DelegationFactory, MessageFactory, ParticipantFactory, UserFactory
from tests.factories.programme import EditionFactory
from tests.threads import in_threads
from udtacademy.outbox.models import Message


@pytest.fixture
def colleague(db):
    colleague = UserFactory(name="Olga Organiser", is_staff=True)
    colleague.groups.add(Group.objects.get(name="organiser"))
    return colleague


@pytest.fixture
def desk_of(client, colleague):
    client.force_login(colleague)
    return client


@pytest.fixture
def person(open_edition):
    return ParticipantFactory(
        delegation__edition=open_edition, user__name="Ana Anaya", user__email="ana@girona.example"
    )


@pytest.fixture
def message(person):
    return MessageFactory(context=person.edition, user=person.user, to=person.user.email, state="sent", text="Old.")


def url(message):
    return reverse("programme-staff:message-again", args=["academy", message.pk])


def page_of(obj):
    return reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_change", args=[obj.pk])


def test_it_is_sent_again_from_the_page_of_the_person(desk_of, person, message, colleague):
    assert url(message) in text(desk_of.get(page_of(person)))
    assert url(message) in text(desk_of.get(page_of(message)))

    response = press(desk_of, url(message), "Send again")

    assert response.redirect_chain == [(page_of(person), 302)]
    new = Message.objects.exclude(pk=message.pk).get()
    assert (new.to, new.kind, new.state) == ("ana@girona.example", "registered", "queued")
    logged = LogEntry.objects.order_by("object_id").values_list("object_id", "user")
    assert sorted(logged) == sorted([(str(message.pk), colleague.pk), (str(new.pk), colleague.pk)])
    assert "again to ana@girona.example" in text(desk_of.get(f"/admin/outbox/message/{message.pk}/history/"))
    assert (message.sent_by, new.sent_by) == (None, colleague)
    assert text(desk_of.get(page_of(person))).count("(sent by Olga Organiser)") == 1

    colleague.delete()

    new.refresh_from_db()
    assert new.sent_by is None


def test_looking_at_it_sends_nothing(desk_of, message):
    page = desk_of.get(url(message))

    assert "sent to ana@girona.example." in text(page)
    assert "Old." not in text(page)
    assert Message.objects.count() == 1


def test_a_second_click_sends_nothing_more(desk_of, message):
    agreed = {"agreed_to": desk_of.get(url(message)).context["confirmation"].token}

    responses = [desk_of.post(url(message), agreed, follow=True) for _time in range(2)]

    assert Message.objects.count() == 2
    assert [levels_of(it) for it in responses] == [["success"], ["info"]]


def test_what_has_changed_since_it_was_read_is_read_again(desk_of, person, message):
    agreed = {"agreed_to": desk_of.get(url(message)).context["confirmation"].token}
    person.user.email = "ana.new@girona.example"
    person.user.save()

    response = desk_of.post(url(message), agreed)

    assert response.status_code == 422
    assert Message.objects.count() == 1


@pytest.mark.parametrize("posts", [False, True])
def test_what_means_nothing_today_is_refused_wording(desk_of, person, message, posts):
    type(person).objects.update(state="withdrawn")

    response = desk_of.post(url(message)) if posts else desk_of.get(url(message))

    assert response.status_code == (422 if posts else 200)
    assert "It does not hold today: Ana Anaya is “withdrawn”." in text(response)
    assert Message.objects.count() == 1


def test_a_kind_that_is_never_sent_again_says_so_instead_of_a_link(desk_of, person):
    message = MessageFactory(context=person.edition, user=person.user, kind="seat_wanted", state="sent")

    page = text(desk_of.get(page_of(message)))

    assert url(message) not in page
    assert "It was about somebody who wanted to join then." in page


def test_staff_of_other_editions_find_no_such_page(desk_of, message, colleague):
    StaffAssignment.objects.create(user=colleague).editions.add(EditionFactory())

    assert [desk_of.get(url(message)).status_code, desk_of.post(url(message)).status_code] == [404, 404]
    assert Message.objects.count() == 1


def test_a_message_of_another_edition_or_of_none_has_no_page_here(desk_of, message):
    others = [MessageFactory(context=EditionFactory(), state="sent"), MessageFactory(kind="login_code", state="sent")]

    assert [desk_of.post(url(it)).status_code for it in others] == [404, 404]
    assert Message.objects.count() == 3


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("desk", 403)])
def test_who_may_only_look_cannot_send(client, person, message, role, status):
    user = UserFactory(is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user)

    assert client.post(url(message)).status_code == status
    assert url(message) not in text(client.get(page_of(person)))
    assert Message.objects.count() == 1


def test_a_personal_link_is_never_shown_and_the_rest_is(desk_of, open_edition, colleague):
    """While it waits its text is shown without the link; once it left, what it would say today."""
    delegation = DelegationFactory(edition=open_edition, coordinator_email="ana@girona.example")
    (invitation,) = invite_coordinators(delegations=[delegation], by=colleague)
    invitation.created_at = timezone.now() - dt.timedelta(days=1)
    invitation.save()
    message = Message.objects.get()

    waiting = text(desk_of.get(page_of(message)))
    Message.objects.update(state="sent")
    gone, again = text(desk_of.get(page_of(message))), text(desk_of.get(url(message)))

    for page in (waiting, gone, again):
        assert invitation.token not in page
        assert "/invitations/" not in page.replace("/people/invitations/", "")
    assert "(personal link)" in waiting
    assert "erased when it left" in gone
    assert "(personal link)" in again


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_the_same_moment_send_one(message, colleague):
    sent = in_threads([lambda: send_again(message=message, by=colleague) for _ in range(2)])

    assert sorted(it is None for it in sent) == [False, True]
    assert Message.objects.count() == 2
