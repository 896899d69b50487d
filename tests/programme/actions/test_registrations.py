import datetime as dt
import threading

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from programme.actions import registrations
from programme.actions.profiles import Answers, update_profile
from programme.actions.registrations import register
from programme.errors import DelegationFullError
from programme.models import Delegation, Invitation, Participant, RegistrationDraft
from tests.factories.people import DelegationFactory, InvitationFactory, ParticipantFactory, UserFactory
from tests.factories.programme import TimedSessionFactory
from tests.refusals import refused
from tests.threads import in_threads
from udtacademy.db.encryption import UnreadableError
from udtacademy.outbox.models import Message

ANSWERS = Answers(
    name="Ana Anaya",
    job_title="Planner",
    department="Planning",
    hopes="A lot.",
    language="ca",
    time_zone="Europe/Madrid",
)


def mails():
    return list(Message.objects.order_by("pk").values_list("kind", "to"))


def test_an_address_of_the_city_is_registered_at_once(delegation):
    user = UserFactory(name="", email="ana@it.girona.example")
    RegistrationDraft.objects.create(user=user, edition=delegation.edition)

    participant = register(delegation=delegation, answers=ANSWERS, by=user)

    assert (participant.state, participant.state_by, participant.edition) == ("registered", user, delegation.edition)
    assert (participant.user.name, participant.user.language, participant.job_title) == ("Ana Anaya", "ca", "Planner")
    assert mails() == [("registered", "ana@it.girona.example")]
    assert not RegistrationDraft.objects.exists()


@pytest.mark.parametrize("email", ["ana@elsewhere.example", "ana@notgirona.example", "ana@girona.example.org"])
def test_another_address_waits_for_approval(delegation, email):
    participant = register(delegation=delegation, answers=ANSWERS, by=UserFactory(email=email))

    assert participant.state == "pending"
    assert mails() == [("waiting", email)]


def test_whoever_is_invited_is_registered_and_the_invitation_used(delegation):
    user = UserFactory(email="bo@elsewhere.example")
    invitation = InvitationFactory(delegation=delegation, email=user.email, is_for_coordinator=True)

    participant = register(delegation=delegation, answers=ANSWERS, by=user, invitation=invitation)

    assert (participant.state, participant.is_coordinator) == ("registered", True)
    invitation.refresh_from_db()
    assert invitation.accepted_by == user


def test_an_invitation_makes_no_second_coordinator(delegation, coordinator):
    user = UserFactory()
    invitation = InvitationFactory(delegation=delegation, email=user.email, is_for_coordinator=True)

    assert not register(delegation=delegation, answers=ANSWERS, by=user, invitation=invitation).is_coordinator


def test_a_link_lets_several_in(delegation):
    link = InvitationFactory(delegation=delegation)

    for _ in range(2):
        assert register(delegation=delegation, answers=ANSWERS, by=UserFactory(), invitation=link).is_registered


@pytest.mark.parametrize("why", ["revoked", "used", "expired", "foreign", "of another city"])
def test_an_invitation_that_leads_in_no_more_registers_nobody(delegation, why):
    user, now = UserFactory(), timezone.now()
    invitation = InvitationFactory(delegation=delegation, email=user.email)
    values = {
        "revoked": {"revoked_at": now},
        "used": {"accepted_at": now},
        "expired": {"created_at": now - timezone.timedelta(days=9), "expires_at": now},
        "foreign": {"email": "somebody@else.example"},
        "of another city": {"delegation": DelegationFactory(edition=delegation.edition)},
    }
    Invitation.objects.filter(pk=invitation.pk).update(**values[why])

    with refused("invitation_not_valid"):
        register(delegation=delegation, answers=ANSWERS, by=user, invitation=invitation)

    assert not Participant.objects.exists()


def test_registering_twice_changes_nothing_and_sends_nothing(delegation):
    user = UserFactory(email="ana@girona.example")
    first = register(delegation=delegation, answers=ANSWERS, by=user)

    second = register(delegation=DelegationFactory(edition=delegation.edition), answers=ANSWERS, by=user)

    assert (second.pk, second.delegation) == (first.pk, delegation)
    assert len(mails()) == 1


@pytest.mark.parametrize("field", ["registration_opens_at", "registration_closes_at"])
def test_nobody_registers_outside_of_the_window(delegation, field):
    moment = timezone.now() + timezone.timedelta(days=1 if field == "registration_opens_at" else -1)
    setattr(delegation.edition, field, moment)
    delegation.edition.save()

    with refused("registration_not_open"):
        register(delegation=delegation, answers=ANSWERS, by=UserFactory())


def test_somebody_sent_away_comes_back_by_approval_only(delegation, coordinator):
    user = UserFactory(email="ana@girona.example")
    participant = register(delegation=delegation, answers=ANSWERS, by=user)
    registrations.withdraw(participant=participant, by=coordinator.user)

    assert register(delegation=delegation, answers=ANSWERS, by=user).state == "pending"


def test_somebody_who_withdrew_comes_back_as_before(delegation):
    user = UserFactory(email="ana@girona.example")
    participant = register(delegation=delegation, answers=ANSWERS, by=user)
    registrations.withdraw(participant=participant, by=user)

    assert register(delegation=delegation, answers=ANSWERS, by=user).state == "registered"
    assert [kind for kind, _ in mails()] == ["registered", "withdrawn", "registered"]


def test_somebody_declined_needs_an_invitation(delegation, organiser):
    user = UserFactory()
    participant = register(delegation=delegation, answers=ANSWERS, by=user)
    registrations.decline(participant=participant, reason="Not of Girona", by=organiser)

    with refused("registration_declined"):
        register(delegation=delegation, answers=ANSWERS, by=user)

    with refused("registration_declined"):
        link = InvitationFactory(delegation=delegation)
        register(delegation=delegation, answers=ANSWERS, by=user, invitation=link)
    personal = InvitationFactory(delegation=delegation, email=user.email)
    assert register(delegation=delegation, answers=ANSWERS, by=user, invitation=personal).is_registered


def test_a_link_does_not_bring_back_who_was_sent_away(delegation, coordinator):
    link = InvitationFactory(delegation=delegation)
    participant = register(delegation=delegation, answers=ANSWERS, by=UserFactory(), invitation=link)
    user = participant.user
    registrations.withdraw(participant=participant, by=coordinator.user)

    assert register(delegation=delegation, answers=ANSWERS, by=user, invitation=link).is_pending


def test_approve_registers_tells_and_is_idempotent(delegation, organiser):
    participant = ParticipantFactory(delegation=delegation, state="pending")

    assert registrations.approve(participant=participant, by=organiser)
    assert not registrations.approve(participant=participant, by=organiser)

    assert (participant.state, participant.state_by) == ("registered", organiser)
    assert mails() == [("approved", participant.user.email)]


def test_decline_keeps_who_when_and_why_and_the_person_reads_it(delegation, organiser):
    participant = ParticipantFactory(delegation=delegation, state="pending")

    assert registrations.decline(participant=participant, reason="Only city staff.", by=organiser)

    assert (participant.state, participant.state_by, participant.state_reason) == (
        "declined",
        organiser,
        "Only city staff.",
    )
    assert "Only city staff." in Message.objects.get().text


def test_decline_leaves_those_registered(participant, organiser):
    assert not registrations.decline(participant=participant, reason="x", by=organiser)

    assert Participant.objects.get().is_registered


def test_whoever_withdrew_by_themselves_is_not_brought_back(participant, organiser):
    registrations.withdraw(participant=participant, by=participant.user)

    assert not registrations.approve(participant=participant, by=organiser)


def test_the_email_to_who_withdraws_wording(coordinator):
    colleague = ParticipantFactory(delegation=coordinator.delegation)

    registrations.withdraw(participant=colleague, by=colleague.user)

    text = " ".join(Message.objects.get().text.split())
    assert f"You have withdrawn from {colleague.edition.name}. Somebody else can now join the team of Girona." in text


def test_withdraw_frees_the_seat_and_the_role(coordinator, organiser):
    assert registrations.withdraw(participant=coordinator, by=organiser, reason="Left the city")
    assert not registrations.withdraw(participant=coordinator, by=organiser)

    assert (coordinator.state, coordinator.is_coordinator) == ("withdrawn", False)
    assert organiser.name in Message.objects.get().text


def test_move_to_city_keeps_to_quotas_and_editions(delegation, organiser):
    participant = ParticipantFactory(delegation__edition=delegation.edition)

    assert registrations.move_to_city(participant=participant, delegation=delegation, by=organiser)
    assert not registrations.move_to_city(participant=participant, delegation=delegation, by=organiser)
    assert participant.delegation == delegation
    assert mails() == [("moved", participant.user.email)]

    with refused("city_not_in_edition"):
        registrations.move_to_city(participant=participant, delegation=DelegationFactory(), by=organiser)
    ParticipantFactory.create_batch(2, delegation=delegation)
    other = ParticipantFactory(delegation__edition=delegation.edition)
    with pytest.raises(DelegationFullError):
        registrations.move_to_city(participant=other, delegation=delegation, by=organiser)


def test_update_profile_leaves_a_pass_that_was_issued(participant):
    participant.expo_pass = "issued"
    participant.save()
    answers = Answers(**{**vars(ANSWERS), "wants_expo_pass": False})

    update_profile(participant=participant, answers=answers, by=participant.user)

    participant.refresh_from_db()
    assert (participant.expo_pass, participant.department, participant.user.name) == ("issued", "Planning", "Ana Anaya")


def test_an_invitation_lets_in_who_waits(delegation):
    user = UserFactory()
    register(delegation=delegation, answers=ANSWERS, by=user)

    participant = register(
        delegation=delegation, answers=ANSWERS, by=user, invitation=InvitationFactory(delegation=delegation)
    )

    assert participant.is_registered
    assert [kind for kind, _ in mails()] == ["waiting", "registered"]


def test_an_invitation_to_coordinate_makes_coordinator_who_is_registered(delegation):
    participant = ParticipantFactory(delegation=delegation)
    user = participant.user
    invitation = InvitationFactory(delegation=delegation, email=user.email, is_for_coordinator=True)

    for _ in range(2):
        register(delegation=delegation, answers=ANSWERS, by=user, invitation=invitation)

    assert delegation.coordinator() == participant
    assert mails() == [("made_coordinator", user.email)]
    invitation.refresh_from_db()
    assert invitation.accepted_by == user


def test_what_was_not_asked_stays(participant):
    participant.dietary_needs, participant.photo_consent = "No nuts", False
    participant.arrives_at = participant.leaves_at = timezone.now()
    participant.save()

    update_profile(participant=participant, answers=ANSWERS, by=participant.user)

    participant.refresh_from_db()
    assert (participant.dietary_needs, participant.photo_consent) == ("No nuts", False)
    assert participant.arrives_at == participant.leaves_at is not None


def test_a_coordinator_does_not_leave_a_team_alone(coordinator):
    colleague = ParticipantFactory(delegation=coordinator.delegation)
    with refused("only_coordinator"):
        registrations.withdraw(participant=coordinator, by=coordinator.user)

    registrations.withdraw(participant=colleague, by=coordinator.user)

    assert registrations.withdraw(participant=coordinator, by=coordinator.user)


def test_whoever_was_moved_meanwhile_is_left_to_another_look(delegation, organiser):
    stale = ParticipantFactory(delegation__edition=delegation.edition, state="pending")
    fresh = Participant.objects.get(pk=stale.pk)
    registrations.move_to_city(participant=fresh, delegation=delegation, by=organiser)

    with refused("person_moved"):
        registrations.approve(participant=stale, by=organiser)


def test_the_database_itself_keeps_to_the_quota(delegation):
    ParticipantFactory.create_batch(3, delegation=delegation)
    pending = ParticipantFactory(delegation=delegation, state="pending")

    with pytest.raises(IntegrityError, match="the quota is used up"), transaction.atomic():
        Participant.objects.filter(pk=pending.pk).update(state="registered")
    with pytest.raises(IntegrityError, match="the quota is used up"), transaction.atomic():
        Delegation.objects.filter(pk=delegation.pk).update(quota=2)

    Participant.objects.filter(state="registered").update(department="Another")  # seats that are held stay held
    Delegation.objects.filter(pk=delegation.pk).update(quota=4)


@pytest.mark.django_db(transaction=True)
def test_of_fifty_at_once_three_are_registered_and_the_others_wait(delegation):
    users = [UserFactory(email=f"p{n}@girona.example") for n in range(50)]

    outcomes = in_threads(
        [lambda user=user: register(delegation=delegation, answers=ANSWERS, by=user) for user in users]
    )

    assert sorted(it.state for it in outcomes) == ["registered"] * 3 + ["waiting"] * 47
    assert Participant.objects.registered().count() == 3
    numbers = Participant.objects.waiting().order_by("waiting_number").values_list("waiting_number", flat=True)
    assert list(numbers) == list(range(1, 48))
    assert Message.objects.exclude(kind="seat_wanted").count() == 50


@pytest.mark.django_db(transaction=True)
def test_fifty_at_once_without_the_lock_and_the_trigger_are_too_many(delegation):
    """The negative control: the same storm oversells where nothing holds it."""
    users = [UserFactory() for _ in range(50)]
    counted = threading.Barrier(len(users))

    def register_carelessly(user):
        with transaction.atomic():
            is_free = delegation.participants.registered().count() < delegation.quota
            counted.wait()
            if is_free:
                ParticipantFactory(delegation=delegation, user=user)

    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE programme_participant DISABLE TRIGGER USER")
    try:
        in_threads([lambda user=user: register_carelessly(user) for user in users])
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE programme_participant ENABLE TRIGGER USER")

    assert Participant.objects.registered().count() > delegation.quota


@pytest.mark.django_db(transaction=True)
def test_the_same_person_clicking_in_many_windows_is_registered_once(delegation):
    user = UserFactory(email="ana@girona.example")

    outcomes = in_threads([lambda: register(delegation=delegation, answers=ANSWERS, by=user).pk] * 8)

    assert set(outcomes) == {Participant.objects.get().pk}
    assert Message.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_double_click_on_a_personal_invitation_registers_once_and_without_a_word(delegation):
    user = UserFactory()
    invitation = InvitationFactory(delegation=delegation, email=user.email)

    outcomes = in_threads(
        [lambda: register(delegation=delegation, answers=ANSWERS, by=user, invitation=invitation).pk] * 6
    )

    assert set(outcomes) == {Participant.objects.get().pk}


@pytest.mark.django_db(transaction=True)
def test_two_windows_with_two_cities_register_once(delegation):
    user = UserFactory()
    cities = [delegation, DelegationFactory(edition=delegation.edition)]

    outcomes = in_threads([lambda city=city: register(delegation=city, answers=ANSWERS, by=user).pk for city in cities])

    assert set(outcomes) == {Participant.objects.get().pk}


def test_another_secret_key_keeps_nobody_from_being_registered_and_withdrawn(delegation, organiser, settings):
    participant = ParticipantFactory(delegation=delegation, state="pending")
    token = participant.calendar_token
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another-key-" + "y" * 40

    registrations.approve(participant=participant, by=organiser)
    registrations.withdraw(participant=participant, reason="", by=organiser)

    assert participant.state == "withdrawn"
    with pytest.raises(UnreadableError):
        participant.calendar_token  # noqa: B018 - asking is the point
    settings.SECRET_KEY = old
    assert participant.calendar_token == token


def test_the_email_says_what_was_held_before_and_the_days_in_person_wording(delegation):
    now = timezone.now()
    for title, days, values in [("Held", -2, {"is_core": True}), ("Met", 20, {"format": "in_person"})]:
        start = now + dt.timedelta(days=days)
        TimedSessionFactory(
            edition=delegation.edition, title=title, starts_at=start, ends_at=start + dt.timedelta(hours=1), **values
        )

    register(delegation=delegation, answers=ANSWERS, by=UserFactory(email="ana@girona.example"))

    message = Message.objects.get(kind="registered").text
    assert "These core sessions were held before you registered." in message
    assert "• ★ Core · “Held”" in message
    assert "In person: " in message
    assert "Keep these dates free" not in message
