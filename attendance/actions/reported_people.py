"""Organisers' choices about the people of a meeting report. They become attendance in `actions/applied_reports.py`.

They hold for the live view of the same session as well, and for its other reports (`actions/meeting_identities.py`).
"""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.actions.locks import lock_meetings, lock_open_report
from attendance.actions.meeting_identities import Verdict, decide, offer_again
from attendance.meeting_reports.matching import MatchGroup
from attendance.models import Report, ReportedPerson, SharedConnection
from attendance.queries import report_roster
from attendance.queries.meeting_identities import shown_by
from programme.errors import ProgrammeError
from programme.models import Participant
from udtacademy.accounts.models import User


def report_about(person: ReportedPerson) -> Report:
    """Lock and return the report that a person is in, and its edition's meetings. Raises ProgrammeError if it is applied, or was read again
    without them.
    """
    lock_meetings(person.report.edition_id)
    report = lock_open_report(person.report)
    if not report.people.filter(pk=person.pk).exists():
        raise ProgrammeError(
            _("The file was read again while you were choosing. Check the people, then choose again."),
            code="report_read_again",
        )
    return report


@transaction.atomic
def choose_person(*, person: ReportedPerson, participant: Participant | None, by: User) -> None:
    """Record who a person in a report is; None: not a participant.

    Raises ProgrammeError if the report is applied, and for a participant who does not take part.
    """
    report = report_about(person)
    if participant and participant.edition_id != report.edition_id:
        raise ProgrammeError(_("This person takes part in another edition."), code="other_edition")
    if participant:
        report_roster.check_choosable(participant)
    person.group = MatchGroup.MATCHED if participant else MatchGroup.IGNORED
    person.how = ReportedPerson.How.CHOSEN if participant else ReportedPerson.How.NOBODY
    person.participant, person.chosen_by, person.chosen_at = participant, by, timezone.now()
    save_choice(person, report, Verdict.PARTICIPANT if participant else Verdict.NOBODY, by)


@transaction.atomic
def leave_open(*, person: ReportedPerson, by: User) -> None:
    """Undo a choice or a match, to decide later. Raises ProgrammeError if the report is applied."""
    report = report_about(person)
    offer_again(person)
    person.group = MatchGroup.TO_CHOOSE if person.suggestions else MatchGroup.UNKNOWN
    person.how, person.participant, person.chosen_by, person.chosen_at = "", None, None, None
    save_choice(person, report, Verdict.OPEN, by)


def save_choice(person: ReportedPerson, report: Report, verdict: Verdict, by: User) -> None:
    person.save()
    if report.session:
        decide(
            session=report.session,
            person=person.in_file,
            shown=shown_by(it.in_file for it in report.people.all()),
            verdict=verdict,
            participant=person.participant,
            by=by,
        )


@transaction.atomic
def share_connection(*, person: ReportedPerson, participant: Participant, note: str, by: User) -> None:
    """Record another participant on the same connection, once.

    Raises ProgrammeError without a note, if the report is applied, and for a participant who does not take part.
    """
    report = report_about(person)
    if not note.strip():
        raise ProgrammeError(_("Enter how you know that they were there."), code="reason_missing")
    if participant.edition_id != report.edition_id:
        raise ProgrammeError(_("This person takes part in another edition."), code="other_edition")
    report_roster.check_choosable(participant)
    if participant.pk == person.participant_id:
        raise ProgrammeError(_("This person is already matched to this connection."), code="already_matched")
    SharedConnection.objects.get_or_create(
        person=person, participant=participant, defaults={"note": note.strip(), "by": by}
    )


@transaction.atomic
def unshare_connection(*, shared: SharedConnection) -> None:
    """Delete a shared connection. Raises ProgrammeError if the report is applied."""
    lock_open_report(shared.person.report)
    shared.delete()
