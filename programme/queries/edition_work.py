"""What waits for organisers in an edition, and how its registrations and seats are spread."""

import datetime as dt
import enum
from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q
from django.db.models.functions import TruncWeek

from programme.models import Edition, Invitation, Material, Participant, Session, SessionSpeaker
from programme.models.counts import count_of
from programme.models.speaker import has_declined, is_unanswered
from programme.queries.city_plans import step_facts
from programme.queries.planned_news import news_facts
from programme.queries.stopped_addresses import gets_no_emails
from programme.rules.local_times import local_day

NEAR = dt.timedelta(days=14)  # sessions that should be confirmed; emails that failed
LINK_NEEDED = dt.timedelta(days=2)  # before an online session
MOST_WEEKS = 16


TAKES_PLACE = ~Q(format=Session.Format.BREAK) & ~Q(status=Session.Status.CANCELLED)
READY = {  # how far the sessions of a copied edition have come
    "counted": Q(),
    "confirmed": Q(status=Session.Status.CONFIRMED),
    "dated": Q(starts_at__isnull=False) | Q(held_on__isnull=False),
    "online": Q(format=Session.Format.ONLINE),
    "linked": Q(format=Session.Format.ONLINE) & ~Q(meeting_url=""),
}


class SessionLack(enum.StrEnum):
    """What a session can lack. The overview counts such sessions, and the list filters by it."""

    LINK = "link"
    CONFIRMATION = "confirmation"
    PUBLICATION = "publication"


def counts_of(edition: Edition, now: dt.datetime) -> dict[str, Any]:
    """Return how many of each thing wait in an edition, or are missing for its publication, by name. One query.

    And what `news_facts` says of emails that leave by themselves, and `step_facts` of Action Plans.
    """
    counts = {
        "pending": count_of("programme.Participant", "edition", state="pending"),
        "unreachable": count_of("programme.Participant", "edition", gets_no_emails()),
        "listed": count_of("programme.Participant", "edition", state="waiting"),
        "cities": count_of("programme.Delegation", "edition"),
        "cities_to_invite": count_of("programme.Delegation", "edition", is_to_invite(now)),
        "sessions": count_of("programme.Session", "edition", ~Q(format=Session.Format.BREAK)),
        "core": count_of("programme.Session", "edition", is_core=True),
        **{
            name: count_of("programme.Session", "edition", TAKES_PLACE & condition) for name, condition in READY.items()
        },
        "silent_speakers": count_of(
            "programme.Speaker", "edition", is_unanswered(edition, now), reminded_at__isnull=False
        ),
        "declined_speakers": count_of("programme.Speaker", "edition", has_declined(edition, now)),
        "without_materials": count_of("programme.Session", "edition", TAKES_PLACE & lacks_materials(now)),
        "failed": count_of("outbox.Message", "context", state="failed", created_at__gte=failed_since(edition, now)),
    }
    for lack in SessionLack:
        counts[lack] = count_of("programme.Session", "edition", lacks(lack, now))
    facts = {f"n_{name}": it for name, it in counts.items()} | news_facts(now) | step_facts()
    values = Edition.objects.filter(pk=edition.pk).annotate(**facts).order_by().values_list(*facts).get()
    return {name.removeprefix("n_"): it for name, it in zip(facts, values, strict=True)}


def failed_since(edition: Edition, now: dt.datetime) -> dt.datetime:
    """Return the beginning of the day, in the edition's zone, from which emails that failed are a task."""
    return dt.datetime.combine(local_day(now, edition.zone) - NEAR, dt.time(), edition.zone)


def lacks(lack: SessionLack, now: dt.datetime) -> Q:
    """Return the condition on a session that it is still to come and lacks this, by the time it is needed."""
    is_coming = Q(starts_at__gt=now) & ~Q(status=Session.Status.CANCELLED) & ~Q(format=Session.Format.BREAK)
    return (
        is_coming
        & {
            SessionLack.LINK: Q(starts_at__lte=now + LINK_NEEDED, format=Session.Format.ONLINE, meeting_url=""),
            SessionLack.CONFIRMATION: Q(starts_at__lte=now + NEAR, status=Session.Status.TENTATIVE),
            SessionLack.PUBLICATION: Q(is_published=False),
        }[lack]
    )


def lacks_materials(now: dt.datetime) -> Q:
    """Return the condition on a session that it is over, that its speakers came, and that it has no materials."""
    came = SessionSpeaker.objects.filter(session=OuterRef("pk"), confirmed_at__isnull=False)
    there = Material.objects.filter(session=OuterRef("pk"))
    return Q(ends_at__lte=now, is_published=True) & Q(Exists(came)) & ~Q(Exists(there))


def is_to_invite(now: dt.datetime) -> Q:
    """Return the condition on a delegation that it has no coordinator and no open invitation for one."""
    coordinators = Participant.objects.registered().filter(delegation=OuterRef("pk"), is_coordinator=True)
    invitations = Invitation.objects.open(now).filter(delegation=OuterRef("pk"), is_for_coordinator=True)
    return ~Q(Exists(coordinators)) & ~Q(Exists(invitations))


def registrations_by_week(edition: Edition) -> Iterator[tuple[dt.date, dict[str, int]]]:
    """Yield, for each of the last weeks in which somebody registered, its Monday and how many by their present state.

    A person counts in the week of their present state, in the edition's zone. One query.
    """
    week = TruncWeek("state_at", tzinfo=edition.zone)
    rows = edition.participants.annotate(week=week).values("week").order_by("-week")
    states = {state: Count("pk", filter=Q(state=state)) for state in Participant.State.values}
    for monday, *counts in reversed(rows.annotate(**states).values_list("week", *states)[:MOST_WEEKS]):
        yield monday.date(), dict(zip(states, counts, strict=True))


def sessions_with_seats(edition: Edition) -> Any:
    """Return the parallel sessions by time and track, annotated as by `with_seats`. One query."""
    sessions = Session.objects.parallel().filter(edition=edition).with_seats().select_related("track")
    return sessions.order_by("starts_at", F("track__position"))
