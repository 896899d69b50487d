"""Compose emails about an edition from templates; `udtacademy.outbox` queues, renders and delivers them.

The first line of a template under templates/emails/ is the subject, the rest the text.
"""

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from copy import copy
from functools import lru_cache
from operator import attrgetter
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from programme.calendars.files import absolute
from programme.models import Edition, Participant, Session
from programme.personal_links import muting_row
from programme.queries.announcements import announcement
from programme.queries.calendar_entries import CalendarEntries, entries_of
from programme.queries.calendar_files import calendar_changes, calendar_files
from programme.queries.email_words import reader_language, words_for
from programme.queries.in_person_days import is_in_person, span_of
from programme.queries.published_programme import published_programme
from programme.queries.quiet_hours import begins_of, waits_until
from programme.rules.editions import dates_of
from udtacademy.accounts.models import User
from udtacademy.outbox.mime import CalendarFile
from udtacademy.outbox.models import Message
from udtacademy.outbox.queue import message_of, post
from udtacademy.outbox.render import with_footer

NAME = "\ue000"  # stands for a name; no text has this character

INTRODUCES = {  # emails that say when the edition is
    *("colleague_invited", "coordinator_invited", "invitation_reminder", "link_to_forward", "staff_invited", "waiting"),
}
KINDS = {  # template → what its emails are called on pages
    "address_corrected": _("Address corrected"),
    "address_replaced": _("Address no longer used"),
    "application_accepted": _("City accepted"),
    "application_declined": _("City declined"),
    "application_received": _("Application received"),
    "application_waiting": _("City on the waiting list"),
    "approved": _("Registration approved"),
    "campaign": _("Email from the organisers"),
    "campaign_test": _("Test of an email from the organisers"),
    "changed": _("Changes of sessions"),
    "colleague_invited": _("Invitation of a colleague"),
    "coming_question": _("Question whether they still come"),
    "coordinator_invited": _("Invitation of a coordinator"),
    "declined": _("Registration declined"),
    "invitation_reminder": _("Reminder of an invitation"),
    "link_to_forward": _("Registration link for a team"),
    "made_coordinator": _("Made coordinator"),
    "materials_wanted": _("Request for materials of a session"),
    "moved": _("Moved to another city"),
    "no_longer_coordinator": _("No longer coordinator"),
    "place_offered": _("Place offered to a colleague"),
    "plan_due_moved": _("Step of the Action Plan due at another time"),
    "plan_feedback": _("Feedback on an Action Plan"),
    "questions_added": _("Questions to answer"),
    "quota_promoted": _("Turn on a city’s waiting list has come"),
    "quota_waiting": _("On a city’s waiting list"),
    "registered": _("Registered"),
    "seat_assigned": _("Seat given by organisers"),
    "seat_clash": _("Seats at the same time"),
    "seat_lost": _("Seat lost with its session"),
    "seat_offered": _("Free seat offered"),
    "seat_promoted": _("Seat from the waiting list"),
    "seat_removed": _("Seat released by organisers"),
    "seat_wanted": _("Somebody waits for a team’s quota"),
    "seats_chosen": _("Sessions chosen"),
    "speaker_invited": _("Invitation of a speaker"),
    "speaker_reminder": _("Reminder of a speaker"),
    "staff_invited": _("Invitation to work on an edition"),
    "waiting": _("Registration received"),
    "withdrawn": _("Withdrawn"),
}

AS_SPEAKER = _("You get this email because the organisers of %(edition)s asked you to speak or moderate.")
REASONS = {  # template, with its reader if it depends → why somebody gets it, in the footer; else because of their registration
    "address_replaced": _("You get this email because this address was in a registration for %(edition)s."),
    "application": _("You get this email because you applied for your city to take part in %(edition)s."),
    "campaign": _("You get this email from the organisers because of your registration for %(edition)s."),
    "campaign_test": _("You get this test because you work on %(edition)s. Only you get it."),
    "colleague_invited": _("You get this email because you are invited to %(edition)s."),
    "coordinator_invited": _("You get this email because you are invited to %(edition)s."),
    "invitation_reminder": _("You get this email because you are invited to %(edition)s."),
    "link_to_forward": _("You get this email because you coordinate a team in %(edition)s."),
    "made_coordinator": _("You get this email because you coordinate a team in %(edition)s."),
    "materials_wanted": AS_SPEAKER,
    "plan_due_moved": _("You get this email because you coordinate a team in %(edition)s."),
    "plan_feedback": _("You get this email because you coordinate a team in %(edition)s."),
    "seat_wanted": _("You get this email because you coordinate a team in %(edition)s."),
    "seat_wanted to the invited": _("You get this email because you are invited to coordinate a team in %(edition)s."),
    "seat_wanted to organisers": _("You get this email because you organise %(edition)s."),
    "speaker_invited": AS_SPEAKER,
    "speaker_reminder": AS_SPEAKER,
    "staff_invited": _("You get this email because you work on %(edition)s."),
}
BY_REGISTRATION = _("You get this email because of your registration for %(edition)s.")


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
    outlives_person: bool = False,
    **values: Any,
) -> Message:
    """Compose an email to a participant, with announcements. Not saved.

    `enters`: sessions added to their programme, or changed in it; `leaves`: sessions removed; both come with calendar files,
    made when it is sent. `repeats`: sessions mentioned as known; `offers`: sessions with a seat offered. The announcements
    record what the email says about each session, so that it is not sent when that has changed.
    `entries`: from `entries_of`, if read already. `outlives_person`: make the files now, before the announcements are deleted.
    """
    user, edition, enters = participant.user, participant.edition, list(enters)
    changes = [*((session, True) for session in enters), *((session, False) for session in leaves)]
    if entries is None:
        entries = entries_of([participant], [session for session, _is_theirs in changes]) if changes else {}
    announcements = calendar_changes(participant, changes, entries)
    mentions = [*((session, True) for session in repeats), *((session, False) for session in offers)]
    announcements += [announcement(participant, it, is_theirs=theirs, is_repeat=True) for it, theirs in mentions]
    message = written(
        template,
        to=user.email,
        user=user,
        edition=edition,
        participant=participant,
        calendars=calendar_files(announcements) if outlives_person else (),
        has_calendars=any(it.method for it in announcements),
        begins=[*values.pop("begins", ()), *begins_of(announcements, entries, edition)],
        **programme_of(edition, enters),
        **values,
    )
    message.records = announcements
    return message


def key_for_reader(key: str, number: int, reader: int) -> str:
    """Return the deduplication key of an email to the nth of several readers, from 0. The first has `key`: it was sent."""
    return f"{key}:{reader}" if number else key


def programme_of(edition: Edition, sessions: Iterable[Session]) -> dict[str, Any]:
    """Return what an email to somebody registered says of their programme, as context: core sessions, days in person and tracks."""
    sessions = list(sessions)
    return {
        "core_sessions": core_of(sessions),
        "days_in_person": span_of(edition, filter(is_in_person, sessions)),
        "choosing": edition.choice_window(timezone.now()).value,
    }


def core_of(sessions: Iterable[Session]) -> list[Session]:
    """Return the core sessions with a time, in order."""
    return sorted((it for it in sessions if it.is_core and it.starts_at), key=attrgetter("starts_at"))


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
    read_as: str = "",
    begins: Iterable[dt.datetime | None] = (),
    **context: Any,
) -> Message:
    """Compose the email of a template, in the user's language and the edition's zone, with the edition's own words. Not saved.

    `dedupe_key`: the database refuses a second. `read_as`: of REASONS, if not the template. `begins`: see `waits_until`.
    """
    context = about_edition(edition, context) if template in INTRODUCES else context
    context |= {"edition": edition, "portal_path": reverse("programme:portal", args=[edition.slug])}
    context |= {"reader_zone": user.time_zone if user else "", "unsubscribe_url": unsubscribe_url}
    with timezone.override(edition.zone), translation.override(reader_language(user)):
        subject, text = rendered(template, context)
        footer = footer_of(read_as or template, edition, unsubscribe_url)
    return message_of(
        calendars=calendars,
        to=to,
        kind=template,
        subject=subject,
        text=with_footer(text, *footer),
        user=user,
        context=edition,
        reply_to=edition.contact_email,
        is_sensitive=is_sensitive,
        unsubscribe_url=unsubscribe_url,
        dedupe_key=dedupe_key,
        expires_at=expires_at,
        leaves_at=waits_until(template, user, edition, [*begins, expires_at]),
    )


def rendered(template: str, context: dict[str, Any]) -> tuple[str, str]:
    """Return the subject and the text of an email in the active language, with the edition's own words, without the footer."""
    words = words_for(template, get_language() or "", context)
    whole = render_to_string(f"emails/{template}.txt", context | {"words": words})
    subject, _, text = whole.strip().partition("\n")
    return words.subject or subject, words.ended(re.sub(r"\n{3,}", "\n\n", text.strip()))


def about_edition(edition: Edition, context: dict[str, Any]) -> dict[str, Any]:
    """Return a context with what an email says of an edition that its reader may not know: its dates and core sessions to come.

    One query, see `published_programme`; none if the context has them.
    """
    if "dates" in context:
        return context
    programme, now = published_programme(edition.slug), timezone.now()
    sessions = [it for it in programme.sessions if not it.is_cancelled] if programme else []
    return context | {
        "dates": dates_of(edition, [it.local_day for it in sessions]),
        "core_sessions": core_of(it for it in sessions if not it.is_over(now)),
    }


def footer_of(reason: str, edition: Edition, unsubscribe_url: str) -> list[str]:
    """Return the footer's rows: why the person gets the email (of REASONS), how to turn it off, and who the organisers are."""
    mute = muting_row(reason, edition.slug)
    if unsubscribe_url:
        mute = gettext("→ Get reminders of core sessions only: %(url)s") % {"url": unsubscribe_url}
    why, *organisers = _footer(reason, get_language() or "", edition.name, edition.contact_email, edition.slug)
    return [why, mute, *organisers]


@lru_cache(maxsize=256)
def _footer(reason: str, _language: str, edition: str, email: str, slug: str) -> list[str]:
    """Return the rows of the footer that are the same for many, of an edition by its name, address and slug."""
    values = {"edition": edition, "email": email, "url": absolute(reverse("programme:edition-detail", args=[slug]))}
    organisers = gettext("The organisers of %(edition)s: %(email)s") if email else ""
    rows = [REASONS.get(reason, BY_REGISTRATION), organisers, gettext("→ About %(edition)s: %(url)s")]
    return [str(row) % values for row in rows]


def written_alike(template: str, participants: Sequence[Participant], **values: Any) -> list[Message]:
    """Compose an email that says the same to people of one edition who are no coordinators, but for their names. Not saved.

    Rendered once for each city, language and time zone, and the names put in: rendering took a third of the time of an import.
    """
    samples: dict[tuple[int, str, str], Message] = {}
    messages = []
    for person in participants:
        user, edition = person.user, person.edition
        key = person.delegation_id, user.language, user.time_zone
        if key not in samples:
            nobody = copy(person)
            nobody.user = User(name=NAME, language=user.language, time_zone=user.time_zone)
            samples[key] = written(template, to="", edition=edition, user=nobody.user, participant=nobody, **values)
        sample, name = samples[key], str(user)
        messages.append(
            message_of(
                subject=sample.subject.replace(NAME, name),
                text=sample.text.replace(NAME, name),
                to=user.email,
                kind=template,
                user=user,
                context=edition,
                reply_to=sample.reply_to,
                leaves_at=sample.leaves_at,
            )
        )
    return messages
