"""Apply a report: add evidence for the matched people. Undoing it retracts exactly that evidence."""

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.actions.aliases import Confirmed, remember
from attendance.actions.attendances import recompute
from attendance.actions.locks import lock_aliases, lock_attendances_at, lock_report
from attendance.models import Alias, Evidence, Report, ReportedPerson, SettledSession
from attendance.queries.attendance_records import terms_of
from attendance.queries.report_claims import Claim, claims_of, clickers
from programme.errors import ProgrammeError
from programme.models import Session
from udtacademy.accounts.models import User
from udtacademy.db.history import acting


@transaction.atomic
def apply_report(*, report: Report, is_confirmed: bool, by: User) -> int:
    """Turn what a report says about matched people into attendance. Return how many attendances changed.

    People who only clicked Join and are not in it need a decision. Decisions and excuses stay. Choices are remembered as
    aliases. Applying again changes nothing. Raises ProgrammeError if no session is chosen, or if
    something that needs an organiser is not confirmed.
    """
    report = lock_report(report)
    if report.is_applied:
        return 0
    if report.session is None:
        raise ProgrammeError(_("Choose a session first. Nothing was changed."), code="session_missing")
    if terms_of(report.session).window is None:
        raise ProgrammeError(
            _("The session has no time yet, so minutes cannot be counted."), code="session_without_time"
        )
    if report.doubts and not is_confirmed:
        raise ProgrammeError(
            _("Confirm first that the file was read correctly. Nothing was changed."), code="reading_unconfirmed"
        )
    with acting(by):
        report.state, report.applied_at, report.applied_by = Report.State.APPLIED, timezone.now(), by
        report.save(update_fields=["state", "applied_at", "applied_by"])
        claims = list(claims_of(report))
        attendances = lock_attendances_at(report.session, {it.participant for it in claims} | clickers(report.session))
        Evidence.objects.bulk_create(
            it.as_evidence(report, report.session, by) for it in unmade_claims(claims, report.session)
        )
        n_changed = recompute(attendances)
        learn_aliases(report, by)
    return n_changed


@transaction.atomic
def undo_report(*, report: Report, by: User) -> int:
    """Retract exactly the evidence that a report added. Return how many attendances changed.

    The session is no longer settled. Aliases learnt from the report are deleted; choices stay for the next time. What
    another report of the session also says stays established. Undoing again changes nothing.
    """
    report = lock_report(report)
    if not report.is_applied:
        return 0
    session = report.session
    assert session is not None  # noqa: S101 - a constraint: it is applied
    pieces = list(report.evidence.effective().order_by("pk"))
    report.state, report.applied_at, report.applied_by = Report.State.READ, None, None
    others = Report.objects.applied().filter(session=session).exclude(pk=report.pk)
    with acting(by):
        report.save(update_fields=["state", "applied_at", "applied_by"])
        SettledSession.objects.filter(session=session).delete()  # who was missing is open again
        attendances = lock_attendances_at(session, {it.participant_id for it in pieces} | clickers(session))
        Evidence.objects.bulk_create(retraction(it, report, by) for it in pieces)
        taken = {(it.participant_id, it.observed_at, it.ended_at) for it in pieces}
        for other in others.select_related("session__edition", "session__actual_time"):
            also_claimed = [it for it in claims_of(other) if key_of(it) in taken]
            Evidence.objects.bulk_create(
                it.as_evidence(other, session, by) for it in unmade_claims(also_claimed, session)
            )
        n_changed = recompute(attendances)
        lock_aliases(report.edition_id)
        Alias.objects.filter(report=report).delete()
    return n_changed


def retraction(piece: Evidence, report: Report, by: User) -> Evidence:
    """Return the retraction of a piece of evidence, not saved."""
    return Evidence(
        kind=Evidence.Kind.RETRACTION,
        participant_id=piece.participant_id,
        session_id=piece.session_id,
        edition_id=piece.edition_id,
        observed_at=piece.observed_at,
        retracts=piece,
        note=_("Report undone: %(file)s") % {"file": report.file_name},
        by=by,
    )


def unmade_claims(claims: Iterable[Claim], session: Session) -> list[Claim]:
    """Return the claims that no report of the session has made yet, each once."""
    reported = Evidence.objects.effective().filter(session=session, kind=Evidence.Kind.REPORT).order_by()
    known = set(reported.values_list("participant", "observed_at", "ended_at"))
    first = {key_of(it): it for it in reversed(list(claims)) if key_of(it) not in known}
    return list(first.values())[::-1]


def key_of(claim: Claim) -> tuple[int, dt.datetime, dt.datetime]:
    """Return what identifies a claim: participant, start, end."""
    return claim.participant, claim.starts_at, claim.ends_at


def learn_aliases(report: Report, by: User) -> None:
    """Remember whom people were matched to."""
    chosen = report.people.filter(how=ReportedPerson.How.CHOSEN).with_participants().order_by("position")
    choices = [Confirmed(it.in_file, it.participant) for it in chosen]
    remember(edition=report.edition, choices=choices, report=report, by=by)
