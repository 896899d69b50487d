"""What was sent about one person and one session."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q

from attendance.models import Excuse
from attendance.queries.chasers import ASKED, LISTED, WRITTEN, key
from programme.models import Announcement, Participant, Session
from udtacademy.outbox.kinds import kind_label
from udtacademy.outbox.models import Message

MOST = 30


@dataclass(frozen=True)
class SentMessage:
    """An email about a person and a session. `reader`: to whom, if not to the person: their coordinator."""

    message: Message
    reader: str

    @property
    def label(self) -> str:
        return str(kind_label(self.message.kind))


def excuse_key(excuse: Excuse) -> str:
    """Return the deduplication key of the answer to a request."""
    return f"excuse:{excuse.pk}"


def messages_of_cell(participant: Participant, session: Session, excuses: Iterable[Excuse]) -> Sequence[SentMessage]:
    """Return the latest emails that told a person about a session, or their coordinator that they missed it. One query.

    The list of a city's people goes to its coordinator whether or not it names this person.
    """
    announced = Announcement.objects.filter(participant=participant, session=session, message__isnull=False)
    keys = [key(WRITTEN, session, participant.pk), *map(excuse_key, excuses)]
    keys += [key(kind, session, participant.delegation_id) for kind in (LISTED, ASKED)]
    sent = Message.objects.filter(Q(pk__in=announced.order_by().values("message")) | Q(dedupe_key__in=keys))
    shown = sent.defer("text", "content").order_by("-pk")[:MOST]
    return [SentMessage(it, "" if it.user_id == participant.user_id else it.to) for it in shown]
