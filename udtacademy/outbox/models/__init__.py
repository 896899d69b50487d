"""Emails, and what came back of them."""

from udtacademy.outbox.models.message import KEPT, NEVER_TRIED, SEND_ORDER, WAITS_WHERE, Message
from udtacademy.outbox.models.returned import MailboxProgress, ReturnedMail, StoppedAddress, is_stopped

__all__ = [
    "KEPT",
    "NEVER_TRIED",
    "SEND_ORDER",
    "WAITS_WHERE",
    "MailboxProgress",
    "Message",
    "ReturnedMail",
    "StoppedAddress",
    "is_stopped",
]
