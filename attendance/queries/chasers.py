"""Who gets an email after a core session: people who missed it, and their cities' coordinators."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from django.db.models import CharField, Count, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from attendance.models import Attendance, Excuse, Report
from attendance.models.actual_time import end_of
from attendance.queries.places import covered_at
from attendance.queries.sessions import attended
from attendance.queries.turnout import missing_from
from attendance.rules.attendance import REPRESENTS, AttendanceStatus
from attendance.wording import times_of
from programme.models import Delegation, Edition, Participant, Session
from programme.models.participant_queryset import ParticipantQuerySet
from programme.models.session_queryset import SessionQuerySet
from udtacademy.outbox.models import Message

CHASED_AFTER = dt.timedelta(hours=24)  # unless an organiser says earlier that attendance is settled
CHASED_FOR = dt.timedelta(days=7)


def sessions_to_chase(now: dt.datetime, edition: Edition | None = None) -> list[Session]:
    """Return core sessions that ended in the last CHASED_FOR, with their editions, the latest first.

    `due_at` says when the emails are due.
    """
    over = core_sessions_over(now, since=now - CHASED_FOR)
    return list(over.filter(edition=edition) if edition else over)


def is_to_chase(session: Session, now: dt.datetime) -> bool:
    """Return what `sessions_to_chase` says of a session that was held. Read it with its actual time."""
    ends_at = times_of(session).ends_at
    return session.is_core and ends_at is not None and now - CHASED_FOR < ends_at <= now


def sessions_of_long_ago(edition: Edition, now: dt.datetime) -> list[Session]:
    """Return the core sessions that are too old for automatic emails, the latest first."""
    return list(core_sessions_over(now - CHASED_FOR).filter(edition=edition))


def core_sessions_over(now: dt.datetime, *, since: dt.datetime | None = None) -> SessionQuerySet:
    """Return core sessions that were held and ended by `now`, after `since`, the latest first, with relations."""
    held = attended(Session.objects.filter(is_core=True)).exclude(status=Session.Status.CANCELLED)
    over = held.alias(ended_at=end_of()).filter(ended_at__lte=now)
    if since:
        over = over.filter(ended_at__gt=since)
    return over.select_related("edition__venue", "settled", "actual_time").order_by("-ended_at", "pk")


def due_at(session: Session) -> dt.datetime:
    """Return when to email people who missed a session: once it is settled, or a day after its end."""
    settled = getattr(session, "settled", None)
    ends_at = times_of(session).ends_at
    assert ends_at is not None  # noqa: S101 - it is over
    return settled.settled_at if settled else ends_at + CHASED_AFTER


def with_waiting_report(sessions: Iterable[Session]) -> set[int]:
    """Return the sessions, by primary key, with a report that is not applied, so it is not yet known who was missing."""
    return set(Report.objects.filter(session__in=sessions, state=Report.State.READ).values_list("session", flat=True))


NOTHING_EXPECTED: Mapping[int, AttendanceStatus] = MappingProxyType({})
ABSENT = frozenset({AttendanceStatus.NONE, AttendanceStatus.ABSENT})
WRITTEN, LISTED, ASKED = (
    "missed",
    "missed-city",
    "missed-question",
)  # to a person; to a coordinator: the list, the question


def missed(session: Session, *, expecting: Mapping[int, AttendanceStatus] = NOTHING_EXPECTED) -> ParticipantQuerySet:
    """Return the people to email about a session that is over, by city and name.

    Left out: people who were sent an email about it, were partly present (an organiser decides), are excused, have an open
    request, or registered afterwards; where each city has to be represented, people of cities that were. `expecting`:
    statuses that are still to be recorded, by participant.
    """
    people = absent(session).exclude(is_emailed(session, WRITTEN, "pk"))
    people = people.exclude(pk__in=[pk for pk, status in expecting.items() if status not in ABSENT])
    if session.edition.attendance_rule == Edition.AttendanceRule.EACH_CITY:
        people = people.exclude(delegation__in=represented_cities(session, expecting))
    return people


@dataclass(frozen=True)
class MissedCity:
    """People of one city who missed a session and are to be emailed. `coordinators`: who are still to be sent the list.

    `listed`: everybody on that list, which also names people who have been emailed before.
    """

    delegation: Delegation
    coordinators: Sequence[Participant]
    people: Sequence[Participant]
    listed: Sequence[Participant] = ()


def by_city(session: Session, people: Iterable[Participant]) -> list[MissedCity]:
    """Return people who missed a session by city, in their order. Two queries."""
    members: dict[Delegation, list[Participant]] = defaultdict(list)
    for person in people:
        members[person.delegation].append(person)
    coordinators: dict[int, list[Participant]] = defaultdict(list)
    for reader in (
        Participant.objects.coordinating().with_people().filter(delegation__in=members).exclude(is_informed(session))
    ):
        coordinators[reader.delegation_id].append(reader)
    others: dict[Delegation, list[Participant]] = defaultdict(list)
    written_to = {it.pk for chosen in members.values() for it in chosen}
    for person in absent(session).filter(delegation__in=members).exclude(pk__in=written_to):
        others[person.delegation].append(person)
    return [
        MissedCity(city, coordinators[city.pk], chosen, sorted([*chosen, *others[city]], key=str))
        for city, chosen in members.items()
    ]


def is_informed(session: Session) -> Q:
    """Return the condition on people that their city's coordinators were sent the list, or asked about those who missed it."""
    return Q(is_emailed(session, LISTED, "delegation")) | Q(is_emailed(session, ASKED, "delegation"))


def readers_of_lists(session: Session, people: ParticipantQuerySet) -> ParticipantQuerySet:
    """Return the coordinators who are still to be sent the list of their city's `people`: of others than themselves."""
    others = people.order_by().filter(delegation=OuterRef("delegation")).exclude(pk=OuterRef("pk"))
    coordinators = Participant.objects.registered().filter(Exists(others), edition=session.edition, is_coordinator=True)
    return coordinators.exclude(is_informed(session))


def is_old(session: Session, now: dt.datetime) -> bool:
    """Return whether a session ended too long ago for automatic emails."""
    return times_of(session).has_ended(now - CHASED_FOR)


def registered_later(person: Participant, session: Session) -> bool:
    """Return whether a person registered after the session's end: they have not missed it, but have to make it up."""
    return not times_of(session).was_registered(person.registered_at)


def absent(session: Session, *, with_late: bool = False) -> ParticipantQuerySet:
    """Return the people who should have been there and were not, by city and name.

    People who registered after its end are left out unless `with_late`; people with an open request always are, and those who
    took over the place of somebody who was there.
    """
    asked = Excuse.objects.asked().filter(session=session, participant=OuterRef("pk"))
    people = missing_from(session, with_late=with_late).filter(~Exists(asked))
    return people.exclude(pk__in=covered_at(session))


def late(session: Session) -> Q:
    """Return the condition on people that they registered after a session's end."""
    return Q(state_at__gte=times_of(session).ends_at)


def represented_cities(session: Session, expecting: Mapping[int, AttendanceStatus]) -> QuerySet[Any, Any]:
    """Return the delegations, by primary key, of which somebody was there, or will have been by `expecting`."""
    there = Attendance.objects.established().filter(session=session, status__in=[it.value for it in REPRESENTS])
    there = there.exclude(participant__in=expecting)
    expected = [pk for pk, status in expecting.items() if status in REPRESENTS]
    people = Participant.objects.filter(Q(pk__in=there.values("participant")) | Q(pk__in=expected))
    return people.order_by().values("delegation")


def why_nobody(session: Session, now: dt.datetime) -> list[str]:
    """Return the reasons why settling a core session sends no automatic emails, as sentences. Two queries."""
    reasons = []
    if not session.edition.sends_chasers:
        reasons.append(_("This edition sends no emails after core sessions."))
    if is_old(session, now):
        reasons.append(_("The session ended more than a week ago."))
    everybody = absent(session, with_late=True)
    n = everybody.aggregate(
        missed=Count("pk", filter=~late(session)),
        late=Count("pk", filter=late(session)),
        emailed=Count("pk", filter=Q(is_emailed(session, WRITTEN, "pk")) & ~late(session)),
    )
    n_asked = Excuse.objects.asked().filter(session=session).count()
    if n["late"]:
        text = ngettext(
            "%(n)s person registered after the session.", "%(n)s people registered after the session.", n["late"]
        )
        reasons.append(text % {"n": n["late"]})
    if n["emailed"]:
        text = ngettext(
            "%(n)s person has already been sent an email.",
            "%(n)s people have already been sent an email.",
            n["emailed"],
        )
        reasons.append(text % {"n": n["emailed"]})
    if n_asked:
        text = ngettext("%(n)s request waits for a decision.", "%(n)s requests wait for a decision.", n_asked)
        reasons.append(text % {"n": n_asked})
    if n["missed"] and not reasons:
        reasons.append(_("Every city was represented."))
    return reasons or [_("Nobody is missing.")]


def key(kind: str, session: Session, pk: int) -> str:
    """Return the deduplication key of a message about a session. `pk`: the participant's or the city's."""
    return f"{kind}:{session.pk}:{pk}"


def is_emailed(session: Session, kind: str, name: str) -> Exists:
    """Return the condition that there is a message of that kind about the session. `name`: the field with the key's `pk`."""
    pk = Cast(OuterRef(name), CharField())
    return Exists(Message.objects.filter(dedupe_key=Concat(Value(f"{kind}:{session.pk}:"), pk)))
