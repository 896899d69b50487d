"""Texts of sensitive emails for the demo's page: the database drops them once sent. Only where DEMO is on."""

from collections.abc import Iterable

from django.conf import settings
from django.core.cache import cache
from django.db import transaction

from udtacademy.outbox.models import Message

KEPT_FOR = 24 * 60 * 60  # seconds


def keep(messages: Iterable[Message]) -> None:
    """Cache the texts of sensitive emails after the commit; do nothing outside the demo."""
    texts = {key_of(message): message.text for message in messages if message.is_sensitive} if settings.DEMO else {}
    if texts:
        transaction.on_commit(lambda: cache.set_many(texts, KEPT_FOR))


def with_texts(messages: Iterable[Message]) -> list[tuple[Message, str]]:
    """Return each message with its text, if known."""
    messages = list(messages)
    texts = cache.get_many([key_of(message) for message in messages if message.is_sensitive])
    return [(message, texts.get(key_of(message)) or message.text) for message in messages]


def key_of(message: Message) -> str:
    return f"demo-mail:{message.message_id}"
