"""Days and moments for people: with the year wherever it would be missed."""

import ast
import datetime as dt
import re
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.conf import settings
from django.template import Context, Template
from django.utils import timezone

from programme.formats import duration, from_minute, session_time, short_date, span
from programme.models import Edition, Session
from tests.test_repository import PYTHON

MADRID = ZoneInfo("Europe/Madrid")
NOW = dt.datetime(2025, 10, 1, tzinfo=dt.UTC)
NEW_YEARS_EVE = dt.datetime(2025, 12, 31, 23, 30, tzinfo=dt.UTC)  # 2026 in Madrid, 2025 in London


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "16:00 CEST"), (0.000001, "16:01 CEST"), (59, "16:01 CEST"), (60, "16:01 CEST")]
)
def test_from_minute_is_never_too_early(seconds, text):
    moment = dt.datetime(2025, 9, 25, 14, tzinfo=dt.UTC) + dt.timedelta(seconds=seconds)

    assert from_minute(moment, MADRID) == text


@pytest.mark.parametrize(
    ("value", "pattern", "text"),
    [
        (dt.datetime(2025, 9, 25, 14, tzinfo=dt.UTC), "D j F, H:i", "Thu 25 September, 16:00"),
        (dt.datetime(2024, 9, 25, 14, tzinfo=dt.UTC), "D j F, H:i", "Wed 25 September 2024, 16:00"),
        (dt.datetime(2026, 1, 8, 14, tzinfo=dt.UTC), "D j M H:i", "Thu 8 Jan 2026 15:00"),
        (dt.datetime(2026, 1, 8, 14, tzinfo=dt.UTC), "l j F Y, H:i", "Thursday 8 January 2026, 15:00"),
        (dt.date(2026, 1, 8), "j M", "8 Jan 2026"),
        (dt.date(2025, 1, 8), "j M", "8 Jan"),
        (None, "j M", ""),
        ("", "j M", ""),
    ],
)
def test_short_date_has_the_year_where_it_is_another(value, pattern, text):
    assert short_date(value, pattern, zone=MADRID, now=NOW) == text


@pytest.mark.parametrize(
    ("zone", "text"), [("Europe/Madrid", "1 January, 00:30"), ("Europe/London", "31 December 2025, 23:30")]
)
def test_short_date_counts_both_years_in_the_zone(zone, text):
    later = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)

    assert short_date(NEW_YEARS_EVE, "j F, H:i", zone=ZoneInfo(zone), now=later) == text


@pytest.mark.parametrize(("zone", "text"), [("Europe/Madrid", "25 Sep 2025"), ("Europe/London", "25 Sep")])
def test_short_date_on_a_page_is_of_its_zone_and_of_now(zone, text):
    template = Template("{% load programme %}{{ day|short_date:'j M' }}")

    with time_machine.travel(NEW_YEARS_EVE, tick=False), timezone.override(zone):
        assert template.render(Context({"day": dt.date(2025, 9, 25)})) == text


def test_span_over_new_year():
    ends_at = dt.datetime(2026, 1, 1, 1, tzinfo=dt.UTC)

    assert span(NEW_YEARS_EVE - dt.timedelta(hours=2), ends_at, MADRID) == (
        "Wednesday 31 December 2025, 22:30–Thursday 1 January 2026, 02:00 CET (Madrid)"
    )


def at(text):
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "hours"),
    [
        (at("2027-10-31 00:30"), at("2027-10-31 01:45"), "02:30 CEST–02:45 CET"),  # the hour that comes twice
        (at("2027-10-31 00:30"), at("2027-10-31 00:45"), "02:30–02:45 CEST"),
        (at("2027-10-31 01:30"), at("2027-10-31 01:45"), "02:30–02:45 CET"),
        (at("2027-03-28 00:30"), at("2027-03-28 01:30"), "01:30 CET–03:30 CEST"),  # the hour that is skipped
    ],
)
def test_a_range_names_both_zones_where_the_clocks_change_in_between(starts_at, ends_at, hours):
    session = Session(edition=Edition(time_zone="Europe/Madrid"), starts_at=starts_at, ends_at=ends_at)
    template = Template(
        '{% load programme %}{% include "components/time_range.html" %}|{% clock_range session.starts_at session.ends_at %}'
    )

    with timezone.override(MADRID):
        html = template.render(Context({"session": session}))

    assert session_time(session).endswith(f" 2027, {hours} (Madrid)")
    shown, by_tag = re.sub(r"\s+", " ", re.sub("<[^>]*>", "", html)).split("|")
    assert (shown.strip(), by_tag) == (hours, hours)


@pytest.mark.parametrize(
    ("ends_at", "text"),
    [
        (at("2027-10-31 00:15"), "15 min"),
        (at("2027-10-31 01:30"), "90 min"),  # the clocks go back meanwhile
        (at("2027-10-31 02:00"), "2 h"),
        (at("2027-10-31 03:30"), "3 h 30 min"),
        (None, ""),
    ],
)
def test_duration(ends_at, text):
    starts_at = at("2027-10-31 00:00").astimezone(MADRID)

    assert duration(starts_at, ends_at and ends_at.astimezone(MADRID)) == text


def test_the_readers_own_range_names_both_of_their_zones():
    times = {"starts_at": at("2027-10-31 00:30"), "ends_at": at("2027-10-31 01:45")}
    session = Session(edition=Edition(time_zone="Europe/Madrid"), **times)

    assert session_time(session, "Europe/Helsinki").endswith("; your time: 03:30 EEST–03:45 EET (Helsinki)")
    assert session_time(session, "America/Lima").endswith(
        "; your time: Saturday 30 October 2027, 19:30–20:45 UTC−5 (Lima)"
    )


def lacks_year(pattern):
    """Whether a pattern of Django's says a day or a month, and no year."""
    return bool(re.search("[djlDFMNbEmn]", pattern)) and not re.search("[YyocrU]", pattern)


def test_templates_write_no_day_without_a_year_but_by_short_date():
    patterns_used = {
        (str(file.relative_to(settings.BASE_DIR)), pattern)
        for file in (settings.BASE_DIR / "templates").rglob("*.*")
        for pattern in re.findall(r"""\|date:("[^"]*"|'[^']*'|\w+)""", file.read_text())
        if lacks_year(pattern)
    }

    assert not patterns_used


def test_code_writes_no_day_without_a_year_but_by_short_date():
    """Patterns of Django's given to date_format, and of Python's after a colon."""
    allowed = {
        "programme/formats.py",  # the formatter itself, and both ends of a span whose year is said once
        "programme/demo/seed.py",  # "December": a session whose day is not known
        "programme/rules/sessions.py",
        "attendance/queries/badge_people.py",  # a badge is for a few days
    }
    patterns_used = set()
    for file in PYTHON:
        path = str(file.relative_to(settings.BASE_DIR))
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "date_format":
                patterns = [it.value for it in ast.walk(node) if isinstance(it, ast.Constant)]
                patterns_used |= {(path, it) for it in patterns if isinstance(it, str) and lacks_year(it)}
            if isinstance(node, ast.FormattedValue) and node.format_spec:
                pattern = ast.unparse(node.format_spec)
                patterns_used |= {(path, pattern)} if re.search("%-?[dmbB]", pattern) and "%Y" not in pattern else set()

    assert {it for it in patterns_used if it[0] not in allowed} == set()
