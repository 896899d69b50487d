"""Action Plans of the demo edition, in different states, with invented texts."""

from functools import partial

from django.db import transaction

from programme.actions.action_plans import change_state, release_plan, save_version, share_plan
from programme.actions.peer_feedback import give_feedback, pair_cities
from programme.models import ActionPlan, ActionPlanPart, Edition, Participant
from programme.rules.action_plans import PartState
from udtacademy.accounts.models import User

CHALLENGE = """# Heat in the old town

On hot days the squares of the old town are **6 °C warmer** than the river bank.

- Who: residents over 65, and the schools
- Where: four squares without shade
- What we have: 12 sensors, and the cadastre

| What we want to know | How we would see it |
|---|---|
| Which trees help most | shade by hour |
| Where people walk | counts at crossings |
"""
USE_CASE = (
    f"{CHALLENGE}\n# Use case\n\nA model of shade and wind for the four squares, used when a square is rebuilt.\n"
)
PLANS = {  # of cities in the order of the demo: step → text and state
    0: {"challenge": (CHALLENGE, PartState.FEEDBACK), "use-case": (USE_CASE, PartState.DRAFT)},
    1: {"challenge": (CHALLENGE, PartState.FINAL), "use-case": (USE_CASE, PartState.SUBMITTED)},
    2: {"challenge": (CHALLENGE, PartState.DRAFT)},
    3: {"challenge": (CHALLENGE, PartState.SUBMITTED)},
}
SHARED = (1, 3)
RELEASED = (1,)
FEEDBACK = "Say who decides about the squares, and when they are rebuilt."
RUBRIC = {
    "clarity": 4,
    "feasibility": 2,
    "benefit": 3,
    "strengths": "The four squares.",
    "suggestions": "Begin with one.",
}


@transaction.atomic
def seed_action_plans(edition: Edition, organiser: User) -> None:
    """Write the plans of a few cities, and pair all. Does nothing where there are plans, or no steps."""
    steps = {it.slug: it for it in edition.steps.all()}
    if not steps or ActionPlan.objects.filter(edition=edition).exists():
        return
    coordinators = list(Participant.objects.coordinating().filter(edition=edition).with_people().order_by("pk"))
    for place, parts in PLANS.items():
        author = coordinators[place]
        for slug, (text, state) in parts.items():
            is_sent = state is not PartState.DRAFT
            save = partial(save_version, delegation=author.delegation, step=steps[slug], by=author.user)
            save(text=text.partition("\n|")[0], base=0)
            part = save(text=text, base=1, submit=is_sent)
            move(part, state, organiser)
        share_plan(delegation=author.delegation, is_shared=place in SHARED, by=author.user)
        release_plan(delegation=author.delegation, is_released=place in RELEASED, by=author.user)
    pair_cities(edition=edition, n=2, by=organiser)
    first = edition.peer_feedback.filter(receiver=coordinators[1].delegation).order_by("pk").first()
    if first:
        giver = next(it for it in coordinators if it.delegation_id == first.giver_id)
        give_feedback(feedback=first, answers=RUBRIC, seen=first.seen, by=giver.user)


def move(part: ActionPlanPart, state: PartState, organiser: User) -> None:
    if state in {PartState.FEEDBACK, PartState.FINAL}:
        change_state(part=part, state=state, seen=part.submitted, comment=FEEDBACK, by=organiser)
