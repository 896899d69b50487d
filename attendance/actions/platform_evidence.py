"""Evidence of what a platform says of matched people. It follows the platform; what is no longer true is retracted, never changed."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from attendance.actions.attendances import leave, recompute
from attendance.actions.locks import lock_attendances_at
from attendance.models import Evidence, PlatformPerson
from attendance.rules.meeting_events import Presence, united
from programme.models import Session

Key = tuple[int, dt.datetime, dt.datetime | None]  # participant, start, end


@dataclass(frozen=True)
class LiveStay:
    """One stay of a participant, as platforms say. `ends_at`: None while it goes on."""

    participant: int
    starts_at: dt.datetime
    ends_at: dt.datetime | None
    platform: str
    is_estimated: bool = False

    @property
    def key(self) -> Key:
        return self.participant, self.starts_at, self.ends_at

    def covers(self, piece: Evidence) -> bool:
        """Return whether evidence says no more than this stay. Without an end it says "from then on", which a stay that is over does not."""
        if self.ends_at is None or piece.ended_at is None:
            return self.ends_at is piece.ended_at and self.starts_at <= piece.observed_at
        return self.starts_at <= piece.observed_at and piece.ended_at <= self.ends_at

    def overlaps(self, start: dt.datetime, end: dt.datetime) -> bool:
        return self.starts_at <= end and (self.ends_at is None or start <= self.ends_at)

    def as_evidence(self, session: Session) -> Evidence:
        note = _("no leaving reported: until the session’s end") if self.is_estimated else ""
        return Evidence(
            kind=Evidence.Kind.LIVE,
            participant_id=self.participant,
            session=session,
            edition_id=session.edition_id,
            observed_at=self.starts_at,
            ended_at=self.ends_at,
            platform=self.platform,
            note=note,
        )


def sync_evidence(session: Session) -> int:
    """Add and retract evidence, so that it says what platforms say of the session. Return how many attendances changed.

    What an organiser retracted is not added again, nor any stay that overlaps it. The edition's meetings are locked (`lock_meetings`).
    """
    pieces = Evidence.objects.filter(session=session, kind=Evidence.Kind.LIVE).order_by("pk")
    effective: list[Evidence] = []
    refuted: dict[int, list[Evidence]] = defaultdict(list)
    for piece in pieces.select_related("retraction"):
        retraction = getattr(piece, "retraction", None)
        if retraction is None:
            effective.append(piece)
        elif retraction.by_id:
            refuted[piece.participant_id].append(piece)
    stays = {pk: without(of_one, refuted[pk]) for pk, of_one in stays_at(session).items()}
    untrue = [it for it in effective if not any(stay.covers(it) for stay in stays.get(it.participant_id, ()))]
    known = {(it.participant_id, it.observed_at, it.ended_at) for it in effective}
    new = [stay for of_one in stays.values() for stay in of_one if stay.key not in known]
    if not new and not untrue:
        return 0
    changed = {it.participant for it in new} | {it.participant_id for it in untrue}
    attendances = lock_attendances_at(session, changed)
    Evidence.objects.bulk_create([it.as_evidence(session) for it in new], batch_size=1000)
    Evidence.objects.bulk_create([retraction_of(it) for it in untrue], batch_size=1000)
    return recompute(attendances, at_stake=leave)


def without(stays: Iterable[LiveStay], refuted: Iterable[Evidence]) -> list[LiveStay]:
    """Return the stays that overlap nothing that an organiser retracted. What had no end was retracted up to that moment."""
    spans = [(it.observed_at, it.ended_at or it.retraction.recorded_at) for it in refuted]
    return [stay for stay in stays if not any(stay.overlaps(*span) for span in spans)]


def stays_at(session: Session) -> dict[int, list[LiveStay]]:
    """Return when participants were there, each person's devices and meetings united."""
    people = PlatformPerson.objects.filter(session=session, participant__isnull=False).order_by("pk")
    presences: dict[int, list[Presence]] = defaultdict(list)
    platforms: dict[int, str] = {}
    for person in people:
        presences[person.participant_id or 0].append(Presence(tuple(person.stays)))
        platforms[person.participant_id or 0] = person.platform
    return {
        pk: [LiveStay(pk, it.starts_at, it.ends_at, platforms[pk], it.is_estimated) for it in united(parts).stays]
        for pk, parts in presences.items()
    }


def retraction_of(piece: Evidence) -> Evidence:
    """Return the retraction of what a platform no longer says, not saved."""
    return Evidence(
        kind=Evidence.Kind.RETRACTION,
        participant_id=piece.participant_id,
        session_id=piece.session_id,
        edition_id=piece.edition_id,
        observed_at=piece.observed_at,
        retracts=piece,
        platform=piece.platform,
        note=_("The platform’s later events say otherwise, somebody else was matched, or an organiser retracted it."),
    )
