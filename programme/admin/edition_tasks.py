"""What organisers have to do in an edition, worked out from its state, and how its registrations and seats are doing."""

import datetime as dt
from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from programme.formats import short_date
from programme.models import Edition
from programme.panels import EditionTask
from programme.queries.edition_work import counts_of, registrations_by_week, sessions_with_seats
from programme.rules.editions import Phase
from udtacademy.accounts.models import User
from udtacademy.admin.charts import Bar, BarChart, Series


def tasks(user: User, edition: Edition, now: dt.datetime) -> Iterator[EditionTask]:
    """Yield what waits for this user. One query."""
    n = counts_of(edition, now)
    people, sessions, cities, messages = (
        reverse(f"programme-staff:{it}", args=[edition.slug])
        for it in ("participants", "sessions", "delegations", "messages")
    )
    if n["failed"] and user.has_perm("outbox.view_message"):
        text = ngettext("%(n)s email could not be sent.", "%(n)s emails could not be sent.", n["failed"])
        yield EditionTask(1, text % {"n": n["failed"]}, _("See why"), f"{messages}?state__exact=failed")
    if n["without_link"] and user.has_perm("programme.change_session"):
        text = ngettext(
            "%(n)s online session within two days has no meeting link.",
            "%(n)s online sessions within two days have no meeting link.",
            n["without_link"],
        )
        yield EditionTask(2, text % {"n": n["without_link"]}, _("Add the link"), f"{sessions}?lacks=link")
    if n["pending"] and user.has_perm("programme.change_participant"):
        text = ngettext("%(n)s person waits for approval.", "%(n)s people wait for approval.", n["pending"])
        yield EditionTask(3, text % {"n": n["pending"]}, _("Approve"), f"{people}?state__exact=pending")
    if n["near_tentative"] and user.has_perm("programme.change_session"):
        text = ngettext(
            "%(n)s session within 14 days is not confirmed.",
            "%(n)s sessions within 14 days are not confirmed.",
            n["near_tentative"],
        )
        yield EditionTask(5, text % {"n": n["near_tentative"]}, _("Confirm"), f"{sessions}?status__exact=tentative")
    if edition.phase(now) is Phase.OVER:
        return
    if n["cities_to_invite"] and user.has_perm("programme.change_delegation"):
        text = ngettext(
            "%(n)s city has no coordinator and no open invitation.",
            "%(n)s cities have no coordinator and no open invitation.",
            n["cities_to_invite"],
        )
        yield EditionTask(6, text % {"n": n["cities_to_invite"]}, _("Invite"), f"{cities}?lacks=coordinator")
    if user.has_perm("programme.change_edition"):
        yield from publication_tasks(edition, n, now)


def publication_tasks(edition: Edition, n: dict[str, int], now: dt.datetime) -> Iterator[EditionTask]:
    """Yield what is missing before the edition and its sessions are public."""
    settings, sessions, session_add, city_add = (
        reverse(f"programme-staff:{it}", args=[edition.slug])
        for it in ("settings", "sessions", "session-add", "delegation-add")
    )
    if not n["sessions"]:
        yield EditionTask(7, _("There are no sessions."), _("Add a session"), session_add)
    elif not n["core"]:
        yield EditionTask(7, _("No session is marked as core."), _("See the sessions"), sessions)
    if not n["cities"]:
        yield EditionTask(7, _("There are no cities."), _("Add a city"), city_add)
    if not edition.registration_opens_at:
        yield EditionTask(7, _("Nobody can register: there is no opening date."), _("Enter the dates"), settings)
    if not edition.contact_email:
        yield EditionTask(8, _("There is no contact address for participants."), _("Enter the address"), settings)
    if n["unpublished"]:
        text = ngettext("%(n)s session is not published.", "%(n)s sessions are not published.", n["unpublished"])
        yield EditionTask(8, text % {"n": n["unpublished"]}, _("Publish"), f"{sessions}?is_published__exact=0")
    if edition.phase(now) is Phase.PREPARED:
        yield EditionTask(9, _("The edition is not published."), _("Publish it"), settings)


def charts(user: User, edition: Edition, _now: dt.datetime) -> Iterator[BarChart]:
    """Yield the registrations by week and the seats by session, as far as the user may see them. Two queries."""
    if user.has_perm("programme.view_participant"):
        states = {
            "registered": Series(_("registered"), "good"),
            "pending": Series(_("waiting"), "warn"),
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
                f"{session.title} ({session.track})",
                [session.n_held, max(0, (session.n_seats or session.n_held) - session.n_held), session.n_waiting],
                seats,
            )
            for session in sessions
        ]
        yield BarChart(_("Seats"), _("Session"), series, bars)
