"""Answers to whether people still come: what follows for seats, and who is asked by email."""

import datetime as dt
import threading
import uuid
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from attendance.actions.check_ins import Scan, check_in
from attendance.rules.check_in import ScanAnswer
from programme.actions import coming_emails as coming_actions
from programme.actions.coming import say_no, say_yes
from programme.actions.coming_emails import ask_who_comes
from programme.actions.emails_again import rehearse_again
from programme.actions.registrations import withdraw
from programme.actions.seats import assign_seat, choose_seats, release_seat
from programme.actions.untrue_messages import still_true
from programme.actions.wishes import Wish
from programme.models import ComingAnswer, ComingQuestion, Edition, Participant, Seat, Session
from programme.queries.coming import coming_of, editions_asking, own_question
from programme.queries.in_person_days import coming_rule_of, sessions_in_person, span_of
from programme.queries.participant_programme import own_programme
from programme.queries.seat_plans import plan_assignment
from programme.rules.sessions import choice_slots
from tests.factories.people import NoticeFactory, ParticipantFactory, SeatFactory
from tests.factories.programme import SessionFactory
from tests.refusals import refused
from tests.seat_counts import counted, stored
from tests.threads import in_threads
from udtacademy.outbox.models import Message

DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def noon():
    """In the edition's zone too, as nobody is emailed at night."""
    with time_machine.travel(timezone.now().replace(hour=11)):
        yield


@pytest.fixture
def asking(tracks, open_edition):
    """The edition asks since a week; its two slots in person are in a week."""
    open_edition.coming_question_days = 14
    open_edition.save()
    return open_edition


@pytest.fixture
def morning(tracks):
    return tracks["governance-morning"]


@pytest.fixture
def people(asking, delegation):
    delegation.quota = 10
    delegation.save()
    return [ParticipantFactory(delegation=delegation, user__name=f"Person {n}") for n in range(4)]


def rule_of(edition):
    edition = Edition.objects.get(pk=edition.pk)
    return coming_rule_of(edition, sessions_in_person(edition))


def says(person, is_coming, days=None):
    days = days or rule_of(person.edition).days.key
    return (say_yes if is_coming else say_no)(participant=person, days=days, by=person.user)


def seated(session, *people, state="held"):
    for person in people:
        SeatFactory(participant=person, session=session, state=state)


def seats_of(person):
    return set(person.seats.values_list("session__slug", "state"))


def answer_of(person):
    edition = Edition.objects.get(pk=person.edition_id)
    person = Participant.objects.select_related("coming_answer").get(pk=person.pk)
    return coming_of(person, span_of(edition, sessions_in_person(edition)))


def wish_for(session):
    slot = next(it for it in choice_slots(list(session.edition.sessions.parallel())) if session in it.sessions)
    return Wish(slot=slot, session=session, is_full=True)


def move_by_a_day(sessions):
    for session in sessions:
        Session.objects.filter(pk=session.pk).update(starts_at=session.starts_at + DAY, ends_at=session.ends_at + DAY)


def emailed(kind="coming_question"):
    return sorted(Message.objects.filter(kind=kind).values_list("to", flat=True))


def test_a_no_gives_the_seats_to_those_who_wait_and_ends_no_registration(morning, tracks, people):
    person, other, waiting = people[:3]
    seated(morning, person, other)
    seated(tracks["technical-afternoon"], person)
    seated(morning, waiting, state="waiting")

    outcome = says(person, is_coming=False)

    answer = ComingAnswer.objects.get(participant=person)
    assert (answer.is_coming, answer.answered_by, len(answer.released)) == (False, person.user, 2)
    assert outcome.is_changed
    assert set(outcome.seats) == {
        "You no longer have a seat in “Governance in the morning”.",
        "You no longer have a seat in “Technical in the afternoon”.",
    }
    assert seats_of(person) == set()
    assert seats_of(waiting) == {("governance-morning", "held")}
    assert emailed("seat_promoted") == [waiting.user.email]
    assert emailed("seats_chosen") == [person.user.email]
    person.refresh_from_db()
    assert person.is_registered
    assert list(answer.events.values_list("pgh_label", flat=True)) == ["insert"]


def test_coming_after_all_takes_back_what_is_free_and_waits_for_the_rest(morning, tracks, people):
    person, *others = people
    seated(morning, person)
    seated(tracks["technical-afternoon"], person)
    says(person, is_coming=False)
    seated(morning, *others[:2])

    outcome = says(person, is_coming=True)

    assert seats_of(person) == {("governance-morning", "waiting"), ("technical-afternoon", "held")}
    assert set(outcome.seats) == {
        "“Governance in the morning” is full. You are number 1 on the waiting list.",
        "You have a seat in “Technical in the afternoon”.",
    }
    assert answer_of(person) is True
    assert ComingAnswer.objects.get().released == []


def test_coming_after_all_waits_again_beside_the_seat_and_leaves_what_was_chosen_since(morning, tracks, people):
    person, *others = people
    seated(tracks["technical-morning"], *others[:2])
    seated(morning, person)
    seated(tracks["technical-morning"], person, state="waiting")
    seated(tracks["governance-afternoon"], person)
    says(person, is_coming=False)
    seated(tracks["technical-afternoon"], person)  # since

    says(person, is_coming=True)

    assert seats_of(person) == {
        ("governance-morning", "held"),
        ("technical-morning", "waiting"),
        ("technical-afternoon", "held"),
    }


def test_a_session_that_is_gone_is_named(morning, people):
    person = people[0]
    seated(morning, person)
    says(person, is_coming=False)
    Session.objects.filter(pk=morning.pk).update(is_published=False)

    outcome = says(person, is_coming=True)

    assert outcome.seats == ("“Governance in the morning” can no longer be chosen.",)


@pytest.mark.parametrize("is_coming", [True, False])
def test_the_same_answer_again_changes_nothing(morning, people, is_coming):
    person = people[0]
    seated(morning, person)
    says(person, is_coming)
    answer = ComingAnswer.objects.get()
    n_messages = Message.objects.count()

    outcome = says(person, is_coming)

    assert (outcome.is_changed, outcome.seats) == (False, ())
    assert ComingAnswer.objects.get().answered_at == answer.answered_at
    assert answer.events.count() == 1
    assert Message.objects.count() == n_messages


def test_a_no_again_releases_what_was_chosen_since(morning, tracks, people):
    person = people[0]
    seated(morning, person)
    says(person, is_coming=False)
    seated(tracks["technical-afternoon"], person)

    outcome = says(person, is_coming=False)

    assert not outcome.is_changed
    assert seats_of(person) == set()
    assert set(ComingAnswer.objects.get().released) == {morning.pk, tracks["technical-afternoon"].pk}


def test_an_online_session_is_not_in_person(morning, tracks, people):
    person = people[0]
    seated(morning, person)
    Session.objects.filter(pk=morning.pk).update(format="online")

    says(person, is_coming=False)

    assert seats_of(person) == {("governance-morning", "held")}


def test_an_answer_belongs_to_its_days(morning, tracks, people):
    person = people[0]
    seated(morning, person)
    before = rule_of(person.edition).days.key
    says(person, is_coming=False)
    move_by_a_day(tracks.values())

    with refused("days_changed"):
        says(person, is_coming=True, days=before)

    assert answer_of(person) is None
    assert ComingAnswer.objects.get().is_coming is False
    says(person, is_coming=True)
    assert (answer_of(person), seats_of(person)) == (True, {("governance-morning", "held")})


def test_who_registers_anew_has_not_answered_and_gets_nothing_back(morning, people):
    person = people[0]
    seated(morning, person)
    says(person, is_coming=False)
    withdraw(participant=person, by=person.user)
    Participant.objects.filter(pk=person.pk).update(state="registered", state_at=timezone.now())
    person.refresh_from_db()

    assert answer_of(person) is None
    says(person, is_coming=True)
    assert seats_of(person) == set()


@pytest.mark.parametrize(
    ("case", "code"),
    [
        ("withdrawn", "not_registered"),
        ("pending", "not_registered"),
        ("too early", "nothing_to_answer"),
        ("too late", "answering_closed"),
        ("switched off", "nothing_to_answer"),
    ],
)
def test_who_is_not_asked_cannot_answer(morning, people, case, code):
    person = people[0]
    seated(morning, person)
    days, now = rule_of(person.edition).days, timezone.now()
    if case in Participant.State:
        Participant.objects.filter(pk=person.pk).update(state=case)
    elif case == "too late":
        now = days.starts_at
    else:
        Edition.objects.update(coming_question_days=0 if case == "switched off" else 2)
        person.edition.refresh_from_db()
    before = list(Seat.objects.values_list("participant", "session", "state"))

    with time_machine.travel(now, tick=False), refused(code):
        says(person, is_coming=False, days=days.key)

    assert list(Seat.objects.values_list("participant", "session", "state")) == before
    assert not ComingAnswer.objects.exists()


def test_who_said_no_and_comes_is_checked_in_as_usual(asking, people, organiser):
    now = timezone.now()
    plenary = SessionFactory(
        edition=asking, format="in_person", is_core=True, starts_at=now + 3 * DAY, ends_at=now + 3 * DAY + DAY / 24
    )
    says(people[0], is_coming=False)

    with time_machine.travel(plenary.starts_at, tick=False):
        verdict = check_in(person=people[0].pk, session=plenary, scan=Scan(uuid.uuid4()), by=organiser)

    assert verdict.answer is ScanAnswer.CHECKED_IN


@pytest.mark.parametrize(
    "values",
    [
        {"first_on": dt.date(2026, 1, 3)},
        {"is_coming": True, "released": [1]},
        {"is_coming": True, "not_waited_for": [1]},
    ],
)
def test_an_answer_that_cannot_be_is_refused(participant, values):
    day = dt.date(2026, 1, 2)
    values = {"is_coming": False, "first_on": day, "last_on": day} | values

    with pytest.raises(IntegrityError), transaction.atomic():
        ComingAnswer.objects.create(participant=participant, **values)


# Emails


@pytest.fixture
def seated_people(morning, tracks, people):
    """Two with a seat in the morning, one in the afternoon, one without any."""
    seated(morning, *people[:2])
    seated(tracks["technical-afternoon"], people[2])
    return people


def test_people_expected_in_person_are_asked_once(seated_people):
    first, second, third, _seatless = seated_people
    says(first, is_coming=True)
    Participant.objects.filter(pk=third.pk).update(mutes_optional=True)

    assert (ask_who_comes(), ask_who_comes()) == (2, 0)

    assert emailed() == sorted([second.user.email, third.user.email])
    message = Message.objects.filter(kind="coming_question").first()
    assert "/portal/academy/coming/" in message.text
    assert message.expires_at == rule_of(first.edition).ends_at
    assert "Are you still coming on" in message.subject


def test_a_session_for_everybody_is_for_those_without_a_seat_too(asking, seated_people):
    now = timezone.now()
    SessionFactory(edition=asking, format="in_person", starts_at=now + 8 * DAY, ends_at=now + 8 * DAY + DAY / 24)
    for state in ("pending", "withdrawn", "declined"):
        ParticipantFactory(delegation=seated_people[0].delegation, state=state)
    ParticipantFactory(delegation=seated_people[0].delegation, state_at=now - DAY / 2)  # has just said so

    assert ask_who_comes() == 4


def test_who_has_not_answered_is_reminded_once(seated_people):
    first, second, third, _seatless = seated_people
    ask_who_comes()
    says(first, is_coming=False)
    says(second, is_coming=True)

    with time_machine.travel(rule_of(first.edition).reminds_at, tick=False):
        assert (ask_who_comes(), ask_who_comes()) == (1, 0)

    message = Message.objects.filter(kind="coming_question").latest("pk")
    assert message.to == third.user.email
    assert message.subject.startswith("Please answer")
    assert ComingQuestion.objects.filter(is_reminder=True).get().participant == third


def test_people_are_asked_again_for_other_days_once_they_were_told(tracks, seated_people):
    ask_who_comes()
    says(seated_people[0], is_coming=True)
    move_by_a_day(tracks.values())
    notice = NoticeFactory(edition=seated_people[0].edition)

    assert ask_who_comes() == 0
    notice.delete()
    assert (ask_who_comes(), ask_who_comes()) == (3, 0)


@pytest.mark.parametrize("values", [{"coming_question_days": 0}, {"coming_question_days": 3}, {"is_published": False}])
def test_an_edition_that_does_not_ask_now_asks_nobody(seated_people, values):
    Edition.objects.update(**values)

    assert ask_who_comes() == 0


def test_the_question_leaves_by_day_where_the_edition_is(seated_people):
    """At nine, also if the clocks change between; after an outage not before the next morning."""
    zone = ZoneInfo("Europe/Madrid")
    edition = seated_people[0].edition
    Edition.objects.update(last_on=dt.date(2027, 5, 1), coming_question_days=7)
    starts_at = dt.datetime(2027, 3, 30, 9, tzinfo=zone)  # the clocks go forward on the 28th
    edition.sessions.filter(slug__endswith="morning").update(starts_at=starts_at, ends_at=starts_at + DAY / 24)
    edition.sessions.filter(slug__endswith="afternoon").update(starts_at=starts_at + DAY, ends_at=starts_at + DAY * 1.1)

    for day, hour, minute in ((23, 8, 59), (23, 21, 0), (24, 3, 0), (28, 6, 59)):
        with time_machine.travel(dt.datetime(2027, 3, day, hour, minute, tzinfo=zone), tick=False):
            assert ask_who_comes() == 0
    with time_machine.travel(dt.datetime(2027, 3, 23, 9, tzinfo=zone), tick=False):
        assert ask_who_comes() == 3


def test_the_question_is_sent_again_only_to_who_has_not_answered(seated_people, organiser):
    ask_who_comes()
    Message.objects.update(state="sent")
    to_first = Message.objects.get(user=seated_people[0].user, kind="coming_question")

    assert "still coming" in rehearse_again(message=to_first, by=organiser).subject
    says(seated_people[0], is_coming=True)
    assert rehearse_again(message=to_first, by=organiser).refusal.code == "nothing_to_answer"


@pytest.mark.parametrize("case", ["yes", "no", "withdrawn", "seat released", "moved", "switched off", "nothing"])
def test_a_queued_question_is_not_sent_once_it_needs_no_answer(tracks, seated_people, case):
    person = seated_people[2]
    ask_who_comes()
    if case in {"yes", "no"}:
        says(person, case == "yes")
    elif case == "withdrawn":
        withdraw(participant=person, by=person.user)
    elif case == "seat released":
        person.seats.all().delete()
    elif case == "moved":
        move_by_a_day(tracks.values())
    elif case == "switched off":
        Edition.objects.update(coming_question_days=0)
    questions = Message.objects.filter(kind="coming_question")

    sent = still_true(list(questions))

    others = {it.user.email for it in seated_people[:2]} if case not in {"moved", "switched off"} else set()
    assert {it.to for it in sent} == others | ({person.user.email} if case == "nothing" else set())
    assert set(questions.filter(state="outdated")) == set(questions) - set(sent)


@pytest.mark.django_db
def test_an_edition_from_before_asks_nobody_and_a_new_one_does():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_default FROM information_schema.columns WHERE table_name = 'programme_edition'"
            " AND column_name = 'coming_question_days'"
        )
        assert cursor.fetchone() == ("0",)
    assert Edition().coming_question_days == 7


def test_whoever_was_not_sent_the_question_is_asked_once_they_are_expected(morning, seated_people):
    ask_who_comes()
    person = seated_people[0]
    person.seats.all().delete()
    still_true(list(Message.objects.filter(kind="coming_question")))
    assert ask_who_comes() == 0

    seated(morning, person)

    assert (ask_who_comes(), ask_who_comes()) == (1, 0)


@pytest.mark.usefixtures("seated_people")
def test_the_rule_is_read_again_before_each_hundred():
    (asking,) = editions_asking(timezone.now())
    Edition.objects.update(coming_question_days=0)

    assert coming_actions.ask_in(asking) == 0


def test_who_gave_up_their_seats_is_asked_again_for_other_days(tracks, seated_people):
    """They hold none, and all sessions in person are parallel."""
    holding, waiting = seated_people[0], seated_people[3]
    seated(tracks["governance-morning"], waiting, state="waiting")
    for person in (holding, waiting):
        says(person, is_coming=False)
    assert ask_who_comes() == 2
    move_by_a_day(tracks.values())

    assert ask_who_comes() == 4
    for person in (holding, waiting):
        assert own_question(own_programme(person.user, "academy"), timezone.now()).is_asked


# A seat after a no


@pytest.mark.parametrize("state", ["held", "waiting"])
def test_whoever_takes_a_seat_in_person_has_not_said_no(morning, people, state):
    person, *others = people
    says(person, is_coming=False)
    if state == "waiting":
        seated(morning, *others[:2])

    outcomes = choose_seats(participant=person, wishes=[wish_for(morning)], by=person.user)

    assert seats_of(person) == {("governance-morning", state)}
    assert answer_of(person) is None
    assert "so we have removed that answer" in outcomes[-1].text


def test_a_seat_online_and_an_answer_for_other_days_change_no_answer(morning, tracks, people):
    person = people[0]
    seated(morning, person)
    says(person, is_coming=False)
    Session.objects.filter(slug__endswith="afternoon").update(format="online")
    choose_seats(participant=person, wishes=[wish_for(tracks["technical-afternoon"])], by=person.user)
    assert answer_of(person) is False

    move_by_a_day([morning, tracks["technical-morning"]])
    morning.refresh_from_db()
    choose_seats(participant=person, wishes=[wish_for(morning)], by=person.user)

    assert ComingAnswer.objects.get().released == [morning.pk]


def test_an_organiser_gives_who_said_no_a_seat_with_a_reason_only(morning, people, organiser):
    person = people[0]
    says(person, is_coming=False)

    with refused("not_coming"):
        assign_seat(participant=person, session=morning, by=organiser)
    assert plan_assignment([(person, morning)], may_overbook=False) == []
    assert (answer_of(person), seats_of(person)) == (False, set())
    assign_seat(participant=person, session=morning, by=organiser, reason="Called us")

    assert (answer_of(person), seats_of(person)) == (None, {("governance-morning", "held")})


# At the same moment


@pytest.mark.django_db(transaction=True)
def test_answers_and_choices_at_the_same_moment_fill_the_seats_rightly(morning, tracks, people):
    """Two with a seat say no while one who waits says no and another takes a seat, in any order."""
    holding, also_holding, waiting, choosing = people
    seated(morning, holding, also_holding)
    seated(morning, waiting, state="waiting")
    wish = wish_for(morning)

    outcomes = in_threads(
        [
            lambda: says(holding, is_coming=False),
            lambda: says(also_holding, is_coming=False),
            lambda: says(waiting, is_coming=False),
            lambda: choose_seats(participant=choosing, wishes=[wish], by=choosing.user),
        ]
    )

    assert [it for it in outcomes if isinstance(it, Exception)] == []
    assert [(seat.participant, seat.state) for seat in morning.seats.all()] == [(choosing, "held")]
    assert stored() == counted()


@pytest.mark.django_db(transaction=True)
def test_a_promotion_that_meets_a_no_leaves_no_seat_to_who_does_not_come(morning, people):
    holding, also_holding, waiting, _other = people
    seated(morning, holding, also_holding)
    seated(morning, waiting, state="waiting")

    outcomes = in_threads(
        [
            lambda: release_seat(participant=holding, session=morning, by=holding.user),
            lambda: says(waiting, is_coming=False),
        ]
    )

    assert [it for it in outcomes if isinstance(it, Exception)] == []
    assert [it.participant for it in morning.seats.all()] == [also_holding]


@pytest.mark.django_db(transaction=True)
def test_both_answers_at_the_same_moment_leave_one_and_its_seats(morning, people):
    person = people[0]
    seated(morning, person)

    outcomes = in_threads([lambda it=it: says(person, it) for it in (True, False, True, False)])

    assert [it for it in outcomes if isinstance(it, Exception)] == []
    answer = ComingAnswer.objects.get()
    assert answer.is_coming == morning.seats.filter(participant=person).exists() == (answer.released == [])


@pytest.mark.django_db(transaction=True)
def test_of_three_processes_each_person_hears_from_one(seated_people):
    outcomes = in_threads([ask_who_comes] * 3)

    assert sum(outcomes) == len(emailed()) == ComingQuestion.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_without_the_locks_the_row_refuses_a_second_email(seated_people, monkeypatch):
    """The negative control of the locks."""
    both_read, post = threading.Barrier(2), coming_actions.post

    def post_once_both_have_read(messages):
        both_read.wait()
        post(messages)

    monkeypatch.setattr(coming_actions, "lock_idle", list)
    monkeypatch.setattr(coming_actions, "post", post_once_both_have_read)
    outcomes = in_threads([ask_who_comes] * 2)

    refused = [it for it in outcomes if isinstance(it, ExceptionGroup)]
    assert [type(it.exceptions[0]) for it in refused] == [IntegrityError]
    assert len(emailed()) == 3
