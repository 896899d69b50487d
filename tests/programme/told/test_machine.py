"""People, sessions, mail and time at random: whatever happens in whatever order, what people are told is true.

`make test` tries a few stories, always the same ones; `make nightly` many new ones. A story that fails is printed as the
steps that bring the fault about, as few as could be found; they go into `test_old_faults.py` as they are.
"""

import datetime as dt

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from tests.programme.told.facts import LEADS
from tests.programme.told.world import AUTUMN, DAY, HOUR, MINUTE, PEOPLE, SESSIONS, SPRING, TASKS, World

people = st.sampled_from(PEOPLE)
sessions = st.sampled_from(SESSIONS)
parallel = st.sampled_from(SESSIONS[1:])
distances = st.sampled_from([3 * HOUR, -3 * HOUR, 30 * MINUTE, DAY, -2 * DAY, 14 * DAY])
nearby = st.sampled_from([10 * MINUTE, 50 * MINUTE, 5 * HOUR, 23 * HOUR, 27 * HOUR])
waits = st.sampled_from([MINUTE, 3 * MINUTE, 14 * MINUTE, 16 * MINUTE, HOUR, 5 * HOUR, DAY])
offsets = st.sampled_from([-MINUTE, dt.timedelta(), MINUTE, 10 * MINUTE, HOUR])


class Told(RuleBasedStateMachine):
    """Each rule is one deed of somebody, one failure, or some time that goes by."""

    def __init__(self) -> None:
        super().__init__()
        self.world: World

    @initialize(
        start=st.sampled_from([AUTUMN, SPRING]),
        order=st.permutations(list(TASKS)),
        registered=st.sets(people),
        seated=st.dictionaries(people, parallel, max_size=2),
    )
    def begin(self, start, order, registered, seated):
        self.world = World(start, order)
        for address in sorted(registered):
            self.world.register(address)
            self.world.approve(address)
        for address, slug in sorted(seated.items()):
            self.world.choose(address, slug)

    def teardown(self):
        if hasattr(self, "world"):
            try:
                self.end()
            finally:
                self.world.close()

    def end(self):
        """Every story ends well."""
        self.world.settle()
        self.nothing_is_wrong()

    @invariant()
    def nothing_is_wrong(self):
        if hasattr(self, "world"):
            self.world.check()

    @rule(address=people)
    def register(self, address):
        self.world.register(address)

    @rule(address=people)
    def approve(self, address):
        self.world.approve(address)

    @rule(address=people, by_organiser=st.booleans())
    def withdraw(self, address, by_organiser):
        self.world.withdraw(address, by_organiser=by_organiser)

    @rule(address=people, slug=parallel)
    def choose(self, address, slug):
        self.world.choose(address, slug)

    @rule(address=people, slug=parallel)
    def release(self, address, slug):
        self.world.release(address, slug)

    @rule(slug=sessions, distance=distances)
    def move_by(self, slug, distance):
        self.world.move_by(slug, distance)

    @rule(slug=sessions, distance=nearby)
    def move_near(self, slug, distance):
        self.world.move_to(slug, self.world.now + distance)

    @rule(slug=sessions)
    def correct(self, slug):
        self.world.correct(slug)

    @rule(slug=sessions, days=st.sampled_from([1, 2, 14]))
    def postpone(self, slug, days):
        self.world.postpone(slug, days)

    @rule(slug=sessions)
    def cancel(self, slug):
        self.world.cancel(slug)

    @rule(slug=sessions)
    def confirm(self, slug):
        self.world.confirm(slug)

    @rule(slug=sessions)
    def publish(self, slug):
        self.world.publish(slug)

    @rule(slug=sessions)
    def unpublish(self, slug):
        self.world.unpublish(slug)

    @rule(slug=sessions, is_core=st.booleans())
    def set_core(self, slug, is_core):
        self.world.set_core(slug, is_core=is_core)

    @rule(slug=sessions, word=st.sampled_from(["", "again"]))
    def rename(self, slug, word):
        self.world.rename(slug, f"{slug.capitalize()} {word}".strip())

    @rule(slug=sessions, location=st.sampled_from(["", "Blue room"]))
    def relocate(self, slug, location):
        self.world.relocate(slug, location)

    @rule(outages=st.sets(st.sampled_from(["mail", "worker", "beat", "broker"])))
    def set_out(self, outages):
        self.world.set_out(**dict.fromkeys(outages, True))

    @rule(address=people)
    def grey_list(self, address):
        self.world.grey_list(address)

    @rule(address=people)
    def white_list(self, address):
        self.world.white_list(address)

    @rule(address=people)
    def refuse_next(self, address):
        self.world.refuse_next(address)

    @rule()
    def drop_line(self):
        self.world.drop_line()

    @rule(time=waits)
    def wait(self, time):
        self.world.wait(time)

    @rule(slug=sessions, lead=st.sampled_from([*LEADS, dt.timedelta()]), offset=offsets)
    def wait_for_lead(self, slug, lead, offset):
        """Until about the moment of a reminder, or of the start."""
        self.world.wait_until(self.world.start(slug) - lead + offset)

    @rule()
    def settle(self):
        self.world.settle()


def test_what_people_are_told_is_true(taught):
    profile = settings.default
    is_nightly = profile.max_examples > 100
    run_state_machine_as_test(
        Told,
        settings=settings(
            profile,
            max_examples=profile.max_examples if is_nightly else 40,
            stateful_step_count=30 if is_nightly else 12,
            derandomize=not is_nightly,
            suppress_health_check=list(HealthCheck),
        ),
    )
