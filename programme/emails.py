"""E-mails: a template makes the text, the text makes the HTML, a row in the outbox is the e-mail.

A template under templates/emails/ has the subject as its first line and the text below it. A line that starts with an
arrow, as in "→ Open your page: https://…", is a button in the HTML.
"""

import datetime as dt
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from kombu.exceptions import OperationalError as BrokerError

from programme.models import Edition, Message, Participant, User

logger = logging.getLogger(__name__)

OWN_LINK = rf"{re.escape(settings.SITE_URL)}/\S*"  # others may have been typed by anybody, and stay text
BUTTON = re.compile(rf"^→ (?P<label>.+): (?P<url>{OWN_LINK})$")
LONGEST_SUBJECT = 200


def queue(
    template: str, *, to: str, edition: Edition, user: User | None = None, is_sensitive: bool = False, **context: Any
) -> Message:
    """Queue the e-mail templates/emails/<template>.txt about an edition."""
    portal_path = reverse("programme:portal", args=[edition.slug])
    with timezone.override(edition.zone):
        written = render_to_string(
            f"emails/{template}.txt", {"edition": edition, "portal_path": portal_path, **context}
        )
    subject, _, text = written.strip().partition("\n")
    return queue_text(
        to=to,
        kind=template,
        subject=subject,
        text=text.strip(),
        user=user,
        reply_to=edition.contact_email,
        is_sensitive=is_sensitive,
    )


def queue_to_participant(template: str, participant: Participant, **context: Any) -> Message:
    """Queue an e-mail to a participant about their own state."""
    user = participant.user
    return queue(template, to=user.email, user=user, edition=participant.edition, participant=participant, **context)


def queue_text(
    *,
    to: str,
    kind: str,
    subject: str,
    text: str,
    user: User | None = None,
    reply_to: str = "",
    is_sensitive: bool,
    lasts: dt.timedelta | None = None,
) -> Message:
    """Put an e-mail into the outbox, in the caller's transaction; once that is committed a worker is told.

    Once it has waited for as long as it `lasts` it is not sent any more.
    """
    one_line = " ".join(subject.split())[:LONGEST_SUBJECT]
    message = Message.objects.create(
        to=to,
        kind=kind,
        subject=one_line,
        text=text,
        user=user,
        reply_to=reply_to,
        is_sensitive=is_sensitive,
        expires_at=timezone.now() + lasts if lasts else None,
    )
    if (noted := recording.get()) is not None:
        noted.append(message)
    if nudge not in [waiting[1] for waiting in connection.run_on_commit]:  # once for all messages of a transaction
        transaction.on_commit(nudge, robust=True)
    return message


recording: ContextVar[list[Message] | None] = ContextVar("recording", default=None)


@contextmanager
def recorded() -> Iterator[list[Message]]:
    """The e-mails queued inside the block."""
    noted: list[Message] = []
    token = recording.set(noted)
    try:
        yield noted
    finally:
        recording.reset(token)


@contextmanager
def rehearsed() -> Iterator[list[Message]]:
    """Do what is in the block and take it back: the e-mails that it would send, once the block is left."""
    with transaction.atomic(), recorded() as noted:
        yield noted
        transaction.set_rollback(True)


def nudge() -> None:
    """Tell a worker that there is something to deliver. Beat does so regularly: nothing is lost without it."""
    from programme.tasks import deliver_messages  # noqa: PLC0415 - tasks come after everything they run

    try:
        deliver_messages.apply_async(retry=False)
    except (BrokerError, OSError):
        logger.warning("The broker is away; e-mails wait until beat asks for them")


def html_of(message: Message) -> str:
    """The HTML part: the text in paragraphs, with buttons for the lines that are."""
    body = mark_safe("\n".join(paragraph(block) for block in message.text.split("\n\n") if block.strip()))  # noqa: S308 - escaped
    return render_to_string("emails/base.html", {"subject": message.subject, "body": body})


def as_link(match: re.Match[str]) -> str:
    return f'<a href="{match.group()}">{match.group()}</a>'


def paragraph(block: str) -> SafeString:
    if match := BUTTON.match(block.strip()):
        return format_html('<p><a class="button" href="{url}">{label}</a></p>', **match.groupdict())
    lines = [re.sub(OWN_LINK, as_link, escape(line)) for line in block.strip().splitlines()]
    return format_html("<p>{}</p>", mark_safe("<br>".join(lines)))  # noqa: S308 - escaped
