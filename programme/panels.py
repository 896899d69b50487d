"""The places that the programme leaves to other applications.

An application adds to these lists in its `AppConfig.ready`, and what it adds is shown in that order. The programme itself
names no application above it: its templates ask for a place by `{% panels "<place>" … %}`.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, ParamSpec

from programme.models import Edition, Participant, Session
from udtacademy.accounts.models import User

if TYPE_CHECKING:
    from programme.queries.participant_programme import OwnProgramme

P = ParamSpec("P")


@dataclass(frozen=True)
class Panel(Generic[P]):
    """Part of a page: a template, and what makes its context from what the page gives to the place."""

    template: str
    context: Callable[P, dict[str, Any]]


@dataclass(frozen=True)
class Todo:
    """Something left to do for a participant, and the page to do it on."""

    title: str
    text: str
    url: str


PORTAL_NEXT: list[Panel[[Participant, Session]]] = []  # below the next session of a participant's own page
PORTAL: "list[Panel[[OwnProgramme]]]" = []  # after it
PROFILE: list[Panel[[Participant]]] = []  # below the form of somebody registered
EDITION_SUMMARY: list[Panel[[User, Edition]]] = []  # rows of an edition's list on the organisers' first page

PLACES: dict[str, Sequence[Panel[...]]] = {
    "portal_next": PORTAL_NEXT,
    "portal": PORTAL,
    "profile": PROFILE,
    "edition_summary": EDITION_SUMMARY,
}

TODOS: list[Callable[[Participant, dt.datetime], Todo | None]] = []  # asked after the programme's own
SESSION_LINKS: dict[str, Callable[[Session], str]] = {}  # paths, by what they are for: "join" for calendars
DEMO_COMMANDS: list[str] = []  # management commands that add to the demo edition, run by `start` after `seed_demo`


def session_path(purpose: str, session: Session) -> str:
    """Return the path of a session's page for this purpose; empty where no application has one."""
    link = SESSION_LINKS.get(purpose)
    return link(session) if link else ""
