"""What has changed in an edition since people were last told, in words."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from programme.formats import session_time
from programme.models import Edition, Participant, Seat, Session, ToldSession

GATHERED_FOR = dt.timedelta(minutes=15)


def facts_of(session: Session) -> dict[str, str]:
    """What a change of is news. Moments are of UTC, in ISO 8601; empty: none."""
    moments = {name: getattr(session, name) for name in ("starts_at", "ends_at")}
    return {
        **{name: moment.astimezone(dt.UTC).isoformat() if moment else "" for name, moment in moments.items()},
        "held_on": session.held_on.isoformat() if session.held_on else "",
        "date_hint": session.date_hint,
        "status": session.status,
        "place": session.place,
    }


@dataclass(frozen=True)
class Change:
    """A published session as it is now, and what people were told of it."""

    session: Session
    told: Mapping[str, str]

    @property
    def is_news(self) -> bool:
        return facts_of(self.session) != self.told

    def is_past(self, now: dt.datetime) -> bool:
        """Whether nobody needs to know any more: it was over, and is."""
        return all(it.ends_at is not None and it.ends_at <= now for it in (self.session, self.before))

    @property
    def before(self) -> Session:
        """The session as people know it; not to be saved."""
        values: dict[str, Any] = {name: self.told[name] for name in ("date_hint", "status")}
        values |= {name: parse_datetime(self.told[name]) for name in ("starts_at", "ends_at") if self.told[name]}
        return Session(
            edition=self.session.edition,
            title=self.session.title,
            held_on=parse_date(self.told["held_on"]) if self.told["held_on"] else None,
            **values,
        )

    def in_words(self, reader_zone: str = "") -> str:
        """ "“Peer-learning” is moved to Thursday …; it was to be on …"."""
        session, before = self.session, self.before
        now_at = session_time(session, reader_zone) or _("a day not known yet")
        before_at = session_time(before, reader_zone) or _("a day not known")
        if session.is_cancelled:
            return _("“%(title)s” is cancelled. It was to be: %(before)s.") % {"title": session, "before": before_at}
        parts = []
        if now_at != before_at:
            text = _("“%(title)s” is moved to: %(now)s. It was: %(before)s.")
            parts.append(text % {"title": session, "now": now_at, "before": before_at})
        if before.is_cancelled:
            parts.append(_("“%(title)s” is on again: %(now)s.") % {"title": session, "now": now_at})
        elif before.is_tentative and not session.is_tentative:
            parts.append(_("“%(title)s” is confirmed: %(now)s.") % {"title": session, "now": now_at})
        if session.is_tentative and not (before.is_tentative and now_at == before_at):
            parts.append(_("It is still to be confirmed."))
        if session.place != self.told["place"]:
            place = session.place or (_("online") if session.is_online else _("not known yet"))
            parts.append(_("“%(title)s”: the place is now %(place)s.") % {"title": session, "place": place})
        return " ".join(parts)


def changes_of(edition: Edition) -> list[Change]:
    """Every published session that was changed since people were told of it, in the order of the programme.

    Some are no news: what was changed back. Two queries.
    """
    told = ToldSession.objects.changed_since().filter(session__edition=edition).in_bulk()
    sessions = Session.objects.filter(pk__in=told).with_place().in_programme_order()
    found = []
    for session in sessions:
        session.edition = edition
        found.append(Change(session, told[session.pk].facts))
    return found


def news_in(changes: list[Change], now: dt.datetime) -> list[Change]:
    return [it for it in changes if it.is_news and not it.is_past(now)]


def people_concerned(edition: Edition, changes: list[Change]) -> list[tuple[Participant, list[Change]]]:
    """Everybody registered of whose sessions one is changed, with those that are. Two queries.

    Who registered after the last change knows no other state.
    """
    if not changes:
        return []
    last = max(it.session.changed_at for it in changes)
    people = edition.participants.registered().filter(state_at__lte=last).with_people().order_by("pk")
    own = [it.session.pk for it in changes if it.session.takes_seats]
    seats: dict[int, set[int]] = defaultdict(set)
    for participant, session in Seat.objects.held().filter(session__in=own).values_list("participant", "session"):
        seats[participant].add(session)
    found = []
    for person in people:
        theirs = [it for it in changes if it.session.pk not in own or it.session.pk in seats[person.pk]]
        if theirs:
            found.append((person, theirs))
    return found
