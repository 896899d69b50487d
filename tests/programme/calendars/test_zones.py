"""Zones in our calendar files, as four programs read them that know nothing else of the zone."""

import datetime as dt
import io
import json
import re
import uuid
from zoneinfo import ZoneInfo

import icalendar
import pytest
import vobject
from dateutil import tz
from django.utils import timezone

from programme.calendars.files import calendar_of
from programme.calendars.zones import time_zone
from programme.models import Edition, Session

pytestmark = pytest.mark.slow

HOUR = dt.timedelta(hours=1)
YEARS = (2025, 2026, 2027, 2028)

ZONES = [
    "Europe/Madrid",
    "Europe/London",
    "Europe/Helsinki",
    "Europe/Chisinau",
    "Europe/Dublin",  # winter time is the exception, by law
    "America/New_York",
    "Australia/Lord_Howe",  # in the south, by half an hour
    "Asia/Kolkata",  # no changes
    "Asia/Jerusalem",  # the Friday before the last Sunday
    CASABLANCA := "Africa/Casablanca",  # no rule, but changes around Ramadan, in older data
    "Africa/Cairo",  # a rule that no RRULE can say: at the end of the last Thursday
]
BEFORE_THE_RULE = [
    ("Europe/Istanbul", (2014, 2015, 2016, 2017)),
    ("America/New_York", (2005, 2006, 2007, 2008)),
    ("America/Sao_Paulo", (2017, 2018, 2019, 2020)),
]


@pytest.fixture(autouse=True)
def _quiet_vobject(caplog):
    """It complains of each name that pytz does not know, then finds it in the file."""
    caplog.set_level("CRITICAL")


def moments(name, years):
    """Each hour from six before to seven after each change, of the zone or else of Madrid; and the turn of each year."""
    start, end = (dt.datetime(year, 1, 1, tzinfo=dt.UTC) for year in (years[0], years[-1] + 1))
    hours = [start + n * HOUR for n in range((end - start) // HOUR)]
    changes = changes_among(hours, ZoneInfo(name)) or changes_among(hours, ZoneInfo("Europe/Madrid"))
    near = {at + n * HOUR for at in changes for n in range(-6, 8)} | {
        at + n * HOUR / 2 for at in changes for n in range(-6, 8)
    }
    return sorted(near | {dt.datetime(year, 1, 1, tzinfo=dt.UTC) for year in years})


def changes_among(hours, zone):
    offsets = [at.astimezone(zone).utcoffset() for at in hours]
    return [at for at, one, other in zip(hours, offsets, offsets[1:], strict=False) if one != other]


def file_of(name, years):
    """A calendar file with an event at each of these moments, its zone under a name that nobody knows; the moments by UID."""
    edition = Edition(slug="night", name="Night", time_zone=name, first_on=dt.date(years[0], 1, 1))
    sessions = [
        Session(pk=n, edition=edition, slug=f"s{n}", starts_at=at, ends_at=at + HOUR / 2, changed_at=timezone.now())
        for n, at in enumerate(moments(name, years))
    ]
    source = calendar_of(edition, sessions, version=str(uuid.uuid4())).decode()
    renamed = f"Ours/{name.replace('/', '-')}-{years[0]}"
    return source.replace(f"TZID:{name}", f"TZID:{renamed}").replace(f"TZID={name}", f"TZID={renamed}"), {
        str(session.calendar_uid): (session.starts_at, session.ends_at) for session in sessions
    }


def by_icalendar(source):
    events = icalendar.Calendar.from_ical(source).walk("VEVENT")
    return {str(it["uid"]): tuple(it[name].dt.astimezone(dt.UTC) for name in ("dtstart", "dtend")) for it in events}


def by_vobject(source):
    events = vobject.readOne(source).vevent_list
    return {it.uid.value: tuple(at.value.astimezone(dt.UTC) for at in (it.dtstart, it.dtend)) for it in events}


def by_dateutil(source):
    """dateutil reads zones only; what it makes of the local times in the file."""
    zones = tz.tzical(io.StringIO(source.replace("\r\n", "\n")))
    moments_by_uid = {}
    for event in source.replace("\r\n ", "").split("BEGIN:VEVENT")[1:]:
        times = []
        for name, local, in_utc in re.findall(r"DT(?:START|END)(?:;TZID=([^:]+))?:(\d{8}T\d{6})(Z?)", event):
            zone = dt.UTC if in_utc else zones.get(name)
            times.append(dt.datetime.strptime(local, "%Y%m%dT%H%M%S").replace(tzinfo=zone).astimezone(dt.UTC))
        moments_by_uid[re.search(r"UID:(\S+)", event)[1]] = tuple(times)
    return moments_by_uid


@pytest.fixture
def by_icaljs(run_node):
    def read(source):
        done = run_node("read_calendar.cjs", source=source)
        assert done.stderr == ""
        events = json.loads(done.stdout)
        return {
            uid: tuple(dt.datetime.fromisoformat(event[name]) for name in ("starts", "ends"))
            for uid, event in events.items()
        }

    return read


@pytest.mark.parametrize(("name", "years"), [*((name, YEARS) for name in ZONES), *BEFORE_THE_RULE])
def test_four_readers_find_every_hour_around_the_changes(name, years, by_icaljs):
    source, instants = file_of(name, years)

    for read in (by_icalendar, by_vobject, by_dateutil, by_icaljs):
        if (read, name) != (by_vobject, CASABLANCA):  # it takes for UTC what is like UTC from 2000 to 2020
            assert read(source) == instants


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "Europe/Madrid",
            """\
BEGIN:VTIMEZONE
TZID:Europe/Madrid
BEGIN:DAYLIGHT
DTSTART:19960331T020000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
TZNAME:CEST
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:19961027T030000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
TZNAME:CET
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
END:VTIMEZONE
""",
        ),
        (
            "Asia/Kolkata",
            """\
BEGIN:VTIMEZONE
TZID:Asia/Kolkata
BEGIN:STANDARD
DTSTART:19700101T000000
TZNAME:IST
TZOFFSETFROM:+0530
TZOFFSETTO:+0530
END:STANDARD
END:VTIMEZONE
""",
        ),
    ],
)
def test_a_zone_is_described_by_its_rule(name, expected):
    assert time_zone(ZoneInfo(name), 2025, 2026).to_ical().decode() == expected.replace("\n", "\r\n")


@pytest.mark.parametrize(
    "name", [name for name in ZONES if name not in {"Asia/Kolkata", "Africa/Casablanca", "Africa/Cairo"}]
)
def test_a_zone_with_a_rule_is_one_of_each_that_begins_in_the_past_whatever_the_years(name):
    described = time_zone(ZoneInfo(name), 2025, 2025)

    (daylight,), (standard,) = described.daylight, described.standard
    assert daylight.TZOFFSETTO > standard.TZOFFSETTO
    for one, other in ((daylight, standard), (standard, daylight)):
        assert one.TZOFFSETFROM == other.TZOFFSETTO
        assert one["rrule"]["FREQ"] == ["YEARLY"]
        assert one.DTSTART.year < 2014
    assert described == time_zone(ZoneInfo(name), 2028, 2099)


def test_changes_before_the_rule_are_described_one_by_one():
    described = time_zone(ZoneInfo("America/New_York"), 2006, 2006)

    assert [(it.DTSTART, "rrule" in it) for it in described.subcomponents] == [
        (dt.datetime(2005, 10, 30, 2), False),
        (dt.datetime(2006, 4, 2, 2), False),
        (dt.datetime(2006, 10, 29, 2), False),
    ]


def test_an_hour_that_comes_twice_is_said_in_utc_both_times():
    source, _instants = file_of("Europe/Madrid", (2025,))

    for doubled in ("20251026T000000Z", "20251026T003000Z", "20251026T010000Z", "20251026T013000Z"):
        assert f"\r\nDTSTART:{doubled}\r\n" in source
    assert not re.search(r"DT(START|END);TZID=[^:]+:20251026T02", source)
    assert "-2025:20251026T013000\r\n" in source
    assert "-2025:20251026T030000\r\n" in source
