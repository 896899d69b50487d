"""The rules of the house that can be checked by reading the repository."""

import ast
import re
import subprocess
import tomllib
from io import StringIO
from itertools import chain
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.urls import URLPattern, URLResolver, get_resolver

from programme.rules.editions import RESERVED_SLUGS

ROOT = Path(settings.BASE_DIR)
PACKAGES = ["udtacademy", "programme", "attendance"]
PYTHON = sorted(chain.from_iterable((ROOT / package).rglob("*.py") for package in PACKAGES))


def dotted(file):
    return ".".join(file.relative_to(ROOT).with_suffix("").parts)


MODULES = [file for file in PYTHON if "migrations" not in file.parts]


def parsed(file, kind):
    """All syntax nodes of a kind in a module."""
    return [node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, kind)]


def test_modules_stay_small():
    """Settings stay in one file however many there are."""
    sizes = {dotted(file): len(file.read_text().splitlines()) for file in MODULES}

    assert [name for name, n in sizes.items() if n > (360 if name == "udtacademy.settings" else 300)] == []


def test_functions_stay_small():
    functions = [(dotted(file), it) for file in MODULES for it in parsed(file, ast.FunctionDef)]

    assert [(name, it.name) for name, it in functions if it.end_lineno - it.lineno >= 40] == []


TRANSLATED = {
    "_": 1,
    "_lazy": 1,
    "gettext": 1,
    "gettext_lazy": 1,
    "ngettext": 2,
    "ngettext_lazy": 2,
}  # sentences of each


def test_sentences_name_their_placeholders():
    """Who translates sees what stands there, and may change the order."""
    calls = [(dotted(file), it) for file in MODULES for it in parsed(file, ast.Call)]
    translated = [(name, it) for name, it in calls if isinstance(it.func, ast.Name) and it.func.id in TRANSLATED]
    sentences = [(name, arg) for name, it in translated for arg in it.args[: TRANSLATED[it.func.id]]]

    assert len(sentences) > 1000
    assert [(name, ast.unparse(arg)) for name, arg in sentences if not is_whole(arg)] == []


def is_whole(sentence):
    """Return whether it is one string whose placeholders have names."""
    return isinstance(sentence, ast.Constant) and not re.search(r"%[^(%]", sentence.value.replace("%%", ""))


# As an import, a tag library, the name of a URL or a path; not as a word in a sentence, nor as two fields of an edition.
NAMES_ATTENDANCE = re.compile(
    r"""(?:from|import|load)\ [^\n%]*\battendance\b | \battendance(?:/|[:_.-](?!rule|share)\w)
    | [/"'_]attendance[/"'] | \w_attendance\b""",
    re.VERBOSE,
)


EMAILS_OF_ATTENDANCE = {
    "_reminder",
    "certificate_issued",
    "certificate_revoked",
    "digest",
    "excuse_approved",
    "excuse_declined",
    "missed",
    "missed_city",
    "missed_question",
    "nudge",
    "reminder",
    "seal",
}


def files_of_the_programme():
    """Its modules, its pages and the emails that attendance does not send."""
    texts = ROOT / "templates"
    folders = [texts / "programme", texts / "components", texts / "admin" / "programme"]
    yield from (file for file in (ROOT / "programme").rglob("*.py") if "migrations" not in file.parts)
    yield from chain.from_iterable(folder.rglob("*.html") for folder in folders)
    yield from [*texts.glob("*.html"), *(texts / "admin").glob("*.html")]
    yield from (file for file in (texts / "emails").glob("*.txt") if file.stem not in EMAILS_OF_ATTENDANCE)


def test_the_programme_does_not_name_attendance():
    files = list(files_of_the_programme())

    assert len(files) > 150
    assert [str(file) for file in files if NAMES_ATTENDANCE.search(file.read_text())] == []


@pytest.mark.parametrize(
    ("line", "names_it"),
    [
        ("from attendance.models import Evidence", True),
        ("{% load attendance i18n %}", True),
        ("{% load i18n attendance programme %}", True),
        ("{% url 'attendance:join' edition.slug %}", True),
        ('{% include "attendance/_page.html" %}', True),
        ("{% absolute portal_path %}attendance/", True),
        ("{% attendance_glance edition %}", True),
        ('call_command("seed_attendance")', True),
        ("perms.attendance.view_report", True),
        ("It is a core session: attendance is mandatory.", False),
        ("Rules of attendance.", False),
        ('"attendance_rule", "attendance_share"', False),
    ],
)
def test_what_names_attendance(line, names_it):
    assert bool(NAMES_ATTENDANCE.search(line)) == names_it


REASONS_TO_IMPORT_INLINE = {
    "circle of frameworks",  # what Django, Celery, gunicorn or an AppConfig loads before the models and the settings are there
    "heavy library rarely needed",
    "development only",  # production does not have it, or does not run it
    "task asked after commit",  # tasks stand above the actions they run
}


def test_inline_imports_have_one_of_a_few_reasons():
    inline = [line for file in PYTHON for line in file.read_text().splitlines() if "PLC0415" in line]

    assert len(inline) > 20
    assert {line.partition("PLC0415")[2].removeprefix(" - ") for line in inline} == REASONS_TO_IMPORT_INLINE


@pytest.mark.parametrize("package", ["programme", "attendance"])
def test_every_module_of_views_has_its_tests(package):
    for file in (ROOT / package / "views").glob("[a-z]*.py"):
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.FunctionDef) and any("require" in ast.unparse(d) for d in node.decorator_list):
                folder = ROOT / "tests" / package / "views"
                assert (folder / f"test_{node.name}.py").exists() or (folder / f"test_{file.stem}.py").exists(), (
                    node.name
                )


def test_templates_have_few_lines_and_short_ones():
    """What is longer than 60 lines has parts with names: no formatter says so."""
    files = [file for file in (ROOT / "templates").rglob("*") if file.suffix in {".html", ".txt"}]
    sizes = {file: [len(line) for line in file.read_text().splitlines()] for file in files}

    assert len(files) > 200
    assert [file for file, widths in sizes.items() if max(widths, default=0) > 120] == []
    assert [file for file, widths in sizes.items() if len(widths) > 60] == []


def test_templates_hold_no_inline_css_or_js():
    for file in (ROOT / "templates").rglob("*.html"):
        if file.parent.name == "emails":
            continue  # programs for email know no other styles
        text = file.read_text()
        assert not re.search(r"<style|style=\"|\son[a-z]+=\"|javascript:|<script(?![^>]*\bsrc=)", text), file


INCLUDE = re.compile(r"""{%\s*include\s+["']([^"']+)["']([^%]*)%}""")
POST_FORM = re.compile(r"""method=["']?post|{%\s*csrf_token""", re.IGNORECASE)


def posting_templates(texts):
    """The names of the templates with a form that posts, of their own or in what they include."""
    names = {name for name, text in texts.items() if POST_FORM.search(text)}
    while more := {
        name
        for name, text in texts.items()
        if name not in names and any(it[1] in names for it in INCLUDE.finditer(text))
    }:
        names |= more
    return names


def without_token(texts):
    """The includes that keep the CSRF token from a form: `only` drops it."""
    posting = posting_templates(texts)
    return [
        f"{name}: {include[0]}"
        for name, text in texts.items()
        for include in INCLUDE.finditer(text)
        if include[1] in posting and re.search(r"\sonly\s*$", include[2]) and "csrf_token=" not in include[2]
    ]


def test_no_form_is_cut_off_from_its_token():
    folder = ROOT / "templates"
    texts = {str(file.relative_to(folder)): file.read_text() for file in folder.rglob("*.html")}

    assert without_token(texts) == []


@pytest.mark.parametrize(
    ("line", "is_found"),
    [
        ('{% include "part.html" with one=one only %}', True),
        ("{% include 'part.html' only %}", True),
        ('{% include "around.html" only %}', True),
        ('{% include "part.html" with one=one %}', False),
        ('{% include "part.html" with csrf_token=csrf_token only %}', False),
        ('{% include "plain.html" only %}', False),
    ],
)
def test_a_form_that_is_cut_off_from_its_token_is_found(line, is_found):
    texts = {
        "page.html": line,
        "part.html": '<form method="post">',
        "around.html": '{% include "part.html" %}',
        "plain.html": '<form method="get">',
    }

    assert bool(without_token(texts)) == is_found


def test_no_url_comes_before_the_editions_slug_without_being_reserved():
    first_segments = {str(pattern.pattern).lstrip("^").split("/")[0].split(".")[0] for pattern in flat(get_resolver())}
    fixed = {segment for segment in first_segments if segment and "<" not in segment}

    assert fixed <= RESERVED_SLUGS


def flat(resolver):
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver) and not str(pattern.pattern):
            yield from flat(pattern)
        elif isinstance(pattern, (URLPattern, URLResolver)):
            yield pattern


@pytest.mark.django_db
def test_migrations_are_in_step_with_the_models():
    output = StringIO()

    call_command("makemigrations", dry_run=True, stdout=output)

    assert output.getvalue() == "No changes detected\n"


def test_every_client_of_tests_checks_tokens():
    """The one of tests/client.py, which also looks at every form it is shown; or Django's own, told to."""
    lax = re.compile(r"from django\.test import [^\n]*\bClient\b|django\.test\.Client\((?!enforce_csrf_checks=True)")
    files = [file for file in (ROOT / "tests").rglob("*.py") if "node_modules" not in file.parts]

    assert [file for file in files if lax.search(file.read_text())] == []


def test_each_dependency_has_its_reason():
    rows = (ROOT / "pyproject.toml").read_text().split("[tool.ruff]")[0].splitlines()
    dependencies = [line for line in rows if re.match(r'  "[A-Za-z]', line)]

    assert len(dependencies) > 20
    assert [line for line in dependencies if not re.search(r'", +# \w', line)] == []


@pytest.mark.parametrize("name", ["production", "local", "dev", "redis"])
def test_locks_have_hashes_and_no_address(name):
    text = (ROOT / "requirements" / f"{name}.txt").read_text()

    assert "--hash=sha256:" in text
    assert not re.search(r"https?://|file:|--index|--find-links", text)


def test_everything_declared_is_locked():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    locked = (ROOT / "requirements" / "dev.txt").read_text().lower()
    declared = chain(project["dependencies"], *project["optional-dependencies"].values())

    names = [re.split(r"[\[><=~ ]", spec)[0].lower() for spec in declared]
    missing = [name for name in names if not re.search(rf"^{re.escape(name)}(\[[a-z, -]+\])?==", locked, re.MULTILINE)]
    assert missing == []


def test_no_file_names_a_machine_or_a_package_index():
    files = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    pattern = re.compile(rb"/wor[k]/|/roo[t]/|pypi\.or[g]|registry\.npmj[s]|files\.pythonhoste[d]")

    assert [name for name in files if (ROOT / name).is_file() and pattern.search((ROOT / name).read_bytes())] == []
