"""What organisers have to do in an edition, worked out from its state, and how its registrations and seats are doing."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext, ngettext_lazy

from programme.admin.planned_page import news_from
from programme.formats import short_date
from programme.models import Edition, Session
from programme.panels import EditionTask, EditionWork
from programme.queries.city_plans import late_steps
from programme.queries.edition_work import (
    SessionLack,
    failed_since,
    registrations_by_week,
    sessions_with_seats,
)
from programme.queries.planned_news import news_by
from programme.rules.editions import Phase
from udtacademy.accounts.models import User
from udtacademy.admin.charts import Bar, BarChart, Series


@dataclass(frozen=True)
class Counted:
    """A kind of task: what is counted (`counts_of`), for whom, and the list with just that.

    `text`: with %(n)s, in both numbers; `page`: the URL name of the list, without its namespace; `query`: its filter, if
    it has one.
    """

    rank: int
    name: str
    permission: str
    text: Any
    button: Any
    page: str
    query: str


UNTIL_OVER = (
    Counted(
        1,
        "unreachable",
        "outbox.view_message",
        ngettext_lazy(
            "%(n)s person gets no emails, as some came back or were marked as spam.",
            "%(n)s people get no emails, as some came back or were marked as spam.",
            "n",
        ),
        _lazy("See who"),
        "participants",
        "address=stopped",
    ),
    Counted(
        6,
        "listed",
        "programme.change_delegation",
        ngettext_lazy(
            "%(n)s person is on the waiting list of a city whose quota is used up.",
            "%(n)s people are on the waiting lists of cities whose quota is used up.",
            "n",
        ),
        _lazy("See who waits"),
        "participants",
        "state__exact=waiting",
    ),
    Counted(
        6,
        "cities_to_invite",
        "programme.change_delegation",
        ngettext_lazy(
            "%(n)s city has no coordinator and no open invitation.",
            "%(n)s cities have no coordinator and no open invitation.",
            "n",
        ),
        _lazy("Invite"),
        "delegations",
        "lacks=coordinator",
    ),
    Counted(
        8,
        SessionLack.PUBLICATION,
        "programme.change_session",
        ngettext_lazy(
            "%(n)s session still to come is not published.", "%(n)s sessions still to come are not published.", "n"
        ),
        _lazy("Publish"),
        "sessions",
        f"lacks={SessionLack.PUBLICATION}",
    ),
    Counted(
        4,
        "declined_speakers",
        "programme.change_speaker",
        ngettext_lazy(
            "%(n)s speaker cannot come. Find somebody else, or take them off the session.",
            "%(n)s speakers cannot come. Find somebody else, or take them off the session.",
            "n",
        ),
        _lazy("See who"),
        "speakers",
        "",
    ),
    Counted(
        6,
        "silent_speakers",
        "programme.change_speaker",
        ngettext_lazy(
            "%(n)s speaker has not answered, and was reminded.",
            "%(n)s speakers have not answered, and were reminded.",
            "n",
        ),
        _lazy("See who"),
        "speakers",
        "",
    ),
)
ALWAYS = (
    Counted(
        1,
        "failed",
        "outbox.view_message",
        ngettext_lazy("%(n)s email could not be sent.", "%(n)s emails could not be sent.", "n"),
        _lazy("See why"),
        "messages",
        "state__exact=failed",
    ),
    Counted(
        2,
        SessionLack.LINK,
        "programme.change_session",
        ngettext_lazy(
            "%(n)s online session within two days has no meeting link.",
            "%(n)s online sessions within two days have no meeting link.",
            "n",
        ),
        _lazy("Add the link"),
        "sessions",
        f"lacks={SessionLack.LINK}",
    ),
    Counted(
        3,
        "pending",
        "programme.change_participant",
        ngettext_lazy("%(n)s person waits for approval.", "%(n)s people wait for approval.", "n"),
        _lazy("Approve"),
        "participants",
        "state__exact=pending",
    ),
    Counted(
        5,
        SessionLack.CONFIRMATION,
        "programme.change_session",
        ngettext_lazy(
            "%(n)s session within 14 days is not confirmed.", "%(n)s sessions within 14 days are not confirmed.", "n"
        ),
        _lazy("Confirm"),
        "sessions",
        f"lacks={SessionLack.CONFIRMATION}",
    ),
    Counted(
        8,
        "without_materials",
        "programme.change_material",
        ngettext_lazy(
            "%(n)s session with speakers is over and has no materials.",
            "%(n)s sessions with speakers are over and have no materials.",
            "n",
        ),
        _lazy("Ask for them"),
        "materials",
        "",
    ),
)


def work(user: User, edition: Edition, n: dict[str, Any], now: dt.datetime) -> EditionWork:
    """Return what waits for this user, the charts, and what leaves by itself. `n`: from `counts_of`. Three queries."""
    leaving = news_from(user, edition, now, news_by(edition, n))
    return EditionWork(tasks(user, edition, n, now), charts(user, edition), leaving)


def tasks(user: User, edition: Edition, n: dict[str, Any], now: dt.datetime) -> Iterator[EditionTask]:
    """Yield what waits for this user."""
    is_over = edition.phase(now) is Phase.OVER
    for kind in ALWAYS if is_over else (*ALWAYS, *UNTIL_OVER):
        if n[kind.name] and user.has_perm(kind.permission):
            url = reverse(f"programme-staff:{kind.page}", args=[edition.slug])
            since = f"&created_at__gte={quote(str(failed_since(edition, now)))}" if kind.name == "failed" else ""
            text = kind.text % {"n": n[kind.name]}
            yield EditionTask(kind.rank, text, str(kind.button), f"{url}?{kind.query}{since}" if kind.query else url)
    if not is_over and user.has_perm("programme.change_actionplan"):
        yield from plan_tasks(edition, n, now)
    if not is_over and user.has_perm("programme.change_edition"):
        yield from publication_tasks(edition, n, now)


def plan_tasks(edition: Edition, n: dict[str, Any], now: dt.datetime) -> Iterator[EditionTask]:
    """Yield the steps of Action Plans with which cities are late."""
    url = reverse("programme-staff:action-plans", args=[edition.slug])
    for step, n_cities in late_steps(edition, n, now):
        text = ngettext("%(n)s city is late with “%(step)s”.", "%(n)s cities are late with “%(step)s”.", n_cities)
        yield EditionTask(6, text % {"n": n_cities, "step": step}, _("See who"), url)


def publication_tasks(edition: Edition, n: dict[str, Any], now: dt.datetime) -> Iterator[EditionTask]:
    """Yield what is missing before the edition and its sessions are public."""
    settings, sessions, session_add, city_import, publish = (
        reverse(f"programme-staff:{it}", args=[edition.slug])
        for it in ("settings", "sessions", "session-add", "city-import", "publish")
    )
    if not n["sessions"]:
        yield EditionTask(7, _("There are no sessions."), _("Add a session"), session_add)
    elif not n["core"]:
        yield EditionTask(7, _("No session is marked as core."), _("See the sessions"), sessions)
    if not n["cities"]:
        yield EditionTask(7, _("There are no cities."), _("Import cities"), city_import)
    if not edition.registration_opens_at:
        yield EditionTask(7, _("Nobody can register: there is no opening date."), _("Enter the dates"), settings)
    if not edition.contact_email:
        yield EditionTask(8, _("There is no contact address for participants."), _("Enter the address"), settings)
    if edition.phase(now) is Phase.PREPARED:
        yield EditionTask(9, _("The edition is not published."), _("Publish …"), publish)


def charts(user: User, edition: Edition) -> Iterator[BarChart]:
    """Yield the registrations by week and the seats by session, as far as the user may see them. Two queries."""
    if user.has_perm("programme.view_participant"):
        states = {
            "registered": Series(_("registered"), "good"),
            "pending": Series(_("waiting for approval"), "warn"),
            "waiting": Series(_("on a waiting list"), "main"),
            "declined": Series(_("declined"), "quiet"),
            "withdrawn": Series(_("withdrawn"), "bad"),
        }
        bars = [
            Bar(short_date(monday, "j M"), [counts[state] for state in states])
            for monday, counts in registrations_by_week(edition)
        ]
        yield BarChart(
            _("Latest change of each registration, by week"),
            _("Week from"),
            [*states.values()],
            bars,
            _("Nobody has registered yet."),
        )
    if user.has_perm("programme.view_seat") and (sessions := sessions_with_seats(edition)):
        series = [Series(_("seats taken"), "main"), Series(_("seats free"), "quiet"), Series(_("waiting"), "warn")]
        seats = reverse("programme-staff:seats", args=[edition.slug])
        bars = [
            Bar(
                label_of(session),
                [session.n_held, max(0, session.n_seats - session.n_held) if session.n_seats else 0, session.n_waiting],
                seats,
            )
            for session in sessions
        ]
        yield BarChart(_("Seats"), _("Session"), series, bars)


def label_of(session: Session) -> str:
    """Return the title and track of a session with seats, and whether it has no limit, as nothing is free or full then."""
    label = f"{session.title} ({session.track})"
    return label if session.n_seats is not None else _("%(session)s, no limit") % {"session": label}
