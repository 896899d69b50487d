"""E-mails about an edition, composed of templates; `udtacademy.outbox` queues, renders and delivers them.

A template under templates/emails/ has the subject as its first line and the text below it.
"""

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from programme.calendars.files import calendar_file
from programme.models import Edition, Participant, Session
from programme.queries.announcements import Entries, announcement, entries_of
from udtacademy.accounts.models import User
from udtacademy.outbox.mime import CalendarFile
from udtacademy.outbox.models import Message
from udtacademy.outbox.queue import message_of, post
from udtacademy.outbox.render import language_of


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
    message.records = says
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
    with timezone.override(edition.zone), translation.override(language_of(user.language if user else "")):
        subject, _, text = render_to_string(f"emails/{template}.txt", context).strip().partition("\n")
    return message_of(
        calendars=calendars,
        to=to,
        kind=template,
        subject=subject,
        text=re.sub(r"\n{3,}", "\n\n", text.strip()),
        user=user,
        context=edition,
        reply_to=edition.contact_email,
        is_sensitive=is_sensitive,
        unsubscribe_url=unsubscribe_url,
        dedupe_key=dedupe_key,
        expires_at=expires_at,
    )
