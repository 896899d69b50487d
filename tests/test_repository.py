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

from programme.rules import RESERVED_SLUGS

ROOT = Path(settings.BASE_DIR)
PACKAGES = ["udtacademy", "programme", "attendance"]  # each may import those before it
PYTHON = sorted(chain.from_iterable((ROOT / package).rglob("*.py") for package in PACKAGES))
LAYERS = {  # within a package, each may import those before it
    "programme": [
        {"rules", "errors", "history", "triggers", "roles"},
        {"models"},
        {"own_programme"},
        {"mistakes", "documents", "access", "calendars", "checks", "outbox"},
        {"mime", "lines", "demo_mails", "second_factors"},
        {"emails"},
        {
            "calendar_links",
            "choices",
            "schema",
            "sitemaps",
            "formats",
            "templatetags",
            "todos",
            "notices",
        },
        {"actions"},
        {"accounts", "demo", "forms", "tasks"},
        {"admin", "admin_site", "views", "management", "urls", "account_urls", "apps"},
    ],
    "attendance": [
        {"rules", "standing_rules", "reminder_rules", "triggers", "reports", "names", "matching"},
        {"models", "retention"},
        {"badges", "join_links", "mute_links", "taught"},
        {"access", "words", "rosters"},
        {"standing", "door", "live", "reminders", "chasers"},
        {"actions"},
        {"board", "changes", "own", "signals", "reminder_previews", "report_effects", "report_review"},
        {"exports", "forms", "tasks", "demo", "generated", "templatetags"},
        {"admin", "views", "urls", "staff_urls", "apps", "management"},
    ],
}


def imports(file):
    """The dotted names a module imports; those inside functions and under TYPE_CHECKING left out."""
    for node in ast.parse(file.read_text()).body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def layer(dotted):
    """The layer of a module such as programme.models.session, or None outside of the layered packages."""
    package, *rest = dotted.split(".")
    return next((number for number, names in enumerate(LAYERS.get(package, [])) if rest and rest[0] in names), None)


def dotted(file):
    return ".".join(file.relative_to(ROOT).with_suffix("").parts)


@pytest.mark.parametrize("file", PYTHON, ids=dotted)
def test_imports_go_down_only(file):
    package = PACKAGES.index(dotted(file).split(".")[0])
    for name in imports(file):
        target = name.split(".")[0]
        if target in PACKAGES:
            assert PACKAGES.index(target) <= package, f"{dotted(file)} imports {name}"
        own, other = layer(dotted(file)), layer(name)
        if target == PACKAGES[package] and own is not None and other is not None:
            assert other <= own, f"{dotted(file)} imports {name}"


@pytest.mark.parametrize("package", LAYERS)
def test_every_module_has_a_layer(package):
    modules = {
        path.stem for path in (ROOT / package).iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }

    assert modules - {"__init__", "migrations"} <= set().union(*LAYERS[package])


@pytest.mark.parametrize("file", [file for file in PYTHON if "migrations" not in file.parts], ids=dotted)
def test_modules_stay_small(file):
    assert len(file.read_text().splitlines()) <= 350


@pytest.mark.parametrize("package", LAYERS)
def test_every_module_of_views_has_its_tests(package):
    for file in (ROOT / package / "views").glob("[a-z]*.py"):
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.FunctionDef) and any("require" in ast.unparse(d) for d in node.decorator_list):
                folder = ROOT / "tests" / package / "views"
                assert (folder / f"test_{node.name}.py").exists() or (folder / f"test_{file.stem}.py").exists(), (
                    node.name
                )


def test_templates_hold_no_inline_css_or_js():
    for file in (ROOT / "templates").rglob("*.html"):
        if file.parent.name == "emails":
            continue  # programs for e-mail know no other styles
        text = file.read_text()
        assert not re.search(r"<style|style=\"|\son[a-z]+=\"|javascript:|<script(?![^>]*\bsrc=)", text), file


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
    said = StringIO()

    call_command("makemigrations", dry_run=True, stdout=said)

    assert said.getvalue() == "No changes detected\n"


def test_each_dependency_has_its_reason():
    lines = (ROOT / "pyproject.toml").read_text().split("[tool.ruff]")[0].splitlines()
    dependencies = [line for line in lines if re.match(r'  "[A-Za-z]', line)]

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
    missing = [name for name in names if not re.search(rf"^{re.escape(name)}(\[[a-z,-]+\])?==", locked, re.MULTILINE)]
    assert missing == []


def test_no_file_names_a_machine_or_a_package_index():
    files = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    pattern = re.compile(rb"/wor[k]/|/roo[t]/|pypi\.or[g]|registry\.npmj[s]|files\.pythonhoste[d]")

    assert [name for name in files if (ROOT / name).is_file() and pattern.search((ROOT / name).read_bytes())] == []
