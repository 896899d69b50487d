"""The database says of many cities what the pure rules say of each."""

import datetime as dt
from collections import Counter

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attendance.models import Attendance
from attendance.queries.standing import cities_of
from attendance.queries.standing_aggregates import cities_by_standing, counts_of_cities, is_of_standing
from attendance.rules.standing import Standing
from programme.models import Participant
from tests.factories.people import DelegationFactory, ParticipantFactory, SeatFactory
from tests.factories.programme import EditionFactory, SessionFactory, TrackFactory
from tests.properties import examples

HOUR = dt.timedelta(hours=1)
FIRST = dt.datetime(2025, 9, 25, 14, tzinfo=dt.UTC)
SECOND = dt.datetime(2025, 10, 28, 15, tzinfo=dt.UTC)
MOMENTS = [FIRST - HOUR, FIRST + HOUR / 2, FIRST + 2 * HOUR, SECOND + 2 * HOUR, dt.datetime(2026, 1, 2, tzinfo=dt.UTC)]
SESSIONS = ["everybody's", "second", "parallel", "undated"]
SOURCES = ["report", "door", "join", "decision", "excuse"]

cells = st.none() | st.tuples(st.sampled_from([it.value for it in Attendance.Status]), st.sampled_from(SOURCES))
people = st.fixed_dictionaries(
    {
        "state": st.sampled_from(["registered", "registered", "registered", "withdrawn", "pending"]),
        "is_late": st.booleans(),
        "has_seat": st.booleans(),
        "heir": st.sampled_from(
            [None, 0, 1, 2]
        ),  # of those withdrawn: to whom in the city they handed their place over
        "cells": st.fixed_dictionaries(dict.fromkeys(SESSIONS, cells)),
    }
)


@pytest.fixture
def edition(db):
    return EditionFactory()


def build(edition, names, cities):
    """Write down core sessions, and cities with people, their seats and their attendance."""
    times = {"everybody's": FIRST, "second": SECOND, "parallel": FIRST + 5 * HOUR, "undated": None}
    track = TrackFactory(edition=edition)
    sessions = {
        name: SessionFactory(
            edition=edition,
            slug=name.strip("'s"),
            is_core=True,
            track=track if name == "parallel" else None,
            status="confirmed" if times[name] else "tentative",
            starts_at=times[name],
            ends_at=times[name] and times[name] + HOUR,
        )
        for name in names
    }
    for members in cities:
        city, built = DelegationFactory(edition=edition, quota=5), []
        for one in members:
            since = FIRST + HOUR if one["is_late"] else FIRST - HOUR
            participant = ParticipantFactory(delegation=city, state=one["state"], state_at=since)
            if one["has_seat"] and one["state"] == "registered" and "parallel" in sessions:
                SeatFactory(participant=participant, session=sessions["parallel"])
            Attendance.objects.bulk_create(
                Attendance(participant=participant, session=session, edition=edition, status=cell[0], source=cell[1])
                for name, session in sessions.items()
                if (cell := one["cells"][name])
            )
            built.append(participant)
        for one, participant in zip(members, built, strict=True):
            if one["state"] == "withdrawn" and one["heir"] is not None and one["heir"] < len(built):
                heir = built[one["heir"]]
                Participant.objects.filter(pk=participant.pk).exclude(pk=heir.pk).update(handed_over_to=heir)


@settings(max_examples=examples(20), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    rule=st.sampled_from(["each_participant", "each_city"]),
    now=st.sampled_from(MOMENTS),
    names=st.sets(st.sampled_from(SESSIONS)),
    cities=st.lists(st.lists(people, max_size=3), min_size=1, max_size=3),
)
def test_the_database_says_what_the_pure_rules_say(edition, rule, now, names, cities):
    with transaction.atomic():
        edition.attendance_rule = rule
        edition.save()
        build(edition, sorted(names), cities)

        expected = cities_of(edition, now)

        assert cities_by_standing(edition, now) == [(it.delegation.pk, it.standing) for it in expected]
        assert counts_of_cities([edition], now)[edition.pk] == Counter(it.standing for it in expected)
        listed = {person.participant: person.reasoned.standing for city in expected for person in city.people}
        among = edition.participants.filter(pk__in=[it.pk for it in listed])
        for standing in Standing:
            filtered = set(among.filter(is_of_standing(standing, edition, now)))
            assert filtered == {person for person, reasoned in listed.items() if reasoned is standing}
        transaction.set_rollback(True)


def test_counts_are_of_each_edition_by_its_own_rule(edition):
    other = EditionFactory(slug="other", attendance_rule="each_city")
    for one in (edition, other):
        session = SessionFactory(edition=one, is_core=True, status="confirmed", starts_at=FIRST, ends_at=FIRST + HOUR)
        present, _absent = ParticipantFactory.create_batch(2, delegation=DelegationFactory(edition=one))
        Attendance.objects.create(participant=present, session=session, status="present", source="report")
        DelegationFactory(edition=one)

    counts = counts_of_cities([edition, other], FIRST + 2 * HOUR)

    assert counts == {
        edition.pk: {Standing.AT_RISK: 1, Standing.EMPTY: 1},
        other.pk: {Standing.MET: 1, Standing.EMPTY: 1},
    }


def test_one_query_however_many(edition, django_assert_num_queries):
    for n in (1, 4):
        ParticipantFactory.create_batch(n, delegation=DelegationFactory(edition=edition, quota=9))
        with django_assert_num_queries(1):
            counts_of_cities([edition, EditionFactory.build(pk=0)], FIRST)
        with django_assert_num_queries(1):
            cities_by_standing(edition, FIRST)
