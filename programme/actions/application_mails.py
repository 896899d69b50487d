"""Emails to those who apply for their city: received, accepted, on the waiting list, declined."""

from typing import Any

from django.utils.translation import gettext as _

from programme import emails
from programme.errors import ProgrammeError
from programme.models import Application, ApplicationDecision
from programme.queries.application_decisions import last_told, way_in_of
from programme.rules.applications import WayIn
from udtacademy.accounts.models import User
from udtacademy.outbox.models import Message

KINDS = {
    Application.State.ACCEPTED: "application_accepted",
    Application.State.WAITING: "application_waiting",
    Application.State.DECLINED: "application_declined",
}
ALL_KINDS = ("application_received", *KINDS.values())


def written_received(application: Application) -> Message:
    """Compose the email that confirms an application. Not saved. Raises ProgrammeError without a contact person."""
    return written("application_received", application)


def written_decision(decision: ApplicationDecision, way_in: WayIn) -> Message:
    """Compose the email about a decision. Not saved. Raises ProgrammeError without a contact person."""
    kind, delegation = KINDS[Application.State(decision.outcome)], decision.application.delegation
    quota = delegation.quota if delegation else decision.quota  # a city that took part already keeps its quota
    return written(kind, decision.application, text=decision.text, quota=quota, way_in=way_in.value)


def written(kind: str, application: Application, **values: Any) -> Message:
    contact = application.contact
    if contact is None:
        raise ProgrammeError(_("The application no longer has a contact person."), code="no_contact_person")
    return emails.written(
        kind,
        to=contact.email,
        user=contact,
        edition=application.edition,
        read_as="application",
        application=application,
        **values,
    )


def compose_again(message: Message, _by: User) -> Message:
    """Compose again what an applicant was told last. Raises ProgrammeError if that is something else by now."""
    sent = Application.objects.filter(contact=message.user_id, edition=message.context_id).first()
    decision = last_told(sent) if sent else None
    if sent and sent.told_state == Application.State.SUBMITTED and message.kind == "application_received":
        return written_received(sent)
    if sent is None or decision is None or KINDS[Application.State(decision.outcome)] != message.kind:
        raise ProgrammeError(
            _("It does not hold today: the application has been withdrawn, or decided otherwise."), code="state_changed"
        )
    return written_decision(decision, way_in_of(sent))
