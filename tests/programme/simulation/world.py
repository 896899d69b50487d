"""A small world that people act in, with a clock, a mail server and the tasks of beat: three people, three sessions.

Every step goes through the actions that pages and the admin call; what came of it is read from the mailboxes. `faults` has
what was wrong, in sentences. Nothing here looks at what our tables say of messages, but for when there are none to send.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from unittest.mock import patch
from zoneinfo import ZoneInfo

from celery import Task
from django.core.cache import cache as counts
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from attendance.actions.reminders import send_due_reminders
from programme.actions.session_changes import follow_changes
from programme.actions.waiting_lists import serve_waiting_lists
from programme.errors import ProgrammeError
from tests.factories.people import DelegationFactory, UserFactory
from tests.factories.programme import EditionFactory, SessionFactory, TrackFactory
from tests.programme.simulation import received_emails
from tests.programme.simulation.checks import Checks
from tests.programme.simulation.clock import clock_at
from tests.programme.simulation.facts import facts_now, lead_windows
from tests.programme.simulation.inbox import Fault, Inbox
from tests.programme.simulation.mail_server import Backend, MailServer
from tests.programme.simulation.steps import Steps, whole_minute
from udtacademy.outbox.delivery import deliver_messages
from udtacademy.outbox.models import Message

ZONE = ZoneInfo("Europe/Madrid")
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
AUTUMN = dt.datetime(2025, 10, 17, 9, 0, tzinfo=dt.UTC)  # clocks change on the ninth day after, and so in
SPRING = dt.datetime(2026, 3, 20, 9, 0, tzinfo=dt.UTC)
LOOKS = tuple(n * MINUTE for n in (0, 1, 15, 16))  # after a step; in between nothing can be due
LOOKS_AGAIN = LOOKS[:2]  # after what the clock alone has brought about
LONGEST_SETTLING = 3 * DAY

ANA, BEN, CLEO = "ana@girona.example", "ben@girona.example", "cleo@elsewhere.example"  # Cleo has to be approved
PEOPLE = (ANA, BEN, CLEO)
OPENING, LAB, TALK = "opening", "lab", "talk"  # the last two are parallel, with one place each
SESSIONS = (OPENING, LAB, TALK)

TASKS: dict[str, Callable[[], object]] = {  # of beat's every minute or quicker, those that tell somebody something
    "programme.serve_waiting_lists": serve_waiting_lists,
    "attendance.send_reminders": send_due_reminders,
    "programme.follow_changes": follow_changes,
    "outbox.deliver_messages": deliver_messages,
}


class World(Steps, Checks):
    """Use it inside a transaction whose database asks the test's clock (`clock.teach_database`); `close` takes all back."""

    def __init__(self, start: dt.datetime = AUTUMN, order: Sequence[str] = tuple(TASKS)) -> None:
        self.order = tuple(order)  # of the tasks within a minute
        self.works_since = start
        self.faults: list[Fault] = []
        self.is_beat_out = self.is_worker_out = self.is_broker_out = False
        self.unsure: set[str] = set()  # whose mail is held up now; they are looked at when all is settled
        self.arrived: list[tuple[str, bytes]] = []  # and not read yet
        self.server = MailServer(lambda address, content: self.arrived.append((address, content)))
        self.inboxes = {address: Inbox(address, ZONE, self.faults) for address in PEOPLE}
        self.stretches: dict[tuple[str, str], tuple[object, dt.datetime]] = {}  # how long it has been as it is
        self.changed_at: dict[str, dt.datetime] = {}  # sessions, by UID
        self._stack = ExitStack()
        self._stack.enter_context(transaction.atomic())
        self.clock = self._stack.enter_context(clock_at(start))
        self._stack.enter_context(patch.object(Backend, "server", self.server, create=True))
        self._stack.enter_context(patch.object(Task, "apply_async", self._ask_worker_by(self)))
        counts.clear()  # of visits to a page within a minute
        self._build(start)
        self.titles = {session.title: str(session.calendar_uid) for session in self.edition.sessions.all()}
        self.before: dict[str, tuple[dt.datetime, dt.datetime]] = {}  # the times of a session before its last move
        self.looks: set[dt.datetime] = set()  # the minutes to come in which something may happen because of a step
        self._note_facts()
        self._commit()
        self.tick()

    def close(self) -> None:
        transaction.set_rollback(True)
        connection.run_on_commit.clear()
        self._stack.close()

    def _build(self, start: dt.datetime) -> None:
        self.organiser = UserFactory(email="olga@academy.example", name="Olga", is_staff=True, is_superuser=True)
        self.edition = EditionFactory(
            slug="academy",
            name="Academy",
            time_zone=str(ZONE),
            first_on=start.date(),
            last_on=start.date() + 90 * DAY,
            registration_opens_at=start - DAY,
            registration_closes_at=start + 80 * DAY,
            choice_opens_at=start - DAY,
            choice_closes_at=start + 80 * DAY,
        )
        self.delegation = DelegationFactory(
            edition=self.edition, city__name="Girona", quota=3, email_domains=["girona.example"]
        )
        self.users = {address: UserFactory(email=address, name=address.partition("@")[0]) for address in PEOPLE}
        day = start.astimezone(ZONE).replace(hour=10) + 8 * DAY  # local: the day before the clocks change
        self._add_session(OPENING, day + 6 * HOUR, is_core=True)
        for slug in (LAB, TALK):
            track = TrackFactory(edition=self.edition, slug=f"track-{slug}", name=f"Track {slug}")
            self._add_session(slug, day + DAY, track=track, capacity=1)

    def _add_session(self, slug: str, starts_at: dt.datetime, **values: object) -> None:
        SessionFactory(
            edition=self.edition,
            slug=slug,
            title=slug.capitalize(),
            status="confirmed",
            format="online",
            starts_at=starts_at,
            ends_at=starts_at + 90 * MINUTE,
            **values,
        )

    # What fails

    def grey_list(self, address: str) -> None:
        self.server.grey.add(address)
        self.unsure.add(address)

    def white_list(self, address: str) -> None:
        self.server.grey.discard(address)
        self._stir()

    def refuse_next(self, address: str) -> None:
        """For good. Nobody can see to it that they know anything any more, nor is it looked at."""
        self.server.refused.add(address)

    def drop_connection(self) -> None:
        """With the next email, which arrives all the same."""
        self.server.drops_line = True
        self.unsure.update(PEOPLE)

    def set_out(self, *, mail: bool = False, worker: bool = False, beat: bool = False, broker: bool = False) -> None:
        """What of these is out from now on; the others work (again)."""
        self.server.is_away, self.is_worker_out, self.is_beat_out, self.is_broker_out = mail, worker, beat, broker
        self.works_since = self.now
        self._stir()

    def mend(self) -> None:
        """Everything works again."""
        self.set_out()
        for address in PEOPLE:
            self.white_list(address)
        self.server.drops_line = False
        self.server.refused.clear()

    @property
    def is_anything_out(self) -> bool:
        return self.server.is_away or self.is_worker_out or self.is_beat_out or self.is_broker_out

    @property
    def lost(self) -> set[str]:
        """To whom an email was refused for good, or given up after the last attempt."""
        return self.server.bounced | set(Message.objects.filter(state="failed").values_list("to", flat=True))

    # Time

    @property
    def now(self) -> dt.datetime:
        return self.clock.now

    def wait(self, time: dt.timedelta) -> None:
        self.wait_until(self.now + time)

    def wait_until(self, moment: dt.datetime) -> None:
        """Minute by minute where something may happen; what is between is skipped."""
        while (following := self._next_look()) <= moment:
            self.clock.move_to(following)
            if following not in self.looks:
                self._stir(LOOKS_AGAIN)
            self.tick()
        if moment > self.now:
            self.clock.move_to(moment)

    def _next_look(self) -> dt.datetime:
        """The next minute in which something may be due."""
        self.looks = {it for it in self.looks if it > self.now}
        moments = set(self.looks)
        for session in self.facts.sessions.values():
            starts_at = session.entry.starts_at
            moments |= {since for since, _until in lead_windows(starts_at)} | {starts_at, session.entry.ends_at}
        moments |= set(Message.objects.queued().values_list("due_at", flat=True))
        return min((whole_minute(it) for it in moments if it > self.now), default=self.now + 365 * DAY)

    def next_lead(self) -> dt.datetime:
        """When, more than a minute from now, the next reminder is due or a session begins."""
        starts = [session.entry.starts_at for session in self.facts.sessions.values()]
        moments = {moment for starts_at in starts for window in lead_windows(starts_at) for moment in window}
        return min((moment for moment in moments if moment > self.now + MINUTE), default=self.now + DAY)

    def tick(self) -> None:
        """A minute of beat: each task once, in the order set; each commits, and may ask the worker for another."""
        if self.is_beat_out or self.is_worker_out:
            return
        leads = [] if self.is_anything_out else self._leads_that_begin()
        for name in self.order:
            self._run(name)
        for address, uid, starts_at, since in leads:
            self._check_lead(address, uid, starts_at, since)
        self._check_imminent()

    def settle(self) -> None:
        """Let all that is out work again, and wait until everything due has been sent; then everything must be right."""
        self.mend()
        limit = self.now + LONGEST_SETTLING
        self.wait(LOOKS[-1] + MINUTE)
        while Message.objects.queued().exists():
            assert self.now < limit, f"never sent: {list(Message.objects.queued().values())}"
            self.wait_until(self._next_look())
            self._stir()  # what could not be sent as it was is written again, perhaps gathered
            self.wait(LOOKS[-1] + MINUTE)
        self.unsure.clear()
        self.check_settled()

    def check(self) -> None:
        """Raise AssertionError with every fault so far."""
        assert not self.faults, "\n".join(["", *map(str, self.faults)])

    # How it works

    def _act(self, step: Callable[[], object]) -> bool:
        """Do it a moment later, in a transaction; whether it was let. A second is long enough for several steps."""
        self.clock.move_to(self.now + dt.timedelta(milliseconds=1))
        try:
            with transaction.atomic():
                step()
        except (ProgrammeError, ValidationError):
            return False
        self._stir()
        self._note_facts()
        self._commit()
        return True

    def _stir(self, looks: Iterable[dt.timedelta] = LOOKS) -> None:
        """Something has happened: look after it in some of the next minutes."""
        self.looks |= {whole_minute(self.now) + it for it in looks}

    def _run(self, name: str) -> None:
        is_done = TASKS[name]()
        self._read()
        if is_done:
            self._note_facts()
        self._commit()

    def _commit(self) -> None:
        """What a commit does, without one: constraints are checked, and what waits for it is done."""
        check_constraints()
        callbacks = list(connection.run_on_commit)
        connection.run_on_commit.clear()
        for _savepoints, callback, _is_robust in callbacks:
            callback()

    @staticmethod
    def _ask_worker_by(world: "World") -> Callable[..., None]:
        def apply_async(task: Task, *_args: object, **_options: object) -> None:
            is_up = not world.is_worker_out and not world.is_broker_out
            if is_up and task.name in TASKS:
                world._run(task.name)

        return apply_async

    def _read(self) -> None:
        """What has just arrived, while the facts were as noted."""
        for address, content in self.arrived:
            if address in self.inboxes:
                self.inboxes[address].lacks_some = address in self.lost
                self.inboxes[address].take(received_emails.read(content), self.facts, self.titles, self.now)
        self.arrived.clear()

    def _note_facts(self) -> None:
        """The facts from now on, and since when each session has been somebody's with its start as it is."""
        self.facts = facts_now(self.edition)
        for address in PEOPLE:
            for uid, session in self.facts.sessions.items():
                is_held = self.facts.is_theirs(address, uid, self.now) and session.is_confirmed
                state = (is_held, session.entry.starts_at)
                if self.stretches.get((address, uid), (None,))[0] != state:
                    self.stretches[address, uid] = (state, self.now)


DEFERRED: list[str] = []


def check_constraints() -> None:
    """Check what the database checks at a commit; afterwards it is put off again."""
    with connection.cursor() as cursor:
        if not DEFERRED:
            cursor.execute("SELECT DISTINCT conname FROM pg_constraint WHERE condeferred")
            DEFERRED.extend(connection.ops.quote_name(name) for (name,) in cursor.fetchall())
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"SET CONSTRAINTS {', '.join(DEFERRED)} DEFERRED")
