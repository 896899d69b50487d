"""E-mails about taking part as a whole, with all sessions of the programme: in, and out again.

What they say of sessions may be overtaken before they leave; then they are written anew.
"""

from django.db.models import BooleanField, ExpressionWrapper, Q
from django.utils import timezone

from programme import emails
from programme.models import Participant
from programme.queries.announcements import sessions_to_leave
from udtacademy.outbox.models import Message


def tell_of_state(participant: Participant, template: str) -> Message:
    """Queue "registered" or "approved", which put their programme into their calendar, or "withdrawn", which takes it out."""
    if template == "withdrawn":
        return emails.queue_to_participant(template, participant, leaves=sessions_to_leave(participant, timezone.now()))
    return emails.queue_to_participant(template, participant, enters=participant.coming_sessions())


def write_again(message: Message) -> Message | None:
    """Write one of them anew, as things are now; None for what is written by others, or does not hold at all any more."""
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
    """Mark what is queued and speaks of sessions to them as overtaken. What a worker has in hand may have arrived."""
    messages = Message.objects.queued().filter(pk__in=participant.announcements.queued().values("message"))
    may_have_arrived = Q(may_have_arrived=True) | Q(lease__isnull=False)
    messages.update(
        state=Message.State.OUTDATED,
        last_error=reason,
        lease=None,
        may_have_arrived=ExpressionWrapper(may_have_arrived, BooleanField()),
    )
