"""What participants were last told about sessions, and what has changed since (docs/decisions/0028)."""

import datetime as dt
import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Q

from programme.models import Announcement, Edition, Notice, Participant, Session
from programme.models.announcement import facts_of
from programme.models.edition_queryset import EditionQuerySet
from programme.queries.calendar_entries import CalendarEntry, entries_of

AT_A_TIME = 1000  # differences read at once

# Pairs of participant and session in one edition in which the last announcement (`known`) and the present facts (`theirs`)
# differ, or may differ as the session's version has changed, and whose session is not over by either.
# `owed`: what an outdated email other than a notice would have told. `sessions`: the edition's, or only those in `only`;
# sessions about to be changed are taken from `changed` (JSON rows). One statement: 0.2 s for 5,000 people and 20 sessions.
SESSION_COLUMNS = "id, is_published, format, status, track_id, starts_at, ends_at, held_on, calendar_sequence"
DIFFERENCES = f"""
    WITH planned AS (
        SELECT {SESSION_COLUMNS} FROM jsonb_populate_recordset(NULL::programme_session, %(changed)s)
    ), sessions AS (
        SELECT {SESSION_COLUMNS} FROM programme_session
        WHERE edition_id = %(edition)s AND id NOT IN (SELECT id FROM planned)
            AND (%(only)s::bigint[] IS NULL OR id = ANY(%(only)s))
        UNION ALL SELECT {SESSION_COLUMNS} FROM planned
    ), known AS (
        SELECT DISTINCT ON (participant_id, session_id)
            id, participant_id, session_id, version, state, status, is_theirs, starts_at, ends_at, held_on
        FROM programme_announcement
        WHERE edition_id = %(edition)s AND NOT is_repeat AND state <> 'outdated'
            AND session_id = ANY(ARRAY(SELECT id FROM sessions))
        ORDER BY participant_id, session_id, id DESC
    ), owed AS (
        SELECT DISTINCT ON (participant_id, session_id) a.id, participant_id, session_id, is_theirs
        FROM programme_announcement a JOIN outbox_message message ON message.id = a.message_id
        WHERE a.edition_id = %(edition)s AND NOT is_repeat AND a.state IN ('outdated', 'unsure')
            AND message.kind <> 'changed' AND session_id = ANY(ARRAY(SELECT id FROM sessions))
        ORDER BY participant_id, session_id, a.id DESC
    ), theirs AS (
        SELECT person.id AS participant_id, session.id AS session_id, true AS is_theirs
        FROM programme_participant person
        CROSS JOIN sessions session
        LEFT JOIN programme_seat seat
            ON seat.participant_id = person.id AND seat.session_id = session.id AND seat.state = 'held'
            AND seat.session_id = ANY(ARRAY(SELECT id FROM sessions))
            AND session.starts_at IS NOT NULL
        WHERE person.edition_id = %(edition)s AND person.state = 'registered'
            AND session.is_published AND session.format <> 'break' AND session.status <> 'cancelled'
            AND (session.track_id IS NULL OR seat.id IS NOT NULL)
    )
    SELECT person.id, session.id, known.id, COALESCE(theirs.is_theirs, false), COALESCE(owed.id >= COALESCE(known.id, 0), false)
    FROM known FULL JOIN theirs USING (participant_id, session_id) FULL JOIN owed USING (participant_id, session_id)
    JOIN programme_participant person ON person.id = participant_id
    JOIN sessions session ON session.id = session_id
    WHERE person.edition_id = %(edition)s AND person.state = 'registered'
        AND (
            COALESCE(known.is_theirs, false) <> COALESCE(theirs.is_theirs, false)
            OR theirs.is_theirs AND known.version <> session.calendar_sequence
            OR known.state = 'unsure'
            OR theirs.is_theirs IS NULL AND NOT owed.is_theirs AND owed.id >= COALESCE(known.id, 0)
            OR theirs.is_theirs IS NULL AND known.status = 'cancelled' AND known.state <> 'waived'
                AND session.status <> 'cancelled' AND session.is_published AND session.format <> 'break'
        )
        AND (
            session.ends_at > %(now)s OR session.held_on >= %(today)s
            OR session.starts_at IS NULL AND session.held_on IS NULL
            OR known.ends_at > %(now)s OR known.held_on >= %(today)s
        )
    ORDER BY person.id, session.starts_at NULLS LAST, session.id
"""  # noqa: S608 - constant SQL


@dataclass(frozen=True)
class Difference:
    """The last announcement of a session to one participant (None: none), and whether it is in their programme now.

    `is_theirs`: they are registered, the session is published, neither cancelled nor a break, and without a track or they
    hold a seat. `is_owed`: a change overtook their email about a seat or registration before it was sent, so they are
    told even where the edition sends no notices.
    """

    participant_id: int
    session: Session
    known: Announcement | None
    is_theirs: bool
    is_owed: bool = False

    @property
    def was_theirs(self) -> bool:
        return self.known is not None and self.known.is_theirs

    @property
    def is_lost_seat(self) -> bool:
        """Return whether they know a seat in it that they no longer hold."""
        return self.was_theirs and not self.is_theirs and self.session.track_id is not None

    @property
    def is_being_sent(self) -> bool:
        """Return whether their last announcement is still being sent, so that it is open what they know."""
        return self.known is not None and self.known.state == Announcement.State.QUEUED

    @property
    def is_on_again(self) -> bool:
        """Return whether they know it as cancelled, and hold no seat in it now that it is not."""
        return bool(self.known and self.known.is_cancelled and not self.is_theirs and not self.session.is_cancelled)

    @property
    def is_news(self) -> bool:
        """Return False if it was changed and changed back."""
        if self.known and self.known.state == Announcement.State.UNSURE:
            return True
        if not self.is_theirs or self.known is None or not self.known.is_theirs:
            return self.is_theirs != self.was_theirs or self.is_owed or self.is_on_again
        return self.known.facts != facts_of(self.session)


@dataclass(frozen=True)
class Differences:
    """Differences in one edition. `news` is in order of participant (primary key), then of start."""

    news: Sequence[Difference]
    changed_back: Sequence[Difference]


def differences_in(edition: Edition, now: dt.datetime, *, changed: Sequence[Session] = ()) -> Differences:
    """Compare what everybody registered was last told with the present facts. Three queries for 1,000 differences.

    `changed`: sessions to compare as they are in memory, not saved yet. They need `with_place`.
    """
    everything = list(differences(edition, now, changed=changed))
    return Differences([it for it in everything if it.is_news], [it for it in everything if not it.is_news])


def differences(
    edition: Edition, now: dt.datetime, *, changed: Sequence[Session] = (), only: Collection[int] | None = None
) -> Iterator[Difference]:
    """Yield what may differ, see `differences_in`; without holding the announcements of everybody in memory.

    `only`: the primary keys of the sessions to compare; None: all.
    """
    planned = json.dumps([planned_row(it) for it in changed if it.edition_id == edition.pk])
    values: dict[str, Any] = {
        "edition": edition.pk,
        "now": now,
        "today": now.astimezone(edition.zone).date(),
        "changed": planned,
        "only": None if only is None else list(only),
    }
    sessions = {it.pk: it for it in changed}
    with connection.cursor() as cursor:
        cursor.execute(DIFFERENCES, values)
        while rows := cursor.fetchmany(AT_A_TIME):
            sessions |= Session.objects.with_place().in_bulk({it[1] for it in rows} - sessions.keys())
            known = Announcement.objects.in_bulk({it[2] for it in rows if it[2]})
            for person, session, number, is_theirs, is_owed in rows:
                sessions[session].edition = edition
                yield Difference(person, sessions[session], known.get(number), is_theirs, is_owed)


def planned_row(session: Session) -> dict[str, str]:
    """Return the columns of a session about to be saved, with a version that differs from the known one."""
    columns = {name: getattr(session, name) for name in SESSION_COLUMNS.split(", ")}
    columns["calendar_sequence"] += 1
    return {name: str(value) for name, value in columns.items() if value is not None}


def news_to_tell(edition: Edition, now: dt.datetime, *, changed: Sequence[Session] = ()) -> Sequence[Difference]:
    """Return the news of a published edition that will be told; without notices only what concerns seats.

    `changed`: see `differences_in`.
    """
    if not edition.is_published:
        return []
    return [it for it in differences(edition, now, changed=changed) if is_told(it, edition)]


def is_told(difference: Difference, edition: Edition) -> bool:
    """Return whether a difference in a published edition is news that will be told."""
    return difference.is_news and (edition.sends_notices or difference.is_owed or difference.is_lost_seat)


def followed_editions(now: dt.datetime) -> EditionQuerySet:
    """Return editions that may have news: not over, with sessions still to come, or with queued messages or open notices."""
    of_edition = {"edition": OuterRef("pk")}
    to_come = Session.objects.filter(
        Q(ends_at__gt=now) | Q(held_on__gte=now.date() - dt.timedelta(days=1)), **of_edition
    )
    is_unfinished = Exists(Announcement.objects.queued().filter(**of_edition)) | Exists(
        Notice.objects.open().filter(**of_edition)
    )
    published = Edition.objects.published()
    is_followed = Q(pk__in=published.not_over(now).values("pk")) | Exists(to_come) | is_unfinished
    return published.filter(is_followed).order_by("pk")


def people_with_untold_change(
    edition: Edition, now: dt.datetime, sessions: Collection[int]
) -> Iterator[tuple[int, int]]:
    """Yield session and participant (primary keys) with news of one of the sessions that was not told yet."""
    if edition.is_published:
        for difference in differences(edition, now, only=sessions):
            if is_told(difference, edition):
                yield difference.session.pk, difference.participant_id


def sessions_to_leave(participant: Participant, now: dt.datetime) -> list[Session]:
    """Return the sessions to remove from a participant's calendar: known as theirs, or with an entry made by email.

    Leaves out sessions that are over, both as announced and as they are now. Core sessions first, then by time.
    """
    edition = participant.edition
    announcements = participant.announcements.effective().filter(is_repeat=False)
    known = {it.session_id for it in announcements.last_of_each() if it.is_theirs or it.state == it.State.UNSURE}
    coming = {it.session_id for it in announcements if it.is_theirs and it.facts.may_come(now, edition.zone)}
    coming |= set(edition.sessions.not_over(now, now.date()).values_list("pk", flat=True))
    sessions = list(
        edition.sessions.filter(pk__in=coming).with_place().order_by("-is_core", "starts_at", "held_on", "pk")
    )
    entries = entries_of([participant], sessions)
    return [it for it in sessions if it.pk in known or entries[participant.pk, it.pk].exists]


def announcement(
    participant: Participant, session: Session, entry: CalendarEntry | None = None, *, is_theirs: bool, **values: object
) -> Announcement:
    """Return an announcement of the session's present facts, not saved. Needs `session.room` and its edition's venue."""
    moves = bool(entry and is_theirs and entry.starts_at != session.starts_at)
    return Announcement(
        participant=participant,
        session=session,
        edition_id=session.edition_id,
        version=session.calendar_sequence,
        is_theirs=is_theirs,
        moves=moves,
        **facts_of(session)._asdict(),
        **values,
    )
