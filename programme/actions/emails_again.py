"""Send an email again: a new message, composed from today's facts, never the old text, whose secrets are gone.

What is composed, by kind, is in `email_composers`.
"""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from programme.actions.email_composers import COMPOSERS
from programme.errors import ProgrammeError
from programme.queries.stopped_addresses import is_address_stopped
from udtacademy.accounts.models import User
from udtacademy.outbox import queue
from udtacademy.outbox.models import Message
from udtacademy.outbox.render import without_links

ONCE_WITHIN = dt.timedelta(minutes=1)  # a second click does nothing
SENDABLE = {Message.State.SENT, Message.State.FAILED, Message.State.STOPPED}
OF_SPEAKERS = gettext_lazy("It has a personal link. Send another one under “Speakers” or “Materials”.")
WHY_NOT = {  # kinds that mean nothing today
    "address_replaced": gettext_lazy("It went to an address that is no longer theirs."),
    "campaign_test": gettext_lazy("It was a test. Send another one from the page of the email."),
    "changed": gettext_lazy(
        "It said what had changed then. Send “Registration approved” or “Registered” again: it has the core sessions as they are now."
    ),
    "materials_wanted": OF_SPEAKERS,
    "plan_due_moved": gettext_lazy(
        "It said what had moved then. The Action Plan in the portal has the dates as they are now."
    ),
    "plan_feedback": gettext_lazy("It said what was new then. The Action Plan in the portal has all feedback."),
    "seat_lost": gettext_lazy("It said which seat was lost then. “Sessions chosen” has their seats as they are now."),
    "seat_removed": gettext_lazy(
        "It said which seat was released then. “Sessions chosen” has their seats as they are now."
    ),
    "seat_wanted": gettext_lazy("It was about somebody who wanted to join then."),
    "speaker_invited": OF_SPEAKERS,
    "speaker_reminder": OF_SPEAKERS,
}


@dataclass(frozen=True)
class ComposedAgain:
    """What would be sent now, without its personal links, or why nothing can be (`refusal`)."""

    to: str = ""
    subject: str = ""
    text: str = ""
    refusal: ProgrammeError | None = None


@transaction.atomic
def send_again(*, message: Message, by: User) -> Message | None:
    """Queue an email again, composed from today's facts. Return it; None if the same was sent again within a minute.

    It goes to the present address of its reader. Raises ProgrammeError if it was neither sent nor failed, or has nothing to say.
    """
    locked = Message.objects.select_for_update(of=["self"]).defer("text", "content").get(pk=message.pk)
    earlier = Message.objects.filter(dedupe_key__startswith=f"again:{locked.pk}:")
    if earlier.filter(created_at__gt=timezone.now() - ONCE_WITHIN).exists():
        return None
    again = composed(locked, by)
    again.dedupe_key = f"again:{locked.pk}:{earlier.count() + 1}"
    queue.post([again], by=by)
    return again


def rehearse_again(*, message: Message, by: User) -> ComposedAgain:
    """Return what `send_again` would send now. Changes nothing."""
    try:
        with transaction.atomic():
            again = composed(message, by)
            transaction.set_rollback(True)
    except ProgrammeError as error:
        return ComposedAgain(refusal=error)
    return ComposedAgain(again.to, again.subject, without_links(again.text) if again.is_sensitive else again.text)


def composed(message: Message, by: User) -> Message:
    if message.state not in SENDABLE:
        raise ProgrammeError(_("This email was not sent yet, or holds no longer."), code="email_not_sent")
    if reason := why_never(message):
        raise ProgrammeError(reason, code="never_sent_again")
    again = COMPOSERS[message.kind](message, by)
    if is_address_stopped(again.to):
        text = _("Emails to %(email)s are stopped, as they came back. Correct the address or try it again first.")
        raise ProgrammeError(text % {"email": again.to}, code="address_stopped")
    return again


def why_never(message: Message) -> str:
    """Return why emails of this kind are never sent again, as a sentence; empty if they may be."""
    if message.kind in WHY_NOT:
        return str(WHY_NOT[message.kind])
    if message.kind not in COMPOSERS or message.context_id is None:
        return _("Emails about an account belong to what the person did then. They ask for a new one by signing in.")
    return ""
