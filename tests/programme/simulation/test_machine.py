"""People, sessions, mail and time at random: whatever happens in whatever order, what people are told is true.

`make test` tries a few stories, always the same ones; `make nightly` many new ones. A story that fails is printed as the
steps that bring the fault about, as few as could be found; as methods of `World` they go into `test_old_faults.py`.
"""

import datetime as dt

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from tests.programme.simulation.world import AUTUMN, DAY, HOUR, MINUTE, PEOPLE, SESSIONS, SPRING, TASKS, World

pytestmark = pytest.mark.slow

SHORT = {"max_examples": 3, "stateful_step_count": 12, "derandomize": True}
NIGHTLY = {"stateful_step_count": 30}

people = st.sampled_from(PEOPLE)
sessions = st.sampled_from(SESSIONS)
parallel = st.sampled_from(SESSIONS[1:])
ALMOST, JUST_AFTER = "until a minute before the next lead or start", "until a minute after the next lead or start"
# After each step: what matters is how near one comes to another, and to a reminder.
pauses = st.sampled_from([dt.timedelta(), MINUTE, 3 * MINUTE, 16 * MINUTE, JUST_AFTER, ALMOST])
moves = st.one_of(
    st.tuples(st.just("by"), st.sampled_from([3 * HOUR, -3 * HOUR, 30 * MINUTE, DAY, -2 * DAY, 14 * DAY])),
    st.tuples(
        st.just("to now and"), st.sampled_from([10 * MINUTE, 50 * MINUTE, 5 * HOUR, 23 * HOUR, 27 * HOUR, -30 * DAY])
    ),
    st.tuples(st.just("to be confirmed, by"), st.sampled_from([DAY, 14 * DAY])),
    st.just(("back", None)),
)
edits = st.sampled_from(["core", "optional", "another title", "its title", "another place", "its place"])
failures = st.sampled_from(["mail", "worker", "beat", "broker", "grey list", "grey list", "line", "refusal"])


class Known(RuleBasedStateMachine):
    """Each rule is a kind of step, and the time that goes by after it."""

    start: dt.datetime

    def __init__(self) -> None:
        super().__init__()
        self.world: World

    @initialize(
        order=st.permutations(list(TASKS)),
        registered=st.sets(people, min_size=1),
        seated=st.dictionaries(people, parallel, min_size=1, max_size=2),
    )
    def begin(self, order, registered, seated):
        self.world = World(self.start, order)
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
        """Every story ends well, unless something was wrong before."""
        if not self.world.faults:
            self.world.settle()
            self.nothing_is_wrong()

    @invariant()
    def nothing_is_wrong(self):
        if hasattr(self, "world"):
            self.world.check()

    @rule(address=people, does=st.sampled_from(["register", "approve"]), then=pauses)
    def enter(self, address, does, then):
        getattr(self.world, does)(address)
        self._pause(then)

    @rule(address=people, by_organiser=st.booleans(), then=pauses)
    def withdraw(self, address, by_organiser, then):
        self.world.withdraw(address, by_organiser=by_organiser)
        self._pause(then)

    @rule(address=people, does=st.sampled_from(["choose", "release"]), slug=parallel, then=pauses)
    def seat(self, address, does, slug, then):
        getattr(self.world, does)(address, slug)
        self._pause(then)

    @rule(slug=sessions, how=moves, then=pauses)
    def move(self, slug, how, then):
        way, distance = how
        if way == "by":
            self.world.move_by(slug, distance)
        elif way == "to now and":
            self.world.move_to(slug, self.world.now + distance)
        elif way == "back":
            self.world.correct(slug)
        else:
            self.world.postpone(slug, distance.days)
        self._pause(then)

    @rule(slug=sessions, does=st.sampled_from(["cancel", "confirm"]), then=pauses)
    def hold(self, slug, does, then):
        getattr(self.world, does)(slug)
        self._pause(then)

    @rule(slug=sessions, does=st.sampled_from(["publish", "unpublish"]), then=pauses)
    def show(self, slug, does, then):
        getattr(self.world, does)(slug)
        self._pause(then)

    @rule(slug=sessions, edit=edits, then=pauses)
    def edit(self, slug, edit, then):
        if edit in {"core", "optional"}:
            self.world.set_core(slug, is_core=edit == "core")
        elif edit.endswith("title"):
            self.world.rename(slug, slug.capitalize() if edit == "its title" else f"{slug.capitalize()} again")
        else:
            self.world.relocate(slug, "" if edit == "its place" else "Blue room")
        self._pause(then)

    @rule(failure=failures, address=people, then=pauses)
    def fail(self, failure, address, then):
        if failure == "grey list":
            self.world.grey_list(address)
        elif failure == "refusal":
            self.world.refuse_next(address)
        elif failure == "line":
            self.world.drop_connection()
        else:
            self.world.set_out(**{failure: True})
        self._pause(then)

    @rule(then=pauses)
    def mend(self, then):
        self.world.mend()
        self._pause(then)

    @rule()
    def settle(self):
        self.world.settle()

    def _pause(self, then: dt.timedelta | str) -> None:
        distance = {ALMOST: -MINUTE, JUST_AFTER: MINUTE}.get(then)
        self.world.wait_until(self.world.now + then if distance is None else self.world.next_lead() + distance)


class InAutumn(Known):
    start = AUTUMN


class InSpring(Known):
    start = SPRING


@pytest.mark.parametrize("story", [InAutumn, InSpring])
def test_what_people_are_told_is_true(taught, story):
    is_nightly = settings.get_current_profile_name() == "nightly"
    length = NIGHTLY if is_nightly else SHORT
    phases = [Phase.reuse, Phase.generate, Phase.shrink]  # why a story fails its steps say
    run_state_machine_as_test(
        story,
        settings=settings(phases=phases, report_multiple_bugs=False, suppress_health_check=list(HealthCheck), **length),
    )
