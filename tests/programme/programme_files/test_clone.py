import datetime as dt
import threading

import pytest
from django.db import connection

from programme.errors import NotAsReadError, ProgrammeError
from programme.models import ChecklistItem, Delegation, Edition
from programme.programme_files.clone import clone_edition, rehearse_clone
from tests.factories.people import DelegationFactory, ParticipantFactory
from tests.factories.programme import (
    EditionFactory,
    TimedSessionFactory,
)
from tests.refusals import refused


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


def test_the_library_of_texts_comes_along_and_is_part_of_what_is_agreed_to(edition_2025):
    text = {"name": "Before we meet", "subject": "In 2025, {name}", "text": "Dear {name}"}
    edition_2025.saved_texts.create(**text)
    values = {"edition": edition_2025, "slug": "udt-2026", "first_day": dt.date(2026, 9, 15)}
    rehearsed = rehearse_clone(**values)

    assert "1 saved text for emails." in rehearsed.copied
    assert [
        it.detail for it in rehearsed.checklist if it.kind == "texts" and "saved text “Before we meet”" in it.detail
    ]
    edition_2025.saved_texts.create(**text | {"name": "Later"})
    with refused("changed_meanwhile"):
        clone_edition(**values, by=None, agreed_to=rehearsed.token)
    clone = clone_edition(**values, by=None).edition
    assert clone.saved_texts.filter(**text).count() == 1
    assert clone.saved_texts.count() == 2


def test_own_words_in_emails_come_along_and_are_part_of_what_is_agreed_to(edition_2025):
    words = {"kind": "registered", "language": "en", "subject": "", "opening": "Welcome to 2025", "closing": "Olga"}
    edition_2025.email_words.create(**words)
    values = {"edition": edition_2025, "slug": "udt-2026", "first_day": dt.date(2026, 9, 15)}
    rehearsed = rehearse_clone(**values)

    assert "Your own words in 1 built-in email." in rehearsed.copied
    assert [it.detail for it in rehearsed.checklist if "words of the email “Registered”" in it.detail]
    edition_2025.email_words.update(closing="Other")
    with refused("changed_meanwhile"):
        clone_edition(**values, by=None, agreed_to=rehearsed.token)
    clone = clone_edition(**values, by=None).edition
    assert clone.email_words.values(*words).get() == words | {"closing": "Other"}


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
    with refused("sessions_overlap"):
        clone_edition(edition=edition, slug="b", first_day=dt.date(2027, 3, 28), by=None)


def test_clone_edition_has_a_checklist(edition_2025):
    edition_2025.sessions.filter(slug="wrap-up").update(status="cancelled")
    DelegationFactory(edition=edition_2025)

    clone = clone_edition(edition=edition_2025, slug="udt-2026", first_day=dt.date(2026, 9, 16), by=None)

    assert clone.copied == [
        "26 sessions, moved by +365 days at the same local time and still to be confirmed.",
        "2 tracks.",
        "The texts, the organiser’s name, logo and colour, the contact address, the time zone (Europe/Madrid), the rules of"
        " attendance, and which emails are sent when.",
        "The venue and its rooms: Barcelona Supercomputing Center.",
        "3 steps of the Action Plans, without the plans.",
    ]
    assert [(item.kind, item.detail) for item in clone.checklist] == [
        ("dates", ""),
        ("weekdays", ""),
        ("no_day", "“Action Plan presentation”"),
        ("venue", "Barcelona Supercomputing Center"),
        ("registration", ""),
        ("choice", ""),
        (
            "texts",
            "overview, about the in-person part, “Digital Twins with purpose: Eurocities' Digital Lab guidelines for UDT"
            " deployment”, “Introduction: UDTs - what are we talking about?”",
        ),
        ("links", ""),
        ("cities", ""),
        ("coordinators", ""),
        ("publication", ""),
    ]
    assert clone.to_check[2] == "Enter the dates of sessions that have none: “Action Plan presentation”"
    assert clone.not_copied == [
        "0 participants, with their seats, attendance and requests.",
        "Invitations, emails and the coordinators’ addresses.",
        "1 city.",
        "Links to meetings and recordings.",
        "The cancelled session “Day's wrap-up”.",
    ]


def test_clone_edition_keeps_its_checklist_in_the_database(edition_2025):
    clone = clone_edition(edition=edition_2025, slug="udt-2026", first_day=dt.date(2026, 9, 15), by=None)

    assert "weekdays" not in [item.kind for item in clone.checklist]
    assert list(clone.edition.checklist.order_by("pk")) == clone.checklist
    assert all(not item.is_ticked for item in clone.checklist)


@pytest.mark.parametrize("takes_cities", [True, False])
def test_clone_edition_takes_cities_without_people_if_told_to(edition, takes_cities):
    delegation = DelegationFactory(
        edition=edition, quota=5, email_domains=["girona.example"], coordinator_email="carme@girona.example"
    )
    ParticipantFactory(delegation=delegation)

    clone = clone_edition(
        edition=edition, slug="next", first_day=dt.date(2026, 9, 15), by=None, takes_cities=takes_cities
    )

    cities = clone.edition.delegations.values_list("city", "quota", "email_domains", "coordinator_email")
    assert list(cities) == ([(delegation.city_id, 5, ["girona.example"], "")] if takes_cities else [])
    assert not clone.edition.participants.exists()
    assert ("cities" in [item.kind for item in clone.checklist]) is not takes_cities


def test_clone_edition_moves_registration_and_choosing_too(edition):
    edition.registration_opens_at = dt.datetime(2025, 7, 1, 7, tzinfo=dt.UTC)  # 09:00 in summer
    edition.choice_closes_at = dt.datetime(2025, 10, 27, 8, tzinfo=dt.UTC)  # 09:00 in winter
    edition.save()

    clone = clone_edition(edition=edition, slug="next", first_day=dt.date(2026, 9, 15), by=None).edition

    assert clone.registration_opens_at == dt.datetime(2026, 6, 30, 7, tzinfo=dt.UTC)
    assert clone.choice_closes_at == dt.datetime(2026, 10, 26, 8, tzinfo=dt.UTC)
    assert (clone.registration_closes_at, clone.choice_opens_at) == (None, None)


def test_clone_edition_names_sessions_whose_time_does_not_exist_on_the_new_day(edition):
    night = dt.datetime(2025, 9, 21, 0, 15, tzinfo=dt.UTC)  # 02:15 in Madrid
    TimedSessionFactory(edition=edition, title="Night", starts_at=night, ends_at=night + dt.timedelta(hours=1))

    clone = clone_edition(edition=edition, slug="next", first_day=dt.date(2026, 3, 24), by=None)  # 28, 29 March

    kinds = {item.kind: item.detail for item in clone.checklist}
    assert kinds["clocks"] == "“Night”"


def test_rehearse_clone_saves_nothing_and_has_the_token_of_the_clone(edition_2025):
    values = {"edition": edition_2025, "slug": "udt-2026", "first_day": dt.date(2026, 9, 15), "takes_cities": True}
    DelegationFactory(edition=edition_2025)

    rehearsed = rehearse_clone(**values)

    assert Edition.objects.get() == edition_2025
    assert not ChecklistItem.objects.exists()
    assert next(after.starts_at for _before, after in rehearsed.sessions) == dt.datetime(2026, 9, 15, 14, tzinfo=dt.UTC)
    assert clone_edition(by=None, agreed_to=rehearsed.token, **values).token == rehearsed.token


@pytest.mark.parametrize("what", ["session", "track", "edition", "city"])
def test_clone_edition_is_refused_once_the_original_has_changed(edition_2025, what):
    delegation = DelegationFactory(edition=edition_2025)
    values = {"edition": edition_2025, "slug": "udt-2026", "first_day": dt.date(2026, 9, 15), "takes_cities": True}
    token = rehearse_clone(**values).token
    {
        "session": lambda: edition_2025.sessions.filter(slug="wrap-up").update(title="End"),
        "track": lambda: edition_2025.tracks.filter(slug="governance").update(name="Rule"),
        "edition": lambda: Edition.objects.update(summary="New"),
        "city": lambda: Delegation.objects.filter(pk=delegation.pk).update(quota=9),
    }[what]()

    with pytest.raises(NotAsReadError):
        clone_edition(by=None, agreed_to=token, **values)
    assert Edition.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_copies_at_once_to_one_web_address_make_one_edition():
    originals, results = [EditionFactory(), EditionFactory()], []

    def copy(original):
        try:
            clone_edition(edition=original, slug="next", first_day=dt.date(2026, 9, 15), by=None)
        except ProgrammeError as error:
            results.append(str(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=copy, args=[original]) for original in originals * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Edition.objects.filter(slug="next").count() == 1
    assert len(results) == 3
    assert all("Another edition has this web address." in result for result in results)


@pytest.mark.parametrize(
    ("slug", "day", "message"),
    [
        ("udt-2025", dt.date(2026, 1, 1), "Another edition has this web address"),
        ("admin", dt.date(2026, 1, 1), "The site uses this web address"),
        ("udt-9999", dt.date(9999, 12, 31), "too far away"),
        ("udt-2099", dt.date(2099, 12, 1), "Enter days between 2000 and 2099"),
    ],
)
def test_clone_edition_refuses(edition_2025, slug, day, message):
    with pytest.raises(ProgrammeError, match=message):
        clone_edition(edition=edition_2025, slug=slug, first_day=day, by=None)
    assert Edition.objects.count() == 1
