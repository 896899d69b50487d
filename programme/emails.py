"""E-mails: a template makes the text, the text makes the HTML, a row in the outbox is the e-mail.

A template under templates/emails/ has the subject as its first line and the text below it. A line that starts with an
arrow, as in "→ Open your page: https://…", is a button in the HTML, the ones after it are links; one that starts with "★ Core" has the badge; lines
that start with "• " are a list.
"""

import datetime as dt
import logging
import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection, transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from kombu.exceptions import OperationalError as BrokerError

from programme import demo_mails
from programme.calendars.files import CalendarFile, calendar_file
from programme.mime import content_of
from programme.models import Announcement, Edition, Message, Participant, Session, User
from programme.queries.announcements import Entries, announcement, entries_of

if TYPE_CHECKING:
    from celery import Task
    from css_inline import CSSInliner

logger = logging.getLogger(__name__)

OWN_LINK = rf"{re.escape(settings.SITE_URL)}/\S*"  # others may have been typed by anybody, and stay text
BUTTON = re.compile(rf"^→ (?P<label>.+): (?P<url>{OWN_LINK})$")
LONGEST_SUBJECT = 200
BULLET = "• "
CORE = "★ Core"  # the badge of core sessions, here as everywhere


def queue(template: str, *, to: str, edition: Edition, user: User | None = None, **values: Any) -> Message:
    """Queue the e-mail templates/emails/<template>.txt about an edition. `values`: see `written`."""
    message = written(template, to=to, edition=edition, user=user, **values)
    post([message])
    return message


def queue_to_participant(template: str, participant: Participant, **values: Any) -> Message:
    """Queue an e-mail to a participant about their own state. `values`: see `written_to` and `written`."""
    message = written_to(participant, template, **values)
    post([message])
    return message


def written_to(
    participant: Participant,
    template: str,
    *,
    enters: Iterable[Session] = (),
    leaves: Iterable[Session] = (),
    repeats: Iterable[Session] = (),
    offers: Iterable[Session] = (),
    entries: Entries | None = None,
    **values: Any,
) -> Message:
    """As `queue_to_participant`, not saved.

    `enters`: sessions that are theirs from now on, or are and have changed; `leaves`: those that are not any more. Their
    calendar follows. `repeats`: sessions of which it says what they know already; `offers`: sessions in which it asks them
    to take a free place. What it says of each is kept, and it is not sent once that does not hold any more. `entries`: what
    `entries_of` says of them, where it was asked already.
    """
    user, edition = participant.user, participant.edition
    named = [(it, True) for it in enters] + [(it, False) for it in leaves]
    if entries is None:
        entries = entries_of([participant], [it for it, _is_theirs in named]) if named else {}
    files: list[CalendarFile] = []
    says = []
    for session, is_theirs in named:
        session.edition = edition
        entry = entries[participant.pk, session.pk]
        file: dict[str, Any] = {}
        if method := entry.method(session, is_theirs=is_theirs):
            file = {"method": method, "sequence": entry.next_sequence(session)}
            files.append(calendar_file(session, participant, **file))
        says.append(announcement(participant, session, entry, is_theirs=is_theirs, **file))
    says += [announcement(participant, it, is_theirs=True, is_repeat=True) for it in repeats]
    says += [announcement(participant, it, is_theirs=False, is_repeat=True) for it in offers]
    message = written(
        template,
        to=user.email,
        user=user,
        edition=edition,
        participant=participant,
        calendars=files,
        has_calendars=bool(files),
        **values,
    )
    message.says = says
    return message


def written(
    template: str,
    *,
    to: str,
    edition: Edition,
    user: User | None = None,
    is_sensitive: bool = False,
    calendars: Sequence[CalendarFile] = (),
    unsubscribe_url: str = "",
    dedupe_key: str | None = None,
    expires_at: dt.datetime | None = None,
    **context: Any,
) -> Message:
    """The e-mail of a template, in the person's language, times in the edition's zone; not saved.

    `dedupe_key` is of what happens once: a second message of the same key is refused by the database.
    """
    portal_path = reverse("programme:portal", args=[edition.slug])
    context |= {
        "edition": edition,
        "portal_path": portal_path,
        "reader_zone": user.time_zone if user else "",
        "unsubscribe_url": unsubscribe_url,
    }
    with timezone.override(edition.zone), translation.override(language_of(user)):
        subject, _, text = render_to_string(f"emails/{template}.txt", context).strip().partition("\n")
    return message_of(
        calendars=calendars,
        to=to,
        kind=template,
        subject=subject,
        text=re.sub(r"\n{3,}", "\n\n", text.strip()),
        user=user,
        edition=edition,
        reply_to=edition.contact_email,
        is_sensitive=is_sensitive,
        unsubscribe_url=unsubscribe_url,
        dedupe_key=dedupe_key,
        expires_at=expires_at,
    )


def language_of(user: User | None) -> str:
    """The language the person prefers, where the site speaks it."""
    spoken = dict(settings.LANGUAGES)
    return user.language if user and user.language in spoken else settings.LANGUAGE_CODE


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
    message = message_of(
        to=to,
        kind=kind,
        subject=subject,
        text=text,
        user=user,
        reply_to=reply_to,
        is_sensitive=is_sensitive,
        expires_at=timezone.now() + lasts if lasts else None,
    )
    post([message])
    return message


def message_of(*, subject: str, calendars: Sequence[CalendarFile] = (), **values: Any) -> Message:
    """A message with a subject of one line and the bytes of the whole e-mail; not saved."""
    message = Message(subject=" ".join(subject.split())[:LONGEST_SUBJECT], **values)
    message.content = content_of(message, html_of(message), calendars)
    return message


def post(messages: Sequence[Message], *, is_once: bool = False) -> None:
    """Put messages into the outbox, in the caller's transaction; once that is committed a worker is told.

    `is_once`: those whose `dedupe_key` is there already are left out, without an error.
    """
    Message.objects.bulk_create(messages, batch_size=500, ignore_conflicts=is_once)
    said = [it for message in messages for it in message.says]
    for message in messages:
        for it in message.says:
            it.message = message
    Announcement.objects.bulk_create(said, batch_size=1000)
    demo_mails.keep(messages)
    if messages and nudge not in [waiting[1] for waiting in connection.run_on_commit]:  # once for a transaction
        transaction.on_commit(nudge, robust=True)


def nudge() -> None:
    """Tell a worker that there is something to deliver. Beat does so regularly: nothing is lost without it."""
    from programme.tasks import deliver_messages  # noqa: PLC0415 - tasks come after everything they run

    ask_for(deliver_messages)


def ask_for(task: "Task[..., None]") -> None:
    """Ask a worker for what beat asks for regularly, too: nothing is lost where the broker is away."""
    try:
        task.apply_async(retry=False)
    except (BrokerError, OSError):
        logger.warning("The broker is away; e-mails wait until beat asks for %s", task.name)


def html_of(message: Message) -> str:
    """The HTML part: the text in paragraphs, with buttons, badges and lists for the lines that are."""
    blocks = [block.strip() for block in message.text.split("\n\n") if block.strip()]
    first_button = next((number for number, block in enumerate(blocks) if BUTTON.match(block)), -1)
    body = mark_safe(  # noqa: S308 - escaped
        "\n".join(
            paragraph(block, css="button" if number == first_button else "") for number, block in enumerate(blocks)
        )
    )
    language = language_of(message.user)
    context = {"subject": message.subject, "body": body, "language": language}
    return inliner().inline(render_to_string("emails/base.html", context))


@cache
def inliner() -> "CSSInliner":
    from css_inline import CSSInliner  # noqa: PLC0415 - a library that web processes hardly ever need

    return CSSInliner(keep_style_tags=True, load_remote_stylesheets=False)  # the dark colours stay where they are


def as_link(match: re.Match[str]) -> str:
    return f'<a href="{match.group()}">{match.group()}</a>'


def paragraph(block: str, css: str) -> SafeString:
    lines = block.splitlines()
    if match := BUTTON.match(block):
        return format_html('<p><a class="{css}" href="{url}">{label}</a></p>', css=css, **match.groupdict())
    if all(line.startswith(BULLET) for line in lines):
        items = mark_safe("".join(f"<li>{inline(line.removeprefix(BULLET))}</li>" for line in lines))  # noqa: S308 - escaped
        return format_html("<ul>{}</ul>", items)
    return format_html("<p>{}</p>", mark_safe("<br>".join(inline(line) for line in lines)))  # noqa: S308 - escaped


def inline(line: str) -> str:
    """A line of text as HTML; what people typed stays text."""
    html = re.sub(OWN_LINK, as_link, escape(line))
    return re.sub(f"^{CORE}", f'<span class="core">{CORE}</span>', html)
