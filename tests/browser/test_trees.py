"""Ten pages as assistive technology reads them, in order. If a change is meant: `make accept-trees`, then look at the difference."""

import datetime as dt
import os
import re
from pathlib import Path

import time_machine

from programme.models import Edition, Session
from tests.factories.people import DelegationFactory, InvitationFactory, ParticipantFactory, UserFactory

TREES = Path(__file__).parent / "trees"
TODAY = dt.datetime(2025, 10, 16, 13, 55, tzinfo=dt.UTC)  # five minutes before a core session
PORTAL = "/portal/udt-2025/"
PAGES = {
    "edition": "/udt-2025/",
    "session": "/udt-2025/sessions/preparing-for-the-in-person-meeting/",
    "registration": "/udt-2025/register/",
    "sign-in": "/accounts/login/code/",
    "portal": PORTAL,
    "own-programme": f"{PORTAL}programme/",
    "tracks": f"{PORTAL}tracks/",
    "attendance": f"{PORTAL}attendance/",
    "team": f"{PORTAL}team/",
    "profile": f"{PORTAL}profile/",
}
ANONYMOUS = {"edition", "sign-in"}
ADDRESSES = re.compile(r":\n +- /url: .*")


def test_pages_are_read_as_accepted(visit, edition_2025):
    with time_machine.travel(TODAY):
        coordinator, stranger = team_of(edition_2025), UserFactory(name="", email="stella@girona.example")
        visitors = {who: visit(timezone_id="Europe/Madrid") for who in ("anybody", "stranger", "coordinator")}
        visitors["stranger"].sign_in(stranger)
        visitors["coordinator"].sign_in(coordinator.user)
        trees = {name: tree_of(visitors[who_opens(name)], path) for name, path in PAGES.items()}

    if os.environ.get("ACCEPT_TREES"):
        for name, tree in trees.items():
            (TREES / f"{name}.txt").write_text(tree)
    assert trees == {file.stem: file.read_text() for file in TREES.glob("*.txt")}


def team_of(edition):
    """Return a coordinator with a colleague and somebody invited."""
    opens_at = TODAY - dt.timedelta(days=90)
    Edition.objects.update(registration_opens_at=opens_at, choice_opens_at=opens_at)
    Session.objects.filter(format="online").update(meeting_url="https://meet.example/")
    delegation = DelegationFactory(edition=edition, city__name="Girona", quota=4)
    coordinator, _colleague = (
        ParticipantFactory(delegation=delegation, user__name=name, user__email=f"{number}@girona.example")
        for number, name in enumerate(["Carme Coll", "Bo Berg"])
    )
    coordinator.is_coordinator = True
    coordinator.save()
    InvitationFactory(delegation=delegation, email="dag@girona.example")
    return coordinator


def who_opens(name):
    if name in ANONYMOUS:
        return "anybody"
    return "stranger" if name == "registration" else "coordinator"


def tree_of(visitor, path):
    assert visitor.open(path).status == 200, path
    return ADDRESSES.sub("", visitor.page.locator("main").aria_snapshot()) + "\n"
