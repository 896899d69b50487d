"""Fetch the reports of meetings from their platforms, into the same review as a file. Attendance changes when it is applied."""

import datetime as dt
import logging
from dataclasses import replace

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.actions.reports import Choices, add_reports
from attendance.meeting_reports.reading import ReportError
from attendance.models import Report, ReportPull
from attendance.platforms.api import ApiError
from attendance.platforms.events import UnreadableError
from attendance.platforms.report_files import Stay, file_of, stays_around
from attendance.queries.report_pulls import DuePull, addresses_of, due_pulls, source_of
from attendance.rules.report_pulls import AGAIN_AFTER, LONGEST_WAIT, Problem
from programme.errors import ProgrammeError
from programme.formats import from_minute
from programme.models import Session
from udtacademy.accounts.models import User

logger = logging.getLogger(__name__)


def pull_reports() -> int:
    """Ask for the reports that are due. Return how many came. What a platform does with one session stops no other."""
    now = timezone.now()
    uploaded = Report.objects.whole().order_by().values("session")
    ReportPull.objects.filter(asked_at__isnull=False, session__in=uploaded).update(
        asked_at=None
    )  # nobody waits for it now
    return sum(try_pull(due, now) for due in list(due_pulls(now)))


def try_pull(due: DuePull, now: dt.datetime) -> bool:
    """Ask for one report, unless another process does. Return whether it came. Outside a transaction: platforms may be slow."""
    pull = claimed(due, now)
    if pull is None:
        return False
    try:
        keep(pull, due, stays_at(due))
    except ApiError as error:
        note(pull, error.problem, error, now, retry_after=error.retry_after)
    except (UnreadableError, ReportError) as error:
        note(pull, Problem.UNREADABLE, error, now)
    except Exception:
        logger.exception("The report of session %s could not be fetched", due.session.pk)
        ReportPull.objects.filter(pk=pull.pk).update(problem=Problem.UNREADABLE)
    else:
        return True
    return False


def claimed(due: DuePull, now: dt.datetime) -> ReportPull | None:
    """Count a try before it is made. Return its row; None if another process was quicker."""
    about = {"edition_id": due.session.edition_id, "platform": due.source.platform, "ended_at": due.ended_at}
    pull = due.pull
    if pull is None:
        pull, is_new = ReportPull.objects.get_or_create(session=due.session, defaults=about)
        if not is_new:
            return None
    n_tries = due.n_tries + (not due.is_asked)  # what an organiser asks for takes nothing from the five
    about |= {
        "n_tries": n_tries,
        "tried_at": now,
        "asked_at": None,
        "not_before": None,
        "came_at": None,
        "report": None,
    }
    n = ReportPull.objects.filter(pk=pull.pk, tried_at=pull.tried_at, came_at=pull.came_at).update(**about)
    return pull if n else None


@transaction.atomic
def ask_again(*, session: Session, by: User) -> bool:
    """Have a session's report asked for when the task runs next. Return whether that is new: a second time changes nothing.

    Raises ProgrammeError if no try failed, if the site may no longer ask the platform, and if it is too soon.
    """
    now, pull = timezone.now(), ReportPull.objects.select_for_update(of=["self"]).filter(session=session).first()
    if pull is None or pull.came_at or not pull.problem or session.is_cancelled:
        raise ProgrammeError(
            _("No report of this session is missing. Look at the list again."), code="report_not_missing"
        )
    if pull.asked_at:
        return False
    if source_of(session) is None:
        text = _("This site is no longer set up to fetch reports from %(platform)s. Ask an operator.")
        raise ProgrammeError(text % {"platform": pull.platform_name}, code="platform_not_configured")
    soonest = [it for it in (pull.not_before, pull.tried_at and pull.tried_at + AGAIN_AFTER) if it and it > now]
    if soonest:
        text = _("%(platform)s was asked just now. Try again from %(time)s.")
        time = from_minute(max(soonest), session.edition.zone)
        raise ProgrammeError(text % {"platform": pull.platform_name, "time": time}, code="asked_too_soon")
    ReportPull.objects.filter(pk=pull.pk).update(asked_at=now)
    logger.info("User %s asks for the report of session %s", by.pk, session.pk)
    return True


def stays_at(due: DuePull) -> list[Stay]:
    """Return who was there, with the addresses of people who came by a link of their own, where the platform does not tell them."""
    between = (due.starts_at, due.ended_at)
    known = addresses_of(due.session) if due.source.platform == "zoom" else {}
    stays = stays_around(due.source.stays(*between), *between)
    if not stays:
        raise ApiError("It lists nobody.", Problem.NOT_YET)
    return [replace(it, email=known[it.account]) if not it.email and it.account in known else it for it in stays]


@transaction.atomic
def keep(pull: ReportPull, due: DuePull, stays: list[Stay]) -> None:
    """Add the report, as a file that was uploaded. Raises ReportError."""
    now, session = timezone.now(), due.session
    reports, _is_new = add_reports(
        edition=session.edition,
        name=f"{due.source.platform}-{session.slug}-{due.starts_at.astimezone(session.edition.zone):%Y-%m-%d}.csv",
        content=file_of(due.source.platform, stays),
        choices=Choices(session=session),
        by=None,
    )
    ReportPull.objects.filter(pk=pull.pk).update(report=reports[0], came_at=now, problem="")


def note(pull: ReportPull, problem: Problem, error: Exception, now: dt.datetime, *, retry_after: int = 0) -> None:
    """Say why nothing came, to organisers by the row and to operators in the log."""
    wait = dt.timedelta(seconds=min(retry_after, LONGEST_WAIT))
    ReportPull.objects.filter(pk=pull.pk).update(problem=problem, not_before=now + wait if wait else None)
    level = logging.INFO if problem is Problem.NOT_YET else logging.WARNING
    logger.log(level, "No report of session %s from %s: %s", pull.session_id, pull.platform, error)
