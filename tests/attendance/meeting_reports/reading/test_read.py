"""What is understood of the files of all platforms."""

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from attendance.meeting_reports.reading import DateOrder, Doubt, Hints, meetings_of, people_of, read
from tests.attendance.meeting_reports.reading import files
from tests.refusals import refused

MADRID = ZoneInfo("Europe/Madrid")
HINTS = Hints(MADRID)
SESSION = Hints(MADRID, dt.datetime(2025, 9, 25, 16, tzinfo=MADRID), dt.datetime(2025, 9, 25, 17, 30, tzinfo=MADRID))


def of(text, hints=SESSION, name="report.csv"):
    content = text if isinstance(text, bytes) else text.encode()
    return read(content, hints=hints, name=name)


def summaries(report):
    """(name, address, intervals by the clock in Madrid, minutes, flags) of each person."""
    return [
        (
            person.name,
            person.email,
            [f"{start.astimezone(MADRID):%H:%M}-{end.astimezone(MADRID):%H:%M}" for start, end in person.intervals],
            round(person.minutes),
            sorted(person.flags),
        )
        for person in people_of(report.rows)
    ]


ANA = ("Ana Anaya", "ana@lyon.example", ["16:00-17:30"], 90, [])
ANA_ALONE = ("Ana Anaya", "", ["16:00-17:30"], 90, [])
CASES = {
    "zoom 2020": (
        files.ZOOM_2020,
        [
            ("Ana Anaya (she/her)", "ana@lyon.example", ["15:55-17:30"], 95, []),
            ("Bruno Bach", "", ["16:00-17:29"], 90, []),
        ],
    ),
    "zoom 2020-21": (
        files.ZOOM_2021,
        [("Olga Org", "Olga@academy.example", ["15:50-17:31"], 101, ["host"]), ANA_ALONE],
    ),
    "zoom 2022-23": (
        files.ZOOM_2022,
        [
            ("Ana Anaya", "", ["15:58-17:28"], 90, ["waited"]),
            ("Bruno (Host)", "", ["15:50-17:31"], 101, ["host"]),
            ("Read.ai meeting notes", "", ["16:00-17:31"], 91, ["robot"]),
        ],
    ),
    "zoom 2024-25": (files.ZOOM_2024, [("Anaya (Ana Anaya)", "", ["16:00-17:30"], 90, [])]),
    "zoom unique users": (
        files.ZOOM_UNIQUE,
        [
            ("Ana Anaya", "ana@lyon.example", [], 85, ["approximate"]),
            ("Bruno Bach", "", [], 12, ["approximate"]),
        ],
    ),
    "zoom active hosts": (
        files.ZOOM_HOSTS,
        [("Ana Anaya", "ana@lyon.example", ["16:00-17:30", "16:00-16:30"], 120, [])],
    ),
    "zoom webinar": (
        files.ZOOM_WEBINAR,
        [
            ("Olga Org", "olga@academy.example", ["15:50-17:31"], 101, ["host"]),
            ("Petra Panel", "petra@academy.example", ["15:55-17:31"], 96, ["host"]),
            ("Ana Anaya", "ana@lyon.example", ["16:00-16:30", "16:40-17:30"], 80, []),
            ("Bruno Bach", "bruno@lyon.example", [], 0, ["absent"]),
        ],
    ),
    "teams list": (
        files.TEAMS_LIST,
        [
            ("Anaya, Ana", "", ["15:58-16:10", "16:20-17:30"], 82, ["estimated"]),
            ("Bruno Bach (Guest)", "", ["16:00-16:30"], 30, []),
        ],
    ),
    "teams report": (
        files.TEAMS_REPORT,
        [ANA, ("Olga Org", "", ["15:55-17:31"], 96, ["host"])],
    ),
    "teams sections": (
        files.TEAMS_SECTIONS,
        [
            ("Ana Anaya", "ana@lyon.example", ["16:00-16:15", "16:50-17:04"], 29, []),
            ("Bruno Bach (External)", "", ["16:00-17:30"], 90, []),
        ],
    ),
    "meet name": (
        files.MEET,
        [ANA, ("Bruno Bach", "", [], 29, ["approximate"])],
    ),
    "meet first and last name": (files.MEET_NAMES, [ANA]),
    "webex attendees": (
        files.WEBEX,
        [ANA, ("Olga Org", "olga@academy.example", ["15:50-17:31"], 101, ["host"])],
    ),
    "bigbluebutton dashboard": (
        files.BIGBLUEBUTTON,
        [("Olga Org", "", ["15:50-17:31"], 101, ["host"]), ANA_ALONE],
    ),
    "plain times": (files.PLAIN, [ANA]),
    "plain minutes": (
        files.PLAIN_MINUTES,
        [
            ("Ana Anaya", "ana@lyon.example", [], 90, ["approximate"]),
            ("Bruno Bach", "", [], 20, ["approximate"]),
        ],
    ),
}


@pytest.mark.parametrize("layout", CASES)
def test_read_each_layout(layout):
    text, people = CASES[layout]

    report = of(text)

    assert f"{report.platform} {report.layout}" == layout
    assert summaries(report) == people


@pytest.mark.parametrize(
    "text",
    [
        files.ZOOM_SPANISH,
        files.ZOOM_SPANISH_NEW,
        files.ZOOM_PORTUGUESE,
        files.ZOOM_RUSSIAN,
        files.TEAMS_LIST_PORTUGUESE,
    ],
)
def test_read_other_languages(text):
    assert summaries(of(text)) == [ANA_ALONE]
    assert of(text).doubts == frozenset()


def test_read_french_dates():
    assert summaries(of(files.TEAMS_REPORT_FRENCH)) == [ANA]


def test_read_italian_waiting_room():
    assert summaries(of(files.ZOOM_ITALIAN)) == [ANA_ALONE, ("Ugo Uno", "", [], 0, ["waited"])]


@pytest.mark.parametrize(
    ("text", "people"),
    [
        (files.ZOOM_UNKNOWN_WORDS, [ANA, ("Bruno Bach", "bruno@lyon.example", ["16:00-17:30"], 90, [])]),
        (
            files.TEAMS_LIST_UNKNOWN_WORDS,
            [ANA_ALONE, ("Bruno Bach", "", ["16:10-17:30"], 80, [])],
        ),
        (files.TEAMS_UNKNOWN_SECTIONS, [("Ana Anaya", "ana@lyon.example", ["16:00-17:00", "17:10-17:30"], 80, [])]),
    ],
)
def test_read_unknown_labels_by_content_to_be_confirmed(text, people):
    report = of(text)

    assert summaries(report) == people
    assert report.doubts == {Doubt.LABELS}


def test_read_totals_where_the_third_section_is_missing():
    report = of(files.TEAMS_TOTALS)

    assert summaries(report) == [
        ("Ana Anaya", "ana@lyon.example", [], 29, ["approximate"]),
        ("Bruno Bach (External)", "", ["16:00-17:30"], 90, []),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16-le", "utf-16-be", "cp1250"])
@pytest.mark.parametrize("separator", ["\t", ";", ","])
def test_read_the_same_people_whatever_the_encoding_and_separator(encoding, separator):
    rows = [line.split("\t") for line in files.TEAMS_POLISH.splitlines()]
    text = files.table(*rows, separator=separator)

    report = of(text.encode(encoding))

    assert summaries(report) == [
        ("Zażółć Gęślą", "z@lodz.example", ["16:00-17:30"], 90, ["host"]),
        ("Świętosława Żak (Gość)", "", ["16:00-17:00"], 60, []),
    ]
    assert (Doubt.ENCODING in report.doubts) == (encoding == "cp1250")


@pytest.mark.parametrize(
    ("names", "encoding"),
    [
        ("Dvořák Jiří,Lukáš Němec,Zdeněk Říha", "cp1250"),
        ("Iñaki Muñoz,Núria Gràcia,Søren Åkesson", "cp1252"),
        ("Göran Ölund,Zoë Müller", "cp1252"),
        ("Łukasz Wójcik", "cp1250"),
        ("Jiří Dvořák", "cp1250"),
    ],
)
def test_read_names_in_older_encodings(names, encoding):
    rows = [[name, "", "09/25/2025 04:00:00 PM", "09/25/2025 05:30:00 PM", 90] for name in names.split(",")]
    head = ["Name (Original Name)", "User Email", "Join Time", "Leave Time", "Duration (Minutes)"]

    report = of(files.table(head, *rows).encode(encoding))

    assert ",".join(it.name for it in people_of(report.rows)) == names
    assert report.doubts == {Doubt.ENCODING}


def test_read_in_the_encoding_that_was_chosen():
    content = files.ZOOM_2024.replace("Ana Anaya", "Ana Dvoøák").encode("cp1252")

    report = of(content, replace(SESSION, encoding="cp1250"))

    assert people_of(report.rows)[0].original_name == "Ana Dvořák"


def list_of(*stamps):
    rows = [["Ana", stamp, stamp] for stamp in stamps]
    return files.table(["Name", "Join", "Leave"], *rows)


@pytest.mark.parametrize(
    ("stamp", "utc"),
    [
        ("09/25/2025 04:00:00 PM", "2025-09-25 14:00"),
        ("25/09/2025 04:00:00 PM", "2025-09-25 14:00"),
        ("25.09.2025 16:00", "2025-09-25 14:00"),
        ("25.09.25, 16:00:30", "2025-09-25 14:00"),
        ("25-09-2025 16:00", "2025-09-25 14:00"),
        ("2025-09-25T16:00:00", "2025-09-25 14:00"),
        ("2025-09-25T16:00:00Z", "2025-09-25 16:00"),
        ("2025-09-25 16:00:00+03:00", "2025-09-25 13:00"),
        ("Sep 25, 2025 16:00:00", "2025-09-25 14:00"),
        ("25 Sep 2025 16:00", "2025-09-25 14:00"),
        ("25 de septiembre de 2025, 16:00", "2025-09-25 14:00"),
        ("25/09/2025 à 16:00:00", "2025-09-25 14:00"),
        ("9/25/25, 4:00:48\u202fPM", "2025-09-25 14:00"),
        ("25/9/25, 4:00:48 p. m.", "2025-09-25 14:00"),
        ("9/25/2025 12:00:00 AM", "2025-09-24 22:00"),
        ("9/25/2025 12:00:00 PM", "2025-09-25 10:00"),
    ],
)
def test_read_moments(stamp, utc):
    report = of(list_of(stamp), HINTS)

    assert f"{report.first_join:%Y-%m-%d %H:%M}" == utc


def test_read_settles_the_order_of_dates_for_the_whole_file():
    report = of(list_of("3/10/2025 16:00", "13/10/2025 16:00"), HINTS)

    assert [f"{it.interval[0]:%d.%m.}" for it in report.rows] == ["03.10.", "13.10."]
    assert report.date_order is DateOrder.DAY_FIRST
    assert report.doubts == frozenset()


def test_read_takes_the_order_that_is_near_the_session():
    october = replace(SESSION, starts_at=dt.datetime(2025, 10, 3, 16, tzinfo=MADRID))

    assert of(list_of("3/10/2025 16:00"), october).date_order is DateOrder.DAY_FIRST
    assert of(list_of("3/10/2025 4:00 PM"), october).first_join == dt.datetime(2025, 10, 3, 14, tzinfo=dt.UTC)


def test_read_asks_for_the_order_where_nothing_settles_it():
    report = of(list_of("3/10/2025 16:00"), HINTS)

    assert report.doubts == {Doubt.DATE_ORDER}
    assert of(list_of("3/10/2025 16:00"), replace(HINTS, date_order=DateOrder.MONTH_FIRST)).doubts == frozenset()


def test_read_prefers_the_order_in_which_days_lie_together():
    assert of(list_of("3/10/2025 23:00", "4/10/2025 1:00"), HINTS).date_order is DateOrder.DAY_FIRST


def test_read_refuses_dates_that_contradict_each_other():
    with refused("mixed_date_order"):
        of(list_of("13/10/2025 16:00", "10/14/2025 16:00"))


def test_read_knows_the_hour_that_comes_twice():
    text = files.table(["Name", "Join", "Leave"], ["Ana", "2025-10-26 02:50", "2025-10-26 02:10"])

    (person,) = people_of(of(text, HINTS).rows)

    assert person.minutes == 20


def test_read_places_times_of_day_around_midnight():
    text = files.table(
        ["Name", "Email", "Duration", "Time joined", "Time exited"], ["Ana", "", "1 hr", "11:30 PM", "12:30 AM"]
    )
    night = replace(SESSION, starts_at=dt.datetime(2025, 9, 25, 23, 30, tzinfo=MADRID))

    (person,) = people_of(of(text, night).rows)

    assert person.minutes == 60
    assert f"{person.intervals[0][0]:%d %H:%M}" == "25 21:30"


def test_read_counts_times_of_day_without_a_day():
    report = of(files.MEET, HINTS)

    assert [(it.name, it.minutes) for it in people_of(report.rows)] == [("Ana Anaya", 90), ("Bruno Bach", 29)]
    assert "no date" in " ".join(report.warnings)


def test_read_workbook():
    content = files.workbook(
        ["Name", "E-mail", "Join", "Leave"],
        ["Ana Anaya", "ana@lyon.example", dt.datetime(2025, 9, 25, 16), dt.datetime(2025, 9, 25, 17, 30)],
    )

    assert summaries(of(content, name="list.xlsx")) == [ANA]


def test_read_without_leaving_does_not_go_beyond_the_last_moment_known():
    report = of(files.TEAMS_LIST, HINTS)

    assert summaries(report)[0][2] == ["15:58-16:10", "16:20-16:30"]


@pytest.mark.parametrize(
    ("events", "intervals"),
    [
        (["J 16:00", "J 16:10", "L 16:30"], ["16:00-16:30"]),
        (["J 16:00", "L 16:30", "J 16:30", "L 17:00"], ["16:00-17:00"]),
        (["J 16:00", "L 16:00", "J 17:00", "L 17:10"], ["17:00-17:10"]),
        (["L 16:30", "J 17:00", "L 17:10"], ["17:00-17:10"]),
    ],
)
def test_read_list_of_joining_and_leaving(events, intervals):
    word = {"J": "Joined", "L": "Left"}
    rows = [f"Ana\t{word[it[0]]}\t25/09/2025, {it[2:]}:00" for it in events]

    for order in (rows, rows[::-1]):
        report = of("\n".join(["Full Name\tUser Action\tTimestamp", *order]))
        (person,) = people_of(report.rows)
        spans = [f"{a.astimezone(MADRID):%H:%M}-{b.astimezone(MADRID):%H:%M}" for a, b in person.intervals]
        assert (spans, person.n_lines) == (intervals, len(rows))


def test_read_counts_every_line_once():
    report = of(files.ZOOM_2022)

    assert sum(it.n_lines for it in people_of(report.rows)) == 4


def test_read_says_which_lines_make_no_sense():
    text = files.table(["Name", "Join", "Leave"], ["Ana", "25/09/2025 17:00", "25/09/2025 16:00"], ["Bo", "soon", ""])

    report = of(text)

    assert [it.minutes for it in people_of(report.rows)] == [0, 0]
    assert "2 lines have no valid times" in report.warnings[0]


@pytest.mark.parametrize(
    ("name", "is_robot"),
    [
        ("Ana's Notetaker (Otter.ai)", True),
        ("OtterPilot", True),
        ("Fireflies.ai Notetaker Ana", True),
        ("Read AI", True),
        ("tl;dv", True),
        ("Fathom AI", True),
        ("John Fathom", False),
        ("Otto Otter", False),
        ("Ana Reading", False),
    ],
)
def test_read_knows_robots(name, is_robot):
    (person,) = people_of(of(files.table(["Name", "Minutes"], [name, 9])).rows)

    assert (sorted(person.flags) == ["approximate", "robot"]) is is_robot


def test_read_callers_of_a_webinar():
    callers = (
        "Other Attended\r\nUser Name,Join Time,Leave Time,Time in Session (minutes),Country/Region Name\r\n"
        '34600,"Sep 25, 2025 16:00:00","Sep 25, 2025 16:10:00",10,Spain\r\n'
    )

    assert summaries(of(files.ZOOM_WEBINAR + callers))[-1] == ("34600", "", ["16:00-16:10"], 10, [])


def test_read_names_as_the_file_has_them():
    names = ["Zoë  O’Neill 👩‍💻", "نیم‌فاصله", "Ana\u00a0Anaya"]
    report = of(files.table(["Name", "Minutes"], *[[it, 9] for it in names]))

    assert [it.name for it in report.rows] == [*names[:2], "Ana Anaya"]


def test_read_own_list_with_times_of_day():
    report = of(files.table(["name", "join", "leave"], ["Ana", "16:00", "17:30"]))

    assert (report.platform, summaries(report)) == ("plain", [("Ana", "", ["16:00-17:30"], 90, [])])


def test_meetings_of_a_file_that_names_them():
    first, second = meetings_of(of(files.ZOOM_HOSTS))

    assert [it.interval[0].month for it in (*first, *second)] == [9, 10]


def test_meetings_of_a_file_with_hours_between():
    text = list_of("25/09/2025 10:00", "25/09/2025 18:00", "25/09/2025 19:00")

    assert [len(rows) for rows in meetings_of(of(text))] == [1, 2]


def test_report_is_far_from_another_day():
    report = of(files.ZOOM_2024, HINTS)

    assert not report.is_far_from(SESSION.starts_at, SESSION.ends_at)
    assert report.is_far_from(SESSION.starts_at + dt.timedelta(days=1), SESSION.ends_at + dt.timedelta(days=1))
