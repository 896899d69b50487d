import datetime as dt
import threading

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from programme.actions.sessions import cancel_session, confirm_session
from programme.errors import NotAsReadError
from programme.models import Edition, Session
from programme.programme_files.clone import clone_edition
from programme.programme_files.dump import dump_programme
from programme.programme_files.load import load_programme, rehearse_programme
from programme.programme_files.plan import plan_programme
from programme.programme_files.schema import RoomEntry
from tests.factories.people import UserFactory
from tests.factories.programme import (
    RoomFactory,
    SessionFactory,
    TimedSessionFactory,
    TrackFactory,
    VenueFactory,
)
from tests.refusals import refused


def replaced(document, slug, **fields):
    sessions = tuple(s.model_copy(update=fields) if s.slug == slug else s for s in document.sessions)
    return document.model_copy(update={"sessions": sessions})


def test_load_programme_reads_the_2025_programme_as_it_is_meant(edition_2025):
    sessions = {session.slug: session for session in edition_2025.sessions.all()}

    assert len(sessions) == 27
    assert {slug for slug, session in sessions.items() if session.is_core} == {
        "peer-learning",
        "preparing-for-the-in-person-meeting",
    }
    assert sessions["preparing-for-the-in-person-meeting"].starts_at == dt.datetime(2025, 10, 16, 14, tzinfo=dt.UTC)
    assert sessions["smart-cities-for-people"].starts_at == dt.datetime(2025, 10, 28, 15, tzinfo=dt.UTC)
    assert sessions["action-plan-presentation"].date_hint == "December"
    assert sessions["smart-city-expo-1"].held_on == dt.date(2025, 11, 5)
    assert {s.slug for s in sessions.values() if s.status == "confirmed"} == {
        "peer-learning",
        "preparing-for-the-in-person-meeting",
    }
    parallel = (
        edition_2025.sessions.filter(track__isnull=False).values_list("track__slug", "slug").order_by("starts_at")
    )
    assert sorted(parallel) == [
        ("governance", "codesigning-digital-twins"),
        ("governance", "evidence-informed-decisions"),
        ("technical", "data-infrastructure"),
        ("technical", "working-with-providers"),
    ]


def test_load_programme_again_changes_nothing(edition_2025, document_2025):
    before = list(Session.objects.order_by("pk").values())

    _edition, changes = load_programme(document=document_2025, by=None)

    assert changes.made == []
    assert list(Session.objects.order_by("pk").values()) == before


def test_load_programme_of_a_changed_file_updates_in_place_and_says_what(edition_2025, document_2025):
    uid = edition_2025.sessions.get(slug="peer-learning").calendar_uid
    moved = {"starts_at": dt.datetime(2025, 9, 26, 16), "ends_at": dt.datetime(2025, 9, 26, 17, 30)}

    _edition, changes = load_programme(document=replaced(document_2025, "peer-learning", **moved), by=None)

    assert changes.made == [
        "changed: session peer-learning: starts_at 2025-09-25 16:00 → 2025-09-26 16:00",
        "changed: session peer-learning: ends_at 2025-09-25 17:30 → 2025-09-26 17:30",
    ]
    session = edition_2025.sessions.get(slug="peer-learning")
    assert (session.calendar_uid, session.calendar_sequence) == (uid, 1)


def test_load_programme_lets_two_sessions_trade_places(edition_2025, document_2025):
    one, other = document_2025.sessions[0], document_2025.sessions[2]
    document = replaced(document_2025, one.slug, starts_at=other.starts_at, ends_at=other.ends_at)
    document = replaced(document, other.slug, starts_at=one.starts_at, ends_at=one.ends_at)

    _edition, changes = load_programme(document=document, by=None)

    assert len(changes.made) == 4
    assert dump_programme(edition=edition_2025).sessions[0].starts_at == other.starts_at


def test_load_programme_leaves_alone_what_the_file_does_not_mention(edition_2025, document_2025):
    SessionFactory(edition=edition_2025, slug="extra")
    TrackFactory(edition=edition_2025, slug="people")

    _edition, changes = load_programme(document=document_2025, by=None)

    assert changes.left_alone == [
        "track people is not in the file and stays as it is",
        "session extra is not in the file and stays as it is",
    ]
    assert edition_2025.sessions.filter(slug="extra").exists()


def test_load_programme_refuses_what_collides_with_a_session_of_the_database(edition_2025, document_2025):
    TimedSessionFactory(
        edition=edition_2025,
        starts_at=dt.datetime(2025, 9, 26, 14, tzinfo=dt.UTC),
        ends_at=dt.datetime(2025, 9, 26, 15, tzinfo=dt.UTC),
    )
    moved = {"starts_at": dt.datetime(2025, 9, 26, 16), "ends_at": dt.datetime(2025, 9, 26, 17, 30)}

    with refused("sessions_overlap"):
        load_programme(document=replaced(document_2025, "peer-learning", **moved), by=None)
    assert edition_2025.sessions.get(slug="peer-learning").starts_at == dt.datetime(2025, 9, 25, 14, tzinfo=dt.UTC)


def test_rehearse_programme_says_what_loading_does_and_changes_nothing(edition_2025, document_2025):
    before = list(Session.objects.order_by("pk").values())
    changed = replaced(document_2025, "peer-learning", title="Together")

    rehearsed = rehearse_programme(document=changed)

    assert list(Session.objects.order_by("pk").values()) == before
    assert rehearsed == load_programme(document=changed, by=None)[1]
    assert rehearsed.made == [
        "changed: session peer-learning: title “Peer-learning: from challenge to use case” → “Together”"
    ]


def test_load_programme_is_refused_once_something_has_changed_since_it_was_agreed_to(edition_2025, document_2025):
    changed = replaced(document_2025, "peer-learning", title="Together")
    token = rehearse_programme(document=changed).confirmation.token
    edition_2025.sessions.filter(slug="wrap-up").update(title="End")

    with pytest.raises(NotAsReadError):
        load_programme(document=changed, by=None, agreed_to=token)
    assert not Session.objects.filter(title="Together").exists()

    load_programme(document=changed, by=None, agreed_to=rehearse_programme(document=changed).confirmation.token)
    assert Session.objects.filter(title="Together").count() == 1


@pytest.mark.django_db(transaction=True)
def test_what_two_agreed_to_at_once_is_loaded_once(document_2025):
    load_programme(document=document_2025, by=None)
    changed = replaced(document_2025, "peer-learning", title="Together")
    token, results = rehearse_programme(document=changed).confirmation.token, []

    def load():
        try:
            results.append(len(load_programme(document=changed, by=None, agreed_to=token)[1].made))
        except NotAsReadError:
            results.append("asked again")
        finally:
            connection.close()

    threads = [threading.Thread(target=load) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(results, key=str) == [1, "asked again", "asked again"]
    assert Session.objects.get(title="Together").calendar_sequence == 1


def test_a_file_of_another_that_somebody_agreed_to_is_refused(edition_2025, document_2025):
    token = rehearse_programme(document=replaced(document_2025, "peer-learning", title="Together")).confirmation.token

    with pytest.raises(NotAsReadError):
        load_programme(document=replaced(document_2025, "peer-learning", title="Alone"), by=None, agreed_to=token)


def test_planning_costs_the_same_however_many_sessions_there_are(edition_2025, document_2025):
    def cost(document):
        with CaptureQueriesContext(connection) as queries:
            assert not plan_programme(document).is_change
        return len(queries)

    before_which = {it.session for it in document_2025.steps}
    few = document_2025.model_copy(
        update={"sessions": tuple(it for it in document_2025.sessions if it.slug in before_which)}
    )

    assert len(few.sessions) == 3
    assert cost(few) == cost(document_2025) == 6


def test_a_room_of_another_venue_with_the_same_name_is_another_room(edition_2025, document_2025):
    elsewhere = RoomFactory(name="Aula")
    edition_2025.sessions.filter(slug="wrap-up").update(room=elsewhere)
    venue = document_2025.venue.model_copy(update={"rooms": (RoomEntry(name="Aula"),)})
    document = replaced(document_2025.model_copy(update={"venue": venue}), "wrap-up", room="Aula")

    _edition, changes = load_programme(document=document, by=None)

    assert changes.made == [
        "new: room Aula",
        f"changed: session wrap-up: room Aula, {elsewhere.venue} → Aula, {venue.name}",
    ]
    assert edition_2025.sessions.get(slug="wrap-up").room.venue == edition_2025.venue


@pytest.mark.django_db(transaction=True)
def test_load_programme_twice_at_once_makes_one_edition(document_2025):
    results = []

    def load():
        try:
            results.append(load_programme(document=document_2025, by=None)[1].made)
        finally:
            connection.close()

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Edition.objects.count() == 1
    assert sorted(len(made) for made in results) == [0, 0, 0, 34]


@pytest.mark.django_db(transaction=True)
def test_those_who_change_an_edition_at_the_same_time_wait_but_never_in_a_circle(document_2025):
    edition, _ = load_programme(document=document_2025, by=None)
    organiser = UserFactory()
    venues = [edition.venue, VenueFactory()]
    failures = []

    def repeatedly(change):
        try:
            for number in range(12):
                change(number)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
            failures.append(error)
        finally:
            connection.close()

    def load(number):
        title = {"title": f"Title {number}"}
        document = replaced(replaced(document_2025, "peer-learning", **title), "wrap-up", **title)
        load_programme(document=document, by=None)

    def cancel_and_confirm(number):
        with transaction.atomic():  # in bulk, as the admin does
            for session in Session.objects.filter(slug__in=["peer-learning", "wrap-up"]).order_by("pk"):
                (cancel_session if number % 2 else confirm_session)(session=session, by=organiser)

    def move(number):
        changed = Edition.objects.get(pk=edition.pk)
        changed.venue = venues[number % 2]
        changed.save()

    def rename(number):
        venues[0].address = f"Street {number}"
        venues[0].save()

    threads = [threading.Thread(target=repeatedly, args=[it]) for it in (load, cancel_and_confirm, move, rename)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("seat_moves_end_minutes", 90),
        ("coming_question_days", 0),
        ("quiet_until", dt.time(6, 30)),
        ("takes_applications", True),
        ("applications_kept_days", 30),
    ],
)
def test_a_rule_of_the_edition_goes_along_with_a_file_and_a_clone(edition_2025, setting, value):
    default = getattr(edition_2025, setting)
    setattr(edition_2025, setting, value)
    edition_2025.save()
    document = dump_programme(edition=edition_2025)
    Edition.objects.update(**{setting: default})

    load_programme(document=document, by=None)
    edition_2025.refresh_from_db()
    clone = clone_edition(edition=edition_2025, slug="udt-2026", first_day=dt.date(2026, 9, 15), by=None).edition

    assert (getattr(edition_2025, setting), getattr(clone, setting)) == (value, value)
