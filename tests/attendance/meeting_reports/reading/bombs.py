"""Files that are small and mean much work, made for the tests: name → (content, file name, what is said; None: it is read).

`measure` reads them in processes of their own, for what each takes.
"""

import datetime as dt
import io
import json
import os
import resource
import struct
import sys
import time
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
ANA = ("Name", "Minutes"), ("Ana", "20")
SHEET = "xl/worksheets/sheet1.xml"


def row(*texts, attributes="", more=""):
    cells = "".join(f'<c t="inlineStr"><is><t>{escape(it)}</t></is></c>' for it in texts)
    return f"<row{attributes}>{cells}{more}</row>"


ROWS = "".join(row(*it) for it in ANA)


def sheet(rows=ROWS, *, before="", after="", head=""):
    return f'<?xml version="1.0"?>{head}<worksheet {MAIN}>{before}<sheetData>{rows}</sheetData>{after}</worksheet>'


def parts(**replaced):
    """A workbook's, with some of them others; by the names of the files without folders and endings."""
    files = {
        "xl/workbook.xml": f'<workbook {MAIN} xmlns:r="{RELATION}"><sheets><sheet name="A" sheetId="1" r:id="r1"/>'
        "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": "<Relationships>"
        f'<Relationship Id="r1" Type="{RELATION}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="r2" Type="{RELATION}/sharedStrings" Target="sharedStrings.xml"/>'
        f'<Relationship Id="r3" Type="{RELATION}/styles" Target="/xl/styles.xml"/></Relationships>',
        "xl/sharedStrings.xml": f"<sst {MAIN}/>",
        "xl/styles.xml": f"<styleSheet {MAIN}/>",
        SHEET: sheet(),
    }
    for path in list(files):
        name = path.rpartition("/")[2].partition(".")[0] + ("_rels" if path.endswith(".rels") else "")
        files[path] = replaced.pop(name, files[path])
    assert not replaced
    return files


def workbook(compression=zipfile.ZIP_DEFLATED, **replaced):
    return packed(parts(**replaced), compression)


def packed(members, compression=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def shared(strings, n_cells, columns=20):
    """A sheet that refers to its first text many times."""
    cells = '<c t="s"><v>0</v></c>' * columns
    return workbook(sharedStrings=f"<sst {MAIN}>{strings}</sst>", sheet1=sheet(f"<row>{cells}</row>" * n_cells))


def lying(size):
    """A sheet of 25 MB whose archive claims another size of it, in the member's head and in the directory."""
    content = bytearray(workbook(sheet1=sheet(ROWS + " " * 25_000_000)))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        member = archive.getinfo(SHEET)
    true = struct.pack("<L", member.file_size)
    at = -1
    while (at := content.find(true, at + 1)) >= 0:
        content[at : at + 4] = struct.pack("<L", size)
    return bytes(content)


def overlapping(n):
    """A directory whose entries are one and the same sheet under many names."""
    content = workbook(sheet1=sheet(ROWS + " " * 25_000_000))
    directory = content.index(b"PK\x01\x02")
    end = content.index(b"PK\x05\x06")
    last = content.rindex(b"PK\x01\x02")
    entry = content[last:end]
    name = SHEET.encode()
    more = b"".join(entry.replace(name, name[:-5] + b"%05d" % it) for it in range(n))
    size = len(content[directory:end]) + len(more)
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 5 + n, 5 + n, size, directory, 0)
    return content[:end] + more + tail


def in_each_other(levels):
    content = bytes(1_000_000)
    for level in range(levels):
        content = packed({f"{level}-{it}.zip": content for it in range(16)})
    return content


def entities():
    lol = "".join(f"<!ENTITY l{n} '{ten}'>" for n in range(1, 10) if (ten := f"&l{n - 1};" * 10))
    return f'<!DOCTYPE l [<!ENTITY l0 "lol">{lol}]>'


FAR_MORE, UNREADABLE = "contains much more than a list", "cannot be read"
NOBODY = "not an attendance report|lists nobody|not those of"
MERGED = '<mergeCell ref="A1:XFD1048576"/>'
ATTRIBUTES = " ".join(f'a{it}=""' for it in range(300_000))
FORMATS = "".join(f'<numFmt numFmtId="{it}" formatCode="y"/>' for it in range(200_000))
STYLED_ROWS = "".join(f'<row r="{it}"/>' for it in range(3, 1_048_577))
MILLION = 1_000_000
WORKBOOKS = {
    "archives in archives": (lambda: in_each_other(3), "This is an archive"),
    "an archive as a part": (lambda: workbook(sheet1=in_each_other(2)), UNREADABLE),
    "members without end": (lambda: packed(dict.fromkeys(map(str, range(2000)), "")), "more than 1,000 files"),
    "larger than it may be": (lambda: workbook(sheet1=sheet(ROWS + " " * 40 * MILLION)), "larger than 30 MB"),
    "larger in parts": (
        lambda: workbook(sheet1=sheet(ROWS + " " * 20 * MILLION), sharedStrings=f"<sst>{' ' * 20 * MILLION}</sst>"),
        "larger than 30 MB",
    ),
    "a size too small": (lambda: lying(2000), UNREADABLE),
    "a size too large": (lambda: lying(2**32 - 2), None),
    "one member under many names": (lambda: overlapping(900), None),
    "bzip2": (lambda: workbook(zipfile.ZIP_BZIP2, sheet1=sheet(ROWS + " " * 20 * MILLION)), UNREADABLE),
    "lzma": (lambda: workbook(zipfile.ZIP_LZMA, sheet1=sheet(ROWS + " " * 20 * MILLION)), UNREADABLE),
    "a million columns": (
        lambda: workbook(sheet1=sheet(f"<row>{'<c><v>1</v></c>' * MILLION}</row>")),
        "more than 200 columns",
    ),
    "empty cells": (lambda: workbook(sheet1=sheet(f"<row>{'<c/>' * 6 * MILLION}</row>")), FAR_MORE),
    "the last cell there is": (
        lambda: workbook(sheet1=sheet(ROWS + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')),
        "Line 1048576 has more than 200 columns",
    ),
    "the last cell, empty": (
        lambda: workbook(sheet1=sheet(ROWS + '<row r="1048576"><c r="XFD1048576" s="1"/></row>')),
        None,
    ),
    "a row beyond the last": (
        lambda: workbook(sheet1=sheet(ROWS + '<row r="999999999999"><c><v>1</v></c></row>')),
        UNREADABLE,
    ),
    "a column beyond the last": (
        lambda: workbook(sheet1=sheet(f'<row><c r="{"Z" * 100_000}1"><v>1</v></c></row>')),
        "more than 200 columns",
    ),
    "a million styled rows": (lambda: workbook(sheet1=sheet(ROWS + STYLED_ROWS)), None),
    "a million rows": (
        lambda: workbook(sheet1=sheet("<row><c><v>1</v></c></row>" * 800_000)),
        "more than 40,000 lines",
    ),
    "wide rows": (
        lambda: workbook(sheet1=sheet('<row><c r="GR1"><v>1</v></c></row>' * 40_000)),
        "more than 1,000,000 cells",
    ),
    "texts in cells": (lambda: workbook(sheet1=sheet(ROWS + row(*["ab"] * 30) * 10_000)), None),
    "one long text": (lambda: workbook(sheet1=sheet(row("Name", "Minutes") + row("ab " * 9 * MILLION, "20"))), None),
    "one long text, shared": (lambda: shared(f"<si><t>{'ab ' * 9 * MILLION}</t></si>", 1000), NOBODY),
    "texts without end": (lambda: shared("<si><t/></si>" * 2 * MILLION, 1), FAR_MORE),
    "long texts, shared": (lambda: shared(f"<si><t>{'é' * 1000}</t></si>" * 8000, 15_000), NOBODY),
    "runs without end": (lambda: shared(f"<si>{'<r><t>a</t></r>' * 300_000}</si>", 1), NOBODY),
    "merged cells": (
        lambda: workbook(sheet1=sheet(after=f"<mergeCells>{MERGED * 300_000}</mergeCells>")),
        None,
    ),
    "deep": (lambda: workbook(sheet1=sheet("<a>" * MILLION + "</a>" * MILLION)), FAR_MORE),
    "deep, never closed": (lambda: workbook(styles="<a>" * 5 * MILLION), FAR_MORE),
    "a million styles": (lambda: workbook(styles=f"<s><cellXfs>{'<xf/>' * MILLION}</cellXfs></s>"), FAR_MORE),
    "formats without end": (lambda: workbook(styles=f"<s>{FORMATS}</s>"), FAR_MORE),
    "one long format": (
        lambda: workbook(
            styles=f'<s><numFmt numFmtId="9" formatCode="{"[" * 200_000}"/><cellXfs><xf numFmtId="9"/></cellXfs></s>'
        ),
        None,
    ),
    "a million sheets": (
        lambda: workbook(workbook=f"""<workbook><sheets>{'<sheet r:id="r1"/>' * MILLION}</sheets></workbook>"""),
        FAR_MORE,
    ),
    "relations without end": (
        lambda: workbook(workbook_rels="".join(f'<Relationship Id="{it}" Type="b" Target="c"/>' for it in range(9000))),
        UNREADABLE,
    ),
    "entities": (
        lambda: workbook(sheet1=sheet(row("&l9;"), head=entities()).replace("&amp;l9;", "&l9;")),
        FAR_MORE,
    ),
    "a long entity, many times": (
        lambda: workbook(
            sharedStrings=f'<!DOCTYPE a [<!ENTITY b "{"c" * 100_000}">]><sst><si><t>{"&b;" * 10_000}</t></si></sst>'
        ),
        FAR_MORE,
    ),
    "attributes without end": (lambda: workbook(sheet1=sheet(f"<row {ATTRIBUTES}/>")), FAR_MORE),
    "one long attribute": (lambda: workbook(sheet1=sheet(f'<row a="{"b" * 25 * MILLION}"/>')), FAR_MORE),
    "one long comment": (lambda: workbook(sheet1=sheet(ROWS + f"<!--{'b' * 25 * MILLION}-->")), FAR_MORE),
    "one long number": (
        lambda: workbook(sheet1=sheet(ROWS + f"<row><c><v>{'9' * 9 * MILLION}</v></c></row>")),
        None,
    ),
    "the binary kind": (lambda: packed({"xl/workbook.bin": "x"}), "a binary Excel workbook"),
    "OpenDocument": (lambda: packed({"mimetype": "x", "content.xml": "<a>" * MILLION}), "an OpenDocument file"),
    "Numbers": (lambda: packed({"Index/Document.iwa": "x"}), "a Numbers or Pages document"),
}
OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
HEAD = "Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes)"
WHOLE = 5_200_000  # characters, a little less than a file may have


MANY = 10_000  # lines, a quarter of what there may be: what grows with their square is far too slow by then


def repeated(text):
    """Many such lines, as far as a file may have them."""
    return (text + "\n") * min(MANY, WHOLE // len(text.encode()) - 1)


def days(n):
    """A meeting on each day, as far as there are days."""
    start = dt.datetime(2000, 1, 1, 8)  # a clock's reading
    starts = [start + dt.timedelta(days=it) for it in range(n)]
    return [f"Ana,,{it:%Y-%m-%d %H:%M:%S},{it:%Y-%m-%d} 09:00:00,60" for it in starts]


FOREIGN = "".join(chr(it) for it in range(0xE0, 0xFF))
TEXTS = {
    "an old workbook": (lambda: OLD + bytes(5 * MILLION), "an old Excel or Word document"),
    "one endless line": (lambda: b"a" * WHOLE, "Line 1 has more than 100,000"),
    "one endless line of cells": (lambda: b"a," * (WHOLE // 2), "Line 1 has more than 100,000"),
    "columns without end": (lambda: HEAD + "\n" + repeated("a," * 300), "Line 2 has more than 200 columns"),
    "many cells": (lambda: HEAD + "\n" + repeated("a," * 130), "more than 1,000,000 cells"),
    "empty cells": (lambda: "Name,Minutes\nAna,20\n" + repeated("," * 130), None),
    "a quote that is never closed": (
        lambda: f'{HEAD}\n"Ana\n' + repeated("Bruno,b@lyon.example,09/25/2025,09/25/2025,5"),
        "opened but never closed",
    ),
    "a quote that is never closed, tabs": (
        lambda: 'Name\tMinutes\n"Ana\t20\n' + repeated("Bruno\t20"),
        None,
    ),
    "quotes around the ends of lines": (
        lambda: b"Name,Minutes\n" + b'"a\n",' * 39_000,
        "Line 39002 has more than 200 columns",
    ),
    "ends of lines": (lambda: b"\n" * 5 * MILLION + b"a", "more than 40,000 lines"),
    "other ends of lines": (lambda: b"Name,Minutes\nAna,20\n" + "\u2028a".encode() * MILLION, "more than 100,000"),
    "blanks": (lambda: "Name,Minutes\nAna,20\n" + repeated(" " * 130), None),
    "utf-16 without a mark": (lambda: ("a," * (WHOLE // 4)).encode("utf-16-le"), "more than 100,000"),
    "foreign words": (
        lambda: (
            b"Name,Minutes\n"
            + "\n".join(f"{FOREIGN[it % 31 :]}{FOREIGN[it % 29 :]},{it}" for it in range(MANY)).encode("cp1252")
        ),
        None,
    ),
    "one foreign word": (lambda: b"Name,Minutes\nAna,20\n" + b"\xe1" * 5 * MILLION, "more than 100,000"),
    "moments with blanks": (
        lambda: (
            f"{HEAD}\n" + "".join(f"A{it % 99},,01/02/2025{' ' * 35}{it:05}x,{' ' * 50}1:00,5\n" for it in range(MANY))
        ),
        None,
    ),
    "moments in words": (
        lambda: f"{HEAD}\n" + "".join(f"A,,{'aaaaaaaaaaa. ' * 3}{it:05},1 de de {it} de,5\n" for it in range(MANY)),
        None,
    ),
    "durations of digits": (lambda: "Name,Minutes\n" + "".join(f"A,{it:0>120}m1.\n" for it in range(MANY)), None),
    "names of many parts": (
        lambda: "Name,Minutes\n" + "".join(f"{it} {'A|B@' * 73},5\n" for it in range(11_900)),
        None,
    ),
    "names alike": (lambda: "Name,Minutes\n" + "".join(f"Anay Ana {it:x} b,5\n" for it in range(MANY)), None),
    "people without end": (
        lambda: "Name,Minutes\n" + "".join(f"Ana {it},5\n" for it in range(12_100)),
        "more than 12,000 people",
    ),
    "a meeting each day": (lambda: "\n".join([HEAD, *days(MANY)]), "more than 200 meetings"),
    "heads without end": (lambda: repeated("Name,Minutes"), "lists nobody"),
    "heads and titles": (lambda: "Name,Minutes\nAna,20\nA title:\n" * MANY, None),
    "titles under a wide head": (lambda: ",".join(["Name", "Minutes"] * 95) + "\n" + repeated("A title"), None),
    "comings and goings": (
        lambda: (
            "Full Name\tUser Action\tTimestamp\n"
            + "".join(
                f"Ana\t{('Joined', 'Left')[second % 2]}\t9/25/2025, {second // 3600 % 24}:{second // 60 % 60:02}:{second % 60:02}\n"
                for second in range(MANY)
            )
        ),
        None,
    ),
    "many words for coming": (
        lambda: (
            "Full Name\tUser Action\tTimestamp\n"
            + "".join(f"A{it % 5_000}\tB{it}\t9/25/2025, 4:00:00 PM\n" for it in range(MANY))
        ),
        None,
    ),
}


def measure(folder):
    """Read each file of a folder in a process of its own, and say as JSON what came of it: seconds of CPU, megabytes, words."""
    import django  # noqa: PLC0415 - this is the start of a process

    django.setup()
    from openpyxl.styles import numbers  # noqa: F401, PLC0415 - loaded once for all
    from openpyxl.utils import datetime  # noqa: F401, PLC0415

    from attendance.meeting_reports import matching  # noqa: PLC0415

    roster = matching.Roster(matching.Member(it, f"Ana Anaya {it}", frozenset(), "Lyon") for it in range(8000))
    results = {}
    for path in sorted(Path(folder).iterdir()):
        reader, writer = os.pipe()
        if not os.fork():
            os.write(writer, json.dumps(read_one(path, roster)).encode())
            os._exit(0)
        os.close(writer)
        with open(reader, "rb") as answer:  # noqa: PTH123 - a pipe
            results[path.name] = json.loads(answer.read() or "null")
        os.wait()
    json.dump(results, sys.stdout)


def read_one(path, roster):
    from attendance.meeting_reports import matching  # noqa: PLC0415 - once Django is ready
    from attendance.meeting_reports.reading import Hints, ReportError, meetings_of, people_of, read  # noqa: PLC0415

    content = path.read_bytes()
    started = time.process_time()
    try:
        report = read(content, hints=Hints(ZoneInfo("Europe/Madrid")), name=path.name)
        people = people_of(report.rows)
        meetings_of(report)
        matching.match(people, roster, matching.Aliases())
        sentence = ""
    except ReportError as error:
        sentence = str(error)
    seconds = time.process_time() - started
    return sentence, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    measure(sys.argv[1])
