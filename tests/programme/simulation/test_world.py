"""The model's own parts: that they find nothing wrong where nothing is, and see what is."""

import datetime as dt
from dataclasses import replace
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.utils import timezone

from tests.programme.simulation import received_emails
from tests.programme.simulation.calendar_program import CalendarProgram, by_sequence, by_sequence_and_stamp
from tests.programme.simulation.facts import Facts, SessionFacts
from tests.programme.simulation.inbox import Inbox, Kind
from tests.programme.simulation.received_emails import Entry, ReceivedEmail, Revision
from tests.programme.simulation.world import ANA, BEN, DAY, HOUR, MINUTE, PEOPLE, TASKS
from udtacademy.outbox.models import Message

NOW = dt.datetime(2025, 10, 20, 12, 0, tzinfo=dt.UTC)
START = NOW + 3 * DAY
LAB = Entry("uid", START, START + HOUR, "Lab", "Online", "CONFIRMED")
TRUE = Facts(
    sessions={
        "uid": SessionFacts(LAB, "Lab", is_published=True, is_cancelled=False, is_confirmed=True, is_parallel=True)
    },
    registered=frozenset({ANA}),
    seats=frozenset({(ANA, "uid")}),
)
INVITATION = Revision("REQUEST", 0, NOW, LAB)


@pytest.fixture
def inbox():
    return Inbox(ANA, ZoneInfo("Europe/Madrid"), [])


def reminder(number=1, starts_at=START, **values):
    values = {"starts": (("Lab", starts_at),), "is_reminder_of": "Lab"} | values
    return ReceivedEmail(f"reminder-{number}", "Lab", "", **values)


def kinds(inbox, *arrivals, facts=TRUE):
    """What is wrong with emails that arrive after the invitation, each so much later than NOW."""
    inbox.take(ReceivedEmail("invitation", "You have a seat", "", revisions=(INVITATION,)), TRUE, {"Lab": "uid"}, NOW)
    for later, email in arrivals:
        inbox.take(email, facts, {"Lab": "uid"}, NOW + later)
    return {fault.kind for fault in inbox.faults}


# What an email tells


def test_the_text_of_an_e_mail_tells_starts_and_not_what_they_were():
    mail = EmailMessage()
    mail["Subject"], mail["Message-ID"] = "Changed: Lab", "<1@academy.example>"
    mail.set_content(
        "• “Lab” has moved to Sunday 26 October 2025, 10:00–11:30 CET (Madrid); your time: 11:00–12:30 EET (Helsinki). "
        "It was planned for Saturday 25 October 2025, 10:00–11:30 CEST (Madrid); your time: 11:00–12:30 EEST (Helsinki).\n"
        "• “Talk” is cancelled. It was planned for Sunday 26 October 2025, 10:00–11:30 CET (Madrid).\n"
        "“Opening” takes place on Thursday 25 September 2025, 16:00–17:30 CEST (Madrid).\n"
    )

    email = received_emails.read(bytes(mail))

    assert email.starts == (
        ("Lab", dt.datetime(2025, 10, 26, 9, tzinfo=dt.UTC)),
        ("Opening", dt.datetime(2025, 9, 25, 14, tzinfo=dt.UTC)),
    )
    assert (email.is_reminder_of, email.cancelled) == ("Opening", {"Talk"})


@pytest.mark.parametrize(
    ("subject", "nearness"),
    [
        ("Tomorrow: Lab", ("Tomorrow", 1)),
        ("In 7 days: Lab", ("In … days", 7)),
        ("It begins soon: Lab", ("It begins soon", 0)),
        ("Lab: Sunday 26 October", None),
    ],
)
def test_words_that_are_true_for_a_while(subject, nearness):
    assert received_emails.nearness_in(subject) == nearness


# A calendar program


def test_a_calendar_program_takes_what_is_later():
    moved = replace(LAB, starts_at=START + HOUR)
    program = CalendarProgram(by_sequence_and_stamp)
    for revision in (INVITATION, Revision("REQUEST", 0, NOW + MINUTE, moved), Revision("REQUEST", 0, NOW, LAB)):
        program.take(revision)

    assert program.entries == {"uid": moved}


def test_one_that_looks_at_sequence_alone_keeps_what_is_not_greater():
    program = CalendarProgram(by_sequence)
    for revision in (INVITATION, Revision("CANCEL", 0, NOW + MINUTE, LAB)):
        program.take(revision)

    assert program.entries == {"uid": LAB}


def test_a_calendar_program_forgets_what_is_cancelled_and_nothing_else():
    program = CalendarProgram(by_sequence)
    program.take(Revision("CANCEL", 5, NOW, LAB))
    program.take(INVITATION)
    assert program.entries == {"uid": LAB}

    program.take(Revision("CANCEL", 1, NOW, LAB))
    assert program.entries == {}


# A mailbox


def test_emails_that_are_right(inbox):
    assert kinds(inbox, (2 * DAY, reminder(1)), (3 * DAY - HOUR, reminder(2))) == set()
    assert inbox.knows("uid", TRUE)


OTHER_START = ReceivedEmail("notice", "Changed: Lab", "", starts=(("Lab", START + HOUR),))
MOVED = replace(TRUE, sessions={"uid": replace(TRUE.sessions["uid"], entry=replace(LAB, starts_at=START - DAY))})
CANCELLED = replace(TRUE, sessions={"uid": replace(TRUE.sessions["uid"], is_cancelled=True)})
GONE = replace(TRUE, seats=frozenset())


@pytest.mark.parametrize(
    ("kind", "facts", "arrivals"),
    [
        (Kind.UNTRUE, TRUE, [(HOUR, OTHER_START)]),
        (Kind.UNTRUE, TRUE, [(HOUR, ReceivedEmail("1", "Cancelled: Lab", "", cancelled=frozenset({"Lab"})))]),
        (Kind.UNTRUE, TRUE, [(HOUR, ReceivedEmail("1", "Left", "", revisions=(Revision("CANCEL", 1, NOW, LAB),)))]),
        (Kind.UNTRUE, MOVED, [(HOUR, ReceivedEmail("1", "Again", "", revisions=(INVITATION,)))]),
        (Kind.UNTRUE, GONE, [(HOUR, ReceivedEmail("1", "Again", "", revisions=(INVITATION,)))]),
        (Kind.UNTRUE, GONE, [(2 * DAY, reminder())]),
        (Kind.UNTRUE, CANCELLED, [(2 * DAY, reminder())]),
        (Kind.UNTRUE, TRUE, [(3 * DAY, reminder())]),
        (Kind.UNTRUE, TRUE, [(3 * DAY - 8 * HOUR, reminder(nearness=("Tomorrow", 1)))]),
        (Kind.UNTRUE, TRUE, [(3 * DAY - 3 * HOUR, reminder(nearness=("It begins soon", 0)))]),
        (Kind.AHEAD, MOVED, [(HOUR, reminder(starts_at=START - DAY))]),
        (Kind.COVERED, MOVED, [(DAY + MINUTE, replace(OTHER_START, starts=(("Lab", START - DAY),))),
                               (DAY + HOUR, reminder(starts_at=START - DAY))]),
        (Kind.TWICE, TRUE, [(2 * DAY, reminder(1)), (2 * DAY + HOUR, reminder(2))]),
        (Kind.CANCEL_OF_NOTHING, TRUE, [
            (HOUR, ReceivedEmail("1", "Left", "", revisions=(Revision("CANCEL", 1, NOW, replace(LAB, uid="another")),)))
        ]),
        (Kind.EQUAL_REVISIONS, GONE, [
            (HOUR, ReceivedEmail("1", "Left", "", revisions=(Revision("CANCEL", 0, NOW, LAB),)))
        ]),
        (Kind.SWAPPED_LATE, TRUE, [(3 * DAY - MINUTE, ReceivedEmail("1", "A seat", "", swapped_into="Lab"))]),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_email_is_seen(inbox, kind, facts, arrivals):
    assert kinds(inbox, *arrivals, facts=facts) == {kind}


def test_an_email_that_comes_twice_is_one(inbox):
    assert kinds(inbox, (2 * DAY, reminder()), (2 * DAY + MINUTE, reminder())) == set()


# The world


def test_the_database_has_the_clock_of_the_test(empty_world):
    empty_world.wait(DAY)
    with connection.cursor() as cursor:
        cursor.execute("SELECT now(), clock_timestamp(), statement_timestamp()")
        times = set(cursor.fetchone())

    assert times == {timezone.now()} == {empty_world.now}


def test_a_programme_that_is_held_as_planned(world):
    world.choose(ANA, "lab")
    world.wait(10 * DAY)
    world.settle()

    world.check()
    assert [len(world.inboxes[address].reminders) for address in PEOPLE] == [6, 3, 3]


@pytest.mark.parametrize(
    ("task", "kinds"),
    [
        ("attendance.send_reminders", {Kind.MISSED}),
        ("programme.follow_changes", {Kind.NOT_TOLD, Kind.CALENDAR, Kind.STRICT_CALENDAR, Kind.MISSED, Kind.LATE}),
    ],
)
def test_what_is_not_sent_is_noticed(world, monkeypatch, task, kinds):
    world.move_by("opening", DAY)
    monkeypatch.setitem(TASKS, task, lambda: 0)
    world.settle()
    world.wait_until(world.start("opening") - HOUR)
    world.settle()

    assert {fault.kind for fault in world.faults} - {Kind.AHEAD} == kinds


def test_an_imminent_change_that_is_not_told_is_noticed(world, monkeypatch):
    monkeypatch.setitem(TASKS, "programme.follow_changes", lambda: 0)
    world.move_to("opening", world.now + 10 * MINUTE)
    world.wait(5 * MINUTE)

    assert Kind.LATE in {fault.kind for fault in world.faults}


@pytest.mark.parametrize("outage", ["mail", "worker", "beat"])
def test_what_an_outage_holds_up_is_sent_afterwards(world, outage):
    n_emails = len(world.inboxes[ANA].emails)
    world.set_out(**{outage: True}, broker=True)
    world.choose(ANA, "lab")
    world.wait(HOUR)
    assert len(world.inboxes[ANA].emails) == n_emails

    world.settle()

    assert len(world.inboxes[ANA].emails) == n_emails + 1


def test_a_grey_list_holds_up_one_persons_mail(world):
    world.grey_list(ANA)
    world.choose(ANA, "lab")
    world.choose(BEN, "talk")
    world.wait(2 * MINUTE)
    assert [len(world.inboxes[address].emails) for address in (ANA, BEN)] == [1, 2]

    world.settle()

    assert len(world.inboxes[ANA].emails) == 2


def test_who_is_refused_for_good_is_not_looked_at_any_more(world):
    world.refuse_next(ANA)
    world.choose(ANA, "lab")
    world.settle()

    assert (world.lost, world.faults) == ({ANA}, [])


def test_a_lost_connection_brings_the_same_email_twice(world):
    world.drop_connection()
    world.choose(ANA, "lab")
    world.settle()

    assert Message.objects.get(kind="seats_chosen").n_attempts == 2
    assert len(world.inboxes[ANA].revisions[world.titles["Lab"]]) == 2
    world.check()
