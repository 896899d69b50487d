"""Emails that a change overtakes before they leave, or that may have arrived: what they would have told is told all the same."""

import datetime as dt
import smtplib
import threading

import pytest
import time_machine
from django.core import mail
from django.core.mail import get_connection
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from attendance.actions.reminders import send_due_reminders
from attendance.queries.reminders import plan
from attendance.rules.reminders import PlannedStep, SkipReason, Step
from programme import emails
from programme.actions import session_changes
from programme.actions.registrations import remove_participant, withdraw
from programme.actions.seats import choose_seats, release_seat, remove_seat
from programme.actions.session_changes import drop_notice, follow_changes, send_notice, write_notice
from programme.actions.sessions import cancel_session, confirm_session, save_session
from programme.actions.wishes import Wish
from programme.models import Announcement, Edition, Notice, Session
from programme.queries.announcements import differences_in
from programme.rules.sessions import Slot
from tests.factories.people import DelegationFactory, MessageFactory, ParticipantFactory, everybody_was_told
from tests.factories.programme import SessionFactory, TrackFactory
from udtacademy.outbox import delivery as messages
from udtacademy.outbox import queue
from udtacademy.outbox.contents import calendars_of
from udtacademy.outbox.delivery import Delivery, claim, deliver_messages
from udtacademy.outbox.models import Message
from udtacademy.outbox.queue import retry_message
from udtacademy.outbox.smtp import SmtpConnection

pytestmark = pytest.mark.django_db

MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.fixture
def lab(open_edition):
    """A parallel session in a week, of which people can choose now."""
    open_edition.choice_opens_at, open_edition.choice_closes_at = timezone.now() - DAY, timezone.now() + 6 * DAY
    open_edition.save()
    starts_at = timezone.now().replace(microsecond=0) + 7 * DAY
    return SessionFactory(
        edition=open_edition,
        title="Lab",
        status="confirmed",
        format="in_person",
        track=TrackFactory(edition=open_edition),
        capacity=5,
        starts_at=starts_at,
        ends_at=starts_at + HOUR,
    )


@pytest.fixture
def opening(open_edition):
    """For everybody, in six days."""
    starts_at = timezone.now().replace(microsecond=0) + 6 * DAY
    return SessionFactory(
        edition=open_edition,
        title="Opening",
        is_core=True,
        status="confirmed",
        starts_at=starts_at,
        ends_at=starts_at + HOUR,
    )


@pytest.fixture
def pia(open_edition):
    """Registered, and told of nothing."""
    return ParticipantFactory(delegation=DelegationFactory(edition=open_edition, quota=50), user__name="Pia")


def choose(participant, session):
    wish = Wish(slot=Slot(session.starts_at, session.ends_at, [[session]]), session=session)
    choose_seats(participant=participant, wishes=[wish], by=participant.user)


def change(session, by, **values):
    session = Session.objects.select_related("edition").get(pk=session.pk)
    for name, value in values.items():
        setattr(session, name, value)
    save_session(session=session, by=by)


def later(minutes=31):
    """Everything that is due by then, sent. The text of the last email."""
    with time_machine.travel(timezone.now() + minutes * MINUTE):
        for _tick in range(3):
            follow_changes()
            deliver_messages()
    return Message.objects.filter(state="sent").latest("pk").text


def announced():
    """Title, status and "is in their programme" of each session, as the last email that was sent announces them."""
    last = Message.objects.filter(state="sent").latest("pk")
    return sorted(last.announcements.values_list("title", "status", "is_theirs"))


def states():
    return list(Message.objects.order_by("pk").values_list("kind", "state"))


# What was never sent


def test_a_seat_that_is_chosen_and_taken_away_while_no_mail_goes_is_told(lab, pia, organiser):
    choose(pia, lab)
    remove_seat(seat=pia.seats.get(), by=organiser, reason="For speakers")

    text = later()

    assert states() == [("seats_chosen", "outdated"), ("seat_removed", "outdated"), ("seat_removed", "sent")]
    assert "For speakers" in text
    assert calendars_of(Message.objects.latest("pk")) == []  # it never came into a calendar
    assert later() == text


def test_a_seat_that_is_chosen_and_given_up_while_no_mail_goes_is_told(lab, pia):
    choose(pia, lab)
    release_seat(participant=pia, session=lab, by=pia.user)

    text = later()

    assert states() == [("seats_chosen", "outdated"), ("seats_chosen", "outdated"), ("changed", "sent")]
    assert announced() == [("Lab", "confirmed", False)]
    assert later() == text


@pytest.mark.parametrize("is_dropped", [True, False])
def test_what_an_overtaken_seat_e_mail_would_have_told_is_told_where_changes_are_not(
    lab, opening, pia, organiser, open_edition, is_dropped
):
    everybody_was_told(open_edition)
    if not is_dropped:
        open_edition.sends_notices = False
        open_edition.save()
    choose(pia, lab)
    change(lab, organiser, title="Laboratory")
    change(opening, organiser, title="Welcome")
    deliver_messages()
    if is_dropped:
        assert drop_notice(edition=open_edition, by=organiser)

    later()

    assert states() == [("seats_chosen", "outdated"), ("changed", "sent")]
    assert announced() == [("Laboratory", "confirmed", True)]


def test_an_overtaken_notice_is_owed_to_nobody(opening, pia, organiser, open_edition):
    everybody_was_told(open_edition)
    change(opening, organiser, title="Welcome")
    with time_machine.travel(timezone.now() + 16 * MINUTE):
        follow_changes()
    change(opening, organiser, title="Greetings")
    deliver_messages()

    assert drop_notice(edition=open_edition, by=organiser)
    with time_machine.travel(timezone.now() + 31 * MINUTE):
        assert follow_changes() == 0
    assert states() == [("changed", "outdated")]


def test_a_cancellation_on_its_way_behind_an_invitation_is_not_written_anew(lab, pia, organiser):
    choose(pia, lab)
    claim()  # a worker has it
    remove_seat(seat=pia.seats.get(), by=organiser)
    for _tick in range(3):
        follow_changes()

    assert states() == [("seats_chosen", "queued"), ("seat_removed", "queued")]


def test_who_was_removed_is_written_nothing_of_what_was_queued(opening, pia, organiser):
    emails.queue_to_participant("registered", pia, enters=[opening])
    queue.queue_text(to=pia.user.email, kind="code", subject="Code", text="1", user=pia.user, is_sensitive=False)

    remove_participant(participant=pia, by=organiser)
    deliver_messages()

    assert states() == [("registered", "outdated"), ("code", "sent"), ("withdrawn", "sent")]
    assert calendars_of(Message.objects.latest("pk")) == []


# What may have arrived


def break_line_after(number, monkeypatch):
    """The line breaks once `number` emails were handed over; the last of them arrives."""
    hand_over, n_handed = SmtpConnection.hand_over, []

    def handed_over(self, to, content):
        hand_over(self, to, content)
        n_handed.append(to)
        if len(n_handed) == number:
            raise smtplib.SMTPServerDisconnected("Connection unexpectedly closed")

    monkeypatch.setattr(SmtpConnection, "hand_over", handed_over)


def test_an_invitation_that_may_have_arrived_is_taken_out_again(opening, pia, organiser, monkeypatch):
    emails.queue_to_participant("registered", pia, enters=[opening])
    break_line_after(1, monkeypatch)
    deliver_messages()
    assert Message.objects.get().may_have_arrived
    withdraw(participant=pia, by=organiser)
    later(5)

    assert states() == [("registered", "outdated"), ("withdrawn", "sent")]
    assert Announcement.objects.earliest("pk").state == "unsure"
    assert [it["method"] for it in calendars_of(Message.objects.latest("pk"))] == ["CANCEL"]


def test_a_line_that_breaks_before_it_was_handed_over_leaves_nothing_unsure(opening, pia, monkeypatch):
    def fail(*_args):
        raise smtplib.SMTPServerDisconnected("Connection unexpectedly closed")

    emails.queue_to_participant("registered", pia, enters=[opening])
    monkeypatch.setattr(SmtpConnection, "begin", fail)
    deliver_messages()

    assert not Message.objects.get().may_have_arrived


def test_what_a_dead_worker_had_may_have_arrived(opening, pia):
    emails.queue_to_participant("registered", pia, enters=[opening])
    claim()
    Message.objects.update(due_at=timezone.now() - MINUTE)

    assert [it.pk for it in claim()] == [Message.objects.get().pk]
    assert Message.objects.get().may_have_arrived


def test_a_change_that_may_have_been_told_and_was_taken_back_is_put_right(
    opening, pia, organiser, open_edition, monkeypatch
):
    everybody_was_told(open_edition)
    starts_at = opening.starts_at
    change(opening, organiser, starts_at=starts_at + HOUR, ends_at=starts_at + 2 * HOUR)
    break_line_after(1, monkeypatch)
    with time_machine.travel(timezone.now() + 16 * MINUTE):
        follow_changes()
        deliver_messages()
    change(opening, organiser, starts_at=starts_at, ends_at=starts_at + HOUR)

    text = later()

    assert states() == [("changed", "outdated"), ("changed", "sent")]
    assert Announcement.objects.latest("pk").starts_at == starts_at
    assert "“Opening” has moved to " in text  # back, as those must read whom the first has reached
    assert "It was planned for" in text


def test_what_may_have_been_told_and_is_so_in_the_end_is_as_planned(opening, pia, organiser, open_edition, monkeypatch):
    everybody_was_told(open_edition)
    change(opening, organiser, title="Welcome")
    break_line_after(1, monkeypatch)
    with time_machine.travel(timezone.now() + 16 * MINUTE):
        follow_changes()
        deliver_messages()
    change(opening, organiser, title="Greetings")
    follow_changes()
    change(opening, organiser, title="Welcome")

    assert "“Welcome” takes place as planned:" in later()


# While a batch is being sent


def test_a_change_while_a_slow_server_takes_a_batch_is_seen(opening, pia, organiser, monkeypatch):
    other = ParticipantFactory(delegation=pia.delegation)
    for person in (pia, other):
        emails.queue_to_participant("registered", person, enters=[opening])
    clock = [0.0]
    monkeypatch.setattr(messages, "monotonic", lambda: clock[0])
    hand_over = SmtpConnection.hand_over

    def slowly(self, to, content):
        hand_over(self, to, content)
        clock[0] += 16
        change(opening, organiser, location="Elsewhere")

    monkeypatch.setattr(SmtpConnection, "hand_over", slowly)
    delivery = Delivery(SmtpConnection(get_connection()))
    delivery.send_batch(batch := claim(), clock[0])
    messages.release(batch)
    delivery.send_batch(claim(), clock[0])

    assert [it.to for it in mail.outbox] == [[pia.user.email]]
    assert states()[:2] == [("registered", "sent"), ("registered", "outdated")]


def test_a_change_while_the_batch_is_sent_leaves_text_and_file_alike(opening, pia, organiser, monkeypatch):
    """They are told of it afterwards, with a larger SEQUENCE."""
    other = ParticipantFactory(delegation=pia.delegation)
    for person in (pia, other):
        emails.queue_to_participant("registered", person, enters=[opening])
    hand_over, known = SmtpConnection.hand_over, opening.starts_at

    def slowly(self, to, content):
        hand_over(self, to, content)
        change(opening, organiser, starts_at=known + DAY, ends_at=known + DAY + HOUR)

    with monkeypatch.context() as first_batch:
        first_batch.setattr(SmtpConnection, "hand_over", slowly)
        assert deliver_messages() == 2
    later()

    assert [starts_in(message) for message in other.user.messages.order_by("pk")] == [(0, known), (1, known + DAY)]


def starts_in(message):
    """SEQUENCE and start in the only calendar file."""
    ((event,),) = [Calendar.from_ical(it["text"]).events for it in calendars_of(message)]
    return event["sequence"], event.start


def test_a_change_just_after_the_check_leaves_text_and_file_alike(opening, pia, organiser, monkeypatch):
    """What files say is read before."""
    emails.queue_to_participant("registered", pia, enters=[opening])
    check, known = messages.still_true, opening.starts_at

    def then_change(batch):
        batch = check(batch)
        change(opening, organiser, starts_at=known + DAY, ends_at=known + DAY + HOUR)
        return batch

    monkeypatch.setattr(messages, "still_true", then_change)
    Delivery(SmtpConnection(get_connection())).send_batch(claim(), messages.monotonic())

    assert starts_in(Message.objects.get(state="sent")) == (0, known)


def test_what_files_say_is_read_once_for_a_batch(opening, pia):
    def n_queries():
        with CaptureQueriesContext(connection) as captured:
            deliver_messages()
        return sum('"programme_announcement"' in it["sql"] for it in captured)

    MessageFactory()
    n_of_one = n_queries()
    MessageFactory.create_batch(3)
    emails.queue_to_participant("registered", pia, enters=[opening])

    assert n_queries() == n_of_one


def test_what_surely_holds_is_not_looked_at(opening, pia, organiser):
    emails.queue_to_participant("registered", pia, enters=[opening])
    queued = Announcement.objects.queued()
    assert not queued.perhaps_untrue(timezone.now())

    change(opening, organiser, location="Elsewhere")

    assert queued.perhaps_untrue(timezone.now()).count() == 1


# Editions and portions


def test_an_edition_past_its_last_day_is_followed_while_a_session_is_to_come(opening, pia, organiser, open_edition):
    everybody_was_told(open_edition)
    Edition.objects.update(first_on="2025-01-01", last_on="2025-01-02")
    change(opening, organiser, title="Welcome")

    later()

    assert announced() == [("Welcome", "confirmed", True)]


def test_an_edition_that_is_over_is_not_followed(opening, pia, organiser, open_edition, django_assert_num_queries):
    everybody_was_told(open_edition)
    Session.objects.update(starts_at=timezone.now() - 5 * DAY, ends_at=timezone.now() - 4 * DAY)
    Edition.objects.update(first_on="2025-01-01", last_on="2025-01-02")

    with django_assert_num_queries(1):
        assert follow_changes() == 0


@pytest.fixture
def crowd(opening, pia, organiser, open_edition, monkeypatch):
    """Five people; two are written to at a time."""
    monkeypatch.setattr(session_changes, "AT_A_TIME", 2)
    people = [pia, *ParticipantFactory.create_batch(4, delegation=pia.delegation)]
    everybody_was_told(open_edition)
    change(opening, organiser, title="Welcome")
    return people


def test_a_notice_to_many_is_written_in_portions(crowd, open_edition):
    with time_machine.travel(timezone.now() + 16 * MINUTE):
        assert follow_changes() == 5
        assert follow_changes() == 0

    notice = Notice.objects.get()
    assert (notice.state, notice.n_people, len(notice.changes)) == ("sent", 5, 1)
    assert len({it.to for it in Message.objects.all()}) == 5


def test_a_notice_that_stops_half_way_goes_on_with_its_words(crowd, open_edition, organiser, monkeypatch):
    write_notice(edition=open_edition, note="Sorry!")
    post, n_posted = queue.post, []

    def fail_the_second_time(messages, **options):
        n_posted.append(len(messages))
        if len(n_posted) == 2:
            raise RuntimeError
        post(messages, **options)

    monkeypatch.setattr(queue, "post", fail_the_second_time)
    with time_machine.travel(timezone.now() + 16 * MINUTE):
        with pytest.raises(RuntimeError):
            follow_changes()
        assert Notice.objects.get().state == "open"
        assert follow_changes() == 3

    assert Notice.objects.get().n_people == 5
    assert [it.text.count("Sorry!") for it in Message.objects.all()] == [1] * 5


def test_send_now_writes_the_first_and_leaves_the_rest_to_a_worker(crowd, open_edition, organiser):
    assert send_notice(edition=open_edition, note="", by=organiser) == 5
    assert Message.objects.count() == 2
    assert follow_changes() == 3


@pytest.mark.django_db(transaction=True)
def test_beat_does_not_wait_for_another_that_follows_the_edition(opening, pia, organiser, open_edition):
    everybody_was_told(open_edition)
    change(opening, organiser, title="Welcome")
    is_held, is_done = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            session_changes.lock_changes(open_edition, waits=True)
            is_held.set()
            is_done.wait(10)
        connection.close()

    other = threading.Thread(target=hold)
    other.start()
    is_held.wait(10)
    with time_machine.travel(timezone.now() + 16 * MINUTE):
        assert follow_changes() == 0
        is_done.set()
        other.join()
        assert follow_changes() == 1


# Words, and when


def test_words_go_with_the_changes_they_were_written_for(opening, pia, organiser, open_edition):
    soon = SessionFactory(
        edition=open_edition,
        title="Soon",
        status="confirmed",
        starts_at=timezone.now() + 10 * MINUTE,
        ends_at=timezone.now() + HOUR,
    )
    everybody_was_told(open_edition)
    change(opening, organiser, title="Welcome")
    follow_changes()
    write_notice(edition=open_edition, note="A better name.")
    cancel_session(session=soon, by=organiser)
    follow_changes()
    assert "A better name." not in Message.objects.latest("pk").text

    change(opening, organiser, title="Opening")  # nothing is left of what the words are about
    other = SessionFactory(
        edition=open_edition, title="Other", starts_at=opening.starts_at + DAY, ends_at=opening.ends_at + DAY
    )

    assert "A better name." not in later()
    assert announced() == [(other.title, other.status, True)]


def test_what_begins_before_it_could_be_read_is_told_at_once(opening, pia, organiser, open_edition):
    times = {"starts_at": timezone.now() + 25 * MINUTE, "ends_at": timezone.now() + HOUR}
    Session.objects.update(**times)
    everybody_was_told(open_edition)
    change(opening, organiser, location="Blue room")

    assert follow_changes() == 1
    assert Message.objects.get().is_urgent  # does not wait behind reminders to everybody


def test_a_slip_into_the_past_is_gathered(opening, pia, organiser, open_edition):
    everybody_was_told(open_edition)
    starts_at, ends_at = opening.starts_at, opening.ends_at
    change(opening, organiser, starts_at=starts_at - 30 * DAY, ends_at=ends_at - 30 * DAY)
    assert follow_changes() == 0

    change(opening, organiser, starts_at=starts_at, ends_at=ends_at)
    follow_changes()
    assert not Message.objects.exists()


def test_a_reason_is_a_sentence_and_ends_with_the_time_it_was_given_for(opening, pia, organiser, open_edition):
    everybody_was_told(open_edition)
    cancel_session(session=opening, by=organiser, reason="No power")
    assert "Reason: No power. " not in later()
    assert "Reason: No power." in Message.objects.latest("pk").text

    confirm_session(session=opening, by=organiser)
    Session.objects.update(status="tentative", status_reason="Put off")
    change(opening, organiser, starts_at=opening.starts_at + DAY, ends_at=opening.ends_at + DAY)
    assert Session.objects.get().status_reason == ""


def test_a_name_that_is_new_is_said_with_a_cancellation(opening, pia, organiser, open_edition):
    everybody_was_told(open_edition)
    change(opening, organiser, title="Welcome")
    cancel_session(session=opening, by=organiser)

    text = later()

    assert "“Opening” is now called “Welcome”. “Welcome” is cancelled." in text
    assert "tell us on your page" not in text


@pytest.mark.parametrize("is_told", [True, False])
def test_a_parallel_session_that_is_on_again_is_told_to_those_who_know_it_as_cancelled(lab, pia, organiser, is_told):
    choose(pia, lab)
    deliver_messages()
    cancel_session(session=lab, by=organiser)
    if is_told:
        later()
    confirm_session(session=lab, by=organiser)

    text = later()

    assert [kind for kind, _state in states()] == ["seats_chosen", *["changed"] * (1 + is_told)]
    assert announced() == [("Lab", "confirmed", False)]
    assert ("will take place after all" in text) == is_told  # the others never read that it was cancelled
    assert later() == text


@pytest.mark.parametrize("back", [True, False])
def test_a_notice_to_those_without_a_seat_is_overtaken_as_well(lab, pia, organiser, back):
    """That it is cancelled, when it is on again before that has left; that it is on again, when it has moved."""
    choose(pia, lab)
    deliver_messages()
    cancel_session(session=lab, by=organiser)
    if back:
        with time_machine.travel(timezone.now() + 16 * MINUTE):
            assert follow_changes() == 1
        confirm_session(session=lab, by=organiser)
    else:
        later()
        confirm_session(session=lab, by=organiser)
        with time_machine.travel(timezone.now() + 16 * MINUTE):
            assert follow_changes() == 1
        lab.refresh_from_db()
        change(lab, organiser, title="Laboratory")

    later()

    assert states()[-2:] == [("changed", "outdated"), ("changed", "sent")]
    assert announced() == [("Lab" if back else "Laboratory", "confirmed", False)]


# Reminders, what is being sent, seats, and an end to gathering


def test_a_new_session_is_told_before_anybody_is_reminded_of_it(opening, pia, organiser, open_edition):
    """It was reminded of at once, and that it was cancelled a minute later was told to nobody."""
    follow_changes()
    assert send_due_reminders() == 0

    with time_machine.travel(timezone.now() + 16 * MINUTE):
        assert follow_changes() == 1
        deliver_messages()
        assert send_due_reminders() == 0  # the notice has said when
        answers = [group.planned for it in plan(timezone.now()) for group in it.groups]
    assert answers == [PlannedStep(Step.SKIP, SkipReason.COVERED)]


def test_a_new_session_that_is_cancelled_at_once_was_told_and_reminded_of_to_nobody(opening, pia, organiser):
    follow_changes()
    send_due_reminders()
    cancel_session(session=opening, by=organiser)
    with time_machine.travel(timezone.now() + 31 * MINUTE):
        follow_changes()
        send_due_reminders()

    assert not Message.objects.exists()


def test_a_change_while_the_last_is_being_sent_says_what_was_told(opening, pia, organiser, open_edition):
    everybody_was_told(open_edition)
    change(opening, organiser, title="Welcome")
    with time_machine.travel(timezone.now() + 16 * MINUTE, tick=False):
        follow_changes()
        claim()  # a worker has it, and dies
    change(opening, organiser, title="Greetings")
    with time_machine.travel(timezone.now() + 17 * MINUTE, tick=False):
        assert follow_changes() == 0
        assert Notice.objects.filter(state="open").exists()
    Message.objects.update(due_at=timezone.now() - MINUTE, may_have_arrived=False)
    Message.objects.update(lease=None)

    assert "“Opening” is now called “Greetings”." in later()


def test_who_loses_a_seat_with_its_session_is_told_where_changes_are_not(lab, pia, organiser, open_edition):
    choose(pia, lab)
    deliver_messages()
    Edition.objects.update(sends_notices=False)
    cancel_session(session=lab, by=organiser)

    later()

    assert announced() == [("Lab", "cancelled", False)]
    assert [it["method"] for it in calendars_of(Message.objects.latest("pk"))] == ["CANCEL"]


def test_a_session_of_everybody_that_becomes_parallel_says_that_one_has_no_seat(opening, pia, organiser, open_edition):
    everybody_was_told(open_edition)
    change(opening, organiser, track=TrackFactory(edition=open_edition), capacity=5, format="in_person")

    later()

    assert announced() == [("Opening", "confirmed", False)]


def test_changes_are_gathered_for_an_hour_at_most(opening, pia, organiser, open_edition):
    everybody_was_told(open_edition)
    change(opening, organiser, title="Welcome")
    follow_changes()
    Notice.objects.update(opened_at=timezone.now() - 55 * MINUTE, due_at=timezone.now() + MINUTE)
    change(opening, organiser, title="Greetings")
    follow_changes()

    assert Notice.objects.get().due_at <= timezone.now() + 5 * MINUTE


def test_a_failed_notice_that_is_tried_again_after_a_newer_one_is_overtaken(opening, pia, organiser, open_edition):
    everybody_was_told(open_edition)
    change(opening, organiser, title="Welcome")
    with time_machine.travel(timezone.now() + 16 * MINUTE):
        follow_changes()
    Message.objects.update(state="failed")
    change(opening, organiser, location="Blue room")
    later()

    retry_message(message=Message.objects.earliest("pk"))
    deliver_messages()

    assert states() == [("changed", "outdated"), ("changed", "sent")]


# What is in the calendar when somebody leaves


def struck_out(client, participant):
    """The titles that the private feed strikes out."""
    feed = client.get(reverse("programme:own-feed", args=[participant.calendar_token])).content
    return {
        str(it["summary"]).removeprefix("★ ") for it in Calendar.from_ical(feed).events if it["status"] == "CANCELLED"
    }


def taken_out(message):
    """The titles of the entries that an email takes out of the calendar."""
    calendars = [Calendar.from_ical(it["text"]) for it in calendars_of(message)]
    assert {str(it["method"]) for it in calendars} <= {"CANCEL"}
    return {str(it["summary"]).removeprefix("★ ") for calendar in calendars for it in calendar.events}


@pytest.mark.parametrize("is_dropped", [True, False])
@pytest.mark.parametrize("action", ["cancelled", "taken off", "slipped into the past", "without a time"])
def test_who_withdraws_after_an_untold_change_loses_the_entry(
    client, opening, pia, organiser, open_edition, action, is_dropped
):
    gone = SessionFactory(
        edition=open_edition,
        title="Gone",
        is_core=True,
        starts_at=timezone.now() - 2 * HOUR,
        ends_at=timezone.now() - HOUR,
    )
    emails.queue_to_participant("registered", pia, enters=[opening, gone])
    deliver_messages()
    if not is_dropped:
        open_edition.sends_notices = False
        open_edition.save()
    if action == "cancelled":
        cancel_session(session=opening, by=organiser)
    elif action == "taken off":
        change(opening, organiser, is_published=False)
    elif action == "without a time":
        change(opening, organiser, status="tentative", starts_at=None, ends_at=None, date_hint="in autumn")
    else:
        change(opening, organiser, starts_at=timezone.now() - 2 * DAY, ends_at=timezone.now() - 2 * DAY + HOUR)
    if is_dropped:
        drop_notice(edition=open_edition, by=organiser)

    withdraw(participant=pia, by=pia.user)
    deliver_messages()

    last = Message.objects.filter(state="sent").latest("pk")
    assert last.kind == "withdrawn"
    assert taken_out(last) == {"Opening"}
    pia.refresh_from_db()
    assert struck_out(client, pia) == ({"Opening"} if action != "without a time" else set())


@pytest.fixture
def twin(open_edition, opening):
    """A day after the opening."""
    return SessionFactory(
        edition=open_edition,
        title="Twin",
        is_core=True,
        starts_at=opening.starts_at + DAY,
        ends_at=opening.starts_at + DAY + HOUR,
    )


def files_of(message):
    """(title, method, SEQUENCE) of each calendar file."""
    calendars = [Calendar.from_ical(it["text"]) for it in calendars_of(message)]
    return {
        (str(event["summary"]).removeprefix("★ "), str(calendar["method"]), event["sequence"])
        for calendar in calendars
        for event in calendar.events
    }


def test_who_is_removed_loses_the_entries_and_is_told(opening, twin, pia, organiser):
    emails.queue_to_participant("registered", pia, enters=[opening])
    deliver_messages()
    emails.queue_to_participant("registered", pia, enters=[twin])

    remove_participant(participant=pia, by=organiser)
    deliver_messages()

    assert states() == [("registered", "sent"), ("registered", "outdated"), ("withdrawn", "sent")]
    farewell = Message.objects.latest("pk")
    assert files_of(farewell) == {("Opening", "CANCEL", 1)}  # the other never came into the calendar
    assert (farewell.to, farewell.user) == (pia.user.email, pia.user)
    assert "no longer" in farewell.subject
    assert not Announcement.objects.exists()


def test_who_is_removed_loses_the_entry_that_a_worker_is_just_sending(opening, pia, organiser):
    emails.queue_to_participant("registered", pia, enters=[opening])
    claim()

    remove_participant(participant=pia, by=organiser)

    assert files_of(Message.objects.latest("pk")) == {("Opening", "CANCEL", 1)}


def test_the_farewell_leaves_though_the_person_is_removed_before(opening, pia, organiser):
    emails.queue_to_participant("registered", pia, enters=[opening])
    deliver_messages()
    withdraw(participant=pia, by=pia.user)

    remove_participant(participant=pia, by=organiser)
    deliver_messages()

    assert states() == [("registered", "sent"), ("withdrawn", "sent")]
    assert files_of(Message.objects.latest("pk")) == {("Opening", "CANCEL", 1)}


def test_nobody_waiting_or_declined_is_told_that_they_were_removed(pia, organiser):
    for state in ("pending", "declined", "withdrawn"):
        other = ParticipantFactory(delegation=pia.delegation, state=state)
        remove_participant(participant=other, by=organiser)

    assert states() == []


def test_who_was_removed_and_registers_again_gets_a_larger_sequence(client, opening, pia, organiser):
    sequences = []
    for _again in range(3):
        person = ParticipantFactory(delegation=pia.delegation, user=pia.user) if _again else pia
        emails.queue_to_participant("registered", person, enters=[opening])
        deliver_messages()
        feed = Calendar.from_ical(client.get(reverse("programme:own-feed", args=[person.calendar_token])).content)
        sequences += [sequence for *_file, sequence in files_of(Message.objects.latest("pk"))]
        assert [it["sequence"] for it in feed.events] == sequences[-1:]
        remove_participant(participant=person, by=organiser)
        deliver_messages()
        sequences += [sequence for *_file, sequence in files_of(Message.objects.latest("pk"))]

    assert sequences == [0, 1, 2, 3, 4, 5]


def test_what_others_know_is_no_news_when_somebody_is_removed(opening, pia, organiser, open_edition):
    other = ParticipantFactory(delegation=pia.delegation)
    before = Session.objects.get()
    for person in (pia, other):
        emails.queue_to_participant("registered", person, enters=[opening])
    deliver_messages()

    remove_participant(participant=pia, by=organiser)

    assert not differences_in(open_edition, timezone.now()).news
    after = Session.objects.get()
    assert (after.calendar_sequence, after.changed_at) == (before.calendar_sequence, before.changed_at)
