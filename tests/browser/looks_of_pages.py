"""Twenty pages in eight looks, compared with what was accepted on this machine: `make looks`, not `make test` (decision 52)."""

import datetime as dt
import itertools
import os
import shutil
from pathlib import Path

import pytest
import time_machine

from tests import pictures
from tests.factories.people import ParticipantFactory, SeatFactory, UserFactory

LOOKS = Path("var/looks")
ACCEPTED, PRESENT = LOOKS / "accepted", LOOKS / "present"
NOW = dt.datetime(2025, 9, 20, 10, 0, tzinfo=dt.UTC)
SCALE = 0.5
VISITOR = {
    "home": "/",
    "editions": "/editions/",
    "session": "/udt-2025/sessions/peer-learning/",
    "parallel-session": "/udt-2025/sessions/data-infrastructure/",
    "register": "/udt-2025/register/",
    "sign-in": "/accounts/login/code/",
    "not-found": "/nothing/",
}
PARTICIPANT = {
    "programme": "/udt-2025/",
    "portal": "/portal/udt-2025/",
    "tracks": "/portal/udt-2025/tracks/",
    "attendance": "/portal/udt-2025/attendance/",
    "profile": "/portal/udt-2025/profile/",
}
ORGANISER = {
    "admin": "/admin/",
    "overview": "/admin/editions/udt-2025/",
    "table": "/admin/editions/udt-2025/programme/table/",
    "people": "/admin/editions/udt-2025/people/",
    "seats": "/admin/editions/udt-2025/seats/",
    "board": "/admin/editions/udt-2025/attendance/board/",
    "settings": "/admin/editions/udt-2025/settings/",
    "person-add": "/admin/editions/udt-2025/people/add/",
}


@pytest.fixture(scope="session")
def browser(browser_with_windows):
    return browser_with_windows


def test_pages_look_as_accepted_here(visit, edition_2025, organiser):
    shutil.rmtree(PRESENT, ignore_errors=True)
    PRESENT.mkdir(parents=True)

    edition_2025.registration_opens_at, edition_2025.registration_closes_at = NOW, NOW + dt.timedelta(days=2)
    edition_2025.save()
    with time_machine.travel(NOW, tick=False):
        person = ParticipantFactory(delegation__edition=edition_2025, user=UserFactory(name="Carme Vidal"))
        ParticipantFactory(delegation=person.delegation, state="pending")
        SeatFactory(participant=person, session=edition_2025.sessions.get(slug="data-infrastructure"))
        for user, pages in ((None, VISITOR), (person.user, PARTICIPANT), (organiser, ORGANISER)):
            take_pictures(visit(reduced_motion="reduce", locale="en-GB", timezone_id="Europe/Madrid"), user, pages)

    assert different(visit().page) == [], f"see {LOOKS}/index.html; if that is meant: make accept-looks"


def take_pictures(visit, user, pages):
    if user:
        visit.sign_in(user)
    for name, address in pages.items():
        response = visit.open(address)
        assert response.status in {200, 404}, (address, response.status)
        for width, scheme in visit.looks(itertools.product(pictures.WIDTHS, pictures.SCHEMES)):
            assert not visit.overflows(), (address, width)
            (PRESENT / f"{name}-{width}-{scheme}.png").write_bytes(pictures.take(visit.page, SCALE))


def different(page):
    """Return the pictures that are not as accepted, and write a page with both. The first ever taken are accepted."""
    if not ACCEPTED.exists():
        shutil.copytree(PRESENT, ACCEPTED)
    names = sorted({file.name for folder in (ACCEPTED, PRESENT) for file in folder.iterdir()})
    changed = [name for name in names if not is_as_accepted(page, name)]
    rows = [f"<h2>{it}</h2><img src=accepted/{it} alt=accepted> <img src=present/{it} alt=present>" for it in changed]
    (LOOKS / "index.html").write_text(os.linesep.join(["<!doctype html><title>Looks</title>", *rows]))
    return changed


def is_as_accepted(page, name):
    files = (ACCEPTED / name, PRESENT / name)
    return all(file.exists() for file in files) and pictures.is_alike(page, *(file.read_bytes() for file in files))
