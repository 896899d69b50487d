"""What is no report is refused with a sentence, whatever it is."""

import csv
import io
import zipfile
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attendance.actions.applied_reports import learn_aliases
from attendance.actions.reports import Choices, add_reports
from attendance.meeting_reports.reading import Hints, ReportError, people_of, read
from attendance.models import Alias, Report, ReportedPerson
from tests.attendance.meeting_reports.giving import choose_person
from tests.attendance.meeting_reports.reading import files
from tests.properties import examples
from tests.refusals import refused
from udtacademy.tables.limits import MOST_BYTES, MOST_LINES

HINTS = Hints(ZoneInfo("Europe/Madrid"))
TEXTS = [value for name, value in vars(files).items() if name.isupper() and isinstance(value, str)]


def archive():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("report.csv", files.PLAIN)
    return out.getvalue()


UTF_16 = "\ufeff".encode("utf-16-le") + files.TEAMS_SECTIONS.encode("utf-16-le")
BAD = {
    "empty": (b"", "report.csv", "file_empty"),
    "blank": (b"\r\n \r\n", "report.csv", "file_empty"),
    "only the heads": (files.ZOOM_2020.splitlines()[0].encode(), "report.csv", "no_people"),
    "torn": (UTF_16[:-1], "report.csv", "file_incomplete"),
    "torn utf-8": ("Ä".encode()[:1], "report.csv", "file_incomplete"),
    "torn quotes": (files.ZOOM_WEBINAR[:-170].rpartition('"')[0].encode() + b'"Sep', "a.csv", "quotation_open"),
    "workbook called csv": (files.workbook(["Name", "Minutes"]), "report.csv", "wrong_file_name"),
    "archive": (archive(), "report.zip", "other_file_type"),
    "damaged workbook": (files.workbook(["Name"])[:300], "list.xlsx", "file_damaged"),
    "not a workbook inside": (
        files.workbook(["Name"]).replace(b"sheet1", b"sheetX"),
        "list.xlsx",
        "workbook_unreadable",
    ),
    "noise": (bytes(range(1, 32)) * 20, "report.csv", "not_text"),
    "a letter": (b"Dear organisers,\r\nI was there.\r\n", "report.csv", "not_a_report"),
    "a list of addresses": (b"Name,Email\r\nAna,ana@lyon.example\r\n", "report.csv", "columns_missing"),
    "too large": (b"x" * (MOST_BYTES + 1), "report.csv", "file_too_large"),
    "too long": (b"Name,Minutes\n" + b"Ana,1\n" * MOST_LINES, "report.csv", "too_many_lines"),
    "far too long": (b"Name,Minutes\n" + b"A,1\n" * 3 * MOST_LINES, "report.csv", "too_many_lines"),
}
OTHER_TYPES = {
    "a PDF document": b"%PDF-1.7\n%\xe2\xe3",
    "an old Excel or Word document": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500),
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "a web page": b"\r\n<!DOCTYPE html><html>Sign in</html>",
}


@pytest.mark.parametrize("what", BAD)
def test_read_refuses(what):
    content, name, code = BAD[what]

    with refused(code):
        read(content, hints=HINTS, name=name)


@pytest.mark.parametrize("what", OTHER_TYPES)
def test_read_says_of_which_type_a_file_is(what):
    with refused("other_file_type") as refusal:
        read(OTHER_TYPES[what], hints=HINTS, name="report.csv")

    assert str(refusal.value).startswith(f"This is {what}")


def read_or_refuse(content):
    try:
        report = read(content, hints=HINTS, name="report.csv")
    except ReportError as error:
        assert str(error).endswith((".", "?"))
        return None
    people = people_of(report.rows)
    assert sum(it.n_lines for it in people) == len(report.rows) > 0
    for person in people:
        assert person.minutes >= 0
        assert all(start <= end for start, end in person.intervals)
    return people


@given(st.binary(max_size=400))
def test_read_any_bytes(content):
    read_or_refuse(content)


@settings(max_examples=examples(60))
@given(st.sampled_from(TEXTS), st.sampled_from(["utf-8", "utf-16", "utf-16-be", "cp1250"]), st.data())
def test_read_any_damage(text, encoding, data):
    content = bytearray(text.encode(encoding, errors="replace"))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(content)))
        content[at : at + data.draw(st.integers(0, 60))] = data.draw(
            st.one_of(st.binary(max_size=6), st.sampled_from([b'"', b"\n", b"\t", b"99/99/9999 99:99", "٣²".encode()]))
        )

    read_or_refuse(bytes(content))


PERMUTED = ["ZOOM_2020", "ZOOM_2022", "ZOOM_WEBINAR", "TEAMS_LIST", "TEAMS_SECTIONS", "MEET", "WEBEX", "ZOOM_UNIQUE"]


@pytest.mark.parametrize("name", PERMUTED)
@given(st.randoms(use_true_random=False))
def test_read_any_order_of_rows(name, random):
    text = getattr(files, name)
    separator = "\t" if "\t" in text else ","
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    stretch = [n for n, row in enumerate(rows) if len(row) > 2 and not {"Duration", "User Action"} & set(row)]
    last_head = max(
        n for n, row in enumerate(rows) if {"Join Time", "Time joined", "Timestamp"} & set(row) or "Guest" in row
    )
    movable = [n for n in stretch if n > last_head and len(rows[n]) == len(rows[last_head])]
    moved = [rows[n] for n in movable]
    random.shuffle(moved)
    for n, row in zip(movable, moved, strict=True):
        rows[n] = row

    shuffled = people_of(read(files.table(*rows, separator=separator).encode(), hints=HINTS).rows)
    before = people_of(read(text.encode(), hints=HINTS).rows)

    assert {(it.name, it.minutes, it.n_lines) for it in shuffled} == {
        (it.name, it.minutes, it.n_lines) for it in before
    }
    assert len(moved) > 1


LONG = "a" * 400
HEADS = "First name,Middle name,Last name,Second surname,Email,Join,Leave"
OFFSETS = ["+00:30", "+01:00", "+02:00", "+03:00", "+04:00", "+05:00", "+06:00"]
REGIONS = [
    "America/Argentina/ComodRivadavia",
    "America/Argentina/Buenos_Aires",
    "America/Kentucky/Louisville",
    "Europe/Rome",
]


def in_zones(*zones):
    rows = [[f"Ana {n}", f"2025-09-25 16:00 {it}", f"2025-09-25 17:00 {it}"] for n, it in enumerate(zones)]
    return files.table(["Name", "Join", "Leave"], *rows)


LONGEST = {
    "name": f"{HEADS}\n{LONG},{LONG},{LONG},{LONG},{LONG}@x.example,2025-09-25 16:00,2025-09-25 17:00\n",
    "second name": f"Name,{HEADS}\nAna ({LONG}),{LONG},{LONG},{LONG},{LONG},,2025-09-25 16:00,2025-09-25 17:00\n",
    "registered name": (
        "Name,First join,Last leave,Email,Registration first name,Registration last name,Registration name,Registration email\n"
        f"Ana,2025-09-25 16:00,2025-09-25 17:00,a@x.example,{LONG},{LONG},{LONG},{LONG}@x.example\n"
    ),
    "offsets": in_zones(*(f"UTC{it}" for it in OFFSETS)),
    "regions": in_zones(*REGIONS),
    "labels": f"{LONG},{LONG}\nName,{LONG},Join,Leave\nAna,x,2025-09-25 16:00,2025-09-25 17:00\n",
    "folded": "Name,Email,Join,Leave\n"
    f"{'ﷺ' * 150} {'㎢' * 149},{'ß' * 250}@x.example,2025-09-25 16:00,2025-09-25 17:00\n",
}


@pytest.mark.parametrize("what", LONGEST)
def test_nothing_read_is_longer_than_what_is_stored(what):
    report = read(LONGEST[what].encode(), hints=HINTS, name="report.csv")

    for model, objects in ((Report, [report]), (ReportedPerson, people_of(report.rows))):
        for obj in objects:
            for field in model._meta.concrete_fields:
                text = getattr(obj, field.name, None)
                if isinstance(text, str) and field.max_length:
                    assert len(text) <= field.max_length, field.name


REMEMBERED = {"name", "second name", "registered name", "folded"}  # by an address, or by a name of more than one word


@pytest.mark.django_db
@pytest.mark.parametrize("what", LONGEST)
def test_the_longest_texts_are_stored_and_remembered(what, over, ana, organiser):
    (report,), _ = add_reports(
        edition=over.edition,
        name="n" * 300,
        content=LONGEST[what].encode(),
        choices=Choices(session=over, is_anyway=True),
        by=organiser,
    )
    for person in report.people.all():
        choose_person(person=person, participant=ana, by=organiser)
    learn_aliases(report, organiser)

    assert report.people.filter(participant=ana).count() == report.people.count() > 0
    assert Alias.objects.filter(participant=ana).count() == (what in REMEMBERED)


def test_the_zones_of_a_file_are_named_as_far_as_they_fit():
    named = [read(LONGEST[it].encode(), hints=HINTS, name="a.csv").named_zone for it in ("offsets", "regions")]

    assert named == ["UTC+00:30, UTC+01:00, UTC+02:00, …", "America/Argentina/Buenos_Aires, …"]


@pytest.mark.parametrize("name", ['=HYPERLINK("http://x","y")', "<script>alert(1)</script>", "+34 600", "@sum(A1)"])
def test_read_names_as_they_are(name):
    text = files.table(["Name", "Minutes"], [name, 20])

    (person,) = read_or_refuse(text.encode())

    assert person.name == name
