"""Emails by hand about people who missed a core session: to them, and to their cities' coordinators."""

from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.actions.chasers import written_to_absent
from attendance.actions.locks import lock_session
from attendance.queries.chasers import ASKED, key, missed
from attendance.queries.missing import MissingCity, missing_in
from attendance.wording import times_of
from programme import emails
from programme.errors import ProgrammeError
from programme.models import Delegation, Participant, Session
from udtacademy.accounts.models import User
from udtacademy.outbox import queue
from udtacademy.outbox.models import Message


@transaction.atomic
def write_to_missing(*, session: Session, people: Collection[int], by: User) -> int:
    """Email people, by primary key, how to make up a core session that they missed, as `send_chase` does. Return how many.

    Raises ProgrammeError, and emails nobody, unless the session is over and each of them is still to be emailed.
    """
    locked = lock_session(session)  # one process at a time
    chosen = [it for it in missed(locked) if it.pk in set(people)] if is_over(locked) else []
    if len(chosen) != len(set(people)):
        raise changed()
    queue.post(written_to_absent(locked, chosen), by=by)
    return len(chosen)


@transaction.atomic
def ask_coordinators(*, session: Session, cities: Collection[int], by: User) -> int:
    """Ask the coordinators of cities, by primary key, about everybody who missed a core session. Return how many emails.

    Raises ProgrammeError, and emails nobody, unless the session is over and each of them can still be asked.
    """
    locked = lock_session(session)
    delegations = Delegation.objects.filter(pk__in=cities)
    asked = [it for it in missing_in(locked, delegations) if not it.why_not_asked] if is_over(locked) else []
    if len(asked) != len(set(cities)):
        raise changed()
    questions = [question for city in asked for question in questions_of(city, locked)]
    queue.post(questions, by=by)
    return len(questions)


def questions_of(city: MissingCity, session: Session) -> list[Message]:
    """Return the emails that ask a city's coordinators about its missing people, not saved."""
    asked_key = key(ASKED, session, city.delegation.pk)
    return [
        question_to(reader, city, session, dedupe_key=emails.key_for_reader(asked_key, number, reader.pk))
        for number, reader in enumerate(city.to_ask)
    ]


def question_to(reader: Participant, city: MissingCity, session: Session, **values: Any) -> Message:
    """Compose the email that asks a coordinator about their city's missing people. Not saved."""
    slugs = [session.edition.slug, session.slug]
    return emails.written_to(
        reader,
        "missed_question",
        session=session,
        people=[str(it) for it in city.to_ask_about],
        request_path=reverse("attendance:excuse-request", args=slugs),
        city_path=reverse("attendance:city", args=slugs[:1]),
        **values,
    )


def is_over(session: Session) -> bool:
    """Return whether people can have missed the session."""
    return session.is_core and not session.is_cancelled and times_of(session).has_ended(timezone.now())


def changed() -> ProgrammeError:
    return ProgrammeError(
        _(
            "This has changed since you opened the page. Nothing was sent. Check who gets an email now, then confirm again."
        ),
        code="changed_meanwhile",
    )
