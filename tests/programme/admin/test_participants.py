import datetime as dt
import re
import threading

import pytest
from allauth.account.models import EmailAddress
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.models import Group
from django.db import connection

from programme.models import Delegation, Invitation, Participant
from tests.client import Client, errors_of, levels_of, text
from tests.factories.people import (
    DelegationFactory,
    InvitationFactory,
    MessageFactory,
    ParticipantFactory,
    UserFactory,
)
from tests.factories.programme import TimedSessionFactory
from udtacademy.outbox.models import Message

pytestmark = pytest.mark.django_db
PEOPLE = "/admin/programme/participant/"
DELEGATIONS = "/admin/programme/delegation/"


def people_of(edition):
    return f"/admin/editions/{edition.slug}/people/"


@pytest.fixture
def admin(client):
    """An organiser who is no superuser: the role's own rights must do."""
    user = UserFactory(name="Olga Organiser", is_staff=True)
    user.groups.add(Group.objects.get(name="organiser"))
    client.force_login(user)
    client.user = user
    return client


@pytest.fixture
def waiting(delegation):
    return ParticipantFactory(delegation=delegation, state="pending", user__name="Penny Pending")


def ask(admin, page, action, *objects, **more):
    """Do something with people, cities or invitations on a page of their edition's people."""
    edition = getattr(objects[0], "delegation", objects[0]).edition
    return admin.post(people_of(edition) + page, form_of(action, *objects) | more)


def form_of(action, *objects):
    return {"action": action, ACTION_CHECKBOX_NAME: [it.pk for it in objects]}


def test_one_click_approves(admin, waiting):
    people = f"{people_of(waiting.edition)}?state__exact=pending"
    assert f'formaction="{PEOPLE}{waiting.pk}/approve/"' in text(admin.get(people))

    response = admin.post(f"{PEOPLE}{waiting.pk}/approve/", headers={"Referer": f"http://testserver{people}"})

    assert response.url == people
    assert levels_of(admin.get(response.url)) == ["success"]
    waiting.refresh_from_db()
    assert (waiting.state, waiting.state_by) == ("registered", admin.user)
    again = admin.post(f"{PEOPLE}{waiting.pk}/approve/", follow=True)
    assert levels_of(again) == ["info"]
    assert Message.objects.count() == 1


def test_one_click_with_a_full_city_says_that_the_person_waits(admin, waiting):
    ParticipantFactory.create_batch(3, delegation=waiting.delegation)

    response = admin.post(f"{PEOPLE}{waiting.pk}/approve/", follow=True)

    (message,) = response.context["messages"]
    assert (message.level_tag, "number 1 on its waiting list" in str(message)) == ("success", True)
    waiting.refresh_from_db()
    assert waiting.is_waiting


def test_one_click_with_a_full_city_after_the_edition_says_so(admin, waiting):
    ParticipantFactory.create_batch(3, delegation=waiting.delegation)
    type(waiting.edition).objects.update(first_on="2025-01-01", last_on="2025-02-01")

    admin.post(f"{PEOPLE}{waiting.pk}/approve/")

    assert levels_of(admin.get(people_of(waiting.edition))) == ["error"]
    waiting.refresh_from_db()
    assert waiting.is_pending


def test_reading_approves_nobody(admin, waiting):
    assert admin.get(f"{PEOPLE}{waiting.pk}/approve/").status_code == 405


@pytest.mark.parametrize(
    ("action", "more", "state"),
    [
        ("approve", {}, "registered"),
        ("decline", {"reason": "Not of the city."}, "declined"),
        ("withdraw", {"reason": ""}, "withdrawn"),
    ],
)
def test_bulk_verbs_say_how_many_mails_then_act(admin, waiting, coordinator, action, more, state):
    other = ParticipantFactory(delegation=waiting.delegation, state=state)
    Participant.objects.filter(pk=coordinator.pk).delete()

    question = ask(admin, "", action, waiting, other)
    assert question.status_code == 200
    assert question.context["impact"] == "1 email will be sent."
    assert not Message.objects.exists()
    response = ask(admin, "", action, waiting, other, apply="1", **more)

    assert response.status_code == 302
    waiting.refresh_from_db()
    assert waiting.state == state
    assert Message.objects.count() == 1


def test_a_decline_needs_a_reason(admin, waiting):
    response = ask(admin, "", "decline", waiting, apply="1", reason="  ")

    assert response.status_code == 422
    waiting.refresh_from_db()
    assert waiting.is_pending


def test_moving_to_another_city_of_the_edition(admin, coordinator):
    other = DelegationFactory(edition=coordinator.edition, city__name="Reus")
    foreign = DelegationFactory(city__name="Faraway")

    question = ask(admin, "", "move", coordinator)
    offered = question.context["form"].fields["delegation"].queryset
    assert other in offered
    assert foreign not in offered
    assert ask(admin, "", "move", coordinator, apply="1", delegation=foreign.pk).status_code == 422
    ask(admin, "", "move", coordinator, apply="1", delegation=other.pk)

    coordinator.refresh_from_db()
    assert (coordinator.delegation, coordinator.is_coordinator) == (other, False)


def test_people_of_two_editions_are_not_moved_at_once(client, organiser, coordinator, participant):
    client.force_login(organiser)  # a superuser, who sees the rows of all editions
    form = form_of("move", coordinator, participant) | {"apply": "1", "delegation": coordinator.delegation_id}

    response = client.post(PEOPLE, form)

    assert response.status_code == 422
    assert response.context["form"].errors
    assert coordinator.delegation == Participant.objects.get(pk=coordinator.pk).delegation
    assert participant.delegation == Participant.objects.get(pk=participant.pk).delegation


def test_bulk_is_all_or_nothing(admin, waiting):
    full = DelegationFactory(edition=waiting.edition, quota=1)
    people = ParticipantFactory.create_batch(2, delegation=waiting.delegation)

    response = ask(admin, "", "move", *people, apply="1", delegation=full.pk)

    assert response.status_code == 422
    assert response.context["form"].non_field_errors()
    assert not full.participants.exists()
    assert not Message.objects.exists()


def test_people_are_not_deleted_in_bulk(admin, waiting):
    assert "delete_selected" not in text(admin.get(PEOPLE))


def test_the_change_page_has_the_verbs_that_make_sense(admin, waiting):
    page = text(admin.get(f"{PEOPLE}{waiting.pk}/change/"))

    assert "Waiting for approval:" in page
    for verb in ("approve", "decline", "withdraw", "move"):
        assert f'name="action" value="{verb}"' in page
    assert 'value="replace_coordinators"' not in page


def test_inviting_the_coordinators(admin, delegation):
    delegation.coordinator_email = "carme@girona.example"
    delegation.save()
    without = DelegationFactory(edition=delegation.edition)

    question = ask(admin, "cities/", "invite", delegation, without)
    assert "1 email will be sent." in str(question.context["impact"])
    assert not Message.objects.exists()
    ask(admin, "cities/", "invite", delegation, without, apply="1")

    invitation = Invitation.objects.get()
    assert (invitation.email, invitation.is_for_coordinator) == ("carme@girona.example", True)
    assert Message.objects.get().to == "carme@girona.example"


def test_the_delegation_page_says_who_coordinates(admin, delegation, coordinator):
    assert "Coordinator: Carme Coll" in text(admin.get(f"{DELEGATIONS}{delegation.pk}/change/"))
    ParticipantFactory(delegation=delegation, is_coordinator=True, user__name="Ana Anaya")
    assert "Coordinators: Carme Coll, Ana Anaya" in text(admin.get(f"{DELEGATIONS}{delegation.pk}/change/"))


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"quota": 0}, "Enter a quota of at least 1."),
        ({"email_domains": "gmail.com"}, "These do not: gmail.com."),
        ({"email_domains": "GMAIL.com."}, "These do not: gmail.com."),
        ({"email_domains": "not_a_domain;com, ok.example"}, "These do not: not_a_domain, com."),
        ({"coordinator_email": "nobody"}, "Enter an email address such as name@city.example."),
        ({"coordinator_email": "ılgaz@girona.example"}, "We cannot send email to an address with “ı” before the @."),
    ],
)
def test_a_delegation_that_cannot_be_is_refused(admin, delegation, values, error):
    form = {"quota": 3, "coordinator_email": "", "email_domains": "girona.example"}
    form |= {"edition": delegation.edition_id, "city": delegation.city_id}

    response = admin.post(f"{DELEGATIONS}{delegation.pk}/change/", form | values)

    assert response.status_code == 200
    assert error in text(response)


def test_seats_are_not_lowered_below_those_registered(admin, coordinator):
    ParticipantFactory(delegation=coordinator.delegation)

    response = admin.post(f"{DELEGATIONS}{coordinator.delegation_id}/change/", {"quota": 1, "email_domains": ""})

    assert errors_of(response).keys() == {"quota"}
    assert Delegation.objects.get(pk=coordinator.delegation_id).quota == 3


def test_taking_an_invitation_back(admin, delegation):
    invitation = InvitationFactory(delegation=delegation)

    question = ask(admin, "invitations/", "revoke", invitation)
    assert not re.search(r"\d", question.context["impact"])  # no number of emails
    ask(admin, "invitations/", "revoke", invitation, apply="1")

    invitation.refresh_from_db()
    assert invitation.revoked_at


def test_sensitive_messages_are_not_shown(admin):
    message = MessageFactory(is_sensitive=True, kind="login_code", subject="Your code: 123456", text="123456")
    plain = MessageFactory()

    page = text(admin.get(f"/admin/outbox/message/{message.pk}/change/"))

    assert "123456" not in page
    assert "123456" not in text(admin.get("/admin/outbox/message/"))
    assert "only the recipient can see it" in page
    assert "Dear Pia" in text(admin.get(f"/admin/outbox/message/{plain.pk}/change/"))


def test_the_dashboard_says_who_waits(admin, waiting):
    page = text(admin.get("/admin/"))

    assert "1 waiting for approval" in page
    assert f"/admin/editions/{waiting.edition.slug}/people/?state__exact=pending" in page


QUIET = ("quiet_from", "quiet_until")


def test_the_edition_has_its_window_in_its_own_zone(admin, open_edition):
    form = {name: value for name, value in vars(open_edition).items() if value is not None and not name.startswith("_")}
    form |= {"venue": open_edition.venue_id, "tracks-TOTAL_FORMS": 0, "tracks-INITIAL_FORMS": 0}
    form |= {"reminder_minutes": "7 days, 90 minutes"}
    form |= {"seat_moves_end_minutes": "90"}
    form |= {"registration_opens_at_0": "2026-07-01", "registration_opens_at_1": "09:00"}
    form |= {"registration_closes_at_0": "2026-09-01", "registration_closes_at_1": "18:00"}
    url = f"/admin/programme/edition/{open_edition.pk}/change/"

    assert admin.post(url, form).status_code == 302
    open_edition.refresh_from_db()
    assert open_edition.registration_opens_at.isoformat() == "2026-07-01T07:00:00+00:00"
    assert open_edition.reminder_minutes == [10080, 90]
    assert open_edition.seat_moves_end_minutes == 90
    assert 'value="09:00"' in text(admin.get(url))

    assert open_edition.coming_question_days == 7
    assert admin.post(url, form | {"coming_question_days": ""}).status_code == 302
    open_edition.refresh_from_db()
    assert open_edition.coming_question_days == 0
    assert errors_of(admin.post(url, form | {"coming_question_days": "61"})).keys() == {"coming_question_days"}

    for times, saved in ((["22:30", "06:00"], ["22:30", "06:00"]), (["", ""], ["00:00", "00:00"])):
        assert admin.post(url, form | dict(zip(QUIET, times, strict=True))).status_code == 302
        open_edition.refresh_from_db()
        assert [f"{getattr(open_edition, name):%H:%M}" for name in QUIET] == saved
    page_form = admin.get(url).context["adminform"].form
    assert page_form.initial["quiet_from"] is None  # shown as empty
    assert "empty, or the same" in page_form.fields["quiet_until"].help_text
    for times, field in (
        (["22:00", ""], "quiet_until"),
        (["", "07:00"], "quiet_from"),
        (["07:00", "21:00"], "quiet_until"),
    ):
        assert errors_of(admin.post(url, form | dict(zip(QUIET, times, strict=True)))).keys() == {field}

    too_early = admin.post(url, form | {"seat_moves_end_minutes": "10081"})
    assert errors_of(too_early).keys() == {"__all__"}
    backwards = admin.post(url, form | {"registration_closes_at_0": "2026-06-01"})
    assert errors_of(backwards).keys() == {"__all__"}
    far = {f"{name}_0": "9999-12-31" for name in ("registration_opens_at", "registration_closes_at")}
    assert errors_of(admin.post(url, form | far)).keys() == {"registration_opens_at", "registration_closes_at"}
    skipped = admin.post(url, form | {"registration_opens_at_0": "2026-03-29", "registration_opens_at_1": "02:30"})
    assert errors_of(skipped).keys() == {"registration_opens_at"}
    twice = form | {"registration_closes_at_0": "2026-10-25", "registration_closes_at_1": "02:30"}
    assert errors_of(admin.post(url, twice)).keys() == {"registration_closes_at"}
    assert admin.post(url, twice | {"registration_closes_at_2": "1"}).status_code == 302
    open_edition.refresh_from_db()
    assert open_edition.registration_closes_at.isoformat() == "2026-10-25T01:30:00+00:00"


def test_the_desk_does_not_read_what_people_need(client, desk, admin, coordinator):
    coordinator.accessibility_needs, coordinator.dietary_needs = "A ramp", "No nuts"
    coordinator.save()
    url = f"{PEOPLE}{coordinator.pk}/change/"
    assert "A ramp" in text(admin.get(url))

    client.force_login(desk)

    page = text(client.get(url))
    assert "Carme Coll" in page
    assert "A ramp" not in page
    assert "No nuts" not in page


@pytest.fixture
def days(open_edition):
    """In person on Friday and Saturday, before the clocks go forward in Madrid."""
    friday = dt.datetime(2026, 3, 27, 9, tzinfo=dt.UTC)
    for day in range(2):
        TimedSessionFactory(edition=open_edition, format="in_person", starts_at=friday + dt.timedelta(days=day))


@pytest.mark.usefixtures("days")
def test_organisers_correct_when_somebody_arrives(admin, coordinator):
    url = f"{PEOPLE}{coordinator.pk}/change/"
    form = {"expo_pass": "wanted", "arrives_at_0": "2026-03-26", "arrives_at_1": "18:30"}

    assert admin.post(url, form).status_code == 302
    coordinator.refresh_from_db()
    assert coordinator.arrives_at == dt.datetime(2026, 3, 26, 17, 30, tzinfo=dt.UTC)
    assert 'value="18:30"' in text(admin.get(url))

    skipped = admin.post(url, form | {"leaves_at_0": "2026-03-29", "leaves_at_1": "02:30"})
    early = admin.post(url, form | {"leaves_at_0": "2026-03-26", "leaves_at_1": "18:00"})

    assert errors_of(skipped).keys() == errors_of(early).keys() == {"leaves_at"}
    coordinator.refresh_from_db()
    assert coordinator.leaves_at is None


@pytest.mark.usefixtures("days")
def test_an_arrival_stays_when_the_days_have_moved(admin, coordinator, open_edition):
    coordinator.arrives_at = dt.datetime(2026, 3, 26, 17, 30, tzinfo=dt.UTC)
    coordinator.save()
    for session in open_edition.sessions.all():
        session.starts_at += dt.timedelta(days=90)
        session.ends_at += dt.timedelta(days=90)
        session.save()
    form = {"expo_pass": "wanted", "arrives_at_0": "2026-03-26", "arrives_at_1": "18:30"}

    assert admin.post(f"{PEOPLE}{coordinator.pk}/change/", form).status_code == 302
    response = admin.post(f"{PEOPLE}{coordinator.pk}/change/", form | {"arrives_at_1": "18:31"})

    assert errors_of(response).keys() == {"arrives_at"}


def test_the_desk_does_not_read_when_people_arrive(client, desk, admin, coordinator):
    coordinator.arrives_at = dt.datetime(2026, 3, 26, 17, 30, tzinfo=dt.UTC)
    coordinator.save()
    url = f"{PEOPLE}{coordinator.pk}/change/"
    assert "Arrival" in text(admin.get(url))

    client.force_login(desk)

    assert "Arrival" not in text(client.get(url))


def test_a_corrected_address_is_the_only_way_in(client, organiser, stranger):
    elsewhere = Client()
    asked = elsewhere.post("/accounts/login/code/", {"email": stranger.email})
    code = next(word for word in Message.objects.get().text.split() if word.isdigit() and len(word) == 6)
    elsewhere.post(asked.url, {"code": code})
    assert elsewhere.get("/portal/").status_code == 200
    client.force_login(organiser)

    form = {"email": "right@city.example", "name": "Stella", "is_active": "on", "language": "en"}
    assert client.post(f"/admin/accounts/user/{stranger.pk}/change/", form).status_code == 302

    assert not EmailAddress.objects.filter(user=stranger).exists()
    assert elsewhere.get("/portal/").status_code == 302


@pytest.mark.django_db(transaction=True)
def test_bulk_verbs_do_not_wait_for_each_other_in_a_circle(open_edition):
    organiser = UserFactory(is_staff=True, is_superuser=True)
    cities = DelegationFactory.create_batch(4, edition=open_edition)
    there = [ParticipantFactory(delegation=city, state="pending") for city in cities]
    back = [ParticipantFactory(delegation=city, state="pending") for city in reversed(cities)]
    failures = []

    def approve_all(people):
        try:
            browser = Client()
            browser.force_login(organiser)
            failures.append(ask(browser, "", "approve", *people, apply="1").status_code)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=approve_all, args=[people]) for people in (there, back)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == [302, 302]
    assert Participant.objects.registered().count() == 8


def test_whoever_only_looks_has_no_button(client, desk, waiting):
    client.force_login(desk)

    assert "approve" not in text(client.get(PEOPLE))
