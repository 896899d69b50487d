"""Panels: parts of pages, to-dos and links that other apps add.

An app appends to these lists in its `AppConfig.ready`; they are shown in that order. The programme imports no app above it:
its templates show a list with `{% panels "<name>" … %}`.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, ParamSpec

from programme.models import Delegation, Edition, Participant, Session

if TYPE_CHECKING:
    from django.http import HttpResponse

    from programme.queries.overview import EditionCard
    from programme.queries.participant_programme import OwnProgramme, ParticipantSession
    from udtacademy.accounts.models import User
    from udtacademy.admin.charts import BarChart

P = ParamSpec("P")


@dataclass(frozen=True)
class Panel(Generic[P]):
    """A part of a page: a template, and a function that makes its context from the values that the page passes."""

    template: str
    context: Callable[P, dict[str, Any]]


@dataclass(frozen=True)
class EditionPanel:
    """A part of each edition on the organisers' first page: a template, and a function that is asked once for all editions.

    It returns what the template shows as `summary`, by the edition's primary key.
    """

    template: str
    summaries: "Callable[[User, Sequence[EditionCard]], Mapping[int, dict[str, Any]]]"


class PageLink(NamedTuple):
    """A link to a page of another application."""

    label: Any
    url: Any  # text, or lazy: when applications register, there are no URLs yet


@dataclass(frozen=True)
class SeenPage:
    """A page of participants that organisers may look at: its view takes the request and `edition_slug`.

    `is_for_all`: also people who are not registered have it.
    """

    label: Any
    view: Callable[..., "HttpResponse"]
    is_for_all: bool = False


@dataclass(frozen=True)
class Todo:
    """Something a participant has to do, and the page to do it on."""

    title: str
    text: str
    url: str


@dataclass(frozen=True)
class EditionTask:
    """Something an organiser has to do in an edition. `rank`: 0 is the most urgent; `button`: what it leads to."""

    rank: int
    text: str
    button: str
    url: str


@dataclass(frozen=True)
class PlannedEmails:
    """Emails that will leave by themselves. `url`: the page that says who gets them; `about`: what they are counted by."""

    at: dt.datetime
    text: str
    url: str
    about: Any = None


@dataclass(frozen=True)
class EditionWork:
    """What an application adds to the overview of an edition, as far as the user may see it, from reads that all share."""

    tasks: Iterable[EditionTask] = ()
    charts: "Iterable[BarChart]" = ()
    leaving: Iterable[PlannedEmails] = ()  # as by `EmailPlan.planned`


@dataclass(frozen=True)
class EmailPlan:
    """Planned emails: those still to leave, for a user, in an edition, now; and how many people get each of some.

    `planned` costs one query a kind of emails at most; `n_people` returns None for what nobody can know yet.
    """

    planned: "Callable[[User, Edition, dt.datetime], Iterable[PlannedEmails]]"
    n_people: "Callable[[Edition, Sequence[PlannedEmails], dt.datetime], Sequence[int | None]]"


PORTAL_NEXT: "list[Panel[[OwnProgramme, Session]]]" = []  # below the next session in the portal
PORTAL: "list[Panel[[OwnProgramme]]]" = []  # after it
SESSION: "list[Panel[[ParticipantSession]]]" = []  # on a session's page, for somebody registered
TEAM: list[Panel[[Participant]]] = []  # below the people registered, on the page of a city's team
PROFILE: list[Panel[[Participant]]] = []  # below the form of somebody registered
PERSON: "list[Panel[[User, Participant]]]" = []  # on a person's page in the admin, for the organiser who reads it
SEEN_PAGES: dict[str, SeenPage] = {}  # by a short name for the URL; without secrets such as links to calendars
CITY: "list[Panel[[User, Delegation]]]" = []  # on a city's page in the admin
SIGN_OUT: list[Panel[[]]] = []  # on the page where one signs out
EDITION_SUMMARY: list[EditionPanel] = []  # rows of an edition's list on the organisers' first page

PANELS: dict[str, Sequence[Panel[...]]] = {
    "portal_next": PORTAL_NEXT,
    "portal": PORTAL,
    "session": SESSION,
    "team": TEAM,
    "profile": PROFILE,
    "person": PERSON,
    "city": CITY,
    "sign_out": SIGN_OUT,
}

# On the overview of an edition, for a user who sees it, now:
EDITION_WORK: "list[Callable[[User, Edition, dt.datetime], EditionWork]]" = []

EMAIL_PLANS: list[EmailPlan] = []  # what leaves by itself, listed together under Messages
TODOS: list[Callable[[Participant, dt.datetime], Todo | None]] = []  # called after those of the programme
SESSION_PAGES: "list[Callable[[User, Session], Iterable[PageLink]]]" = []  # on a session's page in the admin
FOOTER_LINKS: list[PageLink] = []  # at the foot of every page
EDITION_LINKS: "list[Callable[[Edition], PageLink | None]]" = []  # on the public page of an edition that is over
SESSION_LINKS: dict[str, Callable[[Session], str]] = {}  # paths, by what they are for: "join" for calendars
LANDINGS: "list[Callable[[User], str | None]]" = []  # where somebody starts who takes part in nothing, as a path
DEMO_COMMANDS: list[str] = []  # management commands that add to the demo edition, run by `start` after `seed_demo`


def landing_of(user: "User") -> str | None:
    """Return where this user starts, if they take part in nothing; None: where everybody does."""
    return next(filter(None, (it(user) for it in LANDINGS)), None)


def seen_pages_of(person: Participant) -> dict[str, SeenPage]:
    """Return the pages that the person has."""
    return {name: page for name, page in SEEN_PAGES.items() if page.is_for_all or person.is_registered}


def session_path(purpose: str, session: Session) -> str:
    """Return the path of a session's page for a purpose such as "join"; empty if no app has one."""
    link = SESSION_LINKS.get(purpose)
    return link(session) if link else ""
