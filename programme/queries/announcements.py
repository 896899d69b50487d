"""What people were told of sessions, and what of it does not hold any more. Reads only; docs/decisions/0028 says why."""

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Q

from programme.models import Announcement, Edition, Notice, Participant, Session, SpentSequence
from programme.models.announcement import facts_of
from programme.models.edition import EditionQuerySet

Method = Announcement.Method

# Of one edition: everybody registered and each session that is theirs, beside the last that each was told of each
# session; the pairs in which the two differ, or may, as the session was changed since (by its version), and that are not
# over for good. `owed`: what an e-mail that was overtaken before it left would have told, other than a notice.
# `sessions`: the edition's, those that somebody is about to change as they would be then (JSON rows in `changed`).
# One statement, however many people and sessions: 0.2 s for 5,000 people and 20 sessions.
SESSION_COLUMNS = "id, is_published, format, status, track_id, starts_at, ends_at, held_on, calendar_sequence"
DIFFERENCES = f"""
    WITH planned AS (
        SELECT {SESSION_COLUMNS} FROM jsonb_populate_recordset(NULL::programme_session, %(changed)s)
    ), sessions AS (
        SELECT {SESSION_COLUMNS} FROM programme_session
        WHERE edition_id = %(edition)s AND id NOT IN (SELECT id FROM planned)
        UNION ALL SELECT {SESSION_COLUMNS} FROM planned
    ), known AS (
        SELECT DISTINCT ON (participant_id, session_id)
            id, participant_id, session_id, version, state, status, is_theirs, starts_at, ends_at, held_on
        FROM programme_announcement
        WHERE edition_id = %(edition)s AND NOT is_repeat AND state <> 'outdated'
        ORDER BY participant_id, session_id, id DESC
    ), owed AS (
        SELECT DISTINCT ON (participant_id, session_id) said.id, participant_id, session_id, is_theirs
        FROM programme_announcement said JOIN outbox_message message ON message.id = said.message_id
        WHERE said.edition_id = %(edition)s AND NOT is_repeat AND said.state IN ('outdated', 'unsure')
            AND message.kind <> 'changed'
        ORDER BY participant_id, session_id, said.id DESC
    ), theirs AS (
        SELECT person.id AS participant_id, session.id AS session_id, true AS is_theirs
        FROM programme_participant person
        CROSS JOIN sessions session
        LEFT JOIN programme_seat seat
            ON seat.participant_id = person.id AND seat.session_id = session.id AND seat.state = 'held'
            AND session.starts_at IS NOT NULL
        WHERE person.edition_id = %(edition)s AND person.state = 'registered'
            AND session.is_published AND session.format <> 'break' AND session.status <> 'cancelled'
            AND (session.track_id IS NULL OR seat.id IS NOT NULL)
    )
    SELECT person.id, session.id, known.id, COALESCE(theirs.is_theirs, false), COALESCE(owed.id >= COALESCE(known.id, 0), false)
    FROM known FULL JOIN theirs USING (participant_id, session_id) FULL JOIN owed USING (participant_id, session_id)
    JOIN programme_participant person ON person.id = participant_id
    JOIN sessions session ON session.id = session_id
    WHERE person.state = 'registered'
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
"""  # noqa: S608 - our own words


@dataclass(frozen=True)
class Difference:
    """What one person was last told of a session (None: nothing), and how it is now.

    `is_theirs`: whether it is in their programme now: they are registered, it is published, not cancelled, no break, and
    for everybody or they hold a seat in it. `is_owed`: an e-mail of theirs about their seat or registration was overtaken
    by this before it left, so that they are told even where notices are not wished.
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
        """Whether they know a seat in it as theirs that they have no more: with the session, or as it is parallel now."""
        return self.was_theirs and not self.is_theirs and self.session.track_id is not None

    @property
    def is_being_sent(self) -> bool:
        """Whether what they were last told is being sent just now: then nobody knows yet what they know."""
        return self.known is not None and self.known.state == Announcement.State.QUEUED

    @property
    def is_on_again(self) -> bool:
        """Whether they know it as cancelled, and have no seat in it now that it is not."""
        return bool(self.known and self.known.is_cancelled and not self.is_theirs and not self.session.is_cancelled)

    @property
    def is_news(self) -> bool:
        """False where only the way there differs: it was changed, and changed back."""
        if self.known and self.known.state == Announcement.State.UNSURE:
            return True
        if not self.is_theirs or self.known is None or not self.known.is_theirs:
            return self.is_theirs != self.was_theirs or self.is_owed or self.is_on_again
        return self.known.facts != facts_of(self.session)


@dataclass(frozen=True)
class Differences:
    """Of one edition; `news` in the order of the people's numbers and of the programme."""

    news: Sequence[Difference]
    changed_back: Sequence[Difference]


def differences_in(edition: Edition, now: dt.datetime, *, changed: Sequence[Session] = ()) -> Differences:
    """Compare what everybody registered was last told with how things are. Three queries.

    `changed`: sessions that are compared as they are in memory, before they are saved. Need `with_place`.
    """
    planned = json.dumps([planned_row(it) for it in changed if it.edition_id == edition.pk])
    values: dict[str, Any] = {
        "edition": edition.pk,
        "now": now,
        "today": now.astimezone(edition.zone).date(),
        "changed": planned,
    }
    with connection.cursor() as cursor:
        cursor.execute(DIFFERENCES, values)
        rows = cursor.fetchall()
    if not rows:
        return Differences((), ())
    sessions = Session.objects.with_place().in_bulk({session for _person, session, *_rest in rows})
    sessions |= {it.pk: it for it in changed if it.pk in sessions}
    for session in sessions.values():
        session.edition = edition
    known = Announcement.objects.in_bulk({number for _person, _session, number, *_rest in rows if number})
    found = [
        Difference(person, sessions[session], known.get(number), is_theirs, is_owed)
        for person, session, number, is_theirs, is_owed in rows
    ]
    return Differences([it for it in found if it.is_news], [it for it in found if not it.is_news])


def planned_row(session: Session) -> dict[str, str]:
    """Return the columns of a session that is about to be saved; its version will have grown by then, or not."""
    columns = {name: getattr(session, name) for name in SESSION_COLUMNS.split(", ")}
    columns["calendar_sequence"] += 1
    return {name: str(value) for name, value in columns.items() if value is not None}


def news_to_tell(edition: Edition, now: dt.datetime, *, changed: Sequence[Session] = ()) -> Sequence[Difference]:
    """Return what will be told of a published edition: all news, or, where changes are told to nobody, what concerns seats.

    `changed`: see `differences_in`.
    """
    if not edition.is_published:
        return []
    news = differences_in(edition, now, changed=changed).news
    return [it for it in news if edition.sends_notices or it.is_owed or it.is_lost_seat]


def followed_editions(now: dt.datetime) -> EditionQuerySet:
    """Return those of which something may have to be told: not over, or something of theirs is to come or on its way."""
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


def people_with_untold_change(editions: Iterable[Edition], now: dt.datetime) -> set[tuple[int, int]]:
    """Return (session, participant), by their numbers, of those who know a session otherwise than it is, or not yet.

    Three queries for each edition.
    """
    return {(it.session.pk, it.participant_id) for edition in editions for it in news_to_tell(edition, now)}


@dataclass(frozen=True)
class Entry:
    """The entry of a session in one person's calendar, as far as our e-mails make it."""

    sequence: int = -1  # the largest that was given out; -1: none
    exists: bool = False
    starts_at: dt.datetime | None = None  # the start they know, of what is theirs

    def next_sequence(self, session: Session) -> int:
        return max(session.calendar_sequence, self.sequence + 1)

    def method(self, session: Session, *, is_theirs: bool) -> Method | None:
        """Put it in or change it, take it out, or leave the calendar alone: nobody is sent a CANCEL of what they never had."""
        if is_theirs and session.local_day:
            return Method.REQUEST
        return Method.CANCEL if self.exists else None


Entries = Mapping[tuple[int, int], Entry]  # by the numbers of the participant and the session


def entries_of(participants: Collection[Participant], sessions: Collection[Session]) -> Entries:
    """Return the entries of some sessions in some people's calendars; those they have not are empty. Two queries.

    Numbers given to people who were removed count for everybody: one of them may be who registered again.
    """
    found: dict[tuple[int, int], Entry] = defaultdict(Entry)
    for spent in SpentSequence.objects.filter(session__in=[it.pk for it in sessions]):
        found.update({(it.pk, spent.session_id): Entry(spent.sequence) for it in participants})
    arrives = {Announcement.State.QUEUED, Announcement.State.SENT}
    rows = Announcement.objects.filter(
        participant__in=[it.pk for it in participants], session__in=[it.pk for it in sessions], is_repeat=False
    ).order_by("pk")
    for person, session, sequence, method, state, is_theirs, starts_at in rows.values_list(
        "participant", "session", "sequence", "method", "state", "is_theirs", "starts_at"
    ):
        entry = found[person, session]
        number = entry.sequence if sequence is None else max(entry.sequence, sequence)
        if state == Announcement.State.OUTDATED:
            found[person, session] = Entry(number, entry.exists, entry.starts_at)
        elif state == Announcement.State.UNSURE:
            found[person, session] = Entry(number, entry.exists or method == Method.REQUEST, entry.starts_at)
        else:
            exists = method == Method.REQUEST if method and state in arrives else entry.exists
            found[person, session] = Entry(number, exists, starts_at if is_theirs else None)
    return found


def sessions_to_leave(participant: Participant, now: dt.datetime) -> list[Session]:
    """Return what they know as theirs, or have in their calendar by what was mailed, whether or not it still is theirs.

    Not what is over both by everything they were told and as it is now. In the programme's order, core sessions first.
    """
    edition = participant.edition
    said = participant.announcements.effective().filter(is_repeat=False)
    known = {it.session_id for it in said.last_of_each() if it.is_theirs or it.state == it.State.UNSURE}
    coming = {it.session_id for it in said if it.is_theirs and it.facts.may_come(now, edition.zone)}
    coming |= set(edition.sessions.not_over(now).values_list("pk", flat=True))
    sessions = list(
        edition.sessions.filter(pk__in=coming).with_place().order_by("-is_core", "starts_at", "held_on", "pk")
    )
    entries = entries_of([participant], sessions)
    return [it for it in sessions if it.pk in known or entries[participant.pk, it.pk].exists]


def announcement(
    participant: Participant, session: Session, entry: Entry | None = None, *, is_theirs: bool, **values: object
) -> Announcement:
    """What is said now of a session, not saved. Needs `session.room` and `session.edition` with its venue."""
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
