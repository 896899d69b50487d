"""Emails after core sessions: to people who missed one, to their coordinators, and every Monday to the organisers."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance import access
from attendance.actions.locks import lock_session
from attendance.models import SettledSession
from attendance.queries import standing
from attendance.queries.chasers import (
    LISTED,
    WRITTEN,
    MissedCity,
    by_city,
    due_at,
    is_old,
    key,
    missed,
    readers_of_lists,
    sessions_to_chase,
    why_nobody,
    with_waiting_report,
)
from attendance.queries.sessions import attended_sessions
from attendance.queries.standing_aggregates import cities_by_standing
from attendance.rules.standing import Standing
from attendance.wording import times_of
from programme import emails
from programme.errors import ProgrammeError
from programme.models import Edition, Participant, Session
from programme.models.participant_queryset import ParticipantQuerySet
from programme.queries.staff import staff_with
from udtacademy.accounts.models import User
from udtacademy.db.history import acting
from udtacademy.outbox import queue
from udtacademy.outbox.models import Message

DIGEST_HOUR = 8  # on Mondays, where the edition is held
MOST_CITIES = 30  # named in a digest
CITIES_AT_A_TIME = 50  # emailed in one transaction

Reader = tuple[str, User | None]  # an organiser who gets a digest: the address, and the account if there is one


def send_chasers() -> int:
    """Send the emails about core sessions that are due, each once. Return how many.

    None are sent about a session while a report of it waits to be applied, nor at night where the edition is: what is
    corrected until the morning counts.
    """
    now = timezone.now()
    sessions = sessions_to_chase(now)
    waiting = with_waiting_report(sessions)
    return sum(
        send_chase(session)
        for session in sessions
        if session.edition.sends_chasers
        and due_at(session) <= now
        and session.pk not in waiting
        and not session.edition.quiet_hours.is_quiet(now, session.edition.zone)
    )


def send_chase(session: Session) -> int:
    """Email the people who missed a session and their coordinators, some cities at a time. Return how many emails."""
    n_sent = 0
    while n := send_to_some(session):
        n_sent += n
    return n_sent


@transaction.atomic
def send_to_some(session: Session) -> int:
    """Email the next cities' people who missed a session and have not been emailed. Return how many emails."""
    lock_session(session)  # one process at a time
    people = missed(session)
    cities = people.order_by("delegation").values_list("delegation", flat=True).distinct()[:CITIES_AT_A_TIME]
    messages = messages_of(session, by_city(session, people.filter(delegation__in=list(cities))))
    queue.post(messages)
    return len(messages)


def messages_of(session: Session, cities: Sequence[MissedCity]) -> list[Message]:
    """Return the emails, not saved: to each person who missed the session, and to the coordinators."""
    messages = written_to_absent(session, [person for city in cities for person in city.people])
    for city in cities:
        list_key = key(LISTED, session, city.delegation.pk)
        readers = [it for it in city.coordinators if city.listed != [it]]
        for number, reader in enumerate(readers):
            reader_key = emails.key_for_reader(list_key, number, reader.pk)
            messages.append(missed_city_mail(reader, city.listed, session, dedupe_key=reader_key))
    return messages


def written_to_absent(session: Session, people: Sequence[Participant]) -> list[Message]:
    """Return the emails to people who missed the session, not saved."""
    return [missed_mail(it, session, dedupe_key=key(WRITTEN, session, it.pk)) for it in people]


def missed_mail(person: Participant, session: Session, **values: Any) -> Message:
    """Compose the email to somebody who missed a session. Not saved."""
    return emails.written_to(person, "missed", **about(session), **values)


def missed_city_mail(
    coordinator: Participant, people: Sequence[Participant], session: Session, **values: Any
) -> Message:
    """Compose the email to a coordinator with their city's people who missed a session. Not saved."""
    return emails.written_to(
        coordinator,
        "missed_city",
        people=[str(member) for member in people],
        city_path=reverse("attendance:city", args=[session.edition.slug]),
        **about(session),
        **values,
    )


def about(session: Session) -> dict[str, Any]:
    slugs = [session.edition.slug, session.slug]
    return {"session": session, "request_path": reverse("attendance:excuse-request", args=slugs)}


@transaction.atomic
def settle_attendance(*, session: Session, by: User) -> bool:
    """Record that a core session's attendance is settled. Return whether that is new.

    People who missed it are due an email from now on. Raises ProgrammeError before its planned and its actual end.
    """
    locked = lock_session(session)
    now = timezone.now()
    if not (locked.is_over(now) and times_of(locked).has_ended(now)):
        raise ProgrammeError(_("The session has not ended yet."), code="session_not_ended")
    with acting(by):
        _settled, is_new = SettledSession.objects.get_or_create(session=locked, defaults={"by": by})
    return is_new


@dataclass(frozen=True)
class Settled:
    """The result of settling: whether it is new, how many emails it sent, and the reasons if it sent none."""

    is_new: bool
    n_messages: int
    why_nobody: Sequence[str]


def settle_and_write(*, session: Session, by: User, writes_anyway: bool = False) -> Settled:
    """Settle a session. If it is a core session, email people who missed it at once.

    No emails are sent about a session that ended more than a week ago or in an edition that sends none, unless
    `writes_anyway`: then even if it was settled before. Raises ProgrammeError before its end.

    Settling and each portion of emails is committed separately. If it is interrupted, `send_chasers` sends the rest, or
    calling it again if `writes_anyway`.
    """
    now = timezone.now()
    is_new = settle_attendance(session=session, by=by)
    writes = writes_anyway or (is_new and writes_by_itself(session, now))
    n = send_chase(session) if writes and session.is_core else 0
    return Settled(is_new, n, [] if n or not session.is_core else why_nobody(session, now))


def writes_by_itself(session: Session, now: dt.datetime) -> bool:
    """Return whether settling a session sends emails without being asked to."""
    return session.edition.sends_chasers and not is_old(session, now)


@dataclass(frozen=True)
class SettlingEmails:
    """The emails that settling a session would send: to which people and coordinators, by primary key, and one as a sample."""

    people: Sequence[int] = ()
    coordinators: Sequence[int] = ()
    sample: Sequence[Message] = ()

    @property
    def emails(self) -> list[tuple[str, int]]:
        """Return each email as the name of its template and the primary key of who gets it."""
        return [*(("missed", pk) for pk in self.people), *(("missed_city", pk) for pk in self.coordinators)]


def rehearse_settling(*, session: Session, writes_anyway: bool = False) -> SettlingEmails:
    """Return the emails that `settle_and_write` would send now. Six queries, however many people."""
    now = timezone.now()
    is_new = not SettledSession.objects.filter(session=session).exists()
    writes = writes_anyway or (is_new and writes_by_itself(session, now))
    if not (writes and session.is_core and times_of(session).has_ended(now)):
        return SettlingEmails()
    people = missed(session)
    sample = messages_of(session, by_city(session, people[:1]))[:1]
    return SettlingEmails(pks_of(people), pks_of(readers_of_lists(session, people)), sample)


def pks_of(people: ParticipantQuerySet) -> list[int]:
    return list(people.order_by("pk").values_list("pk", flat=True))


def send_digests() -> int:
    """Email the cities' standing to the organisers of each running edition, on Mondays. Return how many emails."""
    now = timezone.now()
    editions = Edition.objects.published().not_over(now).filter(sends_digest=True).select_related("venue")
    return sum(send_digest(edition, now) for edition in editions if is_digest_time(edition, now))


def is_digest_time(edition: Edition, now: dt.datetime) -> bool:
    """Return whether it is Monday from DIGEST_HOUR in the edition's zone, and the first core session has begun."""
    local = now.astimezone(edition.zone)
    begun = attended_sessions(edition).filter(is_core=True, starts_at__lte=now)
    return local.weekday() == 0 and local.hour >= DIGEST_HOUR and begun.exists()


def send_digest(edition: Edition, now: dt.datetime) -> int:
    """Send this week's digest of an edition, once. Return how many emails."""
    year, week, _day = now.astimezone(edition.zone).isocalendar()
    return write_once(
        f"digest:{edition.pk}:{year}-{week:02}", edition, lambda readers: digests_of(edition, now, readers)
    )


def write_once(prefix: str, edition: Edition, compose: Callable[[Sequence[Reader]], list[Message]]) -> int:
    """Email each reader of the edition's digest once for this prefix of keys. `compose` gets who has not been written to. Return how many emails."""
    keys = {f"{prefix}:{to}"[:120]: (to, user) for to, user in digest_readers(edition)}
    known = set(Message.objects.filter(dedupe_key__in=keys).values_list("dedupe_key", flat=True))
    new = {it: reader for it, reader in keys.items() if it not in known}
    messages = compose(list(new.values())) if new else []
    for message, dedupe_key in zip(messages, new, strict=True):
        message.dedupe_key = dedupe_key
    queue.post(messages, is_once=True)
    return len(messages)


def digests_of(edition: Edition, now: dt.datetime, readers: Sequence[Reader]) -> list[Message]:
    """Return the emails to `readers` (see `digest_readers`), in order. Not saved."""
    cities = cities_by_standing(edition, now)
    n_cities = Counter(it for _pk, it in cities)
    troubled = [pk for pk, it in cities if it in {Standing.NOT_MET, Standing.AT_RISK}]
    named = standing.cities_of(edition, now, among=troubled[:MOST_CITIES])
    return [
        emails.written(
            "digest",
            to=to,
            user=user,
            edition=edition,
            counts=[(it, n_cities[it]) for it in Standing],
            cities=named,
            n_more=len(troubled[MOST_CITIES:]),
            standing_path=reverse("attendance-staff:standings", args=[edition.slug]),
            board_path=reverse("attendance-staff:board", args=[edition.slug]),
        )
        for to, user in readers
    ]


def digest_readers(edition: Edition) -> list[Reader]:
    """Return who gets the digest: the edition's contact address, or else each organiser."""
    if edition.contact_email:
        return [(edition.contact_email, None)]
    return [(it.email, it) for it in staff_with(access.DECIDE, edition)]
