"""The style guide looks as accepted (decision 52). If a change is meant: `make accept-looks`."""

import itertools
import os
from pathlib import Path

import pytest
from django.urls import include, path

from tests import pictures
from udtacademy import urls

urlpatterns = [path("styleguide/", include("udtacademy.devtools.urls")), *urls.urlpatterns]  # as where DEBUG is on

ACCEPTED = Path(__file__).parent / "looks"
PRESENT = Path("var/looks/styleguide")
GUIDES = {"site": "/styleguide/", "admin": "/styleguide/admin/"}
SCALE = 0.125


@pytest.fixture(scope="session")
def browser(browser_with_windows):
    return browser_with_windows


@pytest.mark.urls(__name__)
def test_the_style_guide_looks_as_accepted(visit, organiser):
    place = {"locale": "en-GB", "timezone_id": "Europe/Madrid"}
    visit = visit(bypass_csp=True, reduced_motion="reduce", **place)  # the font is from no address
    visit.sign_in(organiser)

    different = [file for name, address in GUIDES.items() for file in looks_of(visit, name, address)]

    assert different == [], f"see {PRESENT} beside {ACCEPTED}; if that is meant: make accept-looks"


def looks_of(visit, name, address):
    """Yield the names of the files that are not as accepted."""
    visit.open(address)
    for _width, scheme in visit.looks((1280, it) for it in pictures.SCHEMES):
        assert visit.violations() == [], (name, scheme)
        styles = "\n".join([*visit.page.evaluate(pictures.STYLES), ""]).encode()
        yield from differing(visit.page, f"{name}-{scheme}.txt", styles)
    visit.page.add_style_tag(content=pictures.IN_BLOCKS)
    visit.page.evaluate("document.fonts.load('1em Blocks')")
    for width, scheme in visit.looks(itertools.product(pictures.WIDTHS, pictures.SCHEMES)):
        assert not visit.overflows(), (name, width)
        yield from differing(visit.page, f"{name}-{width}-{scheme}.png", pictures.take(visit.page, SCALE))


def differing(page, file, present):
    """Yield the file's name unless it is as accepted, and keep it as it is now: as accepted, if that is asked for."""
    accepted = ACCEPTED / file
    if accepted.exists() and is_as(page, present, accepted.read_bytes()):
        return
    folder = ACCEPTED if os.environ.get("ACCEPT_LOOKS") else PRESENT
    folder.mkdir(parents=True, exist_ok=True)
    (folder / file).write_bytes(present)
    if folder == PRESENT:
        yield file


def is_as(page, one, other):
    return pictures.is_alike(page, one, other) if one.startswith(b"\x89PNG") else one == other
