"""What cities have submitted of their Action Plans and released for everybody."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F

from programme.models import ActionPlan, ActionPlanPart, ActionPlanVersion, City, Edition


@dataclass(frozen=True)
class ReleasedPlan:
    """The plan of a city: the steps that it has submitted, in order, each with its text."""

    city: City
    parts: Sequence[tuple[str, str]]


def released_plans(edition: Edition) -> list[ReleasedPlan]:
    """Return the plans that cities of an edition have released, by city; without those of which nothing is submitted. Two queries."""
    released = ActionPlan.objects.released().filter(edition=edition)
    parts = ActionPlanPart.objects.filter(plan__in=released, submitted__isnull=False)
    parts = parts.select_related("step", "plan__delegation__city")
    versions = ActionPlanVersion.objects.filter(part__in=parts.order_by().values("pk"), number=F("part__submitted"))
    texts = dict(versions.order_by().values_list("part", "text"))
    plans: dict[int, tuple[City, list[tuple[str, str]]]] = {}
    for part in parts.order_by("plan__delegation__city__name", "plan", "step__position", "step"):
        _city, shown = plans.setdefault(part.plan_id, (part.plan.delegation.city, []))
        if text := texts.get(part.pk, "").strip():
            shown.append((part.step.title, text))
    return [ReleasedPlan(city, shown) for city, shown in plans.values() if shown]
