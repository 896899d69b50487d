"""What organisers have to do about attendance in an edition, and how its core sessions and cities are doing."""

import datetime as dt
from collections.abc import Iterator, Sequence

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from attendance import access, wording
from attendance.admin.planned_emails import emails_of
from attendance.queries.chasers import is_to_chase, missed
from attendance.queries.edition_tallies import tallies_of
from attendance.queries.edition_work import (
    core_attendance,
    recent_sessions,
    running,
    sessions_of_overview,
    with_fetched_report,
    without_report,
)
from attendance.queries.standing_aggregates import counts_of_cities
from attendance.rules.standing import Standing
from programme.models import Edition, Participant, Session
from programme.panels import EditionTask, EditionWork
from udtacademy.accounts.models import User
from udtacademy.admin.charts import Bar, BarChart, Series


def work(user: User, edition: Edition, now: dt.datetime) -> EditionWork:
    """Return what waits for this user, the charts, and what leaves by itself. Six queries at most, none without permission."""
    if not user.has_perm(access.SEE):
        return EditionWork()
    sessions = sessions_of_overview(edition, now)
    sees_emails = user.has_perm(access.SEE_REMINDERS) and edition.is_published
    leaving = emails_of(sessions, edition, now) if sees_emails else ()
    return EditionWork(tasks(user, edition, sessions, now), charts(edition, sessions, now), leaving)


def tasks(user: User, edition: Edition, sessions: Sequence[Session], now: dt.datetime) -> Iterator[EditionTask]:
    """Yield what waits for this user. Two queries at most, of which one if a core session ended lately."""
    recent = recent_sessions(sessions, now)
    for session in running(recent, now):
        live = reverse("attendance-staff:live", args=[edition.slug, session.slug])
        has_begun = session.starts_at is not None and session.starts_at <= now
        text = _("“%(session)s” is on now.") if has_begun else _("“%(session)s” is about to begin.")
        yield EditionTask(0, text % {"session": session}, _("See who is there"), live)
    if user.has_perm(access.REPORT):
        yield from report_tasks(edition, recent, now)
    last = next((it for it in recent if is_to_chase(it, now)), None)
    missed_last = missed(last) if last and user.has_perm(access.NUDGE) else Participant.objects.none()
    tallies = tallies_of([edition], now, n_missed=missed_last)[edition.pk]
    if last and (n := tallies["n_missed"]):
        text = ngettext(
            "%(n)s person missed “%(session)s” and is still to be emailed.",
            "%(n)s people missed “%(session)s” and are still to be emailed.",
            n,
        )
        url = reverse("attendance-staff:missing", args=[edition.slug, last.slug])
        yield EditionTask(3, text % {"n": n, "session": last}, _("See who is missing"), url)
    if not user.has_perm(access.DECIDE):
        return
    if n := tallies["n_undecided"]:
        board = reverse("attendance-staff:board", args=[edition.slug])
        text = ngettext("%(n)s attendance needs a decision.", "%(n)s attendances need a decision.", n)
        yield EditionTask(4, text % {"n": n}, _("Decide"), f"{board}?undecided=1")
    if n := tallies["n_asked"]:
        requests = reverse("attendance-staff:excuses", args=[edition.slug])
        text = ngettext("%(n)s request waits for a decision.", "%(n)s requests wait for a decision.", n)
        yield EditionTask(4, text % {"n": n}, _("Answer"), f"{requests}?state__exact=asked")


def report_tasks(edition: Edition, recent: Sequence[Session], now: dt.datetime) -> Iterator[EditionTask]:
    """Yield the reports that came from platforms and are to be checked, and the sessions without a report."""
    lacking = without_report(recent, now)
    fetched = with_fetched_report(lacking)
    for session, pk in fetched:
        report = reverse("attendance-staff:report", args=[edition.slug, pk])
        text = _("The meeting report of “%(session)s” was fetched. It counts once you have checked and applied it.")
        yield EditionTask(3, text % {"session": session}, _("Check the report"), report)
    waiting = {session for session, _pk in fetched}
    if not (lacking := [it for it in lacking if it not in waiting]):
        return
    url = reverse("attendance-staff:reports", args=[edition.slug])
    text = ngettext(
        "There is no meeting report yet for “%(session)s”.",
        "There are no meeting reports yet for %(n)s sessions, the last of them “%(session)s”.",
        len(lacking),
    )
    values = {"n": len(lacking), "session": lacking[0]}
    yield EditionTask(3, text % values, _("Upload a report"), f"{url}?session={lacking[0].pk}")


def charts(edition: Edition, sessions: Sequence[Session], now: dt.datetime) -> Iterator[BarChart]:
    """Yield the attendance of each core session, and the standing of the cities. Two queries."""
    attended = core_attendance(sessions, now)
    if attended:
        series = [
            Series(_("present"), "good"),
            Series(_("excused"), "main"),
            Series(_("to decide"), "warn"),
            Series(_("not seen"), "bad"),
        ]
        bars = [
            Bar(
                session.title,
                [it.n_there, it.n_excused, it.n_undecided, it.n_missing],
                reverse("attendance-staff:missing", args=[edition.slug, session.slug]),
            )
            for session, it in attended
        ]
        yield BarChart(_("Core sessions"), _("Session"), series, bars)
    counts = counts_of_cities([edition], now)[edition.pk]
    url = reverse("attendance-staff:standings", args=[edition.slug])
    bars = [Bar(wording.STANDINGS[it], [counts[it]], url) for it in Standing if counts[it]]
    yield BarChart(
        _("Standing of the cities"), _("Standing"), [Series(_("cities"), "main")], bars, _("There are no cities yet.")
    )
