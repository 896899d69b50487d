"""Who may have a certificate, of which kind, and what it rests on."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q

from attendance import wording
from attendance.models import ActualTime, Attendance, CertificateSession
from attendance.models.actual_time import held_at
from attendance.queries.sessions import attended_sessions
from attendance.queries.standing import own_core, seats_in, standing_of, statuses_now
from attendance.rules.certificates import CertificateKind, CountedAs, Ground, counted_as, grounds_of, kind_of
from attendance.rules.places import records_of_place
from attendance.rules.standing import Reasoned
from programme.models import Edition, Participant, Session
from programme.queries.places import places_in

MINUTE = dt.timedelta(minutes=1)


@dataclass(frozen=True)
class Claim:
    """What somebody may get a certificate of now. `kind`: None for none; `reasoned`: their standing; `own`: what counts of theirs."""

    participant: Participant
    kind: CertificateKind | None
    grounds: Sequence[Ground[Session]]
    reasoned: Reasoned[Session]
    own: Collection[Session] = ()

    @property
    def is_completed(self) -> bool:
        return self.kind is CertificateKind.COMPLETED

    @property
    def listed(self) -> Sequence[Ground[Session]]:
        """Return the sessions that the certificate lists: those over that the holder attended or made up."""
        theirs = [it for it in self.grounds if it.person == self.participant.pk and it.session in self.own]
        return [it for it in theirs if it.counted_as is not CountedAs.EXCUSED]


def sessions_of(edition: Edition) -> list[Session]:
    """Return the sessions that can be on a certificate, in the order of the programme. One query."""
    held = attended_sessions(edition).exclude(status=Session.Status.CANCELLED)
    sessions = list(held.select_related("track", "actual_time").in_programme_order())
    for session in sessions:
        session.edition = edition
    return sessions


def claims_of(
    edition: Edition, people: Sequence[Participant], now: dt.datetime, *, is_locked: bool = False
) -> dict[int, Claim]:
    """Return what each of some people of an edition may get, by primary key. Four queries, five if sessions need seats.

    `is_locked`: the attendance that it follows from is locked until the transaction ends, so that nobody decides otherwise meanwhile.
    """
    sessions = sessions_of(edition)
    core = [it for it in sessions if it.is_core]
    pks = [it.pk for it in people]
    before = places_in(edition, {it.delegation_id for it in people})
    predecessors = {it.person for pk in pks for it in before.get(pk, ())}
    rows = rows_of({*pks, *predecessors}, sessions, is_locked=is_locked)
    seats, ends = seats_in(core, pks), {it.pk: held_at(it).ends_at for it in sessions}
    claims = {}
    for person in people:
        own = rows[person.pk]
        judged = records_of_place(own, [(rows[it.person], it.at) for it in before.get(person.pk, ())], ends)
        theirs = own_core(person.pk, core, judged, seats)
        reasoned = standing_of(statuses_now(judged, core, person.registered_at, now), theirs, now)
        claims[person.pk] = claim_of(person, sessions, own, of_place=judged, reasoned=reasoned, now=now)
    return claims


def rows_of(
    people: Collection[int], sessions: Iterable[Session], *, is_locked: bool
) -> Mapping[int, dict[int, Attendance]]:
    """Return what is established about people at sessions, by person and session, locked in the order of `actions.locks` if asked."""
    found = Attendance.objects.established().filter(participant__in=people, session__in=[it.pk for it in sessions])
    found = found.order_by("session_id", "participant_id")
    rows: dict[int, dict[int, Attendance]] = defaultdict(dict)
    for row in found.select_for_update(no_key=True) if is_locked else found:
        rows[row.participant_id][row.session_id] = row
    return rows


def claim_of(
    person: Participant,
    sessions: Sequence[Session],
    own: Mapping[int, Attendance],
    *,
    of_place: Mapping[int, Attendance],
    reasoned: Reasoned[Session],
    now: dt.datetime,
) -> Claim:
    counted = {it: as_what for it in sessions if (as_what := counted_now(own.get(it.pk), it, now))}
    kind = kind_of(reasoned, counted, is_registered=person.is_registered)
    if kind is None:
        return Claim(person, None, (), reasoned)
    settling = {  # also what was decided before the session's end: the standing counts it
        it: Ground(it, row.participant_id, as_what)
        for it in sessions
        if (row := of_place.get(it.pk)) and (as_what := counted_as(row.status))
    }
    grounds = grounds_of(kind, person.pk, counted, reasoned, settling)
    return Claim(person, kind, in_order(grounds, sessions), reasoned, counted)


def counted_now(row: Attendance | None, session: Session, now: dt.datetime) -> CountedAs | None:
    """Return as what a recorded attendance counts now; nothing before the session's end."""
    times = wording.times_of(session)
    if row is None or (times.ends_at and not times.has_ended(now)):
        return None
    return counted_as(row.status)


def in_order(grounds: Iterable[Ground[Session]], sessions: Sequence[Session]) -> list[Ground[Session]]:
    place = {it.pk: n for n, it in enumerate(sessions)}
    return sorted(grounds, key=lambda it: place[it.session.pk])


def minutes_of(session: Session) -> int:
    """Return how long a session took, by its actual times; 0 if it has none."""
    return minutes_between(held_at(session))


def minutes_between(when: ActualTime | Session) -> int:
    return int((when.ends_at - when.starts_at) / MINUTE) if when.starts_at and when.ends_at else 0


def listed_otherwise(session: Session, when: ActualTime | Session) -> list[CertificateSession]:
    """Return where valid certificates list a session otherwise than with its day and these times, each with its certificate. One query."""
    is_same = Q(minutes=minutes_between(when), held_on=session.local_day)
    listed = CertificateSession.objects.filter(certificate__revoked_at=None, session=session, is_listed=True)
    return list(listed.exclude(is_same).select_related("certificate").order_by("certificate"))


def resting_on(rows: Iterable[Attendance]) -> list[CertificateSession]:
    """Return what valid certificates count otherwise than these rows do now, each with its certificate. One query."""
    statuses = {(it.participant_id, it.session_id): it.status for it in rows}
    grounds = CertificateSession.objects.filter(
        certificate__revoked_at=None,
        participant__in={participant for participant, _session in statuses},
        session__in={session for _participant, session in statuses},
    ).select_related("certificate")
    return [
        it
        for it in grounds.order_by("certificate", "position")
        if (status := statuses.get((it.participant_id, it.session_id))) is not None
        and it.counted_as != counted_as(status)
    ]
