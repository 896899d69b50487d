"""The programme table of an edition: its sessions as rows, with what is drafted, and what publishing the draft would do."""

import datetime as dt
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.utils.translation import gettext as _

from programme.errors import ProgrammeError
from programme.models import Edition, Room, Session, SessionDraft, Track
from programme.queries.session_plans import check_without_seats
from programme.rules.local_times import instants_of
from programme.rules.session_rows import WHEN, SessionRow, changed_names, mistakes_in

LATEST = 20  # discarded rows that are shown
NEW = "new"  # key of the row to add
PLAIN = ("title", "format", "is_core", "status", "is_published")


@dataclass(frozen=True)
class TableRow:
    """A session, or one to add, with its row as it is (`before`) and as drafted (`after`).

    `key`: names the row in forms, "s" with the session's primary key or "d" with the draft's. `overtaken`: drafted values that
    somebody has changed in the session since, by name.
    """

    key: str
    session: Session | None
    draft: SessionDraft | None
    before: SessionRow
    after: SessionRow
    overtaken: frozenset[str] = frozenset()

    @property
    def changed(self) -> list[str]:
        return changed_names(self.before, self.after)


@dataclass(frozen=True)
class ProgrammeTable:
    """The rows in order of time as drafted, and what they can choose from, by primary key."""

    edition: Edition
    rows: Sequence[TableRow]
    tracks: Mapping[int, Track] = field(default_factory=dict)
    rooms: Mapping[int, Room] = field(default_factory=dict)

    @property
    def drafted(self) -> list[TableRow]:
        """Return the rows that publishing changes or adds."""
        return [row for row in self.rows if row.changed]


def programme_table(edition: Edition) -> ProgrammeTable:
    """Read the table. Four queries; three if the edition has no venue."""
    sessions = list(edition.sessions.with_place().order_by("pk"))
    drafts = list(edition.session_drafts.order_by("pk"))
    by_session = {draft.session_id: draft for draft in drafts}
    rows = [row_of_session(session, by_session.get(session.pk)) for session in sessions]
    rows += [row_of_addition(draft) for draft in drafts if draft.session_id is None]
    rows.sort(key=lambda row: (row.after.day or dt.date.max, row.after.start or dt.time.min))
    rooms = {room.pk: room for session in sessions if (room := session.room)}
    if edition.venue:
        rooms |= {room.pk: room for room in edition.venue.rooms.select_related("venue").order_by("name")}
    return ProgrammeTable(edition, rows, {it.pk: it for it in edition.tracks.order_by("position", "pk")}, rooms)


def row_of_session(session: Session, draft: SessionDraft | None) -> TableRow:
    before = as_row(session)
    if draft is None:
        return TableRow(f"s{session.pk}", session, None, before, before)
    present = before.as_json()
    overtaken = frozenset(name for name, value in draft.base.items() if present[name] != value)
    return TableRow(f"s{session.pk}", session, draft, before, before.with_json(draft.values), overtaken)


def row_of_addition(draft: SessionDraft) -> TableRow:
    return TableRow(f"d{draft.pk}", None, draft, SessionRow(), SessionRow().with_json(draft.values))


def as_row(session: Session) -> SessionRow:
    starts, ends = (it and it.astimezone(session.edition.zone) for it in (session.starts_at, session.ends_at))
    return SessionRow(
        day=session.local_day,
        start=starts.time() if starts else None,
        end=ends.time() if ends else None,
        track=session.track_id,
        room=session.room_id,
        is_overnight=bool(starts and ends and starts.date() != ends.date()),
        **{name: getattr(session, name) for name in PLAIN},
    )


def put_row(table: ProgrammeTable, row: TableRow) -> Session:
    """Return the session of a row, or a new one, with what is drafted. Saves nothing, and leaves the row's session as it is.

    Raises ProgrammeError with everything that is wrong with it.
    """
    session = copy(row.session) if row.session else Session(edition=table.edition)
    after, names = row.after, {*row.changed}
    mistakes = [str(text) for text in mistakes_in(after).values()]
    if after.is_overnight and names & WHEN:
        mistakes.append(_("It now ends on a later day. Change its times on its own page."))
    if after.track and after.track not in table.tracks:
        mistakes.append(_("The track no longer exists."))
    if after.room and after.room not in table.rooms:
        mistakes.append(_("The room no longer exists."))
    if mistakes:
        raise ProgrammeError(
            _("“%(title)s”: %(mistakes)s") % {"title": after.title, "mistakes": " ".join(mistakes)}, code="row_invalid"
        )
    is_unpublished = session.is_published and not after.is_published
    for name in PLAIN:
        setattr(session, name, getattr(after, name))
    session.track = table.tracks[after.track] if after.track else None
    session.room = table.rooms[after.room] if after.room else None
    if names & WHEN:
        put_times(session, after)
    if not session.is_cancelled and names & {*WHEN, "status"}:
        session.status_reason = ""
    if is_unpublished:
        check_without_seats(session)
    return session


def put_times(session: Session, row: SessionRow) -> None:
    """Set when the session is held. Raises ProgrammeError for a local time that does not exist, or comes twice."""
    starts_at, ends_at = session.starts_at, session.ends_at
    session.starts_at = session.ends_at = session.held_on = None
    if row.day and row.start and row.end:
        session.starts_at = instant(session, row.day, row.start, starts_at)
        session.ends_at = instant(session, row.day, row.end, ends_at)
    elif row.day:
        session.held_on = row.day
    if row.day:
        session.date_hint = ""


def instant(session: Session, day: dt.date, time: dt.time, before: dt.datetime | None) -> dt.datetime:
    """Return a local time of the edition as an instant (UTC). Of two it is the one `before`, if it was one of them."""
    local = dt.datetime.combine(day, time)
    instants = instants_of(local, session.edition.zone)
    values = {"title": session, "time": f"{local:%H:%M}", "place": session.edition.place_of_zone}
    if not instants:
        text = _("“%(title)s”: %(time)s does not exist in %(place)s on that day, because the clocks go forward.")
        raise ProgrammeError(text % values, code="no_such_time")
    if len(instants) > 1 and before not in instants:
        text = _(
            "“%(title)s”: %(time)s comes twice in %(place)s on that day, because the clocks go back."
            " Enter it on the session's own page."
        )
        raise ProgrammeError(text % values, code="time_ambiguous")
    return before if before and before in instants else instants[0]


def discarded_in(edition: Edition) -> Sequence[LogEntry]:
    """Return the rows of the edition's draft that were discarded last, with who did so and what they would have changed."""
    of_drafts = ContentType.objects.get_for_model(SessionDraft)
    entries = LogEntry.objects.filter(content_type=of_drafts, object_id=str(edition.pk)).select_related("user")
    return list(entries.order_by("-action_time", "-pk")[:LATEST])
