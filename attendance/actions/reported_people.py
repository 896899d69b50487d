"""Organisers' choices about the people of a meeting report. They become attendance in `actions/applied_reports.py`."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.actions.locks import lock_open_report
from attendance.meeting_reports.matching import MatchGroup
from attendance.models import Report, ReportedPerson, SharedConnection
from attendance.queries import report_roster
from programme.errors import ProgrammeError
from programme.models import Participant
from udtacademy.accounts.models import User


def report_about(person: ReportedPerson) -> Report:
    """Lock and return the report that a person is in. Raises ProgrammeError if it is applied, or was read again without
    them.
    """
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
    person.save()


@transaction.atomic
def leave_open(*, person: ReportedPerson) -> None:
    """Undo a choice or a match, to decide later. Raises ProgrammeError if the report is applied."""
    report_about(person)
    person.group = MatchGroup.TO_CHOOSE if person.suggestions else MatchGroup.UNKNOWN
    person.how, person.participant, person.chosen_by, person.chosen_at = "", None, None, None
    person.save()


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
