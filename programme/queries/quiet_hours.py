"""For whom it is night, by the time zones that people chose, and which emails wait for the morning (decision 56)."""

import datetime as dt
from collections.abc import Collection, Iterable
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils import timezone

from programme.models import Announcement, Edition, Session
from programme.queries.calendar_entries import CalendarEntries
from programme.rules.local_times import instant_on
from programme.rules.quiet_hours import QuietHours
from udtacademy.accounts.models import User
from udtacademy.time_zones import all_zones, known_zone


def zone_of(user: User | None, edition: Edition) -> ZoneInfo:
    """Return the time zone of a reader: the one they chose, else the edition's."""
    return known_zone(user.time_zone if user else "") or edition.zone


def zones_asleep(quiet: QuietHours, edition: Edition, now: dt.datetime) -> list[str]:
    """Return the names of the zones in which it is night, with "", for the edition's, if it is night there. No query."""
    if quiet.is_off:
        return []
    zones = all_zones() | {"": edition.zone}
    return sorted(name for name, zone in zones.items() if quiet.is_quiet(now, zone))


def is_asleep(quiet: QuietHours, edition: Edition, now: dt.datetime) -> Q:
    """Return the condition on participants that it is night where they are. A zone that this machine does not know is the edition's,
    as for `zone_of`.
    """
    asleep = zones_asleep(quiet, edition, now)
    is_unknown = ~Q(user__time_zone__in=sorted({*all_zones(), ""}))
    return Q(user__time_zone__in=asleep) | is_unknown if "" in asleep else Q(user__time_zone__in=asleep)


WAITS_AT_NIGHT = {  # kinds of emails that leave when quiet hours end, unless sent by hand; applications add theirs
    *("approved", "changed", "declined", "invitation_reminder", "made_coordinator", "moved", "no_longer_coordinator"),
    *("quota_promoted", "seat_assigned", "seat_clash", "seat_lost", "seat_offered", "seat_promoted", "seat_removed"),
    *("plan_due_moved", "plan_feedback", "questions_added", "seat_wanted", "speaker_reminder"),
}


def waits_until(
    kind: str, user: User | None, edition: Edition, begins: Iterable[dt.datetime | None] = ()
) -> dt.datetime | None:
    """Return until when an email written now waits, because it is night where its reader is; None if it leaves at once.

    `begins`: when the sessions it is about begin, and when it expires: see `QuietHours.leaves_at`.
    """
    if kind not in WAITS_AT_NIGHT or edition.quiet_hours.is_off:
        return None
    now = timezone.now()
    leaves_at = edition.quiet_hours.leaves_at(now, zone_of(user, edition), [it for it in begins if it])
    return leaves_at if leaves_at > now else None


def beginnings(sessions: Collection[Session | Announcement], edition: Edition) -> list[dt.datetime]:
    """Return when sessions of an edition begin, as they are or were announced: of one with a day only, with the day."""
    days = [it.held_on for it in sessions if it.held_on and not it.starts_at]
    starts = [it.starts_at for it in sessions if it.starts_at]
    return [*starts, *(instant_on(day, dt.time(), edition.zone) for day in days)]


def begins_of(
    announcements: Collection[Announcement], entries: CalendarEntries, edition: Edition
) -> list[dt.datetime | None]:
    """Return when the sessions that are announced begin, as they are and as their reader knows them."""
    known = [entries[it.participant_id, it.session_id].starts_at for it in announcements if not it.is_repeat]
    return [*known, *beginnings(announcements, edition)]
