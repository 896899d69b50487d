"""From a report to attendance, and back: evidence for those who were matched, and taking exactly that back."""

import datetime as dt
from collections.abc import Iterable, Iterator

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.actions.attendances import lock_attendances, recompute, terms_of
from attendance.matching import address_of, can_be_alias
from attendance.models import Alias, Evidence, Report, ReportedPerson
from attendance.reports.labels import fold
from attendance.rules import Terms
from programme.errors import ProgrammeError
from programme.history import acting
from programme.models import User


@transaction.atomic
def apply_report(*, report: Report, is_confirmed: bool, by: User) -> int:
    """Make what a report says about those matched their attendance; how many attendances changed.

    Decisions and excuses stay as they are. What was chosen is remembered as aliases. Applying again changes nothing. Raises
    ProgrammeError when no session is chosen, or something that only a person can tell is not confirmed.
    """
    report = locked(report)
    if report.is_applied:
        return 0
    if report.session is None:
        raise ProgrammeError(_("Choose the session first. Nothing was changed."))
    if terms_of(report.session).window is None:
        raise ProgrammeError(_("The session has no time yet, so that nobody's minutes can be counted."))
    if report.doubts and not is_confirmed:
        raise ProgrammeError(_("Confirm first that the file is understood rightly. Nothing was changed."))
    with acting(by):
        wanted = list(evidence_of(report, by))
        attendances = lock_attendances([(it.participant, it.session) for it in wanted])
        Evidence.objects.bulk_create(unknown(wanted), batch_size=1000)
        n_changed = recompute(attendances)
        learn_aliases(report, by)
        report.state, report.applied_at, report.applied_by = Report.State.APPLIED, timezone.now(), by
        report.save(update_fields=["state", "applied_at", "applied_by"])
    return n_changed


@transaction.atomic
def undo_report(*, report: Report, by: User) -> int:
    """Take back exactly the evidence that a report brought; how many attendances changed.

    Nothing is deleted: each piece is retracted. The aliases learnt from it go, what was chosen stays for the next time. What
    another report of the session says as well stays established. A second time changes nothing.
    """
    report = locked(report)
    if not report.is_applied:
        return 0
    pieces = list(report.evidence.effective().select_related("participant", "session"))
    report.state, report.applied_at, report.applied_by = Report.State.READ, None, None
    others = Report.objects.applied().filter(session=report.session_id).exclude(pk=report.pk).select_related("session")
    with acting(by):
        report.save(update_fields=["state", "applied_at", "applied_by"])
        attendances = lock_attendances([(it.participant, it.session) for it in pieces])
        Evidence.objects.bulk_create((retraction(it, report, by) for it in pieces), batch_size=1000)
        taken = {key_of(it) for it in pieces}
        also_said = (it for other in others for it in evidence_of(other, by) if key_of(it) in taken)
        Evidence.objects.bulk_create(unknown(also_said), batch_size=1000)
        n_changed = recompute(attendances)
        Alias.objects.filter(report=report).delete()
    return n_changed


def locked(report: Report) -> Report:
    relations = ("edition", "session__edition", "session__taught")
    return Report.objects.select_for_update(of=["self"]).select_related(*relations).get(pk=report.pk)


def retraction(piece: Evidence, report: Report, by: User) -> Evidence:
    return Evidence(
        kind=Evidence.Kind.RETRACTION,
        participant_id=piece.participant_id,
        session_id=piece.session_id,
        edition_id=piece.edition_id,
        observed_at=piece.observed_at,
        retracts=piece,
        note=_("Report undone: %s") % report.file_name,
        by=by,
    )


def unknown(wanted: Iterable[Evidence]) -> list[Evidence]:
    """Of the evidence of reports of one session, what no report has said yet."""
    wanted = list(wanted)
    sessions = {it.session_id for it in wanted}
    reported = Evidence.objects.effective().filter(session__in=sessions, kind=Evidence.Kind.REPORT)
    new = {key_of(it): it for it in reversed(wanted)}
    for piece in reported:
        new.pop(key_of(piece), None)
    return list(new.values())[::-1]


def key_of(piece: Evidence) -> tuple[int, dt.datetime, dt.datetime | None]:
    return piece.participant_id, piece.observed_at, piece.ended_at


def evidence_of(report: Report, by: User) -> Iterator[Evidence]:
    """What a report says about those matched, and those who sat beside them; not saved."""
    session = report.session
    if session is None:
        return
    people = report.people.exclude(intervals=[], minutes=0).with_participants()
    for person in people.prefetch_related("shared__participant"):
        present = [(person.participant, "")] if person.participant else []
        present += [(it.participant, beside(person, it.note)) for it in person.shared.all()]
        for participant, note in present:
            for start, end, about in stretches(person, terms_of(session)):
                yield Evidence(
                    kind=Evidence.Kind.REPORT,
                    participant=participant,
                    session=session,
                    edition_id=report.edition_id,
                    observed_at=start,
                    ended_at=end,
                    report=report,
                    note=note or about,
                    by=by,
                )


def stretches(person: ReportedPerson, terms: Terms) -> Iterable[tuple[dt.datetime, dt.datetime, str]]:
    """From when until when somebody was there, with a note. Minutes without times count from the session's start."""
    found = person.in_file
    if found.intervals:
        return [(start, end, "") for start, end in found.intervals]
    if terms.instants is None:
        return []
    start, end = terms.instants
    note = _("%g minutes in all, without times") % found.minutes
    return [(start, min(start + dt.timedelta(minutes=found.minutes), end), note)]


def beside(person: ReportedPerson, note: str) -> str:
    return (_("on the connection of %(name)s: %(note)s") % {"name": person, "note": note})[:300]


def learn_aliases(report: Report, by: User) -> None:
    """Remember what was chosen: the address, and the name unless it is a device's. The last word holds."""
    chosen = report.people.filter(how=ReportedPerson.How.CHOSEN).with_participants().order_by("position")
    for person in chosen:
        keys = {"email_key": address_of(person.in_file)}
        if can_be_alias(person.name):
            keys["name_key"] = fold(person.name)
        said = {"participant": person.participant, "report": report, "confirmed_by": by, "confirmed_at": timezone.now()}
        for field, key in keys.items():
            if key:
                Alias.objects.update_or_create(defaults=said, edition=report.edition, **{field: key})  # type: ignore[arg-type]
