import datetime as dt

import icalendar
import pytest
import time_machine
from django.db import connection
from django.utils import timezone
from django.utils.http import parse_http_date

from programme.actions.registrations import approve, withdraw
from programme.calendars.files import kept_events
from programme.models import Announcement, Participant, Session
from programme.models.edition_state import state_of
from tests.client import Client
from tests.database import connected
from tests.factories.people import DelegationFactory, ParticipantFactory, SeatFactory, UserFactory
from tests.factories.programme import EditionFactory, SessionFactory, TimedSessionFactory
from udtacademy.outbox.delivery import deliver_messages

FEED = "/udt-2025/programme.ics"

pytestmark = pytest.mark.django_db


def test_edition_calendar_has_every_published_session_with_a_day(client, edition_2025):
    Session.objects.filter(slug="peer-learning").update(is_published=False)

    response = client.get(FEED)

    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response["Content-Disposition"] == 'inline; filename="udt-2025.ics"'
    assert len(icalendar.Calendar.from_ical(response.content).walk("VEVENT")) == 25


def test_session_calendar_has_the_one_session(client, edition_2025):
    response = client.get("/udt-2025/sessions/peer-learning.ics")

    (event,) = icalendar.Calendar.from_ical(response.content).walk("VEVENT")
    assert str(event["uid"]) == str(edition_2025.sessions.get(slug="peer-learning").calendar_uid)


@pytest.mark.parametrize("header", ["ETag", "Last-Modified"])
def test_a_client_that_has_the_revision_gets_304_for_one_query(client, edition_2025, django_assert_num_queries, header):
    condition = {"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}[header]
    value = client.get(FEED)[header]

    with django_assert_num_queries(1):
        response = client.get(FEED, headers={condition: value})

    assert (response.status_code, response.content) == (304, b"")
    assert response[header] == value


@pytest.mark.parametrize(
    "change",
    [
        lambda edition: edition.sessions.filter(slug="peer-learning").update(status="cancelled"),
        lambda edition: edition.sessions.filter(slug="peer-learning").update(description="More"),
        lambda edition: edition.sessions.filter(slug="peer-learning").delete(),
        lambda edition: SessionFactory(edition=edition),
        lambda edition: type(edition).objects.filter(pk=edition.pk).update(name="New"),
        lambda edition: type(edition.venue).objects.filter(pk=edition.venue_id).update(address="Elsewhere 1"),
    ],
)
def test_every_change_is_a_new_etag_and_a_later_last_modified(client, edition_2025, change):
    before = client.get(FEED)

    change(edition_2025)

    after = client.get(FEED, headers={"If-None-Match": before["ETag"]})
    assert after.status_code == 200
    assert parse_http_date(after["Last-Modified"]) >= parse_http_date(before["Last-Modified"])


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_committed_after_a_later_one_is_a_new_etag(edition_2025):
    """Its time lies before that of the other: the latest time of all sessions says nothing of it."""
    first, second = edition_2025.sessions.order_by("pk")[:2]
    client = Client()

    with connected(autocommit=False, **connection_parameters()) as slow:
        slow.execute("UPDATE programme_session SET title = 'Early' WHERE id = %s", [first.pk])
        type(second).objects.filter(pk=second.pk).update(title="Late")
        between = client.get(FEED)
        slow.connection.commit()

    after = client.get(FEED, headers={"If-None-Match": between["ETag"]})
    assert after.status_code == 200
    assert b"SUMMARY:Early" in after.content


def connection_parameters():
    parameters = connection.get_connection_params()
    return {name: parameters[name] for name in ("host", "port", "dbname", "user", "password") if parameters.get(name)}


def test_session_calendar_without_a_day_is_not_found(client, edition_2025):
    assert client.get("/udt-2025/sessions/action-plan-presentation.ics").status_code == 404


def test_edition_calendar_costs_four_queries_whatever_the_number_of_sessions_and_then_one(
    client, edition_2025, django_assert_num_queries
):
    with django_assert_num_queries(4):
        first = client.get(FEED)
    with django_assert_num_queries(1):
        assert client.get(FEED).content == first.content


def test_calendars_of_what_is_not_published_are_not_found(client):
    hidden = EditionFactory(is_published=False)
    session = SessionFactory(is_published=False)

    assert client.get(f"/{hidden.slug}/programme.ics").status_code == 404
    assert client.get(f"/{session.edition.slug}/sessions/{session.slug}.ics").status_code == 404
    assert client.get(f"/{hidden.slug}/sessions/{session.slug}.ics").status_code == 404


def test_calendars_set_no_cookie_and_do_not_vary_by_one(client, edition_2025):
    response = client.get(FEED)

    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")


# Somebody's own feed


@pytest.fixture
def mine(client, coordinator, tracks):
    """A seat in the technical track of the morning; waiting in the afternoon; something for everybody."""
    SeatFactory(participant=coordinator, session=tracks["technical-morning"])
    SeatFactory(participant=coordinator, session=tracks["technical-afternoon"], state="waiting")
    TimedSessionFactory(edition=coordinator.edition, title="For everybody")
    TimedSessionFactory(edition=coordinator.edition, title="Not published", is_published=False)
    return f"/calendar/{coordinator.calendar_token}.ics"


def titles(response):
    return {str(event["summary"]) for event in icalendar.Calendar.from_ical(response.content).walk("VEVENT")}


def test_ones_own_feed_has_ones_own_sessions_only_and_needs_no_sign_in(client, mine):
    response = client.get(mine)

    assert titles(response) == {"For everybody", "Technical in the morning"}
    assert response["Cache-Control"] == "private, max-age=300"
    assert "Last-Modified" not in response


def test_ones_own_feed_changes_with_ones_seats_and_with_the_sessions(client, mine, coordinator, tracks):
    first = client.get(mine)
    known = {"If-None-Match": first["ETag"]}
    assert client.get(mine, headers=known).status_code == 304

    SeatFactory(participant=coordinator, session=tracks["governance-afternoon"])
    second = client.get(mine, headers=known)
    assert titles(second) == {"For everybody", "Technical in the morning", "Governance in the afternoon"}

    Session.objects.filter(pk=tracks["technical-morning"].pk).update(title="Another title")
    assert client.get(mine, headers={"If-None-Match": second["ETag"]}).status_code == 200


def test_a_new_link_ends_the_old_one(client, mine, coordinator):
    client.force_login(coordinator.user)
    page = client.get("/portal/academy/calendar/").content.decode()
    assert f"http://testserver{mine}" in page

    response = client.post("/portal/academy/calendar/renew/")

    coordinator.refresh_from_db()
    assert response.url == "/portal/academy/calendar/"
    assert client.get(mine).status_code == 404
    assert client.get(f"/calendar/{coordinator.calendar_token}.ics").status_code == 200


def test_the_feed_of_nobody_is_not_there(client, mine):
    assert client.get("/calendar/guess.ics").status_code == 404


def test_nobody_renews_somebody_elses_link(client, mine, stranger):
    client.force_login(stranger)

    assert client.get("/portal/academy/calendar/").status_code == 404
    assert client.post("/portal/academy/calendar/renew/").status_code == 404
    assert client.get(mine).status_code == 200


def test_a_calendar_that_is_kept_is_for_people_with_the_same_sessions_only(client, mine, coordinator, tracks):
    same, other = ParticipantFactory.create_batch(2, delegation=coordinator.delegation)
    SeatFactory(participant=same, session=tracks["technical-morning"])
    SeatFactory(participant=other, session=tracks["governance-morning"])
    feeds = [mine, *(f"/calendar/{it.calendar_token}.ics" for it in (other, same))]

    for _turn in range(2):
        morning = [titles(client.get(feed)) - {"For everybody"} for feed in feeds]
        assert morning == [{"Technical in the morning"}, {"Governance in the morning"}, {"Technical in the morning"}]
    withdraw(participant=same, by=same.user)
    assert [titles(client.get(feed)) for feed in feeds[1:]] == [{"For everybody", "Governance in the morning"}, set()]


def feed_of(participant):
    return f"/calendar/{participant.calendar_token}.ics"


def entries(response):
    """What a calendar says of each session, by title: SEQUENCE, STATUS, start and whether it has a link to join."""
    return {
        str(event["summary"]): (event["sequence"], str(event["status"]), event["dtstart"].dt, "conference" in event)
        for event in icalendar.Calendar.from_ical(response.content).walk("VEVENT")
    }


def send_file(participant, session, method, sequence):
    Announcement.objects.create(
        participant=participant,
        session=session,
        edition=session.edition,
        title=session.title,
        status=session.status,
        is_core=session.is_core,
        version=session.calendar_sequence,
        is_theirs=method == "REQUEST",
        method=method,
        sequence=sequence,
    )


def test_ones_own_feed_costs_the_same_however_many(client, mine, coordinator, tracks, django_assert_num_queries):
    other = ParticipantFactory(delegation=coordinator.delegation)
    SeatFactory(participant=other, session=tracks["governance-morning"])
    for _turn in range(2):
        with django_assert_num_queries(6):
            client.get(mine)
        with django_assert_num_queries(3):
            client.get(feed_of(other))
        TimedSessionFactory.create_batch(20, edition=coordinator.edition)


def test_an_event_is_written_once_for_everybody_who_has_it(client, mine, coordinator, tracks):
    other = ParticipantFactory(delegation=coordinator.delegation)
    SeatFactory(participant=other, session=tracks["governance-morning"])
    client.get(mine)
    events = kept_events(state_of("academy").digest)
    before = events.copy()

    assert titles(client.get(feed_of(other))) == {"For everybody", "Governance in the morning"}

    assert {key[0] for key in events.keys() - before.keys()} == {tracks["governance-morning"].pk}
    assert all(events[key] is event for key, event in before.items())


def test_a_moved_session_is_moved_in_every_calendar_at_once_and_nothing_else_is(client, mine, coordinator, tracks):
    other, stranger = ParticipantFactory(delegation=coordinator.delegation), ParticipantFactory()
    TimedSessionFactory(edition=stranger.edition, title="Elsewhere")
    session = Session.objects.get(title="For everybody")
    paths = [mine, feed_of(other), "/academy/programme.ics", f"/academy/sessions/{session.slug}.ics"]
    before, elsewhere = [entries(client.get(path)) for path in paths], client.get(feed_of(stranger)).content
    hours = dt.timedelta(hours=3)

    session.starts_at, session.ends_at = session.starts_at + hours, session.ends_at + hours
    session.save()

    for path, entries_before in zip(paths, before, strict=True):
        sequence, status, starts_at, has_link = entries_before["For everybody"]
        expected = entries_before | {"For everybody": (sequence + 1, status, starts_at + hours, has_link)}
        assert entries(client.get(path)) == expected
    assert client.get(feed_of(stranger)).content == elsewhere


def test_the_number_of_a_persons_emails_is_in_their_feed_only(client, mine, coordinator):
    other, session = ParticipantFactory(delegation=coordinator.delegation), Session.objects.get(title="For everybody")
    for sequence in (7, 5):
        send_file(other, session, "REQUEST", sequence)

    for _turn in range(2):
        sequences = [entries(client.get(feed))["For everybody"][0] for feed in (mine, feed_of(other))]
        assert sequences == [0, 7]


def test_a_session_taken_from_one_person_stays_in_the_calendar_of_others(client, mine, coordinator):
    other, session = ParticipantFactory(delegation=coordinator.delegation), Session.objects.get(title="For everybody")
    send_file(other, session, "CANCEL", 0)
    before = client.get(mine).content
    client.get(feed_of(other))

    Participant.objects.filter(pk=other.pk).update(state="withdrawn", state_at=timezone.now())

    (entry,) = entries(client.get(feed_of(other))).values()
    assert entry[1] == "CANCELLED"
    assert client.get(mine).content == before


def test_another_secret_key_leaves_feeds_alone_and_shows_no_link(client, mine, coordinator, settings):
    settings.SECRET_KEY = "another-key-" + "y" * 40
    client.force_login(coordinator.user)

    response = client.get("/portal/academy/calendar/")

    assert response.context["calendar"] is None
    assert "webcal://" not in response.content.decode()
    assert client.get(mine).status_code == 200
    client.post("/portal/academy/calendar/renew/")
    coordinator.refresh_from_db()
    assert f"/calendar/{coordinator.calendar_token}.ics" in client.get("/portal/academy/calendar/").content.decode()
    assert client.get(mine).status_code == 404


def test_many_participants_at_once_have_links(client, coordinator):
    users = UserFactory.create_batch(2)
    made = [Participant(user=it, delegation=coordinator.delegation, edition=coordinator.edition) for it in users]
    Participant.objects.bulk_create(made)
    Participant.objects.filter(user__in=users).update(state="registered")

    for participant in made:
        assert client.get(f"/calendar/{participant.calendar_token}.ics").status_code == 200


@pytest.mark.parametrize("is_core", [True, False])
def test_after_withdrawal_the_feed_strikes_out_what_was_told_and_ends_after_180_days(
    client, open_edition, organiser, is_core
):
    """Also what no email added to a calendar."""
    starts_at = timezone.now() + dt.timedelta(days=7)
    session = SessionFactory(
        edition=open_edition, is_core=is_core, starts_at=starts_at, ends_at=starts_at + dt.timedelta(hours=1)
    )
    pia = ParticipantFactory(delegation=DelegationFactory(edition=open_edition), state="pending")
    approve(participant=pia, by=organiser)
    deliver_messages()
    withdraw(participant=pia, by=organiser)
    deliver_messages()
    url = f"/calendar/{pia.calendar_token}.ics"

    (event,) = icalendar.Calendar.from_ical(client.get(url).content).walk("VEVENT")
    assert (event["uid"], event["status"], event["sequence"]) == (
        str(session.calendar_uid),
        "CANCELLED",
        int(is_core),
    )
    with time_machine.travel(timezone.now() + dt.timedelta(days=181)):
        response = client.get(url)
    assert (response.status_code, response["Content-Type"]) == (410, "text/plain")
