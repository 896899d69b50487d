"""Each fault that was seen, in as few steps as bring it about: what the state machine finds by chance, without chance.

The sentence of each is that of whoever reported it. All of them fail on the code before "what each person was told" was kept.
"""

import datetime as dt

import pytest
from django.urls import reverse

from programme.models import Participant, Seat
from tests.client import Client
from tests.programme.simulation import received_emails
from tests.programme.simulation.world import ANA, BEN, CLEO, DAY, HOUR, MINUTE, PEOPLE, World

pytestmark = pytest.mark.slow

SECOND = dt.timedelta(seconds=1)


def end(world, slug="opening"):
    """Let it become the start of the session, minute by minute; nothing may have been wrong on the way."""
    for before in (7 * DAY, DAY, HOUR):
        if (moment := world.start(slug) - before + 2 * MINUTE) > world.now:
            world.wait_until(moment)
            world.settle()
    world.wait_until(world.start(slug))
    world.settle()
    world.check()


def subjects(world, address, since):
    return [email.subject for at, email in world.inboxes[address].emails.values() if at >= since]


def test_a_slip_of_the_date_that_is_corrected_a_minute_later(world):
    """A slip of the date, saved and corrected a minute later, mailed "Tomorrow: …" to everybody, nobody was told it was
    wrong, and the true one-day reminder never went.
    """
    world.move_to("opening", world.now + DAY - HOUR)
    world.wait(MINUTE)
    world.correct("opening")

    end(world)


@pytest.mark.nightly
def test_a_slip_into_the_past_that_is_corrected_a_minute_later(world):
    """A typo into the past is mailed to everybody at once, and so is the correction."""
    since = world.now
    world.move_to("opening", world.now - 30 * DAY)
    world.wait(MINUTE)
    world.correct("opening")
    world.settle()

    assert [subjects(world, address, since) for address in PEOPLE] == [[]] * 3
    end(world)


def test_a_core_session_postponed_five_hours_before_its_start(world):
    """A core session postponed five hours before its start got one of three reminders at the new date."""
    world.wait_until(world.start("opening") - 5 * HOUR)
    world.move_by("opening", 14 * DAY)

    end(world)


def test_a_session_moved_after_its_last_reminder(world):
    """Moved after the last reminder, none."""
    world.wait_until(world.start("opening") - 50 * MINUTE)
    world.move_by("opening", 14 * DAY)

    end(world)


@pytest.mark.nightly
def test_who_registered_while_a_slip_stood(world):
    """Who registered while a slip stood kept the wrong time for good."""
    world.withdraw(BEN)
    world.settle()
    world.move_by("opening", 3 * HOUR)
    world.wait(MINUTE)
    world.register(BEN)
    world.wait(MINUTE)
    world.correct("opening")

    world.settle()
    world.check()


def test_who_was_approved_while_a_slip_stood(world):
    """Who was approved while a slip stood kept the wrong time for good."""
    world.withdraw(CLEO, by_organiser=True)
    world.settle()
    world.move_by("opening", 3 * HOUR)
    world.wait(MINUTE)
    world.approve(CLEO)
    world.wait(MINUTE)
    world.correct("opening")

    world.settle()
    world.check()


@pytest.mark.nightly
def test_who_got_a_seat_while_a_slip_stood(world):
    """Who got a seat while a slip stood kept the wrong time for good."""
    world.move_by("lab", 3 * HOUR)
    world.wait(MINUTE)
    world.choose(ANA, "lab")
    world.wait(MINUTE)
    world.correct("lab")

    world.settle()
    world.check()


STEPS = {
    "changed": lambda world: world.move_by("opening", 3 * HOUR),
    "cancelled": lambda world: world.cancel("opening"),
    "withdrawn": lambda world: world.withdraw(ANA),
    "renamed": lambda world: world.rename("opening", "Welcome"),
}


@pytest.mark.parametrize(
    ("delay", "step"),
    [
        *(("grey_list", "changed"), ("outage", "cancelled"), ("grey_list", "withdrawn"), ("outage", "renamed")),
        *(
            pytest.param(delay, step, marks=pytest.mark.nightly)
            for delay, step in [
                ("outage", "changed"),
                ("grey_list", "cancelled"),
                ("outage", "withdrawn"),
                ("grey_list", "renamed"),
            ]
        ),
    ],
)
def test_a_reminder_that_was_delayed(world, delay, step):
    """A reminder delayed by a grey list or an outage arrived after "Changed" or "Cancelled" or one's own withdrawal, with
    the old time and a personal join link.
    """
    world.wait_until(world.start("opening") - DAY - 2 * MINUTE)
    if delay == "grey_list":
        world.grey_list(ANA)
    else:
        world.set_out(mail=True)
    world.wait(4 * MINUTE)
    STEPS[step](world)
    world.wait(MINUTE)

    world.settle()
    world.check()


@pytest.mark.nightly
def test_a_reminder_is_not_said_to_be_of_tomorrow_today(world):
    """ "Tomorrow" was said eight hours before the start."""
    world.wait_until(world.start("opening") - DAY - MINUTE)
    world.set_out(mail=True)
    world.wait_until(world.start("opening") - 8 * HOUR)

    world.settle()
    world.check()


@pytest.mark.nightly
def test_a_session_moved_by_three_hours_after_its_reminder(world):
    """Two "Tomorrow" mails for a session moved by three hours."""
    world.withdraw(BEN)
    world.wait_until(world.start("opening") - DAY + 30 * MINUTE)
    world.register(BEN)
    world.wait(5 * MINUTE)
    world.move_by("opening", 3 * HOUR)

    end(world)


def test_a_session_brought_forward_to_tomorrow(world):
    """Two "Tomorrow" mails: the notice itself is the reminder of a week before, then comes that of a day before."""
    world.move_to("opening", world.now + DAY + 3 * HOUR)

    end(world)


@pytest.mark.parametrize(
    "step",
    [
        lambda world: world.cancel("opening"),
        lambda world: world.move_by("opening", 3 * HOUR),
        lambda world: world.unpublish("opening"),
    ],
    ids=["cancelled", "moved", "unpublished"],
)
def test_a_change_ten_minutes_before_the_start(world, step):
    """Cancelled ten minutes before: the email left after the session would have begun."""
    world.wait_until(world.start("opening") - 10 * MINUTE)
    step(world)
    world.wait(12 * MINUTE)

    world.settle()
    world.check()


@pytest.mark.nightly
def test_a_session_moved_to_ten_minutes_from_now(world):
    """Cancelled ten minutes before: the email left after the session would have begun. So with a new start that is near."""
    world.move_to("opening", world.now + 10 * MINUTE)
    world.wait(12 * MINUTE)

    world.check()


@pytest.mark.parametrize("step", [World.unpublish, World.delete])
def test_a_session_taken_off_the_pages(world, step):
    """Taking a session off the pages, or deleting it, left it with its alarms in all calendars."""
    step(world, "opening")

    world.settle()
    world.check()


def test_an_optional_session_made_core(world):
    """An optional session made core told nobody."""
    world.choose(ANA, "lab")
    world.settle()
    world.set_core("lab", is_core=True)

    world.settle()
    world.check()


@pytest.mark.nightly
def test_a_core_session_made_optional(world):
    """A core one made optional told nobody."""
    world.set_core("opening", is_core=False)

    world.settle()
    world.check()


@pytest.mark.nightly
def test_another_title(world):
    """A title changed in the calendar only."""
    world.rename("opening", "Welcome")

    world.settle()
    world.check()


def test_a_seat_exchanged_a_minute_before_the_start(world):
    """A seat was swapped one minute before the start by an email nobody could read in time."""
    world.choose(ANA, "lab")
    world.choose(BEN, "talk")
    world.choose(BEN, "lab")
    world.wait_until(world.start("lab") - MINUTE)
    world.release(ANA, "lab")
    world.wait(MINUTE)

    world.check()
    assert seats(world) == {(BEN, "talk")}


def test_two_who_hold_what_the_other_waits_for(world):
    """Two people who each hold what the other waits for wait for ever."""
    world.choose(ANA, "lab")
    world.choose(BEN, "talk")
    world.choose(ANA, "talk")
    world.choose(BEN, "lab")

    world.settle()
    world.check()
    assert seats(world) == {(ANA, "talk"), (BEN, "lab")}


@pytest.mark.nightly
def test_a_cancelled_parallel_session_is_told_to_who_has_a_seat(world):
    """Seat holders get one email, people without a seat in a parallel session none, and no CANCEL for what they never had."""
    world.choose(ANA, "lab")
    world.settle()
    began = world.now
    world.cancel("lab")

    world.settle()
    world.check()
    assert [len(subjects(world, address, began)) for address in PEOPLE] == [1, 0, 0]


def test_the_private_feed_after_withdrawal(world):
    """After withdrawal the private feed answered 404."""
    token = Participant.objects.get(user=world.users[ANA]).calendar_token
    world.withdraw(ANA)

    response = Client().get(reverse("programme:own-feed", args=[token]))

    assert response.status_code == 200
    assert {entry.status for entry in received_emails.feed_entries(response.content).values()} == {"CANCELLED"}


def test_a_seat_given_up_is_out_of_calendars_that_look_at_sequence_alone(world):
    """A CANCEL after giving up a seat must be taken by programs that look at SEQUENCE alone."""
    world.choose(ANA, "lab")
    world.wait(MINUTE)
    world.release(ANA, "lab")

    world.settle()
    world.check()


@pytest.mark.nightly
def test_a_seat_taken_and_given_up_within_a_second(world):
    """REQUEST and CANCEL never carry equal SEQUENCE and DTSTAMP."""
    world.choose(ANA, "lab")
    world.release(ANA, "lab")

    world.settle()
    world.check()


def test_withdrawn_and_registered_again(world):
    """REQUEST and CANCEL never carry equal SEQUENCE and DTSTAMP; what comes later is taken by SEQUENCE alone."""
    world.withdraw(ANA)
    world.register(ANA)

    world.settle()
    world.check()


# Their neighbours


@pytest.mark.nightly
def test_a_session_published_later_is_told_to_who_is_registered(empty_world):
    empty_world.unpublish("opening")
    empty_world.settle()
    empty_world.register(ANA)
    empty_world.settle()
    empty_world.publish("opening")

    empty_world.settle()
    empty_world.check()


@pytest.mark.parametrize(
    "step",
    [
        lambda world: world.cancel("opening"),
        lambda world: world.move_by("opening", DAY),
        lambda world: world.withdraw(ANA),
    ],
    ids=["cancelled", "moved", "withdrawn"],
)
def test_an_invitation_that_waits_for_the_mail_server(empty_world, step):
    empty_world.set_out(mail=True)
    empty_world.register(ANA)
    empty_world.wait(MINUTE)
    step(empty_world)

    empty_world.settle()
    empty_world.check()


def test_a_notice_that_arrived_though_the_line_was_lost_and_is_taken_back(world):
    """What was perhaps sent counts as told: whoever got it has to be told that it is wrong."""
    world.move_by("opening", 3 * HOUR)
    world.wait(14 * MINUTE)
    world.drop_connection()
    world.wait(MINUTE)
    world.correct("opening")

    world.settle()
    world.check()


@pytest.mark.nightly
def test_moved_and_moved_back_with_a_notice_between(world):
    world.move_by("opening", 3 * HOUR)
    world.settle()
    world.correct("opening")

    end(world)


@pytest.mark.nightly
def test_cancelled_and_on_again(world):
    world.cancel("opening")
    world.settle()
    world.confirm("opening")

    end(world)


def test_postponed_and_confirmed_across_the_change_of_the_clocks(world):
    world.postpone("opening", 3)
    world.settle()
    world.confirm("opening")

    end(world)


def seats(world):
    held = Seat.objects.held().filter(edition=world.edition)
    return set(held.values_list("participant__user__email", "session__slug"))
