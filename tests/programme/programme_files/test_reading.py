import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programme.programme_files.dump import dumps
from programme.programme_files.mistakes import MOST_MISTAKES, DocumentError
from programme.programme_files.reading import loads
from programme.programme_files.schema import Document, EditionEntry, SessionEntry, TrackEntry, as_instant, as_moment
from tests.factories.programme import PROGRAMME_2025
from udtacademy.db.fields import DIRECTION_CONTROLS

MADRID = ZoneInfo("Europe/Madrid")

EDITION = """
[edition]
slug = "udt-2030"
name = "UDT 2030"
time_zone = "Europe/Madrid"
first_on = 2030-09-16
last_on = 2030-12-31
"""
SESSION = """
[[sessions]]
slug = "one"
title = "One"
format = "online"
"""
NO_LOGO = (
    "expected a whole PNG or WebP file of at most 48 KB in base64, with 16 to 2,000 pixels a side and not animated"
)


def mistakes(text):
    with pytest.raises(DocumentError) as raised:
        loads(text.encode() if isinstance(text, str) else text)
    return [str(mistake) for mistake in raised.value.mistakes]


def test_a_small_document_has_the_defaults():
    document = loads((EDITION + SESSION).encode())

    (session,) = document.sessions
    assert (session.status, session.is_core, session.is_published) == ("tentative", False, True)
    assert document.edition.is_published is False


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["edition: is missing; expected a table [edition]"]),
        ("edition = 3", ["edition: expected a table, found 3"]),
        (EDITION + "tracks = 3", ["edition.tracks: is not a key of this table"]),
        ("sessions = 3\n" + EDITION, ["sessions: expected a list of tables, each starting with [[sessions]]"]),
        (
            EDITION + "[[trakcs]]\nslug = 'a'",
            ["trakcs: is not a key of this table; did you mean tracks?"],
        ),
        (
            EDITION.replace("2030-12-31", "2030-01-01"),
            ["edition.last_on: expected first_on, 2030-09-16, or a later date"],
        ),
        (
            EDITION.replace("udt-2030", "admin"),
            ["edition.slug: expected a slug that the site does not use itself, found “admin”"],
        ),
        (
            EDITION + "quiet_from = 07:00:00\nquiet_until = 21:00:00",
            ["edition.quiet_until: expected a time at most 12 hours after quiet_from"],
        ),
        (
            EDITION + "quiet_from = '21:00'",
            ["edition.quiet_from: expected a local time such as 21:00:00, found '21:00'"],
        ),
        (
            EDITION.replace("Madrid", "Atlantis"),
            ["edition.time_zone: expected the name of a time zone such as Europe/Madrid, found “Europe/Atlantis”"],
        ),
        (
            EDITION.replace('"UDT 2030"', '"a\\u0000b"'),
            ["edition.name: expected text without NUL characters"],
        ),
        *(
            (
                EDITION + SESSION.replace('"One"', f'"{escaped}"'),
                [
                    "sessions[0] “one”.title: expected text with a letter or digit and no control characters,"
                    f" found {text!r}"
                ],
            )
            for escaped, text in (("a\\u0007b", "a\x07b"), ("a\\u202eb", "a\u202eb"), ("\\u200b", "\u200b"))
        ),
        (
            EDITION + SESSION + 'location = "\\u0007a"\ndate_hint = "\\u200b"\nstatus_reason = "\\u202ea"',
            [
                f"sessions[0] “one”.{key}: expected text with a letter or digit and no control characters, found {text!r}"
                for key, text in (("status_reason", "\u202ea"), ("date_hint", "\u200b"), ("location", "\x07a"))
            ],
        ),
        (
            EDITION + f"legal_text = '{'x' * 50_001}'",
            ["edition.legal_text: expected at most 50,000 characters, found 50,001"],
        ),
        *((EDITION + f"logo = '{text}'", [f"edition.logo: {NO_LOGO}"]) for text in ("é", "eA==", "x")),
        (
            EDITION + "[venue]\nname = 'V'\naddress = 'A'\nrooms = [{name = 'R', capacity = -1}]",
            ["venue.rooms[0].capacity: expected a number of at least 0, found -1"],
        ),
        (
            EDITION + SESSION + SESSION,
            ["sessions[1] “one”.slug: expected another slug: sessions[0] “one” already has this one"],
        ),
        (
            EDITION + SESSION + "track = 'left'",
            ["sessions[0] “one”.track: expected nothing, since [[tracks]] is empty"],
        ),
        (
            EDITION + SESSION + "room = 'left'",
            ["sessions[0] “one”.room: expected nothing, since venue.rooms is empty"],
        ),
        (
            EDITION + SESSION + "starts_at = 2030-09-16T10:00:00",
            ["sessions[0] “one”: expected starts_at and ends_at together"],
        ),
        (
            EDITION + SESSION + "held_on = 2030-09-16\ndate_hint = 'December'",
            ["sessions[0] “one”: expected only one of: starts_at with ends_at, held_on, date_hint"],
        ),
        (
            EDITION + SESSION + "status = 'confirmed'",
            ["sessions[0] “one”: expected starts_at and ends_at, because status is confirmed"],
        ),
        (
            EDITION + SESSION.replace("online", "break") + "is_core = true",
            ["sessions[0] “one”: expected is_core = false, because a break is never attended"],
        ),
        (
            EDITION + SESSION + "starts_at = 2030-09-16T10:00:00\nends_at = 2030-09-16T10:00:00",
            ["sessions[0] “one”.ends_at: expected a time after starts_at"],
        ),
        (
            EDITION + SESSION + "starts_at = 2030-03-31T02:30:00\nends_at = 2030-03-31T04:00:00",
            [
                "sessions[0] “one”.starts_at: expected a local time of Europe/Madrid:"
                " 02:30 does not exist on 31 March 2030 in Europe/Madrid: the clocks go forward"
            ],
        ),
        (
            EDITION + SESSION + "starts_at = 2030-09-16T10:00:00+05:00\nends_at = 2030-09-16T11:00:00",
            [
                "sessions[0] “one”.starts_at: expected a local time of Europe/Madrid:"
                " its offset at that time is +0200, not +0500"
            ],
        ),
        (
            EDITION + SESSION + "starts_at = 0001-01-01T00:00:00\nends_at = 2030-09-16T11:00:00",
            [
                "sessions[0] “one”.starts_at: expected a local time of Europe/Madrid: the year 1 is not between 2000 and 2099"
            ],
        ),
        (
            EDITION + SESSION + "held_on = 9999-12-31",
            ["sessions[0] “one”.held_on: expected a date between 2000 and 2099, found 9999-12-31"],
        ),
        (
            EDITION + "[venue]\nname = 'V'\naddress = 'A'\nrooms = [{name = 'Aula'}, {name = 'AULA'}]",
            ["venue.rooms[1].name: expected another name: another room is already called “AULA”"],
        ),
        (
            EDITION + SESSION.replace('"online"', '"zoom"'),
            ["sessions[0] “one”.format: expected one of online, in_person, external or break, found 'zoom'"],
        ),
        (
            EDITION + SESSION.replace('"One"', '"' + "x" * 201 + '"'),
            [f"sessions[0] “one”.title: expected at most 200 characters, found '{'x' * 59}…"],
        ),
    ],
)
def test_each_mistake_says_where_it_is_and_what_was_expected(text, expected):
    assert mistakes(text) == expected


def test_what_stands_in_a_list_is_one_line():
    (session,) = loads((EDITION + SESSION.replace('"One"', '"One\\r\\n→ Click"')).encode()).sessions

    assert session.title == "One → Click"


def test_all_mistakes_are_told_at_once():
    text = EDITION.replace("2030-09-16", "'soon'") + SESSION.replace('"One"', "1") + "held = 2030-01-01"

    assert mistakes(text) == [
        "edition.first_on: expected a day such as 2025-11-06, found 'soon'",
        "sessions[0] “one”.title: expected text, found 1",
        "sessions[0] “one”.held: is not a key of this table; did you mean held_on?",
    ]


@pytest.mark.parametrize("tracks", [(None, None), ("a", None), ("a", "a")])
def test_sessions_at_the_same_time_are_a_mistake_unless_in_different_tracks(tracks):
    assert mistakes(two_at_once(tracks)) == [
        "sessions[1] “s1”.starts_at: expected a time after the end of sessions[0] “s0”:"
        " only sessions of different tracks can run in parallel"
    ]


def test_sessions_all_at_one_time_are_a_mistake_each_and_not_their_square():
    assert len(mistakes(two_at_once([None] * 300))) == 299


def test_a_file_of_nothing_but_mistakes_is_read_no_further():
    keys = "".join(f"key{number} = 1\n" for number in range(3000))

    assert len(mistakes(EDITION + keys)) == MOST_MISTAKES


def test_a_mistake_names_a_few_of_many_tracks():
    tracks = "".join(f"[[tracks]]\nslug = 't{number}'\nname = 'T'\n" for number in range(25))

    (mistake,) = mistakes(EDITION + tracks + SESSION + "track = 'left'")
    assert mistake.endswith("t18, t19, 5 more, found “left”")


def test_a_time_that_is_of_2100_in_utc_is_a_mistake():
    text = EDITION.replace("Europe/Madrid", "America/Lima").replace("2030-12-31", "2099-12-31")

    assert mistakes(text + SESSION + "starts_at = 2099-12-31T10:00:00\nends_at = 2099-12-31T22:00:00") == [
        "sessions[0] “one”.ends_at: expected a local time of America/Lima: in UTC the year 2100 is not between 2000 and 2099"
    ]


@pytest.mark.parametrize("tracks", [("a", "b")])
def test_sessions_of_different_tracks_run_in_parallel(tracks):
    assert len(loads(two_at_once(tracks).encode()).sessions) == 2


def test_a_cancelled_session_is_in_nobodys_way():
    text = two_at_once((None, None)) + "status = 'cancelled'"

    assert len(loads(text.encode()).sessions) == 2


def two_at_once(tracks):
    text = EDITION + "".join(f"[[tracks]]\nslug = '{slug}'\nname = 'T'\n" for slug in sorted({*tracks} - {None}))
    for number, track in enumerate(tracks):
        text += f"[[sessions]]\nslug = 's{number}'\ntitle = 'S'\nformat = 'online'\n"
        text += "starts_at = 2030-10-01T10:00:00\nends_at = 2030-10-01T11:00:00\n"
        text += f"track = '{track}'\n" if track else ""
    return text


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (b"\xff\xfe[", ["line 1: expected UTF-8 text"]),
        (EDITION[:40].encode(), "not a TOML file"),
        (b"a = " + b"[" * 3000, "not a programme file: lists or tables are nested too deeply"),
        (b"a = " + b"9" * 5000, "not a TOML file"),
        (PROGRAMME_2025.read_bytes()[:1500], "not a TOML file"),
    ],
)
def test_what_is_no_toml_is_said_so(source, expected):
    shown = mistakes(source)

    assert shown == expected if isinstance(expected, list) else shown[0].startswith(expected)


def test_the_2025_programme_is_its_own_dump(document_2025):
    _comment, _, body = PROGRAMME_2025.read_text().partition("\n\n")

    assert dumps(document_2025) == body


@pytest.mark.parametrize("fold", [0, 1])
def test_the_hour_that_comes_twice_is_written_without_loss(fold):
    instant = dt.datetime(2025, 10, 26, 2, 30, tzinfo=MADRID, fold=fold).astimezone(dt.UTC)

    moment = as_moment(instant, MADRID)

    assert moment is not None
    assert as_instant(moment, MADRID) == instant


slugs = st.from_regex(r"\A[a-z0-9]{1,8}(-[a-z0-9]{1,8}){0,2}\Z").filter(lambda slug: slug not in ("admin", "me", "api"))
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=40)
hidden = [chr(code) for code in (*range(32), *range(0x7F, 0xA0)) if chr(code) not in "\t\r\n"]
titles = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters=[*hidden, *DIRECTION_CONTROLS]), max_size=39
).map(lambda text: f"{text}a")
entries = st.builds(
    SessionEntry,
    slug=slugs,
    title=titles,
    format=st.sampled_from(["online", "in_person", "external"]),
    is_core=st.booleans(),
    status=st.sampled_from(["tentative", "cancelled"]),
    held_on=st.none() | st.dates(dt.date(2020, 1, 1), dt.date(2040, 1, 1)),
    location=titles,
    description=texts,
    is_published=st.booleans(),
)


@given(st.lists(entries, max_size=4, unique_by=lambda entry: entry.slug), texts, titles)
def test_dumps_then_loads_is_the_identity(sessions, text, line):
    document = Document(
        edition=EditionEntry(
            slug="udt-2030",
            name=line,
            time_zone="Europe/Madrid",
            first_on=dt.date(2030, 1, 1),
            last_on=dt.date(2030, 1, 1),
            summary=text,
        ),
        tracks=(TrackEntry(slug="a", name=line),),
        sessions=tuple(sessions),
    )

    assert loads(dumps(document).encode()) == document


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: (EDITION + SESSION + text).encode()))
def test_any_bytes_are_a_document_or_a_list_of_mistakes(source):
    try:
        loads(source)
    except DocumentError as error:
        assert error.mistakes
