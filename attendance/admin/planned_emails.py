"""Reminders, emails after core sessions and digests, in the list of what leaves by itself."""

import datetime as dt
from collections.abc import Iterator, Sequence

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from attendance import access
from attendance.actions.chasers import DIGEST_HOUR, digest_readers
from attendance.queries.chasers import missed
from attendance.queries.feedback import asked_about, due_by_day, sets_of
from attendance.queries.planned_emails import (
    n_readers,
    next_digest,
    planned_chasers,
    planned_reminders,
    sessions_with_emails,
)
from attendance.queries.reminders import Round
from attendance.wording import times_of
from programme.formats import offset_label, titles
from programme.models import Edition, Session
from programme.panels import PlannedEmails
from udtacademy.accounts.models import User

DIGEST, FEEDBACK = "digest", "feedback"


def planned(user: User, edition: Edition, now: dt.datetime) -> Iterator[PlannedEmails]:
    """Yield what leaves by itself, as far as the edition sends it. Two queries."""
    if not user.has_perm(access.SEE_REMINDERS) or not edition.is_published:
        return
    yield from emails_of(list(sessions_with_emails(edition)), edition, now)


def emails_of(sessions: Sequence[Session], edition: Edition, now: dt.datetime) -> Iterator[PlannedEmails]:
    """Yield what leaves about the sessions of a published edition, as read by `sessions_with_emails`. One query."""
    yield from (reminder(edition, it) for it in planned_reminders(sessions, now))
    chasers = reverse("attendance-staff:chasers", args=[edition.slug])
    if edition.sends_chasers:
        for due_at, session in planned_chasers(sessions, now):
            leaves_at = edition.quiet_hours.end_after(due_at, edition.zone)
            yield PlannedEmails(leaves_at, about_missing(session), chasers, session)
    yield from questions_about(sessions, edition, now)
    if edition.sends_digest and (at := next_digest(edition, sessions, now, DIGEST_HOUR)):
        leaves_at = edition.quiet_hours.end_after(at, edition.zone)
        yield PlannedEmails(leaves_at, _("Standing of the cities, to the organisers, as each Monday"), chasers, DIGEST)


def questions_about(sessions: Sequence[Session], edition: Edition, now: dt.datetime) -> Iterator[PlannedEmails]:
    """Yield the emails that ask who will have been there what they think, one for each day with sessions. One query."""
    url = reverse("attendance-staff:feedback", args=[edition.slug])
    held = [it for it in sessions if not it.is_cancelled]
    for asks_at, asked in due_by_day(asked_about(held, sets_of(edition), edition)).items():
        if asks_at > now:
            text = _("Questions about %(sessions)s, to who was there") % {
                "sessions": titles([it.session for it in asked])
            }
            yield PlannedEmails(edition.quiet_hours.end_after(asks_at, edition.zone), text, url, FEEDBACK)


def reminder(edition: Edition, reminder_round: Round) -> PlannedEmails:
    values = {"session": reminder_round.session, "offset": offset_label(reminder_round.offset_minutes)}
    people = reverse("attendance-staff:reminder-people", args=[edition.slug, reminder_round.session.slug])
    return PlannedEmails(
        reminder_round.leaves_at or reminder_round.useful.since,
        _("Reminder of “%(session)s”, %(offset)s before") % values,
        f"{people}?{urlencode({'offset': reminder_round.offset_minutes})}",
        reminder_round,
    )


def about_missing(session: Session) -> str:
    if session.has_waiting_report:  # type: ignore[attr-defined]
        text = _("To people who miss “%(session)s”, and their coordinators, once its meeting report is applied")
    else:
        text = _("To people who miss “%(session)s”, and their coordinators")
    return text % {"session": session}


def n_people(edition: Edition, emails: Sequence[PlannedEmails], now: dt.datetime) -> list[int | None]:
    """Return how many people get each. Nobody knows who will miss a session. Two queries, and one a core session just over."""
    rounds = [it.about for it in emails if isinstance(it.about, Round)]
    of_round = dict(zip(map(id, rounds), n_readers(rounds), strict=True))
    n_digest = len(digest_readers(edition)) if any(it.about == DIGEST for it in emails) else 0
    n: list[int | None] = []
    for about in (it.about for it in emails):
        if isinstance(about, Round):
            n.append(of_round[id(about)])
        elif isinstance(about, Session):
            n.append(missed(about).count() if times_of(about).has_ended(now) else None)
        else:
            n.append(n_digest if about == DIGEST else None)  # nobody knows who will be there
    return n
