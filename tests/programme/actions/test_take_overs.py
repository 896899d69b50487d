import datetime as dt

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone

from programme import emails
from programme.actions.invitations import Invitee, invite_people
from programme.actions.locks import lock_delegations
from programme.actions.profiles import Answers
from programme.actions.registrations import move_to_city, register, remove_participant, withdraw
from programme.actions.take_overs import offer_place, take_over
from programme.errors import ProgrammeError
from programme.models import Edition, Invitation, Participant, Seat
from programme.queries.invitations import of_team
from programme.queries.places import place_of, places_in
from tests.client import text
from tests.factories.people import DelegationFactory, ParticipantFactory, SeatFactory, UserFactory
from tests.factories.programme import TimedSessionFactory, TrackFactory
from tests.refusals import refused
from tests.seat_counts import counted, stored
from tests.threads import in_threads
from udtacademy.outbox.models import Message

HOUR = dt.timedelta(hours=1)
ANSWERS = Answers(name="Bo Bø", job_title="", department="", hopes="", language="en", time_zone="Europe/Madrid")


@pytest.fixture
def ana(delegation, coordinator):
    """Registered in Girona, whose quota is used up."""
    delegation.quota = 2
    delegation.save()
    return ParticipantFactory(delegation=delegation, user__name="Ana Anaya", user__email="ana@girona.example")


def over_to(place, email="bo@girona.example", name="Bo Bø", **values):
    return take_over(participant=place, email=email, name=name, by=values.pop("by", None) or UserFactory(), **values)


def accept(invitation):
    user, _is_new = type(invitation.invited_by).objects.get_or_create(email=invitation.email)
    return register(delegation=invitation.delegation, answers=ANSWERS, by=user, invitation=invitation)


def parallel(edition, starts_in, **values):
    starts_at = timezone.now() + starts_in
    return TimedSessionFactory(
        edition=edition,
        track=TrackFactory(edition=edition),
        starts_at=starts_at,
        ends_at=starts_at + HOUR,
        status="confirmed",
        **values,
    )


def test_an_organiser_registers_a_colleague_in_the_place(ana, organiser):
    bo = over_to(ana, by=organiser)

    ana.refresh_from_db()
    assert (ana.state, ana.state_by, ana.state_reason) == ("withdrawn", organiser, "")
    assert (ana.handed_over_to, bo.state, bo.state_by) == (bo, "registered", organiser)
    assert (bo.delegation, bo.user.name, bo.user.email) == (ana.delegation, "Bo Bø", "bo@girona.example")
    assert [it.person for it in place_of(bo)] == [ana.pk]
    texts = {it.to: it for it in Message.objects.all()}
    assert {it.kind for it in texts.values()} == {"withdrawn", "registered"}
    assert f"{bo} has taken over your place" in texts["ana@girona.example"].text
    assert "taken over the place of Ana Anaya" in texts["bo@girona.example"].text


def test_the_predecessor_reads_who_has_the_place_as_long_as_they_are_known(ana, client):
    bo = over_to(ana)
    client.force_login(ana.user)
    before = client.get("/portal/academy/")

    remove_participant(participant=bo, by=UserFactory())
    after = client.get("/portal/academy/")

    assert [it.context["participant"].handed_over_to for it in (before, after)] == [bo, None]
    assert ["Bo Bø" in text(it) for it in (before, after)] == [True, False]
    assert not Participant.objects.filter(state_reason__contains="Bo Bø").exists()


def test_the_seats_still_to_come_move_in_their_places(ana):
    edition = ana.edition
    coming, full, past, past_core = (
        parallel(edition, dt.timedelta(days=2)),
        parallel(edition, dt.timedelta(days=3), capacity=1),
        parallel(edition, -dt.timedelta(days=2)),
        parallel(edition, -dt.timedelta(days=3), is_core=True),
    )
    held = [SeatFactory(participant=ana, session=it) for it in (coming, past, past_core)]
    SeatFactory(participant=ParticipantFactory(delegation__edition=edition), session=full)
    waiting = SeatFactory(participant=ana, session=full, state="waiting")
    SeatFactory(participant=ParticipantFactory(delegation__edition=edition), session=full, state="waiting")

    bo = over_to(ana)

    assert set(Seat.objects.filter(participant=bo)) == {held[0], held[2], waiting}  # a past core one has to be made up
    assert not Seat.objects.filter(participant=ana).exists()
    assert Seat.objects.filter(session=full).waiting_list().first() == waiting
    assert stored() == counted()


def test_a_seat_moves_though_its_session_is_over_capacity_since(ana):
    session = parallel(ana.edition, dt.timedelta(days=2), capacity=2)
    seats = [
        SeatFactory(participant=person, session=session)
        for person in (ana, ParticipantFactory(delegation__edition=ana.edition))
    ]
    session.capacity = 1
    session.save()

    bo = over_to(ana)

    seats[0].refresh_from_db()
    assert (seats[0].participant, seats[0].is_overbooked) == (bo, False)


def test_a_chain_and_back_to_the_first(ana):
    bo = over_to(ana)
    cy = over_to(bo, "cy@girona.example", "Cy Cé")
    assert [it.name for it in place_of(cy)] == ["Bo Bø", "Ana Anaya"]

    again = over_to(cy, ana.user.email, "Ana Anaya")

    assert (again.pk, again.handed_over_to, again.is_registered) == (ana.pk, None, True)
    assert [it.person for it in place_of(again)] == [cy.pk, bo.pk]
    assert places_in(ana.edition).keys() == {ana.pk}
    assert ana.delegation.participants.registered().count() == 2


def test_handing_over_twice_is_refused(ana):
    over_to(ana)

    with refused("not_registered"):
        over_to(ana, "cy@girona.example")


def test_somebody_who_comes_back_on_their_own_has_handed_over_nothing(ana):
    bo = over_to(ana)
    ana.delegation.quota = 3
    ana.delegation.save()
    Participant.objects.filter(pk=ana.pk).update(state="registered")

    ana.refresh_from_db()
    assert ana.handed_over_to is None
    assert place_of(bo) == ()


@pytest.mark.parametrize("state", ["pending", "waiting", "declined"])
def test_who_only_asks_to_come_back_has_still_handed_over_the_place(ana, state):
    bo = over_to(ana)
    at = place_of(bo)[0].at
    number = 1 if state == "waiting" else None

    Participant.objects.filter(pk=ana.pk).update(state=state, waiting_number=number, state_at=at + dt.timedelta(days=9))

    assert [(it.person, it.at) for it in place_of(bo)] == [(ana.pk, at)]


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda it: ParticipantFactory(delegation=it.delegation), "already_taking_part"),
        (lambda it: ParticipantFactory(delegation__edition=it.edition), "already_taking_part"),
        (lambda it: ParticipantFactory(delegation__edition=it.edition, state="pending"), "listed_elsewhere"),
        (lambda it: it, "same_person"),
    ],
)
def test_who_cannot_take_over(ana, make, code):
    ana.delegation.quota = 4
    ana.delegation.save()
    successor = make(ana)
    before = list(Participant.objects.order_by("pk").values())

    with refused(code):
        over_to(ana, successor.user.email)

    assert list(Participant.objects.order_by("pk").values()) == before
    assert not Message.objects.exists()


def test_nobody_takes_over_with_an_account_that_is_disabled(ana):
    user = UserFactory(is_active=False)

    with refused("account_disabled"):
        over_to(ana, user.email)


def test_who_left_a_place_in_another_city_keeps_it_there(ana):
    left = ParticipantFactory(delegation__edition=ana.edition)
    over_to(left, "dee@city.example")

    with refused("listed_elsewhere"):
        over_to(ana, left.user.email)


@pytest.mark.parametrize("state", ["pending", "withdrawn", "declined"])
def test_who_waits_or_was_turned_down_in_the_city_can(ana, state):
    known = ParticipantFactory(delegation=ana.delegation, state=state)

    bo = over_to(ana, known.user.email)

    assert (bo.pk, bo.state) == (known.pk, "registered")


def test_after_the_edition_nobody_can(ana):
    yesterday = timezone.now().date() - dt.timedelta(days=1)
    Edition.objects.update(first_on=yesterday - dt.timedelta(days=5), last_on=yesterday)

    with refused("edition_over"):
        over_to(Participant.objects.get(pk=ana.pk))


def test_before_publication_nobody_is_told(ana):
    Edition.objects.update(is_published=False)

    assert over_to(Participant.objects.with_people().get(pk=ana.pk)).is_registered
    assert not Message.objects.exists()


@pytest.mark.parametrize("takes_role", [True, False])
def test_the_role_of_a_coordinator_moves_if_asked(coordinator, takes_role):
    bo = over_to(coordinator, takes_role=takes_role)

    coordinator.refresh_from_db()
    assert (coordinator.is_coordinator, bo.is_coordinator) == (False, takes_role)


def test_the_role_is_not_given_by_who_has_none(ana, coordinator):
    assert not over_to(ana, takes_role=True).is_coordinator


def test_a_place_in_another_city_is_not_one_with_those_who_stayed(ana):
    bo = over_to(ana)
    other = DelegationFactory(edition=ana.edition)

    move_to_city(participant=bo, delegation=other, by=UserFactory())

    assert place_of(Participant.objects.get(pk=bo.pk)) == ()
    assert places_in(ana.edition) == {}


def test_a_coordinator_offers_the_place_and_it_is_kept_until_the_colleague_registers(ana, coordinator):
    session = parallel(ana.edition, dt.timedelta(days=2))
    seat = SeatFactory(participant=ana, session=session)

    invitation = offer_place(participant=ana, invitee=Invitee("bo@x.example", "Bo Bø"), by=coordinator.user)

    ana.refresh_from_db()
    assert ana.is_registered
    assert dict(Message.objects.values_list("kind", "to")) == {
        "colleague_invited": "bo@x.example",
        "place_offered": "ana@girona.example",
    }
    assert "take over the place of Ana Anaya" in Message.objects.get(kind="colleague_invited").text
    bo = accept(invitation)

    ana.refresh_from_db()
    seat.refresh_from_db()
    assert (bo.state, ana.state, ana.state_by, ana.handed_over_to) == ("registered", "withdrawn", coordinator.user, bo)
    assert seat.participant == bo
    assert [it.person for it in place_of(bo)] == [ana.pk]
    assert Message.objects.get(kind="withdrawn").to == "ana@girona.example"


def test_a_coordinator_hands_over_the_own_place_with_the_role(coordinator, ana):
    with refused("only_coordinator"):
        offer_place(participant=coordinator, invitee=Invitee("bo@x.example"), by=coordinator.user)

    bo = accept(
        offer_place(participant=coordinator, invitee=Invitee("bo@x.example"), takes_role=True, by=coordinator.user)
    )

    coordinator.refresh_from_db()
    assert (bo.is_coordinator, coordinator.is_coordinator, coordinator.state) == (True, False, "withdrawn")
    assert not Message.objects.filter(kind="place_offered").exists()


def test_a_place_is_offered_to_one_at_a_time_and_twice_means_once(ana, coordinator):
    first, again = (
        offer_place(participant=ana, invitee=Invitee("bo@x.example"), by=coordinator.user) for _ in range(2)
    )
    assert first == again
    assert Message.objects.filter(kind="place_offered").count() == 1

    with pytest.raises(ProgrammeError, match="is offered to bo@x.example"):
        offer_place(participant=ana, invitee=Invitee("cy@x.example"), by=coordinator.user)

    Invitation.objects.update(created_at=timezone.now() - HOUR, expires_at=timezone.now() - HOUR / 2)
    assert offer_place(participant=ana, invitee=Invitee("cy@x.example"), by=coordinator.user).replaces == ana
    with pytest.raises(IntegrityError):
        Invitation.objects.filter(email="bo@x.example").update(revoked_at=None)


def test_an_organiser_ends_the_offer_by_handing_over(ana, coordinator):
    invitation = offer_place(participant=ana, invitee=Invitee("bo@x.example"), by=coordinator.user)

    cy = over_to(ana, "cy@girona.example")

    with refused("invitation_not_valid"):
        accept(invitation)
    assert ana.delegation.participants.registered().filter(pk=cy.pk).exists()


def test_who_leaves_before_the_colleague_registers_is_still_the_predecessor(ana, coordinator):
    invitation = offer_place(participant=ana, invitee=Invitee("bo@x.example"), by=coordinator.user)
    withdraw(participant=ana, by=ana.user)
    since = Participant.objects.get(pk=ana.pk).state_at

    bo = accept(invitation)

    ana.refresh_from_db()
    assert (ana.handed_over_to, ana.state_by, ana.state_at) == (bo, ana.user, since)
    assert Message.objects.filter(kind="withdrawn").count() == 1


def test_who_left_before_gives_no_seats_and_no_email_says_so(ana, coordinator):
    invitation = offer_place(participant=ana, invitee=Invitee("bo@x.example"), by=coordinator.user)
    withdraw(participant=ana, by=ana.user)

    bo = accept(invitation)

    again = emails.written_to(Participant.objects.with_people().get(pk=ana.pk), "withdrawn")
    assert "taken over" not in Message.objects.get(kind="registered", to=bo.user.email).text
    assert f"Since you left, {bo} has taken over your place" in again.text
    assert "seats" not in again.text


def test_who_comes_back_after_leaving_a_place_reads_nothing_of_it(ana):
    bo = over_to(ana)
    withdraw(participant=bo, by=bo.user)

    back = register(delegation=ana.delegation, answers=ANSWERS, by=bo.user)

    assert (back.is_registered, back.predecessor()) == (True, None)
    assert "taken over" not in Message.objects.filter(kind="registered").latest("pk").text


def test_once_the_predecessor_is_back_the_email_names_nobody(ana):
    bo = over_to(ana)
    assert Participant.objects.get(pk=bo.pk).predecessor() == ana
    ana.delegation.quota = 3
    ana.delegation.save()
    Participant.objects.filter(pk=ana.pk).update(state="registered")

    again = emails.written_to(Participant.objects.with_people().get(pk=bo.pk), "registered")

    assert "taken over" not in again.text


def test_an_offer_that_was_accepted_is_used_and_not_revoked(ana, coordinator):
    invitation = offer_place(participant=ana, invitee=Invitee("bo@x.example"), by=coordinator.user)

    bo = accept(invitation)

    invitation.refresh_from_db()
    assert (invitation.revoked_at, invitation.accepted_by) == (None, bo.user)
    assert list(of_team(ana.delegation, timezone.now(), 9)) == [invitation]


def test_who_moves_to_another_city_leaves_no_offer_behind(ana, coordinator, organiser):
    invitation = offer_place(participant=ana, invitee=Invitee("bo@x.example"), by=coordinator.user)

    move_to_city(participant=ana, delegation=DelegationFactory(edition=ana.edition), by=organiser)

    assert not Invitation.objects.open(timezone.now()).exists()
    with refused("invitation_not_valid"):
        accept(invitation)


def test_an_invitation_does_not_replace_the_offer_of_a_place(ana, coordinator):
    offer = offer_place(participant=ana, invitee=Invitee("bo@x.example"), by=coordinator.user)
    people = [Invitee("bo@x.example"), Invitee("cy@x.example")]

    outcomes = invite_people(delegation=ana.delegation, people=people, by=coordinator.user)

    assert [outcome for _invitee, outcome in outcomes] == ["is offered the place of Ana Anaya", "invited"]
    assert Invitation.objects.open(timezone.now()).get(email="bo@x.example") == offer
    assert Message.objects.filter(to="bo@x.example").count() == 1


def test_a_colleague_who_is_in_the_team_is_offered_nothing(ana, coordinator):
    with refused("already_registered"):
        offer_place(participant=ana, invitee=Invitee(coordinator.user.email), by=coordinator.user)


def test_once_registration_is_closed_only_organisers_hand_over(ana, coordinator):
    closed = timezone.now() - HOUR
    Edition.objects.update(registration_closes_at=closed)
    place = Participant.objects.with_people().get(pk=ana.pk)

    with refused("registration_closed"):
        offer_place(participant=place, invitee=Invitee("bo@x.example"), by=coordinator.user)
    assert over_to(place).is_registered


@pytest.mark.django_db(transaction=True)
def test_a_place_handed_over_twice_at_once_goes_to_one(ana, organiser):
    others = UserFactory()
    names = ["bo@girona.example", "cy@girona.example"]
    outcomes = in_threads(
        [
            lambda name=name, by=by: over_to(ana, name, by=by)
            for name, by in zip(names, (organiser, others), strict=True)
        ]
    )

    assert sum(isinstance(it, Participant) for it in outcomes) == 1, outcomes
    assert sum(isinstance(it, ProgrammeError) for it in outcomes) == 1, outcomes
    assert ana.delegation.participants.registered().count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_place_offered_twice_at_once_is_offered_to_one(ana, coordinator):
    outcomes = in_threads(
        [
            lambda name=name: offer_place(participant=ana, invitee=Invitee(name), by=coordinator.user)
            for name in ("bo@x.example", "cy@x.example")
        ]
    )

    assert sum(isinstance(it, Invitation) for it in outcomes) == 1, outcomes
    assert Invitation.objects.unused().filter(replaces=ana).count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_offer_accepted_while_an_organiser_hands_over_goes_to_one(ana, coordinator, organiser):
    invitation = offer_place(participant=ana, invitee=Invitee("bo@x.example"), by=coordinator.user)

    outcomes = in_threads([lambda: accept(invitation), lambda: over_to(ana, "cy@girona.example", by=organiser)])

    assert sum(isinstance(it, Participant) for it in outcomes) == 1, outcomes
    assert ana.delegation.participants.registered().count() == 2


def test_the_database_knows_no_place_of_somebody_who_takes_part(ana, coordinator):
    Participant.objects.filter(pk=ana.pk).update(handed_over_to=coordinator)
    ana.refresh_from_db()
    assert ana.handed_over_to is None

    with pytest.raises(IntegrityError):
        Participant.objects.filter(pk=ana.pk).update(state="withdrawn", handed_over_to=ana)


@pytest.mark.django_db(transaction=True)
def test_a_successor_of_another_city_is_locked_after_that_city(ana, organiser):
    known = ParticipantFactory(delegation__edition=ana.edition, state="waiting")

    def in_a_hurry():
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '300ms'")
        return over_to(ana, known.user.email, by=organiser)

    with transaction.atomic():
        lock_delegations([known.delegation])
        (outcome,) = in_threads([in_a_hurry])

    assert isinstance(outcome, OperationalError)
    assert "programme_delegation" in str(outcome)
    with refused("listed_elsewhere"):
        over_to(ana, known.user.email, by=organiser)
