"""Questions about a programme, answered from plain values: no ORM, no clock."""

import datetime as dt
import enum
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Generic, Protocol, TypeVar
from zoneinfo import ZoneInfo

from udtacademy.db.addresses import normalised_domain

SLUG_PATTERN = r"^[a-z0-9]+(-[a-z0-9]+)*$"

# The fixed first segments of our URLs (docs/developers.md): an edition with such a slug could not be reached.
RESERVED_SLUGS = frozenset(
    {
        *("accounts", "admin", "api", "calendar", "certificates", "check-in", "csp-report", "editions", "favicon"),
        *("healthz", "invitations", "join", "me", "media", "metrics", "portal", "readyz", "robots", "sitemap"),
        *("static", "webhooks"),
    }
)


# Dates beyond are mistakes, and some calendars and libraries stumble over them.
FIRST_DAY, LAST_DAY = dt.date(2000, 1, 1), dt.date(2099, 12, 31)
FIRST_MOMENT, LAST_MOMENT = dt.datetime(2000, 1, 1, tzinfo=dt.UTC), dt.datetime(2100, 1, 1, tzinfo=dt.UTC)


LARGEST_ROOM = 100_000  # people
LONGEST_TOLERANCE = 120  # minutes
EARLIEST_END_OF_MOVES = 7 * 24 * 60  # minutes before a session
MOST_REMINDERS = 6
LONGEST_LEAD = dt.timedelta(days=60)  # how long before a session one can be reminded of it


class HasDates(Protocol):
    first_on: dt.date
    last_on: dt.date

    @property
    def zone(self) -> ZoneInfo: ...


class HasTime(Protocol):
    """Times are aware datetimes or None. Any: mypy compares models with this before it knows the types of their fields."""

    @property
    def starts_at(self) -> Any: ...

    @property
    def ends_at(self) -> Any: ...


class HasTimes(HasTime, Protocol):
    @property
    def track_id(self) -> Any: ...

    @property
    def track_position(self) -> int: ...

    @property
    def is_break(self) -> bool: ...

    @property
    def is_tentative(self) -> bool: ...

    @property
    def is_cancelled(self) -> bool: ...

    @property
    def local_day(self) -> dt.date | None: ...


E = TypeVar("E", bound=HasDates)
S = TypeVar("S", bound=HasTimes)
K = TypeVar("K", bound=Hashable)


class NoSuchTimeError(ValueError):
    """A local time that clocks skip when they go forward."""


def local_day(now: dt.datetime, zone: ZoneInfo) -> dt.date:
    return now.astimezone(zone).date()


def current_edition(editions: Iterable[E], now: dt.datetime) -> E | None:
    """The one that runs today (the latest to have begun), else the next to begin, else none.

    Each edition has its own today, that of its zone.
    """
    alive = [edition for edition in editions if edition.last_on >= local_day(now, edition.zone)]
    running = [edition for edition in alive if edition.first_on <= local_day(now, edition.zone)]
    if running:
        return max(running, key=lambda edition: edition.first_on)
    return min(alive, key=lambda edition: edition.first_on, default=None)


def instants_of(local: dt.datetime, zone: ZoneInfo) -> list[dt.datetime]:
    """Return when (UTC) the zone's clocks show a naive local time: never, once, or twice. Raises OverflowError for the first days of year 1."""
    both = {local.replace(tzinfo=zone, fold=fold).astimezone(dt.UTC) for fold in (0, 1)}
    shown = local.replace(fold=0)
    return sorted(it for it in both if it.astimezone(zone).replace(tzinfo=None, fold=0) == shown)


def to_instant(local: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """Return the instant (UTC) of a naive local time; of one that comes twice, the first or, by its `fold`, the second.

    Raises NoSuchTimeError.
    """
    instants = instants_of(local, zone)
    if not instants:
        raise NoSuchTimeError(f"{local:%H:%M} does not exist on {local:%-d %B %Y} in {zone.key}: the clocks go forward")
    return instants[-1 if local.fold else 0]


def comes_twice(local: dt.datetime, zone: ZoneInfo) -> bool:
    """Whether the zone's clocks show a local time twice, as they go back."""
    return len(instants_of(local.replace(tzinfo=None), zone)) > 1


def shift_by_days(instant: dt.datetime, days: int, zone: ZoneInfo) -> dt.datetime:
    """The same local time `days` later, as an instant (UTC). A time that clocks skip moves on by what they skip."""
    local = instant.astimezone(zone).replace(tzinfo=None) + dt.timedelta(days=days)
    fold = instant.astimezone(zone).fold if comes_twice(local, zone) else 0
    return local.replace(tzinfo=zone, fold=fold).astimezone(dt.UTC)


@dataclass(frozen=True)
class Slot(Generic[S]):
    """Sessions that share a stretch of time; a column for each track, one only where everybody is together."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    columns: Sequence[Sequence[S]]

    @property
    def sessions(self) -> list[S]:
        return [session for column in self.columns for session in column]

    @property
    def is_break(self) -> bool:
        return all(session.is_break for session in self.sessions)


@dataclass(frozen=True)
class Day(Generic[S]):
    """A day of the timetable: what has no time yet, then the slots one after the other."""

    on: dt.date
    without_time: Sequence[S]
    slots: Sequence[Slot[S]]

    @property
    def is_tentative(self) -> bool:
        """Whether all that is held is tentative: that is said once, not at every session. Breaks do not count."""
        held = [s for slot in self.slots for s in slot.sessions if not s.is_cancelled and not s.is_break]
        return bool(held) and all(session.is_tentative for session in held)


def timetable(sessions: Iterable[S]) -> list[Day[S]]:
    """Days with their slots. Takes sessions in programme order; those without a day are left out."""
    days = []
    dated = sorted((s for s in sessions if s.local_day), key=lambda s: s.local_day or dt.date.min)
    for on, group in groupby(dated, key=lambda s: s.local_day):
        members = list(group)
        days.append(
            Day(
                on=on or dt.date.min,
                without_time=[s for s in members if not s.starts_at],
                slots=slots([s for s in members if s.starts_at]),
            )
        )
    return days


def slots(sessions: Sequence[S]) -> list[Slot[S]]:
    """Group timed sessions, in order of their start, into the stretches in which they overlap."""
    groups: list[list[S]] = []
    until: dt.datetime | None = None
    for session in sessions:
        if session.starts_at is None or session.ends_at is None:
            raise ValueError("a session without times has no slot")
        if until is not None and session.starts_at < until:
            groups[-1].append(session)
            until = max(until, session.ends_at)
        else:
            groups.append([session])
            until = session.ends_at
    return [as_slot(group) for group in groups]


def as_slot(group: Sequence[S]) -> Slot[S]:
    columns: dict[int | None, list[S]] = {}
    for session in group:
        columns.setdefault(session.track_id, []).append(session)
    return Slot(
        starts_at=min(s.starts_at for s in group if s.starts_at),
        ends_at=max(s.ends_at for s in group if s.ends_at),
        columns=sorted(columns.values(), key=lambda column: column[0].track_position),
    )


def moments(sessions: Sequence[S]) -> list[Slot[S]]:
    """The stretches in which people go to one of several: all sessions that are on at one moment, wherever that changes.

    Takes timed sessions in order of their start. A long session beside two short ones is in two stretches.
    """
    found: list[list[S]] = []
    on: list[S] = []
    for session in sessions:
        still_on = [it for it in on if it.ends_at > session.starts_at]
        if len(still_on) < len(on):
            found.append(on)
        on = [*still_on, session]
    return [as_slot(group) for group in [*found, on] if group]


@dataclass(frozen=True)
class ClockChange:
    """From the day `on`, local time is `after` instead of `before` (each a name and an offset from UTC)."""

    on: dt.date
    before: tuple[str, dt.timedelta]
    after: tuple[str, dt.timedelta]

    @property
    def goes_forward(self) -> bool:
        return self.after[1] > self.before[1]


def clock_changes(first_on: dt.date, last_on: dt.date, zone: ZoneInfo) -> list[ClockChange]:
    """The days from first to last on which the zone's clocks change."""

    def clock(on: dt.date) -> tuple[str, dt.timedelta]:
        noon = dt.datetime.combine(on, dt.time(12), zone)
        return noon.tzname() or "", noon.utcoffset() or dt.timedelta()

    days = [first_on + dt.timedelta(days=n) for n in range((last_on - first_on).days + 1)]
    clocks = [clock(day) for day in days]
    return [
        ClockChange(on=day, before=before, after=after)
        for day, before, after in zip(days[1:], clocks, clocks[1:], strict=False)
        if before != after
    ]


class Window(enum.Enum):
    """Where a moment lies with regard to what is open for a while: registering, choosing tracks."""

    UNKNOWN = "unknown"
    NOT_YET = "not_yet"
    OPEN = "open"
    OVER = "over"


def window(opens_at: dt.datetime | None, closes_at: dt.datetime | None, now: dt.datetime) -> Window:
    """Open from `opens_at` until `closes_at`, for ever without the latter; unknown while no opening is given."""
    if closes_at is not None and now >= closes_at:
        return Window.OVER
    if opens_at is None:
        return Window.UNKNOWN
    return Window.OPEN if now >= opens_at else Window.NOT_YET


def overlap(one: HasTime, other: HasTime) -> bool:
    """Whether the two are on at the same time; what has no time is in nobody's way."""
    if one.starts_at is None or one.ends_at is None or other.starts_at is None or other.ends_at is None:
        return False
    return bool(one.starts_at < other.ends_at and other.starts_at < one.ends_at)


def chosen(sessions: Iterable[K], states: Mapping[K, str]) -> tuple[K, ...]:
    """The one of the sessions that somebody wants most: the one they wait for, else that of their seat; or none.

    `states` maps each session they have something in to "held" or "waiting".
    """
    sessions = list(sessions)
    for state in ("waiting", "held"):
        for session in sessions:
            if states.get(session) == state:
                return (session,)
    return ()


# Where anybody can have an address: such a domain says nothing about a city.
PUBLIC_DOMAINS = frozenset(
    {
        *("gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com", "icloud.com", "me.com"),
        *("outlook.es", "outlook.fr", "outlook.it", "outlook.de", "outlook.pt", "hotmail.es", "hotmail.fr"),
        *("hotmail.it", "hotmail.de", "hotmail.co.uk", "live.fr", "live.it", "live.nl", "yahoo.com", "yahoo.es"),
        *("yahoo.fr", "yahoo.it", "yahoo.de", "yahoo.gr", "yahoo.ro", "yahoo.co.uk", "ymail.com", "aol.com"),
        *("mail.com", "gmx.com", "gmx.net", "gmx.de", "gmx.at", "gmx.ch", "web.de", "t-online.de", "freenet.de"),
        *("proton.me", "protonmail.com", "pm.me", "orange.fr", "wanadoo.fr", "free.fr", "sfr.fr", "laposte.net"),
        *("libero.it", "virgilio.it", "tiscali.it", "alice.it", "tin.it", "sapo.pt", "telefonica.net", "seznam.cz"),
        *("centrum.cz", "wp.pl", "o2.pl", "onet.pl", "interia.pl", "ziggo.nl", "kpnmail.nl", "telenet.be"),
        *("skynet.be", "abv.bg", "ukr.net", "yandex.ru", "mail.ru"),
    }
)


def domain_of(email: str) -> str:
    """What follows the last @, normalised."""
    return normalised_domain(email.rpartition("@")[2])


def is_of_domains(email: str, domains: Iterable[str]) -> bool:
    """Whether the address is at one of the domains or below it: ana@it.city.example is of city.example."""
    domain = domain_of(email)
    return any(domain == own or domain.endswith(f".{own}") for own in domains)


def needs_approval(*, email: str, domains: Iterable[str], is_invited: bool, was_sent_away: bool) -> bool:
    """Whether an organiser decides about a registration: not for those invited, nor for addresses of the city itself.

    Somebody who was withdrawn by others comes back through an invitation or an organiser, not by the domain.
    """
    return not is_invited and (was_sent_away or not is_of_domains(email, domains))
