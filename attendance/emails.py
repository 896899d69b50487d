"""Compose reminders and nudges. Messages are not saved."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from attendance.personal_links.join_links import join_link
from attendance.personal_links.mute_links import mute_link
from attendance.queries.reminder_times import coming, day_of
from attendance.queries.reminders import Round
from attendance.rules.reminders import useful_times
from programme import emails
from programme.built_in_emails import COORDINATORS, ORGANISERS, PARTICIPANTS, WITH_PAGE, BuiltInEmail
from programme.calendars.files import absolute
from programme.models import Participant, Session
from udtacademy.outbox.models import Message

KINDS = {  # as `programme.emails.KINDS`
    "certificate_issued": _("Certificate issued"),
    "certificate_revoked": _("Certificate revoked"),
    "digest": _("Standing of the cities"),
    "excuse_approved": _("Request approved"),
    "excuse_declined": _("Request declined"),
    "missed": _("Missed a core session"),
    "missed_city": _("Colleagues missed a core session"),
    "missed_question": _("Question about colleagues who missed a core session"),
    "nudge": _("Missing from a session that is on"),
    "reminder": _("Reminder"),
    "seal": _("Seal of the attendance"),
}
REASONS = {  # as `programme.emails.REASONS`
    "digest": _(
        "You get this email on Mondays because you work on %(edition)s. Organisers can turn it off in the edition’s settings."
    ),
    "missed_city": _("You get this email because you coordinate a team in %(edition)s."),
    "reminder": _(
        "You get reminders because of your registration for %(edition)s. Those of core sessions cannot be turned off."
    ),
    "missed_question": _("You get this email because you coordinate a team in %(edition)s."),
    "seal": _("You get this email because you work on %(edition)s, after each day on which attendance was recorded."),
}
BUILT_IN = {  # as `programme.built_in_emails.BUILT_IN`
    "reminder": BuiltInEmail(PARTICIPANTS, _("before sessions, at the times of reminders"), has_subject=False),
    "nudge": BuiltInEmail(
        PARTICIPANTS, _("when organisers write to who is missing from a session that is on"), (*WITH_PAGE, "session")
    ),
    "missed": BuiltInEmail(PARTICIPANTS, _("after they missed a core session"), (*WITH_PAGE, "session"), replaces=True),
    "missed_city": BuiltInEmail(
        COORDINATORS, _("after people of their city missed a core session"), (*WITH_PAGE, "session"), replaces=True
    ),
    "missed_question": BuiltInEmail(
        COORDINATORS,
        _("when organisers ask them why people missed a core session"),
        (*WITH_PAGE, "session"),
        replaces=True,
    ),
    "certificate_issued": BuiltInEmail(
        PARTICIPANTS, _("when organisers issue a certificate"), WITH_PAGE, replaces=True
    ),
    "certificate_revoked": BuiltInEmail(PARTICIPANTS, _("when organisers revoke a certificate"), replaces=True),
    "excuse_approved": BuiltInEmail(PARTICIPANTS, _("when organisers approve a request"), has_subject=False),
    "excuse_declined": BuiltInEmail(PARTICIPANTS, _("when organisers decline a request"), has_subject=False),
    "digest": BuiltInEmail(ORGANISERS, _("on Mondays"), ("edition",), replaces=True),
    "seal": BuiltInEmail(ORGANISERS, _("after a day on which attendance was recorded"), ("edition",), replaces=True),
}
WAITS_AT_NIGHT = {
    *("certificate_issued", "certificate_revoked", "digest", "excuse_approved", "excuse_declined"),
    *("missed", "missed_city", "missed_question", "seal"),
}


@dataclass(frozen=True)
class DueReminder:
    """A reminder that is due to somebody. `day`: the other sessions that they attend in person on that day."""

    round: Round
    day: Sequence[Session] = ()

    @property
    def session(self) -> Session:
        return self.round.session


def reminders_to(participant: Participant, due: Sequence[DueReminder], *, is_sample: bool = False) -> Message:
    """Return the email of one or several reminders, what begins first at the top. Not saved. A sample has no personal links.

    It expires when the next reminder of one of them is due; those of the others are then derived again.
    """
    due = each_session_once(sorted(due, key=lambda it: (it.round.starts_at, it.session.pk)))
    sessions = [session for it in due for session in (it.session, *it.day)]
    is_all_core = all(it.session.is_core for it in due)
    return emails.written_to(
        participant,
        "reminder",
        repeats=[] if is_sample else sessions,
        session=due[0].session,
        reminders=[entry_of(participant, it, is_sample=is_sample) for it in due],
        n_others=len(due) - 1,
        can_join=any(it.session.is_online for it in due),
        unsubscribe_url="" if is_all_core or is_sample else mute_link(participant),
        is_sensitive=not is_sample,
        expires_at=min(it.round.useful.until for it in due),
    )


def each_session_once(due: Sequence[DueReminder]) -> list[DueReminder]:
    """Leave out of each one's day what another one is about, or an earlier one mentions: one email says each session once."""
    mentioned = {it.session for it in due}
    once = []
    for reminder in due:
        day = [it for it in reminder.day if it not in mentioned]
        mentioned.update(day)
        once.append(DueReminder(reminder.round, day))
    return once


def entry_of(participant: Participant, due: DueReminder, *, is_sample: bool) -> dict[str, Any]:
    """Return what the email says of one session."""
    ways = ways_in(participant, due.session, can_join=due.session.is_online, is_sample=is_sample)
    return {"session": due.session, "day": due.day, **ways}


def nudge_to(participant: Participant, session: Session, *, is_sample: bool = False) -> Message:
    """Return the email to somebody who is missing from a running session, not saved. A sample has no personal links."""
    return emails.written_to(
        participant,
        "nudge",
        repeats=[] if is_sample else [session],
        session=session,
        **ways_in(participant, session, can_join=bool(session.meeting_url), is_sample=is_sample),
        is_sensitive=not is_sample,
        expires_at=session.ends_at,
    )


def ways_in(participant: Participant, session: Session, *, can_join: bool, is_sample: bool) -> dict[str, Any]:
    """Return the links to join, which is personal unless in a sample, and to the badge."""
    path = reverse("attendance:join", args=[session.edition.slug, session.slug])
    link = absolute(path) if is_sample else join_link(participant, session)
    badge_path = reverse("attendance:badge", args=[session.edition.slug])
    return {"join_link": link if can_join else "", "badge_path": badge_path}


def sample_of(session: Session, now: dt.datetime) -> Message | None:
    """Return a session's next reminder, or else its last, as its first participant would get it; None if there is none."""
    participant = session.edition.participants.registered().with_people().order_by("pk").first()
    if participant is None or session.starts_at is None:
        return None
    held = coming(session)
    times = useful_times(held)
    day = [it for it in day_of(session) if not it.takes_seats]
    useful = next((it for it in times if it.until > now), times[-1] if times else None)
    if useful is None:
        return None
    return reminders_to(participant, [DueReminder(Round(session, held, useful, now), day)], is_sample=True)
