"""Writing after core sessions: to those who missed one, to their coordinators, and every Monday to the organisers."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance import access, rules, standing
from attendance.chasers import Chase, chase, due_at, key, sessions_to_chase
from attendance.models import SettledSession
from programme import emails
from programme.errors import ProgrammeError
from programme.history import acting
from programme.models import Edition, Message, Session, User

DIGEST_HOUR = 8  # on Mondays, where the edition is held
MOST_CITIES = 30  # named in a digest


def send_chasers() -> int:
    """Write about every core session whose time has come; how many e-mails. Each is written once, however often asked."""
    now = timezone.now()
    return sum(
        send_chase(session)
        for session in sessions_to_chase(now)
        if session.edition.sends_chasers and due_at(session) <= now
    )


@transaction.atomic
def send_chase(session: Session) -> int:
    Session.objects.select_for_update(no_key=True).get(pk=session.pk)  # one at a time
    messages = messages_of(chase(session))
    emails.post(messages)
    return len(messages)


def messages_of(found: Chase) -> list[Message]:
    """The e-mails, not saved: to each who missed it, and to the coordinators."""
    session = found.session
    slugs = [session.edition.slug, session.slug]
    about: dict[str, Any] = {"session": session, "request_path": reverse("attendance:excuse-request", args=slugs)}
    own = [
        emails.written_to(person, "missed", dedupe_key=key("missed", session, person.pk), **about)
        for person in found.people
    ]
    lists = [
        emails.written_to(
            coordinator,
            "missed_city",
            people=[str(it) for it in members],
            city_path=reverse("attendance:city", args=[session.edition.slug]),
            dedupe_key=key("missed-city", session, city.pk),
            **about,
        )
        for city, coordinator, members in found.cities
        if coordinator and members != [coordinator]
    ]
    return own + lists


@transaction.atomic
def settle_attendance(*, session: Session, by: User) -> bool:
    """Say that a core session's attendance is settled: those who missed it are written to now. Whether that is new.

    Raises ProgrammeError before its end.
    """
    locked = Session.objects.select_for_update(no_key=True).get(pk=session.pk)
    if not locked.is_over(timezone.now()):
        raise ProgrammeError(_("The session is not over yet."))
    with acting(by):
        _settled, is_new = SettledSession.objects.get_or_create(session=locked, defaults={"by": by})
    return is_new


@transaction.atomic
def settle_and_write(*, session: Session, by: User) -> tuple[bool, int]:
    """Settle it, and write at once to those who missed a core session; whether that is new, and how many e-mails.

    Raises ProgrammeError before its end.
    """
    is_new = settle_attendance(session=session, by=by)
    is_told = is_new and session.is_core and session.edition.sends_chasers
    return is_new, send_chase(session) if is_told else 0


def send_digests() -> int:
    """How the cities stand, to the organisers of each edition that runs, on Mondays; how many e-mails."""
    now = timezone.now()
    editions = Edition.objects.published().not_over(now).filter(sends_digest=True).select_related("venue")
    return sum(send_digest(edition, now) for edition in editions if is_digest_time(edition, now))


def is_digest_time(edition: Edition, now: dt.datetime) -> bool:
    """On Mondays from eight o'clock, once there is something to tell of: from the first core session on."""
    local = now.astimezone(edition.zone)
    begun = access.attended_sessions(edition).filter(is_core=True, starts_at__lte=now)
    return local.weekday() == 0 and local.hour >= DIGEST_HOUR and begun.exists()


def send_digest(edition: Edition, now: dt.datetime) -> int:
    year, week, _day = now.astimezone(edition.zone).isocalendar()
    messages = digests_of(edition, now, week_key=f"{year}-{week:02}")
    known = set(
        Message.objects.filter(dedupe_key__in=[it.dedupe_key for it in messages]).values_list("dedupe_key", flat=True)
    )
    new = [it for it in messages if it.dedupe_key not in known]
    emails.post(new, is_once=True)
    return len(new)


def digests_of(edition: Edition, now: dt.datetime, *, week_key: str) -> list[Message]:
    """The e-mails, not saved: to the edition's contact, or else to each organiser."""
    cities = standing.cities_of(edition, now)
    counts = [(it, sum(city.standing is it for city in cities)) for it in rules.Standing]
    troubled = [it for it in cities if it.standing in {rules.Standing.NOT_MET, rules.Standing.AT_RISK}]
    readers: list[tuple[str, User | None]] = [(edition.contact_email, None)]
    if not edition.contact_email:
        readers = [(it.email, it) for it in access.deciders()]
    return [
        emails.written(
            "digest",
            to=to,
            user=user,
            edition=edition,
            counts=counts,
            cities=troubled[:MOST_CITIES],
            n_more=len(troubled[MOST_CITIES:]),
            standing_path=reverse("attendance-staff:standings", args=[edition.slug]),
            board_path=reverse("attendance-staff:board", args=[edition.slug]),
            dedupe_key=f"digest:{edition.pk}:{week_key}:{to}"[:120],
        )
        for to, user in readers
    ]
