"""Emails about registration and withdrawal, which add all sessions to a calendar or remove them.

If a session changes before they are sent, they are written again.
"""

from django.db.models import BooleanField, ExpressionWrapper, Q
from django.utils import timezone

from programme import emails
from programme.models import Participant
from programme.queries.announcements import sessions_to_leave
from udtacademy.outbox.models import Message


def tell_of_state(participant: Participant, template: str) -> Message:
    """Queue "registered" or "approved", which add the programme to their calendar, or "withdrawn", which removes it."""
    if template == "withdrawn":
        leaves = sessions_to_leave(participant, timezone.now())
        return emails.queue_to_participant(template, participant, leaves=leaves, outlives_person=True)
    return emails.queue_to_participant(template, participant, enters=participant.coming_sessions())


def write_again(message: Message) -> Message | None:
    """Queue the message again with present facts. Return None for other kinds, or if their state has changed since."""
    wanted = {
        "registered": Participant.State.REGISTERED,
        "approved": Participant.State.REGISTERED,
        "withdrawn": Participant.State.WITHDRAWN,
    }
    if message.kind not in wanted:
        return None
    people = Participant.objects.with_people().filter(user=message.user_id, edition=message.context_id)
    participant = people.filter(state=wanted[message.kind]).first()
    return tell_of_state(participant, message.kind) if participant else None


def take_back_all(participant: Participant, reason: str) -> None:
    """Mark their queued messages about sessions as outdated. One that a worker has leased may have arrived."""
    messages = Message.objects.queued().filter(pk__in=participant.announcements.queued().values("message"))
    may_have_arrived = Q(may_have_arrived=True) | Q(lease__isnull=False)
    messages.update(
        state=Message.State.OUTDATED,
        last_error=reason,
        lease=None,
        may_have_arrived=ExpressionWrapper(may_have_arrived, BooleanField()),
    )
