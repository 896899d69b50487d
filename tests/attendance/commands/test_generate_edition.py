import datetime as dt
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from attendance.models import Attendance
from attendance.queries.session_windows import door_window, join_window
from programme.models import Edition, Participant, Seat
from programme.rules.windows import Window

AT = "2026-11-25T10:00:30Z"
NOON = dt.datetime(2026, 11, 25, 10, tzinfo=dt.UTC)


def generate(slug="large", **numbers):
    numbers = {"cities": 3, "people": 8, "sessions": 9, "seed": 1, "at": AT} | numbers
    out = StringIO()
    call_command("generate_edition", slug, *(f"--{name}={value}" for name, value in numbers.items()), stdout=out)
    return out.getvalue()


def contents_of(slug):
    """What the edition says, without what is new each time."""
    people = Participant.objects.filter(edition__slug=slug).order_by("pk")
    seats = Seat.objects.filter(edition__slug=slug).order_by("session__starts_at", "session__slug", "pk")
    seen = Attendance.objects.filter(edition__slug=slug).order_by("session__starts_at", "participant")
    return (
        list(people.values_list("user__name", "delegation__city__country", "is_coordinator")),
        list(seats.values_list("participant__user__name", "session__slug", "state")),
        list(seen.values_list("participant__user__name", "session__slug", "status", "minutes")),
    )


def test_generate_edition_makes_what_was_asked_for(db):
    output = generate()

    assert output == "Edition large: 3 cities, 8 people, 9 sessions.\n"
    edition = Edition.objects.get(slug="large")
    assert (edition.delegations.count(), edition.participants.registered().count(), edition.sessions.count()) == (
        3,
        8,
        9,
    )
    assert edition.participants.filter(is_coordinator=True).count() == 3
    assert not edition.sends_reminders
    assert set(edition.seats.values_list("state", flat=True)) == {"held", "waiting"}
    assert edition.seats.count() == 8 * 3
    over = edition.sessions.filter(ends_at__lte=NOON)
    seen = Attendance.objects.established().filter(edition=edition)
    assert set(seen.values_list("session__slug", flat=True)) == set(over.values_list("slug", flat=True))


def test_generate_edition_has_a_meeting_and_doors_that_are_open_now(db):
    generate(at=timezone.now().isoformat())

    sessions = list(Edition.objects.get(slug="large").sessions.select_related("edition"))
    now = timezone.now()
    joinable = {it.slug for it in sessions if it.is_online and join_window(it, now) is Window.OPEN}
    doors = {it.slug for it in sessions if not it.is_online and door_window(it, now) is Window.OPEN}
    assert joinable == {"online-2"}
    assert doors == {"governance-2", "technical-2"}


def test_generate_edition_makes_the_same_of_the_same_numbers_and_another_of_others(db):
    generate("one")
    generate("two")
    generate("other", seed=2)

    assert contents_of("one") == contents_of("two")
    assert contents_of("one") != contents_of("other")


@pytest.mark.parametrize("numbers", [{"cities": 0}, {"people": 2}, {"sessions": 0}, {"people": -1, "cities": -1}])
def test_generate_edition_refuses_numbers_that_make_no_edition(db, numbers):
    with pytest.raises(CommandError, match="at least one city"):
        generate(**numbers)

    assert not Edition.objects.filter(slug="large").exists()


@pytest.mark.parametrize("slug", ["admin", "Not a slug"])
def test_generate_edition_refuses_an_address_that_is_none(db, slug):
    with pytest.raises(CommandError):
        generate(slug)

    assert not Edition.objects.filter(slug=slug).exists()


def test_generate_edition_leaves_an_edition_alone(db):
    generate()
    before = contents_of("large")

    with pytest.raises(CommandError, match="There is already an edition large"):
        generate(people=20)

    assert contents_of("large") == before


def test_generate_edition_takes_a_single_session_and_an_odd_one(db):
    generate("single", sessions=1)
    generate("odd", sessions=2, people=3)

    assert Edition.objects.get(slug="single").sessions.count() == 1
    assert Edition.objects.get(slug="odd").seats.count() == 0  # a track of its own has nothing parallel
