"""Compose emails about an edition from templates; `udtacademy.outbox` queues, renders and delivers them.

The first line of a template under templates/emails/ is the subject, the rest the text.
"""

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from programme.calendars.files import calendar_file
from programme.models import Announcement, Edition, Participant, Session
from programme.queries.announcements import CalendarEntries, announcement, entries_of
from udtacademy.accounts.models import User
from udtacademy.outbox.mime import CalendarFile
from udtacademy.outbox.models import Message
from udtacademy.outbox.queue import message_of, post
from udtacademy.outbox.render import language_of


def queue(template: str, *, to: str, edition: Edition, user: User | None = None, **values: Any) -> Message:
    """Compose the email templates/emails/<template>.txt about an edition, and queue it. `values`: see `written`."""
    message = written(template, to=to, edition=edition, user=user, **values)
    post([message])
    return message


def queue_to_participant(template: str, participant: Participant, **values: Any) -> Message:
    """Compose an email to a participant, and queue it. `values`: see `written_to` and `written`."""
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
    entries: CalendarEntries | None = None,
    **values: Any,
) -> Message:
    """Compose an email to a participant, with calendar files and announcements. Not saved.

    `enters`: sessions added to their programme, or changed in it; `leaves`: sessions removed; both come with calendar
    files. `repeats`: sessions mentioned as known; `offers`: sessions with a seat offered. The announcements record what the
    email says about each session, so that it is not sent when that has changed. `entries`: from `entries_of`, if read already.
    """
    user, edition = participant.user, participant.edition
    changes = [(session, True) for session in enters] + [(session, False) for session in leaves]
    if entries is None:
        entries = entries_of([participant], [session for session, _is_theirs in changes]) if changes else {}
    files, announcements = calendar_changes(participant, changes, entries)
    announcements += [announcement(participant, session, is_theirs=True, is_repeat=True) for session in repeats]
    announcements += [announcement(participant, session, is_theirs=False, is_repeat=True) for session in offers]
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
    message.records = announcements
    return message


def calendar_changes(
    participant: Participant, changes: Iterable[tuple[Session, bool]], entries: CalendarEntries
) -> tuple[list[CalendarFile], list[Announcement]]:
    """Return the calendar files and announcements about sessions, each given with whether it is in the person's programme."""
    files: list[CalendarFile] = []
    announcements = []
    for session, is_theirs in changes:
        session.edition = participant.edition
        entry = entries[participant.pk, session.pk]
        file: dict[str, Any] = {}
        if method := entry.method(session, is_theirs=is_theirs):
            file = {"method": method, "sequence": entry.next_sequence(session)}
            files.append(calendar_file(session, participant, **file))
        announcements.append(announcement(participant, session, entry, is_theirs=is_theirs, **file))
    return files, announcements


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
    """Compose the email of a template, in the user's language and the edition's zone. Not saved.

    `dedupe_key`: the database refuses a second message with the same key.
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
