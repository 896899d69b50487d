import datetime as dt
import itertools
import re
import threading
from contextlib import nullcontext, suppress

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attendance.actions import reminders as actions
from attendance.actions.decisions import decide
from attendance.actions.reminders import RemindersLockedError, mute_optional, reminders_lock, send_due_reminders
from attendance.emails import reminders_to
from attendance.models import Attendance, Nudge, Reminder, ReminderRound, ReminderSkip
from attendance.queries import reminders
from attendance.queries.reminder_times import coming
from attendance.queries.reminders import plan
from attendance.rules.reminders import PlannedStep, Recipient, Step, answer, useful_times
from attendance.tasks import send_reminders
from programme.actions.registrations import remove_participant, withdraw
from programme.actions.session_changes import follow_changes
from programme.actions.sessions import cancel_session, confirm_session, postpone_session
from programme.models import Announcement, ComingAnswer, Edition, Participant, Session
from tests.factories.people import (
    DelegationFactory,
    ParticipantFactory,
    SeatFactory,
    everybody_was_told,
    newcomers_were_told,
)
from tests.factories.programme import SessionFactory, TrackFactory
from tests.properties import examples
from tests.threads import in_threads
from udtacademy.celery import done_key
from udtacademy.outbox.models import Message

SEND = PlannedStep(Step.SEND)
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
EARLY = dt.datetime(2025, 8, 1, tzinfo=dt.UTC)


@pytest.fixture
def ana(edition):
    """Of Girona, registered in August."""
    delegation = DelegationFactory(edition=edition, city__name="Girona", quota=2000)
    return ParticipantFactory(delegation=delegation, user__name="Ana Anaya", state_at=EARLY)


def tick(moment):
    """What is sent then. Whoever is new to a session has been told of it before."""
    with time_machine.travel(moment, tick=False):
        tell_newcomers()
        return send_due_reminders()


def tell_newcomers():
    for edition in Edition.objects.all():
        newcomers_were_told(edition)


def sent():
    """Who was reminded, and how many minutes before."""
    return list(Reminder.objects.order_by("pk").values_list("participant__user__name", "offset_minutes"))


def skipped():
    """How many people were not reminded, by minutes before and reason."""
    rows = ReminderSkip.objects.order_by("-round__offset_minutes", "reason")
    return list(rows.values_list("round__offset_minutes", "reason", "n_people"))


def texts():
    return list(Message.objects.filter(kind="reminder").order_by("pk").values_list("subject", flat=True))


def test_each_lead_is_written_once_in_its_time(session, ana):
    starts_at = session.starts_at

    n_sent = [tick(starts_at - it) for it in (8 * DAY, 7 * DAY, 3 * DAY, DAY, DAY, HOUR, dt.timedelta(minutes=5))]

    assert n_sent == [0, 1, 0, 1, 0, 1, 0]
    assert texts() == ["Thu 25 Sep 2025, 16:00 CEST: Peer-learning"] * 3
    assert sent() == [("Ana Anaya", 10080), ("Ana Anaya", 1440), ("Ana Anaya", 60)]
    assert skipped() == []


def test_a_reminder_says_when_for_the_reader_and_where_to_join(session, ana):
    ana.user.time_zone = "Europe/Helsinki"
    ana.user.save()

    tick(session.starts_at - DAY)

    message = Reminder.objects.get().message
    assert "★ Core · “Peer-learning” takes place on Thursday 25 September 2025, " in message.text
    assert (
        "Thursday 25 September 2025, 16:00–17:30 CEST (Madrid); your time: 17:00–18:30 EEST (Helsinki)" in message.text
    )
    assert re.search(r"→ Join: http://testserver/join/\S+/peer-learning/\?key=\S+", message.text)
    assert "attendance is mandatory" in message.text
    assert message.is_sensitive
    assert message.unsubscribe_url == ""
    assert message.expires_at == session.starts_at - HOUR


def test_an_optional_session_can_be_muted_from_the_e_mail(session, ana):
    Session.objects.update(is_core=False)

    tick(session.starts_at - 7 * DAY)
    mute_optional(participant=ana, is_muted=True, by=ana.user)
    tick(session.starts_at - DAY)
    tick(session.starts_at)

    message = Message.objects.get(kind="reminder")
    assert message.unsubscribe_url.startswith("http://testserver/me/reminders/")
    assert message.unsubscribe_url in message.text
    assert sent() == [("Ana Anaya", 10080)]
    assert skipped() == [(1440, "muted", 1), (60, "muted", 1)]


def test_after_an_outage_what_is_of_use_goes_out_and_the_rest_is_noted(session, ana):
    assert tick(session.starts_at - dt.timedelta(minutes=30)) == 1

    assert sent() == [("Ana Anaya", 60)]
    assert skipped() == [(10080, "too_late", 1), (1440, "too_late", 1)]
    assert tick(session.starts_at + HOUR) == 0
    assert tick(session.starts_at + 2 * HOUR) == 0
    assert (Reminder.objects.count(), ReminderSkip.objects.count()) == (1, 2)
    assert ReminderRound.objects.count() == 3


def test_who_registers_late_gets_those_still_of_use(session, ana):
    late = ParticipantFactory(delegation=ana.delegation, user__name="Lea Late", state_at=session.starts_at - 2 * HOUR)

    tick(session.starts_at - 90 * dt.timedelta(minutes=1))

    assert ("Lea Late", 1440) in sent()
    assert skipped() == [(10080, "registered_later", 1), (10080, "too_late", 1)]
    assert Message.objects.filter(user=late.user).count() == 1


def test_a_moved_session_is_reminded_of_anew(session, ana, organiser):
    tick(session.starts_at - 7 * DAY)
    postpone_session(session=session, new_day=dt.date(2025, 10, 9), by=organiser)
    confirm_session(session=session, by=organiser)
    with time_machine.travel(session.starts_at - 14 * DAY, tick=False):
        everybody_was_told(session.edition)

    n_sent = [tick(session.starts_at - it) for it in (13 * DAY, 7 * DAY, DAY, HOUR)]

    assert n_sent == [0, 1, 1, 1]
    assert texts() == ["Thu 25 Sep 2025, 16:00 CEST: Peer-learning"] + ["Thu 9 Oct 2025, 16:00 CEST: Peer-learning"] * 3


def test_one_to_be_confirmed_waits_and_what_is_of_use_goes_out_once_it_is(session, ana, organiser):
    Session.objects.update(status="tentative")
    assert tick(session.starts_at - 7 * DAY) == 0
    confirm_session(session=session, by=organiser)
    with time_machine.travel(session.starts_at - 6 * DAY, tick=False):
        everybody_was_told(session.edition)

    assert tick(session.starts_at - 5 * DAY) == 1


def test_a_cancelled_session_is_not_reminded_of(session, ana, organiser):
    cancel_session(session=session, by=organiser)

    assert [tick(session.starts_at - it) for it in (7 * DAY, DAY, -HOUR)] == [0, 0, 0]
    assert sent() == []
    assert skipped() == [(minutes, "cancelled", 1) for minutes in (10080, 1440, 60)]


def test_who_withdrew_is_excused_or_has_no_seat_is_not_reminded(session, ana, organiser):
    gone = ParticipantFactory(delegation=ana.delegation, state_at=EARLY)
    withdraw(participant=gone, by=gone.user)
    excused = ParticipantFactory(delegation=ana.delegation, user__name="Eva", state_at=EARLY)
    decide(cells=[(excused, session)], outcome="excused", reason="Ill", by=organiser)
    Session.objects.update(track=TrackFactory(edition=session.edition))
    Session.objects.update(is_core=True)
    seated = ParticipantFactory(delegation=ana.delegation, user__name="Sia", state_at=EARLY)
    for person in (seated, excused):
        SeatFactory(participant=person, session=Session.objects.get())

    tick(session.starts_at - 7 * DAY)
    tick(session.starts_at)

    assert sent() == [("Sia", 10080)]
    assert [it for it in skipped() if it[0] == 10080] == [(10080, "excused", 1), (10080, "no_seat", 1)]


def test_leads_of_a_session_of_its_own(session, ana):
    Session.objects.update(reminder_minutes=[120])
    other = SessionFactory(
        edition=session.edition,
        status="confirmed",
        starts_at=session.starts_at + DAY,
        ends_at=session.ends_at + DAY,
        reminder_minutes=[],
    )

    assert [tick(session.starts_at - it) for it in (7 * DAY, 3 * HOUR, 2 * HOUR)] == [0, 0, 1]
    assert tick(other.starts_at - HOUR) == 0


def test_a_day_in_person_is_reminded_of_once_with_all_of_ones_own(edition, ana):
    starts_at = dt.datetime(2025, 11, 6, 7, 30, tzinfo=dt.UTC)

    def add(title, hours, **more):
        times = {"starts_at": starts_at + hours * HOUR, "ends_at": starts_at + (hours + 1) * HOUR}
        more = {"format": "in_person", "status": "confirmed"} | more
        return SessionFactory(edition=edition, title=title, **times, **more)

    add("Setting up", 0, status="tentative")
    add("Arrival", 1)
    add("Lab", 3, is_core=True)
    own_track = add("Own track", 5, track=TrackFactory(edition=edition))
    add("Other track", 5, track=TrackFactory(edition=edition))
    add("Dinner", 12, location="Harbour")
    add("Online beside it", 10, format="online")
    SeatFactory(participant=ana, session=own_track)

    tick(starts_at - HOUR)

    assert texts() == ["Thu 6 Nov 2025, 09:30 CET: Arrival, and 2 more sessions"]
    text = Message.objects.get(kind="reminder").text
    assert "On the same day:\n\n• 13:30–14:30 Own track" in text
    assert "• 20:30–21:30 Dinner, Harbour" in text
    assert "Other track" not in text
    assert text.index("“Arrival” takes") < text.index("“Lab” takes") < text.index("“Online beside it” takes")
    assert sent() == [("Ana Anaya", 1440)] * 3


def test_an_edition_that_reminds_nobody(session, ana):
    session.edition.sends_reminders = False
    session.edition.save()

    assert tick(session.starts_at - DAY) == 0


def test_unpublished_sessions_and_editions_and_breaks_are_not_reminded_of(session, ana):
    for changes in ({"is_published": False}, {"is_published": True, "format": "break", "is_core": False}):
        Session.objects.update(**changes)
        assert tick(session.starts_at - DAY) == 0
    Session.objects.update(format="online")
    session.edition.is_published = False
    session.edition.save()
    assert tick(session.starts_at - DAY) == 0


@pytest.fixture
def day(open_edition):
    """In ten days: when Arrival begins, which reminds of Lab as well; Ana was told of both, and Lab has another name since."""
    ParticipantFactory(delegation=DelegationFactory(edition=open_edition), user__name="Ana Anaya", state_at=EARLY)
    starts_at = dt.datetime.now(dt.UTC).replace(hour=9, minute=0, second=0, microsecond=0) + 10 * DAY
    for title, hours in (("Arrival", 0), ("Lab", 3)):
        times = {"starts_at": starts_at + hours * HOUR, "ends_at": starts_at + (hours + 1) * HOUR}
        SessionFactory(edition=open_edition, title=title, format="in_person", status="confirmed", **times)
    everybody_was_told(open_edition)
    Session.objects.filter(title="Lab").update(title="Laboratory")
    return starts_at


def test_a_reminder_of_a_day_waits_while_any_of_its_sessions_is_changing(day):
    assert tick(day - DAY) == 0
    with time_machine.travel(day - DAY + MINUTE, tick=False):
        assert follow_changes() == 1

    assert tick(day - DAY + 2 * MINUTE) == 1
    assert [it.kind for it in Message.objects.order_by("pk")] == ["changed", "reminder"]


def test_a_reminder_of_a_day_that_cannot_wait_has_its_changes_told_first(day):
    assert tick(day - HOUR - MINUTE) == 1
    assert [it.kind for it in Message.objects.order_by("pk")] == ["changed", "reminder"]


@pytest.mark.django_db(transaction=True)
def test_two_beats_at_once_write_once(session, ana):
    ParticipantFactory.create_batch(30, delegation=ana.delegation, state_at=EARLY)
    with time_machine.travel(session.starts_at - DAY, tick=False):
        tell_newcomers()
        results = in_threads([send_due_reminders] * 4)

    n_sent = [it for it in results if not isinstance(it, RemindersLockedError)]
    assert sum(n_sent) == 31
    assert Message.objects.filter(kind="reminder").values("to").distinct().count() == 31
    assert Message.objects.filter(kind="reminder").count() == 31


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("has_constraint", [True, False])
def test_two_beats_at_once_without_the_lock_are_stopped_by_the_constraint_alone(
    session, ana, monkeypatch, has_constraint
):
    """The negative control: ticks that both write before either commits; without the constraint they write twice."""
    both_write = threading.Barrier(2)
    constraint = next(it for it in Reminder._meta.constraints if it.name == "reminder_once_for_a_start")

    def written_together(*values):
        both_write.wait(10)
        return reminders_to(*values)

    def send():
        with suppress(ExceptionGroup):  # of an IntegrityError
            return send_due_reminders()

    monkeypatch.setattr(actions, "reminders_to", written_together)
    monkeypatch.setattr(actions, "reminders_lock", nullcontext)
    if not has_constraint:
        with connection.schema_editor() as editor:
            editor.remove_constraint(Reminder, constraint)
    try:
        with time_machine.travel(session.starts_at - DAY, tick=False):
            tell_newcomers()
            in_threads([send] * 2)

        assert Message.objects.filter(kind="reminder").count() == (1 if has_constraint else 2)
    finally:
        if not has_constraint:
            Reminder.objects.all().delete()
            with connection.schema_editor() as editor:
                editor.add_constraint(Reminder, constraint)


@pytest.mark.django_db(transaction=True)
def test_while_another_process_has_the_lock_the_task_does_not_count_as_done(caplog):
    """Otherwise a process that hangs would stop all reminders, and /readyz would not warn."""

    def send_beside():
        [result] = in_threads([send_reminders.apply])
        return result

    name = send_reminders.name
    cache.delete(done_key(name))

    with reminders_lock():
        assert send_beside().state == "FAILURE"
        assert cache.get(done_key(name)) is None
        assert "Another process sends reminders" in caplog.text
    assert send_beside().state == "SUCCESS"
    assert cache.get(done_key(name))


def test_a_run_ends_in_time_and_the_next_sends_the_rest(session, ana, monkeypatch):
    """Sessions that move, and other rounds, must not wait for the last of a hundred thousand people."""
    ParticipantFactory.create_batch(2, delegation=ana.delegation, state_at=EARLY)
    clock = itertools.count(0, actions.RUN_LASTS.total_seconds() * 0.9)
    monkeypatch.setattr(actions, "AT_A_TIME", 2)
    monkeypatch.setattr(actions, "monotonic", lambda: next(clock))

    assert [tick(session.starts_at - DAY) for _run in range(3)] == [2, 1, 0]


def test_a_round_that_fails_does_not_stop_the_others(session, ana, monkeypatch, caplog):
    other = SessionFactory(
        edition=session.edition,
        status="confirmed",
        starts_at=session.starts_at + 2 * HOUR,
        ends_at=session.ends_at + 2 * HOUR,
    )

    def fail_once(reader, due):
        if any(it.session == session for it in due):
            raise TypeError("a mistake")
        return reminders_to(reader, due)

    with monkeypatch.context() as broken:
        broken.setattr(actions, "reminders_to", fail_once)
        with pytest.raises(ExceptionGroup) as failed:
            tick(other.starts_at - DAY)

    assert [str(it) for it in failed.value.exceptions] == ["a mistake"]
    assert list(Reminder.objects.values_list("session", flat=True)) == [other.pk]
    assert f"Reminders of session {session.pk}" in caplog.text
    assert tick(other.starts_at - DAY) == 1


def n_to_send(rounds):
    return [n for it in rounds if (n := it.people(SEND).count())]


def test_planning_costs_a_query_for_each_round_however_many_people(edition, ana, django_assert_num_queries):
    now = dt.datetime(2025, 9, 20, tzinfo=dt.UTC)

    def more(n):
        for _ in range(n):
            starts_at = now + DAY + Session.objects.count() * 2 * HOUR
            SessionFactory(edition=edition, status="confirmed", starts_at=starts_at, ends_at=starts_at + HOUR)
        ParticipantFactory.create_batch(n, delegation=ana.delegation, state_at=EARLY)
        with time_machine.travel(now, tick=False):
            tell_newcomers()

    more(1)
    with django_assert_num_queries(5):  # sessions, rounds that are done, people of two rounds, changes
        rounds = plan(now)
    assert n_to_send(rounds) == [2]
    more(4)
    with django_assert_num_queries(9):
        rounds = plan(now)
    assert n_to_send(rounds) == [6] * 5


@pytest.mark.parametrize("hours", [200, 100, 20, 2, 0, -2])
def test_people_counted_by_facts_get_the_answers_of_the_rule_for_each(session, ana, hours, organiser):
    """Everybody's answer by the rule, from what their own rows say, is that of the group in which they are counted."""
    now = session.starts_at - hours * HOUR
    Session.objects.update(is_core=False, track=TrackFactory(edition=session.edition))
    session.refresh_from_db()
    for number in range(24):
        registered_at = EARLY if number % 2 else session.starts_at - (number * 9) * HOUR - HOUR
        person = ParticipantFactory(
            delegation=ana.delegation, state_at=registered_at, mutes_optional=number % 3 == 0, user__name=f"P{number}"
        )
        if number % 5:
            SeatFactory(participant=person, session=session)
        if number % 7 == 0:
            decide(cells=[(person, session)], outcome="excused", reason="Ill", by=organiser)
    with time_machine.travel(now, tick=False):
        tell_newcomers()
    moved = Announcement.objects.filter(participant__user__name__in=["P1", "P4", "P11", "P13"])
    moved.update(moves=True, told_at=now - HOUR)
    moved.filter(participant__user__name="P13").update(told_at=now - 30 * DAY)

    for reminder_round in reminders.preview(session.edition, now) or plan(now):
        told_at = dict(moved.values_list("participant", "told_at"))
        for person in Participant.objects.filter(edition=session.edition, state_at__lt=session.starts_at):
            recipient = Recipient(
                person.registered_at,
                has_seat=person.seats.exists(),
                is_excused=Attendance.objects.filter(participant=person, status="excused").exists(),
                mutes_optional=person.mutes_optional,
                moved_at=told_at.get(person.pk),
            )
            expected = answer(reminder_round.held, recipient, reminder_round.useful, now)
            assert reminder_round.people(expected).filter(pk=person.pk).exists(), (person, expected)
    assert hours != 0 or reminders.plan(now)


def test_who_said_that_they_do_not_come_is_not_reminded_in_person(session, ana):
    """Until they come after all. Of the online session they are reminded all the same."""
    starts_at = session.starts_at + 3 * DAY
    days = {"first_on": starts_at.date(), "last_on": starts_at.date()}
    SessionFactory(
        edition=session.edition,
        status="confirmed",
        format="in_person",
        starts_at=starts_at,
        ends_at=starts_at + HOUR,
        reminder_minutes=[1440, 60],
    )
    answer = ComingAnswer.objects.create(participant=ana, is_coming=False, answered_at=EARLY + DAY, **days)
    other = ParticipantFactory(delegation=ana.delegation, state_at=EARLY, user__name="Bo")
    ComingAnswer.objects.create(participant=other, is_coming=False, first_on=EARLY, last_on=EARLY)

    assert tick(session.starts_at - HOUR) == 2
    assert tick(starts_at - DAY) == 1  # their answer is for other days
    assert tick(starts_at - HOUR) == 1
    answer.delete()
    assert tick(starts_at - HOUR) == 1
    assert (1440, "not_coming", 1) in skipped()


STORY = st.lists(
    st.tuples(
        st.sampled_from(["register", "move", "cancel", "confirm", "down", "mute", "tick"]),
        st.integers(1, 60),
    ),
    max_size=14,
)


@given(story=STORY)
@settings(max_examples=examples(5), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_each_is_sent_once_at_most_and_all_is_accounted_for(edition, ana, story):
    """On the database: hours pass, things happen; in the end all have a row for each offset that was of use to them."""
    Reminder.objects.all().delete()
    ReminderRound.objects.all().delete()
    Message.objects.all().delete()
    Participant.objects.exclude(pk=ana.pk).delete()
    Announcement.objects.all().delete()
    Session.objects.all().delete()
    now = EARLY + 30 * DAY
    session = SessionFactory(
        edition=edition,
        status="confirmed",
        starts_at=now + 5 * DAY,
        ends_at=now + 5 * DAY + HOUR,
        reminder_minutes=[4000, 1440, 60],
    )
    for what, n in story:
        is_up = what != "down"
        if what == "register":
            ParticipantFactory(delegation=ana.delegation, state_at=now)
        elif what == "move":
            Session.objects.update(starts_at=now + n * 3 * HOUR, ends_at=now + n * 3 * HOUR + HOUR)
        elif what in {"cancel", "confirm"}:
            Session.objects.update(status="cancelled" if what == "cancel" else "confirmed")
        elif what == "mute":
            Participant.objects.update(mutes_optional=bool(n % 2))
        for _hour in range(n % 12 if is_up else 0):
            now += HOUR
            tick(now)
        now += 0 * HOUR if is_up else n * HOUR
    session.refresh_from_db()
    tick(max(now, session.starts_at) + HOUR)

    rows = list(Reminder.objects.values_list("participant", "offset_minutes", "starts_at"))
    assert len(rows) == len(set(rows)) == Message.objects.filter(kind="reminder").count()
    if max(now, session.starts_at) - session.starts_at < reminders.LOOKS_BACK - HOUR:
        for useful in useful_times(coming(session)):
            minutes = int(useful.offset.total_seconds() // 60)
            done = ReminderRound.objects.get(starts_at=session.starts_at, offset_minutes=minutes)
            n_skipped = sum(it.n_people for it in done.skips.exclude(reason="registered_later"))
            n_reminded = Reminder.objects.filter(starts_at=session.starts_at, offset_minutes=minutes).count()
            assert n_reminded + n_skipped == Participant.objects.filter(state_at__lt=useful.until).count()


def test_reminders_go_along_when_the_person_or_the_session_is_deleted(session, ana, organiser):
    other = ParticipantFactory(delegation=ana.delegation, state_at=EARLY)
    tick(session.starts_at - DAY)
    Nudge.objects.create(participant=ana, session=session, edition=session.edition, by=organiser)

    remove_participant(participant=ana, by=organiser)
    assert {it[0] for it in sent()} == {other.user.name}
    remove_participant(participant=other, by=organiser)
    assert sent() == []
    session.delete()
