"""Organisers' choices about the people of a meeting report. They become attendance in `actions/applied_reports.py`.

They hold for the live view of the same session as well, and for its other reports (`actions/meeting_identities.py`).
"""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.actions.locks import lock_meetings, lock_open_report
from attendance.actions.meeting_identities import CHOICE, Choice, decide, set_choice
from attendance.models import Report, ReportedPerson, SharedConnection
from attendance.queries import report_roster
from attendance.queries.meeting_identities import shown_by
from programme.errors import ProgrammeError
from programme.models import Participant
from udtacademy.accounts.models import User


@transaction.atomic
def choose_people(*, choices: Sequence[Choice[ReportedPerson]], by: User) -> None:
    """Record who people in one report are: participants, nobody, or left open to decide later. All of them, or none.

    Raises ProgrammeError if the report is applied or was read again, and for a participant who does not take part. The number of queries does not
    depend on how many there are.
    """
    people = [it.person for it in choices]
    report, now = report_with(people), timezone.now()
    for choice in choices:
        if choice.participant:
            check_choosable(choice.participant, report)
        set_choice(choice.person, choice.verdict, choice.participant_id, by.pk, now)
    ReportedPerson.objects.bulk_update(people, CHOICE, batch_size=500)
    if report.session:
        shown = shown_by(it.in_file for it in report.people.all())
        decide(session=report.session, choices=choices, shown=shown, by=by)


def report_with(people: Sequence[ReportedPerson]) -> Report:
    """Lock and return the report that people are in, and its edition's meetings. Raises ProgrammeError if it is applied, or was read again
    without them.
    """
    report = people[0].report
    lock_meetings(report.edition_id)
    report = lock_open_report(report)
    if report.people.filter(pk__in=[it.pk for it in people]).count() < len(people):
        raise ProgrammeError(
            _("The file was read again while you were choosing. Check the people, then choose again."),
            code="report_read_again",
        )
    return report


def check_choosable(participant: Participant, report: Report) -> None:
    """Raise ProgrammeError for a participant of another edition, and for one who does not take part."""
    if participant.edition_id != report.edition_id:
        raise ProgrammeError(_("This person takes part in another edition."), code="other_edition")
    report_roster.check_choosable(participant)


@transaction.atomic
def share_connection(*, person: ReportedPerson, participant: Participant, note: str, by: User) -> None:
    """Record another participant on the same connection, once.

    Raises ProgrammeError without a note, if the report is applied, and for a participant who does not take part.
    """
    report = report_with([person])
    if not note.strip():
        raise ProgrammeError(_("Enter how you know that they were there."), code="reason_missing")
    check_choosable(participant, report)
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
