import re
from pathlib import Path

from django.contrib.staticfiles import finders

from udtacademy.http import style_sheets

VALUE = r"(#[0-9a-f]{6})"
COLOUR = re.compile(rf"(--[a-z-]+): {VALUE};")
PAIR = re.compile(rf"(--[a-z-]+): light-dark\({VALUE}, {VALUE}\);")


def test_a_folder_is_found_as_one_file_that_follows_its_parts(tmp_path, monkeypatch):
    monkeypatch.setattr(style_sheets, "FOLDERS", tmp_path / "css")
    monkeypatch.setattr(style_sheets, "JOINED", tmp_path / "joined")
    (tmp_path / "css" / "door").mkdir(parents=True)
    (tmp_path / "css" / "door" / "2.css").write_text("/* B */\nb,\ni {\n  c: d;\n}")
    (tmp_path / "css" / "door" / "1.css").write_text("a {}")
    finder = style_sheets.StyleSheetFinder()

    first = Path(finder.find("css/door.css")).read_text()
    (tmp_path / "css" / "door" / "2.css").write_text("i {}")
    second = Path(finder.find("css/door.css", find_all=True)[0]).read_text()
    [(path, storage)] = finder.list([])

    assert (first, second) == ("a{}b, i{c: d;}", "a{}i{}")
    assert (path, storage.open(path).read()) == ("css/door.css", b"a{}i{}")
    assert finder.find("css/nothing.css") == []
    assert finder.find("js/site.js") == []


def test_the_style_sheets_of_pages_are_found():
    assert all(finders.find(it) for it in ("css/site.css", "css/admin.css"))


def test_the_admin_has_the_colours_of_the_site():
    site = (style_sheets.FOLDERS / "site" / "01-tokens.css").read_text()
    admin = (style_sheets.FOLDERS / "admin" / "00-tokens.css").read_text()
    light, dark = (dict(COLOUR.findall(part)) for part in site.split("prefers-color-scheme: dark", 1))

    pairs = {name: (first, second) for name, first, second in PAIR.findall(admin)}

    assert pairs
    assert pairs == {name: (light[name], dark[name]) for name in pairs}
