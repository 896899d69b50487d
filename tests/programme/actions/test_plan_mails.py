import datetime as dt

import pytest
from django.utils import timezone

from programme.actions.action_plans import change_state, save_version
from programme.actions.plan_mails import tell_moved_dues
from programme.models import ActionPlanDueTold
from programme.rules.action_plans import PartState
from tests.factories.action_plans import PartFactory, StepFactory
from tests.factories.people import ParticipantFactory
from tests.factories.programme import SessionFactory
from udtacademy.outbox.models import Message

pytestmark = pytest.mark.django_db


@pytest.fixture
def session(open_edition):
    start = timezone.now().replace(microsecond=0) + dt.timedelta(days=30)
    return SessionFactory(
        edition=open_edition, status="confirmed", starts_at=start, ends_at=start + dt.timedelta(hours=1)
    )


@pytest.fixture
def step(session):
    return StepFactory(edition=session.edition, session=session, title="First draft", days_before=7)


def move(session, days):
    for name in ("starts_at", "ends_at"):
        setattr(session, name, getattr(session, name) + dt.timedelta(days=days))
    session.save()


def told():
    return list(Message.objects.order_by("pk").values_list("kind", "user"))


def test_coordinators_are_told_of_feedback_once_for_each_version(coordinator, step, organiser):
    ParticipantFactory(delegation=coordinator.delegation)

    def submit(text, base):
        return save_version(
            delegation=coordinator.delegation, step=step, text=text, base=base, by=coordinator.user, submit=True
        )

    for n in (1, 2):
        part = submit(f"Version {n}", n - 1)
        for _twice in range(2):
            change_state(part=part, state=PartState.FEEDBACK, seen=n, comment="Good", by=organiser)

    assert told() == [("plan_feedback", coordinator.user_id)] * 2
    assert "“First draft”" in Message.objects.first().text


def test_what_is_made_final_is_no_feedback(coordinator, step, organiser):
    part = save_version(
        delegation=coordinator.delegation, step=step, text="One", base=0, by=coordinator.user, submit=True
    )

    change_state(part=part, state=PartState.FINAL, seen=1, by=organiser)

    assert told() == []


def test_a_moved_session_tells_the_cities_that_still_have_to_submit(coordinator, other_coordinator, step, session):
    PartFactory(plan__delegation=other_coordinator.delegation, step=step)
    assert tell_moved_dues() == 0  # how it was from the beginning
    before = ActionPlanDueTold.objects.get().due_at
    move(session, 3)

    assert [tell_moved_dues(), tell_moved_dues()] == [1, 0]

    assert told() == [("plan_due_moved", coordinator.user_id)]
    assert ActionPlanDueTold.objects.get().due_at == before + dt.timedelta(days=3)


def test_a_step_that_moves_there_and_back_is_told_twice(coordinator, step, session):
    tell_moved_dues()
    for days in (3, -3, 3):
        move(session, days)
        tell_moved_dues()

    assert len(told()) == 3


def test_other_days_before_move_it_as_well_and_the_past_is_not_told(coordinator, step, session):
    tell_moved_dues()
    step.days_before = 9
    step.save()
    assert (tell_moved_dues(), len(told())) == (1, 1)
    move(session, -25)

    assert (tell_moved_dues(), len(told())) == (1, 1)


def test_a_session_without_a_date_says_nothing_until_it_has_one(coordinator, step, session):
    tell_moved_dues()
    day = session.starts_at
    session.status = "cancelled"
    session.save()
    assert tell_moved_dues() == 0
    session.status, session.starts_at = "confirmed", day + dt.timedelta(days=1)
    session.ends_at = session.starts_at + dt.timedelta(hours=1)
    session.save()

    assert tell_moved_dues() == 1
