"""Which sessions' reports are fetched from their platforms, and when."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from django.conf import settings
from django.db.models import F

from attendance.models import Report, ReportPull, WayIn
from attendance.models.actual_time import held_at
from attendance.platforms import teams_api, zoom, zoom_api
from attendance.platforms.report_files import Stay
from attendance.queries.platform_meetings import held_around, with_meetings
from attendance.rules.report_pulls import STALE, next_try
from programme.models import Edition, Session

StaysBetween = Callable[[dt.datetime, dt.datetime], Iterable[Stay]]


@dataclass(frozen=True)
class Source:
    """Where a session's report comes from. `stays`: asks the platform who was there."""

    platform: str
    stays: StaysBetween


@dataclass(frozen=True)
class DuePull:
    """A session whose report is to be asked for now. `pull`: the tries before; None if there was none."""

    session: Session
    starts_at: dt.datetime
    ended_at: dt.datetime
    source: Source
    pull: ReportPull | None

    @property
    def n_tries(self) -> int:
        """Return how many tries there were since this end."""
        return self.pull.n_tries if self.pull and self.pull.ended_at == self.ended_at else 0

    @property
    def is_asked(self) -> bool:
        """Return whether an organiser asked for a try at once."""
        return bool(self.pull and self.pull.asked_at and not self.pull.came_at)


@dataclass(frozen=True)
class MissingReport:
    """A session without a report, which the site tried to fetch. `next_at`: None if it does not try again by itself.

    `waits_until`: before when the platform does not want to be asked; None if it may be.
    """

    pull: ReportPull
    next_at: dt.datetime | None
    waits_until: dt.datetime | None = None


def source_of(session: Session) -> Source | None:
    """Return where a session's report comes from; None if nothing is configured for its meeting link."""
    platforms, url = settings.MEETING_PLATFORMS, session.meeting_url
    if platforms.zoom and platforms.zoom.reports and (number := zoom.meeting_in(url)):
        return Source("zoom", partial(zoom_api.stays, platforms.zoom, number))
    if platforms.teams and (link := teams_api.meeting_in(platforms.teams, url)):
        return Source("teams", partial(teams_api.stays, platforms.teams, link))
    return None


def due_pulls(now: dt.datetime) -> Iterator[DuePull]:
    """Yield the sessions whose report is due, or was asked for by an organiser, and neither came nor was uploaded after the end."""
    lately, asked = held_around(now - STALE, now), Session.objects.filter(report_pull__asked_at__isnull=False)
    sessions = (lately | with_meetings(asked)).select_related("report_pull")
    given = set(Report.objects.whole().filter(session__in=sessions).order_by().values_list("session", flat=True))
    for session in sessions:
        held = held_at(session)
        source = source_of(session)
        if source is None or session.pk in given or held.starts_at is None or held.ends_at is None:
            continue
        due = DuePull(session, held.starts_at, held.ends_at, source, getattr(session, "report_pull", None))
        at = next_of(due)
        if due.is_asked or (at and at <= now <= held.ends_at + STALE):
            yield due


def next_of(due: DuePull) -> dt.datetime | None:
    """Return when to ask next; None if a report came, or after enough tries."""
    if due.pull is None or due.pull.ended_at != due.ended_at:
        return next_try(due.ended_at, 0)
    if due.pull.came_at:
        return None
    return next_try(due.ended_at, due.n_tries, due.pull.tried_at, due.pull.not_before)


def missing_reports(edition: Edition, now: dt.datetime) -> list[MissingReport]:
    """Return the sessions of which no report came although it was asked for, and nobody has uploaded one. One query."""
    given = Report.objects.whole().filter(edition=edition).order_by().values("session")
    pulls = ReportPull.objects.filter(edition=edition, came_at=None).exclude(problem="").exclude(session__in=given)
    ended = pulls.filter(ended_at__gt=F("session__starts_at")).exclude(session__status=Session.Status.CANCELLED)
    return [
        MissingReport(
            it,
            next_try(it.ended_at, it.n_tries, it.tried_at, it.not_before) if now <= it.ended_at + STALE else None,
            it.not_before if it.not_before and it.not_before > now else None,
        )
        for it in ended.select_related("session")
    ]


def addresses_of(session: Session) -> dict[str, str]:
    """Return the addresses of people by the number that Zoom gave them with a link of their own. One query."""
    ways = WayIn.objects.filter(session=session, platform="zoom").order_by("pk")
    return dict(ways.values_list("own_id", "participant__user__email"))
