"""Compose reminders and nudges. Messages are not saved."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from attendance.personal_links.join_links import join_link
from attendance.personal_links.mute_links import mute_link
from attendance.queries.reminders import Round, coming, day_of
from attendance.rules.reminders import useful_times
from programme import emails
from programme.calendars.files import absolute
from programme.models import Participant, Session
from udtacademy.outbox.models import Message

KINDS = {  # as `programme.emails.KINDS`
    "digest": _("Standing of the cities"),
    "excuse_approved": _("Request approved"),
    "excuse_declined": _("Request declined"),
    "missed": _("Missed a core session"),
    "missed_city": _("Colleagues missed a core session"),
    "missed_question": _("Question about colleagues who missed a core session"),
    "nudge": _("Missing from a session that is on"),
    "reminder": _("Reminder"),
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
}


def reminder_to(
    participant: Participant, reminder_round: Round, day: Sequence[Session] = (), *, is_sample: bool = False
) -> Message:
    """Return the email of a reminder, not saved. It expires when the next one is due. A sample has no personal links.

    `day`: the other sessions that the participant attends in person on that day.
    """
    session = reminder_round.session
    return emails.written_to(
        participant,
        "reminder",
        repeats=[] if is_sample else [session, *day],
        session=session,
        day=day,
        **ways_in(participant, session, can_join=session.is_online, is_sample=is_sample),
        unsubscribe_url="" if session.is_core or is_sample else mute_link(participant),
        is_sensitive=not is_sample,
        expires_at=reminder_round.useful.until,
    )


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
    return reminder_to(participant, Round(session, held, useful, now), day, is_sample=True)
