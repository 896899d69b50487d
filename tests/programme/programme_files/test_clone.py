import datetime as dt

import pytest

from programme.errors import ProgrammeError
from programme.models import Edition
from programme.programme_files.clone import clone_edition
from tests.factories.people import DelegationFactory
from tests.factories.programme import (
    EditionFactory,
    TimedSessionFactory,
)


def test_clone_edition_moves_by_local_time_and_makes_all_tentative(edition_2025):
    clone = clone_edition(edition=edition_2025, slug="udt-2026", first_day=dt.date(2026, 9, 15), by=None).edition

    assert (clone.name, clone.is_published) == ("UDT Academy 2026", False)
    assert (clone.first_on, clone.last_on) == (dt.date(2026, 9, 15), dt.date(2026, 12, 30))
    sessions = {session.slug: session for session in clone.sessions.select_related("track")}
    assert {session.status for session in sessions.values()} == {"tentative"}
    # 28 October 2025 was after the change, 27 October 2026 is too; 6 November becomes 5 November.
    assert sessions["smart-cities-for-people"].starts_at == dt.datetime(2026, 10, 27, 15, tzinfo=dt.UTC)
    assert sessions["peer-learning"].starts_at == dt.datetime(2026, 9, 24, 14, tzinfo=dt.UTC)
    assert sessions["data-infrastructure"].track.edition_id == clone.pk
    assert sessions["smart-city-expo-1"].held_on == dt.date(2026, 11, 4)
    originals = set(edition_2025.sessions.values_list("calendar_uid", flat=True))
    assert not originals & {session.calendar_uid for session in sessions.values()}


def test_clone_edition_across_the_clock_change_keeps_the_hour(edition_2025):
    clone = clone_edition(edition=edition_2025, slug="later", first_day=dt.date(2025, 10, 14), by=None).edition

    local = {s.starts_at.astimezone(clone.zone).hour for s in clone.sessions.filter(format="online").timed()}
    assert local == {16}


@pytest.mark.django_db
def test_clone_edition_into_the_hour_that_is_skipped_keeps_how_long_a_session_lasts():
    edition = EditionFactory(first_on=dt.date(2027, 3, 21), last_on=dt.date(2027, 3, 30))
    night = dt.datetime(2027, 3, 21, 1, 15, tzinfo=dt.UTC)  # 02:15 in Madrid
    TimedSessionFactory(edition=edition, starts_at=night, ends_at=night + dt.timedelta(minutes=30))

    clone = clone_edition(edition=edition, slug="a", first_day=dt.date(2027, 3, 28), by=None).edition

    session = clone.sessions.get()
    assert (session.starts_at.astimezone(clone.zone).hour, session.ends_at - session.starts_at) == (
        3,
        dt.timedelta(minutes=30),
    )

    later = night + dt.timedelta(minutes=45)  # 03:00: on the night of the change the two would overlap
    TimedSessionFactory(edition=edition, starts_at=later, ends_at=later + dt.timedelta(hours=1))
    with pytest.raises(ProgrammeError, match="two sessions would overlap"):
        clone_edition(edition=edition, slug="b", first_day=dt.date(2027, 3, 28), by=None)


def test_clone_edition_has_a_checklist(edition_2025):
    edition_2025.sessions.filter(slug="wrap-up").update(status="cancelled")
    DelegationFactory(edition=edition_2025)

    clone = clone_edition(edition=edition_2025, slug="udt-2026", first_day=dt.date(2026, 9, 16), by=None)

    assert clone.copied == [
        "texts, contact, attendance rules, time zone (Europe/Madrid) and venue (Barcelona Supercomputing Center)",
        "2 tracks",
        "26 sessions, +365 days at the same local time, all to be confirmed",
    ]
    assert clone.to_check == [
        "weekdays change: Tuesday 2025-09-16 → Wednesday 2026-09-16",
        "“Action Plan presentation” keeps its date in words: December",
        "dates and years in the texts are still those of the old edition",
        "the new edition is not published",
        "registration has no opening date yet, so nobody can register",
        "choosing tracks has no opening date yet, so nobody can choose",
    ]
    assert clone.not_copied == [
        "1 delegations and 0 participants",
        "links to meetings and recordings",
        "cancelled session “Day's wrap-up”",
    ]


@pytest.mark.parametrize(
    ("slug", "day", "message"),
    [
        ("udt-2025", dt.date(2026, 1, 1), "Another edition has this web address"),
        ("admin", dt.date(2026, 1, 1), "The site uses this web address"),
        ("udt-9999", dt.date(9999, 12, 31), "too far away"),
    ],
)
def test_clone_edition_refuses(edition_2025, slug, day, message):
    with pytest.raises(ProgrammeError, match=message):
        clone_edition(edition=edition_2025, slug=slug, first_day=day, by=None)
    assert Edition.objects.count() == 1
