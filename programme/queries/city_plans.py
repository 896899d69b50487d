"""The Action Plans of all cities of an edition, for organisers."""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, JSONObject

from programme.models import (
    ActionPlan,
    ActionPlanFile,
    ActionPlanPart,
    ActionPlanStep,
    ActionPlanVersion,
    Delegation,
    Edition,
    Participant,
    PeerFeedback,
    Session,
)
from programme.models.participant_queryset import ParticipantQuerySet
from programme.queries.action_plans import OwnStep, parts_in, steps_with
from programme.queries.published_programme import PublishedProgramme, published_programme
from programme.rules.action_plans import UNSENT, PartState, SessionTime, due_at, is_late
from programme.rules.plain_words import plain
from programme.selections import NoSelectionError


@dataclass(frozen=True)
class CityPlan:
    """A city with its steps. `n_to_give`, `n_given`: feedback that it gives to others."""

    delegation: Delegation
    steps: Sequence[OwnStep]
    is_shared: bool
    n_to_give: int
    n_given: int

    @cached_property
    def is_late(self) -> bool:
        return any(it.is_late for it in self.steps)


@dataclass(frozen=True)
class StepCount:
    """How far the cities are with a step."""

    own: OwnStep
    n_submitted: int
    n_due_soon: int
    n_late: int


def city_plans(edition: Edition, now: dt.datetime) -> tuple[PublishedProgramme, list[CityPlan]]:
    """Return the plans of the cities with people, and of others that have written something, by name. Five queries.

    The programme's steps and sessions are as cities see them: those of an unpublished session have no date.
    """
    programme = published_programme(edition.slug)
    assert programme  # noqa: S101 - of an edition that is there
    registered = set(
        Participant.objects.registered().filter(edition=edition).order_by().values_list("delegation", flat=True)
    )
    parts: dict[int, dict[int, ActionPlanPart]] = {}
    for part in parts_in(edition=edition):
        parts.setdefault(part.plan.delegation_id, {})[part.step_id] = part
    shared = set(ActionPlan.objects.shared().filter(edition=edition).values_list("delegation", flat=True))
    pairs = list(PeerFeedback.objects.filter(edition=edition).values_list("giver", "given_at"))
    cities = edition.delegations.filter(pk__in=registered | parts.keys()).select_related("city")
    return programme, [
        CityPlan(
            it,
            steps_with(programme, parts.get(it.pk, {}), now),
            it.pk in shared,
            sum(giver == it.pk for giver, _at in pairs),
            sum(giver == it.pk and at is not None for giver, at in pairs),
        )
        for it in sorted(cities, key=lambda city: plain(city.city.name))
    ]


def counts_of(programme: PublishedProgramme, plans: Sequence[CityPlan], now: dt.datetime) -> list[StepCount]:
    """Return how far all cities are, step by step. No query."""
    counts = []
    for place, own in enumerate(steps_with(programme, {}, now)):
        cells = [plan.steps[place] for plan in plans]
        n_submitted = sum(it.progress not in {PartState.NOT_STARTED, PartState.DRAFT} for it in cells)
        counts.append(StepCount(own, n_submitted, sum(it.is_due_soon for it in cells), sum(it.is_late for it in cells)))
    return counts


def late_people(edition: Edition, slug: str, now: dt.datetime) -> ParticipantQuerySet:
    """Return the registered people of the cities that are late with a step. Raises NoSelectionError if it is no longer there."""
    programme, plans = city_plans(edition, now)
    if slug not in {it.slug for it in programme.steps}:
        raise NoSelectionError
    late = [it.delegation.pk for it in plans if any(own.is_late and own.step.slug == slug for own in it.steps)]
    return Participant.objects.registered().filter(edition=edition, delegation__in=late)


def step_facts() -> dict[str, Any]:
    """Return what `late_steps` needs, to annotate an edition with: each step whose session has a day, and how many cities lack it."""
    parts = ActionPlanPart.objects.order_by()
    sent = parts.filter(plan__delegation=OuterRef("pk"), step=OuterRef(OuterRef("pk"))).exclude(state__in=UNSENT)
    people = Participant.objects.registered().order_by().filter(delegation=OuterRef("pk"))
    cities = Delegation.objects.order_by().filter(edition=OuterRef("edition"))
    cities = cities.filter(Exists(people) | Exists(parts.filter(plan__delegation=OuterRef("pk")))).exclude(Exists(sent))
    steps = ActionPlanStep.objects.filter(edition=OuterRef("pk"), session__is_published=True)
    steps = steps.exclude(session__status=Session.Status.CANCELLED).order_by("position", "pk")
    step = JSONObject(
        title="title",
        days_before="days_before",
        starts_at="session__starts_at",
        held_on="session__held_on",
        n=Coalesce(Subquery(cities.values("edition").annotate(n=Count("pk")).values("n")), 0),
    )
    return {"plan_steps": ArraySubquery(steps.values(json=step))}


def late_steps(edition: Edition, facts: Mapping[str, Any], now: dt.datetime) -> Iterator[tuple[str, int]]:
    """Yield the title of each step with which cities are late, and how many, from `step_facts`."""
    for step in facts["plan_steps"]:
        starts_at = dt.datetime.fromisoformat(step["starts_at"]) if step["starts_at"] else None
        held_on = dt.date.fromisoformat(step["held_on"]) if step["held_on"] else None
        due = due_at(SessionTime(starts_at, held_on), step["days_before"], edition.zone)
        if step["n"] and is_late(PartState.NOT_STARTED, due, now):
            yield step["title"], step["n"]


def steps_to_choose(edition: Edition) -> list[tuple[str, str]]:
    return list(edition.steps.order_by("position", "pk").values_list("slug", "title"))


@dataclass(frozen=True)
class WholePart:
    """A part as organisers see it: the version that was submitted, a newer one as a draft, and the files that there are."""

    own: OwnStep
    submitted: ActionPlanVersion | None
    draft: ActionPlanVersion | None
    files: Sequence[ActionPlanFile]

    @property
    def versions(self) -> list[ActionPlanVersion]:
        return [it for it in (self.submitted, self.draft) if it]


def whole_parts(steps: Sequence[OwnStep]) -> list[WholePart]:
    """Return what a city has written, submitted or not. Two queries."""
    parts = [own.part for own in steps if own.part]
    versions = versions_to_read(parts)
    files = list(ActionPlanFile.objects.filter(part__in=parts).order_by("pk"))
    return [
        WholePart(
            own,
            *(submitted_and_draft(own.part, versions) if own.part else (None, None)),
            [it for it in files if it.part_id == part_id(own)],
        )
        for own in steps
    ]


def part_id(own: OwnStep) -> int | None:
    return own.part.pk if own.part else None


Versions = Mapping[tuple[int, int], ActionPlanVersion]  # by their parts' primary keys and their numbers


def versions_to_read(parts: Collection[ActionPlanPart]) -> Versions:
    """Return the version of each part that was submitted, and the last one. One query."""
    rows = ActionPlanVersion.objects.filter(part__in=parts).select_related("author")
    rows = rows.filter(Q(number=F("part__submitted")) | Q(number=F("part__n_versions")))
    return {(it.part_id, it.number): it for it in rows}


def submitted_and_draft(
    part: ActionPlanPart, versions: Versions
) -> tuple[ActionPlanVersion | None, ActionPlanVersion | None]:
    """Return the version of a part that was submitted, and the last one if it was not."""
    draft = versions.get((part.pk, part.n_versions)) if part.n_versions != part.submitted else None
    return versions.get((part.pk, part.submitted or 0)), draft


def files_for_zip(edition: Edition) -> Iterator[tuple[ActionPlanPart, Mapping[str, str], Sequence[ActionPlanFile]]]:
    """Yield each part that was started, city by city, with its texts by what their names end in, and its files.

    Two queries a part, none kept in memory.
    """
    parts = ActionPlanPart.objects.filter(edition=edition).select_related("step", "plan__delegation__city")
    for part in parts.order_by("plan__delegation__city__name", "plan", "step__position", "pk").iterator():
        submitted, draft = submitted_and_draft(part, versions_to_read([part]))
        texts = {ending: it.text for ending, it in (("", submitted), ("-draft", draft)) if it}
        yield part, texts, list(part.files.order_by("pk"))
