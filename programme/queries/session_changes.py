"""The news about sessions, as sentences for participants and organisers."""

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from programme.formats import session_time
from programme.models import Session
from programme.models.announcement import SessionFacts, facts_of
from programme.queries.announcements import Difference

GATHERED_FOR = dt.timedelta(minutes=15)
GATHERED_AT_MOST = dt.timedelta(hours=1)  # since the first change
TIME_TO_READ = dt.timedelta(minutes=15)  # what starts sooner after a notice is due is sent at once


@dataclass(frozen=True)
class SessionChange:
    """A session as it is now, and what people were last told about it: equal for everybody who was told the same.

    `before`: None if they were told nothing. `was_theirs`, `is_theirs`: see `announcements.Difference`.
    """

    session: Session
    before: SessionFacts | None
    was_theirs: bool
    is_theirs: bool

    @classmethod
    def of(cls, difference: Difference) -> "SessionChange":
        known = difference.known
        return cls(difference.session, known.facts if known else None, difference.was_theirs, difference.is_theirs)

    def cannot_wait(self, due_at: dt.datetime, *, now: dt.datetime) -> bool:
        """Return whether the session, as expected or as it is now, starts before people could read a notice sent at `due_at`."""
        zone, moment = self.session.edition.zone, due_at + TIME_TO_READ
        expected = [self.before] if self.before and self.was_theirs else []
        expected += [facts_of(self.session)] if self.is_theirs else []
        return any(it.is_coming(now, zone) and it.has_begun(moment, zone) for it in expected)

    @property
    def session_before(self) -> Session:
        """Return the session as people know it. Not to be saved."""
        known = self.before or facts_of(self.session)
        return Session(
            edition=self.session.edition,
            title=known.title,
            starts_at=known.starts_at,
            ends_at=known.ends_at,
            held_on=known.held_on,
            date_hint=known.date_hint,
            status=known.status,
        )

    def in_words(self, reader_zone: str = "") -> str:
        """ "“Peer-learning” is moved to Thursday …; it was to be on …"."""
        now_at = session_time(self.session, reader_zone) or _("a date to be announced")
        before_at = session_time(self.session_before, reader_zone) or _("a date to be announced")
        if not self.is_theirs:
            return self.removed_in_words(now_at, before_at)
        if self.before is None or not self.was_theirs:
            return self.added_in_words(now_at)
        return self.changed_in_words(self.before, now_at, before_at)

    def removed_in_words(self, now_at: str, before_at: str) -> str:
        session = self.session
        values = {"title": session, "before": before_at, "now": now_at}
        another = [_("You can choose another session on your page.")] if session.track_id else []
        if self.is_on_again:
            text = _("“%(title)s” will take place after all: %(now)s. You have no seat in it.") % values
            rest = [*self.hedge, _("You can choose a seat on your page.")]
        elif session.is_cancelled:
            text = _("“%(title)s” is cancelled. It was planned for %(before)s.") % values
            rest = [*self.reason, *another]
        elif not session.is_published or session.is_break:
            text = _("“%(title)s” is no longer in the programme. It was planned for %(before)s.") % values
            rest = another
        elif not session.starts_at:
            text = _(
                "“%(title)s” is postponed to %(now)s. It was planned for %(before)s. You no longer have a seat in it."
            )
            text %= values
            rest = [*self.reason, *another]
        else:
            text = _("You no longer have a seat in “%(title)s”: %(before)s.") % values
            rest = [_("You can choose a seat, or another session, on your page.")]
        return " ".join([*self.new_title, text, *rest])

    def added_in_words(self, now_at: str) -> str:
        session = self.session
        values = {"title": session, "now": now_at}
        if session.takes_seats:
            text = _("You have a seat in “%(title)s”: %(now)s.") % values
        elif self.before and self.before.status == Session.Status.CANCELLED:
            text = _("“%(title)s” will take place after all: %(now)s.") % values
        else:
            text = _("“%(title)s” is now in the programme: %(now)s.") % values
        place = [_("Location: %(place)s.") % {"place": session.place}] if session.place else []
        return " ".join([text, *place, *self.hedge])

    def changed_in_words(self, before: SessionFacts, now_at: str, before_at: str) -> str:
        session = self.session
        parts = self.new_title
        if now_at != before_at:
            text = _("“%(title)s” has moved to %(now)s. It was planned for %(before)s.")
            parts.append(text % {"title": session, "now": now_at, "before": before_at})
            parts += self.reason
        if before.status == Session.Status.TENTATIVE and not session.is_tentative:
            parts.append(_("“%(title)s” is confirmed: %(now)s.") % {"title": session, "now": now_at})
        if before.status != session.status or now_at != before_at:
            parts += self.hedge
        if session.is_core and not before.is_core:
            parts.append(_("“%(title)s” is now a core session: attendance is mandatory.") % {"title": session})
        if before.is_core and not session.is_core:
            parts.append(_("“%(title)s” is no longer a core session: attendance is optional.") % {"title": session})
        if session.place != before.place:
            place = session.place or (_("online") if session.is_online else _("to be announced"))
            parts.append(_("The location of “%(title)s” is now: %(place)s.") % {"title": session, "place": place})
        if not parts:  # they may have read something else in an email of which we do not know whether it arrived
            parts.append(_("“%(title)s” takes place as planned: %(now)s.") % {"title": session, "now": now_at})
        return " ".join(parts)

    @property
    def is_on_again(self) -> bool:
        """Return whether they know it as cancelled, and hold no seat in it now that it is not."""
        was_cancelled = bool(self.before and self.before.status == Session.Status.CANCELLED)
        return was_cancelled and not self.is_theirs and not self.was_theirs and not self.session.is_cancelled

    @property
    def new_title(self) -> list[str]:
        if not self.before or self.before.title == self.session.title:
            return []
        return [_("“%(old)s” is now called “%(title)s”.") % {"old": self.before.title, "title": self.session}]

    @property
    def reason(self) -> list[str]:
        """Return the organiser's reason for cancelling or postponing it, as a sentence, if any."""
        reason = self.session.status_reason.strip()
        if not reason or not (self.session.is_cancelled or self.session.is_tentative):
            return []
        return [_("Reason: %(reason)s") % {"reason": reason if reason[-1] in ".!?…" else f"{reason}."}]

    @property
    def hedge(self) -> list[str]:
        return [_("This is still to be confirmed.")] if self.session.is_tentative else []


def news_sentences(news: Iterable[Difference]) -> list[str]:
    """Return a sentence for each change: how many people will be told what."""
    return [
        ngettext("%(n)s person will be told: %(change)s", "%(n)s people will be told: %(change)s", n)
        % {"n": n, "change": change.in_words()}
        for change, n in counted(news)
    ]


def counted(news: Iterable[Difference]) -> list[tuple[SessionChange, int]]:
    """Return each change with the number of people it is news to, in the order given."""
    return list(Counter(SessionChange.of(it) for it in news).items())


def fingerprint(news: Iterable[Difference]) -> str:
    """Return a hash of the news for a hidden field of a page: it changes with what would be told or to how many."""
    shown = [(change.session.pk, change.in_words(), n) for change, n in counted(news)]
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]
