import datetime as dt

import icalendar
import pytest
import vobject

from programme.calendars.files import calendar_of, calendar_text
from programme.calendars.links import links_for_edition, links_for_session
from programme.models import Session
from programme.models.edition_state import state_of
from tests.factories.programme import SessionFactory, TimedSessionFactory

pytestmark = pytest.mark.django_db


def source_of(edition):
    sessions = Session.objects.filter(edition=edition).with_place()
    return calendar_of(edition, sessions, version=state_of(edition.slug).digest)


def events(edition):
    parsed = icalendar.Calendar.from_ical(source_of(edition))
    return {str(event["url"]).rstrip("/").rpartition("/")[2]: event for event in parsed.walk("VEVENT")}


@pytest.mark.parametrize(
    ("slug", "expected"),
    [
        ("preparing-for-the-in-person-meeting", dt.datetime(2025, 10, 16, 14, tzinfo=dt.UTC)),
        ("smart-cities-for-people", dt.datetime(2025, 10, 28, 15, tzinfo=dt.UTC)),
    ],
)
def test_icalendar_and_vobject_read_the_same_instants(edition_2025, slug, expected):
    source = source_of(edition_2025)

    by_vobject = {event.uid.value: event for event in vobject.readOne(source.decode()).vevent_list}
    session = edition_2025.sessions.get(slug=slug)

    assert events(edition_2025)[slug]["dtstart"].dt.astimezone(dt.UTC) == expected
    assert by_vobject[str(session.calendar_uid)].dtstart.value.astimezone(dt.UTC) == expected


def test_both_of_an_hour_that_comes_twice_are_said_in_utc(edition):
    first = dt.datetime(2025, 10, 26, 0, 30, tzinfo=dt.UTC)  # 02:30 in summer time
    TimedSessionFactory(edition=edition, slug="night", starts_at=first, ends_at=first + dt.timedelta(minutes=45))

    event = events(edition)["night"]

    assert event["dtend"].dt - event["dtstart"].dt.astimezone(dt.UTC) == dt.timedelta(minutes=45)
    assert b"DTSTART:20251026T003000Z" in event.to_ical()
    assert b"DTEND:20251026T011500Z" in event.to_ical()


def test_a_hint_is_no_event_and_a_day_is_all_day(edition_2025):
    by_slug = events(edition_2025)

    assert len(by_slug) == 26
    assert "action-plan-presentation" not in by_slug
    assert by_slug["smart-city-expo-1"]["dtstart"].dt == dt.date(2025, 11, 5)
    assert by_slug["smart-city-expo-1"]["dtend"].dt == dt.date(2025, 11, 6)


def test_an_event_says_what_a_calendar_needs(edition_2025):
    session = edition_2025.sessions.get(slug="peer-learning")
    event = events(edition_2025)["peer-learning"]

    assert str(event["uid"]) == str(session.calendar_uid)
    assert event["sequence"] == 0
    assert event["status"] == "CONFIRMED"
    assert event["last-modified"].dt == session.changed_at.replace(microsecond=0)
    assert event["summary"] == "★ Peer-learning: from challenge to use case"
    assert event["url"] == "http://testserver/udt-2025/sessions/peer-learning/"
    assert event["location"] == "Online"
    assert [alarm["trigger"].dt for alarm in event.walk("VALARM")] == [-dt.timedelta(days=1), -dt.timedelta(minutes=15)]


@pytest.mark.parametrize(("status", "expected"), [("tentative", "TENTATIVE"), ("cancelled", "CANCELLED")])
def test_status_and_sequence_follow_the_session(session, status, expected):
    Session.objects.filter(pk=session.pk).update(status=status)

    event = events(session.edition)["peer-learning"]

    assert (event["status"], event["sequence"]) == (expected, 1)


def test_in_person_sessions_are_at_the_venue_and_breaks_keep_one_free(edition_2025):
    by_slug = events(edition_2025)

    assert by_slug["welcome"]["location"] == ("Barcelona Supercomputing Center, Plaça Eusebi Güell, 1–3, Barcelona")
    assert by_slug["smart-city-expo-1"]["location"] == "Smart City Expo World Congress"
    assert (by_slug["day-1-lunch"]["transp"], by_slug["welcome"]["transp"]) == ("TRANSPARENT", "OPAQUE")
    assert by_slug["day-1-lunch"].walk("VALARM") == []


def test_the_time_zone_is_included_for_the_years_needed(edition_2025):
    source = source_of(edition_2025).decode()

    assert source.count("BEGIN:VTIMEZONE") == 1
    assert "TZID:Europe/Madrid" in source
    assert len(source.split("BEGIN:VEVENT")[0]) < 1_500


def test_a_calendar_without_sessions_is_valid(edition):
    assert icalendar.Calendar.from_ical(calendar_of(edition, [], version="any"))["name"] == edition.name


def test_text_that_looks_like_calendar_syntax_stays_text(edition):
    title = "A;B,C\\D\nEND:VEVENT"
    SessionFactory(edition=edition, slug="odd", title=title, held_on=dt.date(2025, 11, 5))

    assert events(edition)["odd"]["summary"] == "A;B,C\\D END:VEVENT"  # a title is one line


def test_links_for_edition_subscribe_to_the_feed(edition_2025):
    links = links_for_edition(edition_2025)

    assert links.subscribe == "webcal://testserver/udt-2025/programme.ics"
    assert links.download == "http://testserver/udt-2025/programme.ics"
    assert links.google == (
        "https://calendar.google.com/calendar/render?cid=webcal%3A%2F%2Ftestserver%2Fudt-2025%2Fprogramme.ics"
    )
    assert links.outlook_at_work.startswith("https://outlook.office.com/calendar/0/addfromweb?url=http%3A%2F%2F")


def test_links_for_session_name_the_instants(session):
    links = links_for_session(session)

    assert "dates=20250925T140000Z%2F20250925T153000Z" in links.google
    assert "startdt=2025-09-25T14%3A00%3A00%2B00%3A00" in links.outlook_at_home


def test_links_for_a_day_without_time_are_all_day(edition):
    session = SessionFactory(edition=edition, held_on=dt.date(2025, 11, 5))

    links = links_for_session(session)

    assert "dates=20251105%2F20251106" in links.google
    assert "allday=true" in links.outlook_at_work


def test_events_are_never_put_behind_the_end_of_a_calendar():
    class Unended(icalendar.Calendar):
        def to_ical(self, **_):
            return super().to_ical().replace(b"\r\n", b"\n")

    with pytest.raises(ValueError, match="not found"):
        calendar_text(Unended(), [], [])
