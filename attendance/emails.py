"""Compose reminders. Messages are not saved."""

import datetime as dt
from collections.abc import Sequence

from django.urls import reverse

from attendance.personal_links.join_links import join_link
from attendance.personal_links.mute_links import mute_link
from attendance.queries.reminders import Round, coming, day_of
from attendance.rules.reminders import useful_times
from programme import emails
from programme.calendars.files import absolute
from programme.models import Participant, Session
from udtacademy.outbox.models import Message


def reminder_to(
    participant: Participant, reminder_round: Round, day: Sequence[Session] = (), *, is_sample: bool = False
) -> Message:
    """Return the email of a reminder, not saved. It expires when the next one is due. A sample has no personal links.

    `day`: the other sessions that the participant attends in person on that day.
    """
    session = reminder_round.session
    link = ""
    if session.is_online:
        path = reverse("attendance:join", args=[session.edition.slug, session.slug])
        link = absolute(path) if is_sample else join_link(participant, session)
    return emails.written_to(
        participant,
        "reminder",
        repeats=[] if is_sample else [session, *day],
        session=session,
        day=day,
        join_link=link,
        badge_path=reverse("attendance:badge", args=[session.edition.slug]),
        unsubscribe_url="" if session.is_core or is_sample else mute_link(participant),
        is_sensitive=not is_sample,
        expires_at=reminder_round.useful.until,
    )


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
