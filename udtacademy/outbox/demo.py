"""What the demo's page shows of e-mails whose words are gone from the database once they are sent. Only where DEMO is on."""

from collections.abc import Iterable

from django.conf import settings
from django.core.cache import cache
from django.db import transaction

from udtacademy.outbox.models import Message

KEPT_FOR = 24 * 60 * 60  # seconds


def keep(messages: Iterable[Message]) -> None:
    """Keep the words of sensitive e-mails in the cache, once the transaction is committed; nothing outside of the demo."""
    words = {key_of(message): message.text for message in messages if message.is_sensitive} if settings.DEMO else {}
    if words:
        transaction.on_commit(lambda: cache.set_many(words, KEPT_FOR))


def with_words(messages: Iterable[Message]) -> list[tuple[Message, str]]:
    """Each with its words, as far as they are known."""
    messages = list(messages)
    kept = cache.get_many([key_of(message) for message in messages if message.is_sensitive])
    return [(message, kept.get(key_of(message)) or message.text) for message in messages]


def key_of(message: Message) -> str:
    return f"demo-mail:{message.message_id}"
