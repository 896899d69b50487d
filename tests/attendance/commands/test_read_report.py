import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.attendance.meeting_reports.reading import files


@pytest.fixture
def given(tmp_path):
    def write(content, name="report.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def output_of(path, *options):
    out = StringIO()
    call_command("read_report", str(path), *options, stdout=out)
    return out.getvalue()


def refused(path, *options):
    err = StringIO()
    with pytest.raises(SystemExit) as caught:
        call_command("read_report", str(path), *options, stderr=err)
    assert caught.value.code == 2
    return err.getvalue().strip()


def test_read_report_as_json(given):
    report = json.loads(output_of(given(files.ZOOM_2022), "--json", "--zone", "Europe/Madrid"))

    assert {name: report[name] for name in ("platform", "layout", "zone", "n_lines", "warnings")} == {
        "platform": "zoom",
        "layout": "2022-23",
        "zone": "Europe/Madrid",
        "n_lines": 4,
        "warnings": [],
    }
    assert report["people"][0] == {
        "name": "Ana Anaya",
        "email": "",
        "n_lines": 2,
        "intervals": [["2025-09-25T13:58:00Z", "2025-09-25T15:28:00Z"]],
        "minutes": 90.0,
        "flags": ["waited"],
    }
    assert sum(it["n_lines"] for it in report["people"]) == 4


def test_read_report_as_table(given):
    table = output_of(given(files.TEAMS_SECTIONS), "--zone", "Europe/Madrid")

    assert table.splitlines()[0] == "teams, sections; times read as Europe/Madrid; 2 people"
    assert "Bruno Bach (External)    90.0 min 2025-09-25 16:00:00–17:30:00" in table


def test_read_report_until_the_end_of_the_session(given):
    times = ["--zone", "Europe/Madrid", "--starts", "2025-09-25T16:00", "--ends", "2025-09-25T15:30Z"]
    report = json.loads(output_of(given(files.TEAMS_LIST), "--json", *times))

    assert report["people"][0]["intervals"][-1] == ["2025-09-25T14:20:00Z", "2025-09-25T15:30:00Z"]
    assert report["people"][0]["flags"] == ["estimated"]


def test_read_report_with_choices(given):
    text = files.table(["Name", "Join", "Leave"], ["Ana", "3/10/2025 16:00", "3/10/2025 17:00"])

    report = json.loads(output_of(given(text), "--json", "--date-order", "month_first", "--encoding", "cp1250"))

    assert report["people"][0]["intervals"][0][0].startswith("2025-03-10")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty."),
        (b"%PDF-1.4", "This is a PDF document"),
        (files.ZOOM_2020.splitlines()[0], "The file lists nobody"),
    ],
)
def test_read_report_refuses_with_a_sentence(given, content, sentence):
    assert refused(given(content)).startswith(sentence)


def test_read_report_of_another_day_is_refused_unless_insisted_upon(given):
    path, of_another_day = given(files.PLAIN), ["--starts", "2025-10-16T16:00"]

    assert "more than 12 hours from the session" in refused(path, *of_another_day)
    assert "Ana Anaya" in output_of(path, *of_another_day, "--anyway")


def test_read_report_of_a_file_that_is_not_there(tmp_path):
    assert refused(tmp_path / "none.csv").startswith("The file cannot be read")


def test_read_report_in_no_zone(given):
    with pytest.raises(CommandError, match="is not a time zone"):
        output_of(given(files.PLAIN), "--zone", "Mars/Crater")


def test_read_report_says_which_meetings_a_file_has(given):
    report = json.loads(output_of(given(files.ZOOM_HOSTS_2026), "--json", "--zone", "Europe/Madrid"))

    assert [(it["first_join"], it["n_people"]) for it in report["meetings"]] == [
        ("2026-10-29T15:00:00Z", 1),
        ("2026-11-19T15:00:00Z", 1),
        ("2026-11-20T15:00:00Z", 1),
    ]
