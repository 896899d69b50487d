"""Emails that ask who was at a session what they think of it: once by themselves, and once more if organisers want to."""

from collections.abc import Sequence
from itertools import groupby

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.actions.locks import lock_session
from attendance.emails import feedback_to
from attendance.models import Attendance, FeedbackEmail
from attendance.queries.feedback import AskedSession, asked_sessions, due_by_day, to_ask, to_remind
from programme.errors import ProgrammeError
from programme.models import Edition, FeedbackSet
from udtacademy.accounts.models import User
from udtacademy.outbox import queue

AT_A_TIME = 100  # people emailed in one transaction
RELATIONS = ("participant__user", "participant__delegation__city")


def send_feedback_requests() -> int:
    """Ask everybody who was at sessions of a day, once it is over, in one email. Return how many emails.

    Who is found to have been there later, as by a meeting report, is asked then, while people can answer.
    """
    now, n_sent = timezone.now(), 0
    asking = FeedbackSet.objects.exclude(questions=[]).values("edition")
    for edition in Edition.objects.published().filter(pk__in=asking).select_related("venue").order_by("pk"):
        for asks_at, asked in due_by_day(asked_sessions(edition)).items():
            due = [it for it in asked if it.is_open(now)] if asks_at <= now else []
            while due and (n := ask_some(edition, due)):
                n_sent += n
    return n_sent


@transaction.atomic
def ask_some(edition: Edition, asked: Sequence[AskedSession]) -> int:
    """Email the next people who were at some sessions of one day and were not asked. Return how many emails."""
    lock_session(asked[0].session)  # one process at a time
    rows = to_ask([it.session for it in asked])
    people = rows.order_by("participant").values_list("participant", flat=True).distinct()[:AT_A_TIME]
    theirs = list(rows.filter(participant__in=list(people)).select_related(*RELATIONS))
    by_session, messages = {it.session.pk: it for it in asked}, []
    for _pk, of_person in groupby(theirs, key=lambda it: it.participant_id):
        own = list(of_person)
        person, sessions = own[0].participant, [by_session[it.session_id] for it in own]
        person.edition = edition
        dedupe_key = f"feedback:{sessions[0].session.pk}:{person.pk}"
        messages.append(feedback_to(person, sessions, dedupe_key=dedupe_key))
    note(theirs, FeedbackEmail.Kind.ASKED)
    queue.post(messages)
    return len(messages)


def note(rows: Sequence[Attendance], kind: FeedbackEmail.Kind) -> None:
    FeedbackEmail.objects.bulk_create(
        FeedbackEmail(participant_id=it.participant_id, session_id=it.session_id, edition_id=it.edition_id, kind=kind)
        for it in rows
    )


@transaction.atomic
def remind_of_feedback(*, asked: AskedSession, by: User) -> int:
    """Remind everybody who was at a session and has not answered, each once. Return how many.

    Raises ProgrammeError unless people can answer now.
    """
    session, now = lock_session(asked.session), timezone.now()
    if not asked.is_open(now):
        raise ProgrammeError(_("People cannot answer now, so nobody was reminded."), code="feedback_closed")
    rows = list(to_remind(session).select_related(*RELATIONS))
    messages = []
    for row in rows:
        row.participant.edition = asked.session.edition
        messages.append(feedback_to(row.participant, [asked], is_reminder=True))
    note(rows, FeedbackEmail.Kind.REMINDED)
    queue.post(messages, by=by)
    return len(messages)
