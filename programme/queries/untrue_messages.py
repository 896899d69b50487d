"""Which messages no longer hold because a session changed after they were written (docs/decisions/0028)."""

import datetime as dt

from django.utils.translation import gettext as _

from programme.models import Announcement
from programme.models.announcement import AnnouncementQuerySet, facts_of


def untrue(announcements: AnnouncementQuerySet, now: dt.datetime) -> dict[int, str]:
    """Return the messages that no longer hold, by primary key, each with the reason. One query.

    A message holds while the facts are the same, the person is registered, their seat is held or still offered, and the
    calendar entry that a CANCEL removes exists.
    """
    reasons: dict[int, str] = {}
    for announcement in announcements.perhaps_untrue(now):
        if announcement.message_id and (reason := why_untrue(announcement, now)):
            reasons.setdefault(announcement.message_id, reason)
    return reasons


def why_untrue(announcement: Announcement, now: dt.datetime) -> str:
    """Return why it no longer holds or is useless; empty if it holds."""
    session, person = announcement.session, announcement.participant
    is_on = person.is_registered and session.is_published and not session.is_break and not session.is_cancelled
    is_theirs = is_on and (session.track_id is None or announcement.has_seat)
    is_free = is_on and not is_theirs and announcement.is_asked
    reasons = {
        _("The participant is no longer registered."): announcement.is_theirs and not person.is_registered,
        _("“%(session)s” is no longer in their programme.") % {"session": session}: announcement.is_theirs
        and not is_theirs,
        _("A seat in “%(session)s” is no longer offered to them.") % {"session": session}: announcement.is_offer
        and not is_free,
        _("“%(session)s” is in their programme again.") % {"session": session}: is_theirs
        and not announcement.is_theirs,
        _("“%(session)s” was changed after this message was written.") % {"session": session}: (
            (is_theirs or announcement.is_offer or announcement.is_of_notice)
            and announcement.facts != facts_of(session)
        ),
        _("“%(session)s” was never added to their calendar.") % {"session": session}: (
            announcement.method == Announcement.Method.CANCEL and announcement.last_file != Announcement.Method.REQUEST
        ),
        _("They were told in a later message."): announcement.is_superseded,
        _("Too late: the next reminder is due or the session has started."): (
            announcement.useless_from is not None and announcement.useless_from <= now
        ),
    }
    return next((reason for reason, holds in reasons.items() if holds), "")
