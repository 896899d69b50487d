"""What must hold in the model: at once where it is urgent, and all of it when everything due has been sent."""

import datetime as dt
from functools import cache

from django.urls import reverse

from programme.models import Edition, Participant
from tests.client import Client
from tests.programme.simulation import received_emails
from tests.programme.simulation.facts import Facts, lead_windows
from tests.programme.simulation.inbox import Inbox, Kind

MINUTE = dt.timedelta(minutes=1)
GATHERED_FOR = 15 * MINUTE  # changes, before people are told of them


class Checks:
    """A part of the `World`: what is wrong is noted in the inboxes."""

    edition: Edition
    facts: Facts
    now: dt.datetime
    inboxes: dict[str, Inbox]  # by address
    titles: dict[str, str]  # of each title that a session ever had, its UID
    stretches: dict[tuple[str, str], tuple[object, dt.datetime]]
    changed_at: dict[str, dt.datetime]  # sessions, by UID
    works_since: dt.datetime
    is_anything_out: bool
    unsure: set[str]
    lost: set[str]

    def check_settled(self) -> None:
        for address, inbox in self.inboxes.items():
            if address not in self.lost:
                self._check_known(inbox)
                self._check_calendars(inbox)
        for address, uid, starts_at, since in self._leads_now():
            self._check_lead(address, uid, starts_at, since)

    def _check_known(self, inbox: Inbox) -> None:
        for uid in self.facts.sessions | dict.fromkeys(inbox.known):
            known = inbox.known[uid]
            if self.facts.is_theirs(inbox.address, uid, self.now):
                if not inbox.knows(uid, self.facts):
                    shown = known if known.is_theirs else "not theirs"
                    inbox.note(Kind.NOT_TOLD, self.now, f"{self.facts.sessions[uid].entry}; known: {shown}")
            elif known.is_theirs and known.values.get("ends_at", known.values["starts_at"]) > self.now:
                inbox.note(Kind.NOT_TOLD, self.now, f"not theirs; known: {known}")

    def _check_calendars(self, inbox: Inbox) -> None:
        def to_come(entries):
            return {
                uid: it
                for uid, it in entries.items()
                if not self.facts.is_over(uid, self.now) and it.ends_at > self.now
            }

        feed = {uid: it for uid, it in to_come(self.feed(inbox.address)).items() if it.status != "CANCELLED"}
        true = {
            uid: it.entry
            for uid, it in self.facts.sessions.items()
            if self.facts.is_theirs(inbox.address, uid, self.now)
        }
        for kind, entries in (
            (Kind.FEED, true),
            (Kind.CALENDAR, to_come(inbox.program.entries)),
            (Kind.STRICT_CALENDAR, to_come(inbox.strict_program.entries)),
        ):
            without_file = {} if kind is Kind.FEED else self.without_file(feed, entries)
            if entries | without_file != feed:
                inbox.note(kind, self.now, f"{in_words(entries)}; feed: {in_words(feed)}")

    def without_file(self, feed, entries):
        """What the feed alone adds: emails keep such an entry up to date if they added it once."""
        return {
            uid: it for uid, it in feed.items() if uid not in entries and not self.facts.sessions[uid].comes_by_email
        }

    def feed(self, address: str) -> dict[str, received_emails.Entry]:
        participant = Participant.objects.filter(edition=self.edition, user__email=address).first()
        if participant is None:
            return {}
        response = calendar_client().get(reverse("programme:own-feed", args=[participant.calendar_token]))
        return received_emails.feed_entries(response.content) if response.status_code == 200 else {}

    def _leads_now(self) -> list[tuple[str, str, dt.datetime, dt.datetime]]:
        """The leads within which it is now, and that somebody must be reminded of: it was theirs, and they knew the start."""
        leads, lost = [], self.lost
        for address, uid in self.stretches:
            session, known = self.facts.sessions.get(uid), self.inboxes[address].known[uid]
            if session is None or address in lost or not known.start_known_at:
                continue
            starts_at = session.entry.starts_at
            since = next((it for it, until in lead_windows(starts_at) if it <= self.now < until), None)
            is_held = self.facts.is_theirs(address, uid, self.now) and session.is_confirmed
            if since and is_held and self.stretches[address, uid][1] < since and known.start_known_at < since:
                leads.append((address, uid, starts_at, since))
        return leads

    def _leads_that_begin(self) -> list[tuple[str, str, dt.datetime, dt.datetime]]:
        return [
            (address, uid, starts_at, since)
            for address, uid, starts_at, since in self._leads_now()
            if since > self.now - MINUTE and address not in self.unsure and self.inboxes[address].knows(uid, self.facts)
        ]

    def _check_lead(self, address: str, uid: str, starts_at: dt.datetime, since: dt.datetime) -> None:
        if not self.inboxes[address].n_reminders(uid, starts_at, since):
            title = next(title for title, it in self.titles.items() if it == uid)
            self.inboxes[address].note(Kind.MISSED, self.now, f"{title}, {starts_at - since} before {starts_at}")

    def _check_imminent(self) -> None:
        """Who has to know of a change before it would have been gathered, or before the start, knows by the second minute."""
        if self.is_anything_out or self.now < self.works_since + MINUTE:
            return
        left_out = self.unsure | self.lost
        inboxes = [inbox for address, inbox in self.inboxes.items() if address not in left_out]
        for uid, changed_at in self.changed_at.items():
            if self.now < changed_at + MINUTE or self.facts.is_over(uid, self.now):
                continue
            for inbox in inboxes:
                self._check_in_time(inbox, uid, changed_at)

    def _check_in_time(self, inbox: Inbox, uid: str, changed_at: dt.datetime) -> None:
        session, known = self.facts.sessions.get(uid), inbox.known[uid]
        starts = [known.values["starts_at"]] if known.is_theirs and known.values["ends_at"] > self.now else []
        if session and self.facts.is_theirs(inbox.address, uid, self.now):
            is_known = inbox.knows(uid, self.facts)
            starts.append(session.entry.starts_at)
        else:
            is_known = not known.is_theirs
        is_urgent = any(changed_at < it <= max(changed_at + GATHERED_FOR, self.now) for it in starts)
        if is_urgent and not is_known:
            title = session.title if session else uid
            inbox.note(Kind.LATE, self.now, f"{title}, changed {changed_at:%H:%M:%S}")


@cache
def calendar_client() -> Client:
    """One for all worlds: each new one looks through all static files."""
    return Client()


def in_words(entries: dict[str, received_emails.Entry]) -> str:
    return (
        ", ".join(sorted(f"{it.summary} {it.starts_at:%d %b %H:%M} {it.status}" for it in entries.values())) or "none"
    )
