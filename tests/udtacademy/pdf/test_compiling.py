"""PDF files are made from data: nothing that people wrote is read as markup."""

import signal
import subprocess

import pytest

from tests.pdf_files import reader_of, tags_of, text_of
from tests.refusals import refused
from udtacademy.pdf import compiling
from udtacademy.pdf.compiling import compile_pdf
from udtacademy.pdf.letters import letters

MARKUP = ['#read("/etc/passwd")', "$x^2$ *bold* _it_ `raw`", "@label <label> = Heading", "\\u{41} // gone /* gone */"]


def sheet(*names, heading="Sheet"):
    return {
        "head": "Academy",
        "heading": heading,
        "lines": [],
        "columns": ["No.", "Here", "Name", "Signature"],
        "page_of": "Page {page} of {pages}",
        "printed": "Printed now",
        "cities": [{"name": "Girona", "people": [{"number": str(n), "name": it} for n, it in enumerate(names, 1)]}],
    }


def test_a_file_is_tagged_and_has_a_title_and_a_language():
    content = compile_pdf("sign_in_sheet", sheet("Ana Anaya"), title="Sign-in sheet: Talk")

    file = reader_of(content)
    root = file.trailer["/Root"]
    assert (file.metadata.title, root["/Lang"], root["/MarkInfo"]["/Marked"]) == ("Sign-in sheet: Talk", "en", True)
    assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_data()
    assert {"H1", "Table", "TH", "TD"} <= set(tags_of(content))


def test_markup_stays_text():
    text = text_of(compile_pdf("sign_in_sheet", sheet(*MARKUP, heading='#panic("x")'), title='#read("a")'))

    assert [it for it in MARKUP if it not in text] == []
    assert '#panic("x")' in text
    assert "root:" not in text


def test_every_letter_of_the_fonts_can_be_printed():
    """In PDF/UA a letter without a glyph is an error, also as part of a ligature or with a mark."""
    rows = "".join(map(chr, sorted(letters())))
    names = [rows[start : start + 40] for start in range(0, len(rows), 40)]

    assert compile_pdf("sign_in_sheet", sheet(*names), title="Letters").startswith(b"%PDF-1.7")


def test_a_template_finds_no_file_outside_its_folder(tmp_path, monkeypatch):
    (tmp_path / "templates").mkdir()
    (tmp_path / "secret.txt").write_text("secret")
    monkeypatch.setattr(compiling, "TEMPLATES", tmp_path / "templates")
    (tmp_path / "templates" / "greedy.typ").write_text('#read("../secret.txt")')

    with refused("pdf_failed") as refusal:
        compile_pdf("greedy", {}, title="x")

    (note,) = refusal.value.__cause__.__notes__
    assert "outside of project root" in note or "escape" in note


@pytest.mark.parametrize(
    ("limit", "value", "template"),
    [
        ("MOST_MEMORY", 300 * 2**20, "#let grow(x) = grow(x + x)\n#grow((0,) * 1000)"),
        ("LONGEST", 1.5, "#while true { let x = calc.pow(2, 3) }"),
    ],
)
def test_memory_and_time_are_limited(tmp_path, monkeypatch, limit, value, template):
    monkeypatch.setattr(compiling, "TEMPLATES", tmp_path)
    monkeypatch.setattr(compiling, limit, value)
    (tmp_path / "endless.typ").write_text(template)

    with refused("pdf_failed"):
        compile_pdf("endless", {}, title="x")


def test_the_process_ends_by_itself_if_nobody_ends_it(tmp_path, monkeypatch):
    monkeypatch.setattr(compiling, "TEMPLATES", tmp_path)
    monkeypatch.setattr(compiling, "MOST_CPU", 1)
    thrice = "for a in range(10000) { for b in range(10000) { for c in range(10000) { let x = calc.pow(2, 3) } } }"
    (tmp_path / "endless.typ").write_text(f"#{thrice}")

    with refused("pdf_failed") as refusal:
        compile_pdf("endless", {}, title="x")

    assert refusal.value.__cause__.returncode in {-signal.SIGXCPU, -signal.SIGKILL}


def test_the_process_gets_no_environment(monkeypatch):
    calls = []
    monkeypatch.setattr(
        subprocess,
        "run",
        lambda *args, **options: calls.append(options) or subprocess.CompletedProcess(args, 0, b"%PDF"),
    )

    compile_pdf("sign_in_sheet", sheet(), title="x")

    assert calls[0]["env"] == {"RAYON_NUM_THREADS": "1"}
