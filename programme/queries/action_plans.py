"""Action Plans as people of a city see them: steps, when they are due, and what there is to do."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import Min, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from programme.models import (
    ActionPlan,
    ActionPlanFile,
    ActionPlanPart,
    ActionPlanStep,
    ActionPlanVersion,
    Delegation,
    Participant,
    Session,
)
from programme.models.action_plan import LABELS, NOT_STARTED
from programme.panels import Todo
from programme.queries.participant_programme import OwnProgramme
from programme.queries.published_programme import PublishedProgramme
from programme.rules.action_plans import PartState, SessionTime, due_at, has_to_do, is_due_soon, is_late
from udtacademy.time_zones import zone_name

MOVED_LATELY = dt.timedelta(days=30)  # so long pages say that a step is due at another time than before


@dataclass(frozen=True)
class OwnStep:
    """A step as a city has it now. `session`: None if it has none that is published and not cancelled; `due`: aware, if known."""

    step: ActionPlanStep
    session: Session | None
    due: dt.datetime | None
    part: ActionPlanPart | None
    is_late: bool
    is_due_soon: bool
    is_past: bool = False  # the due time is over

    @property
    def progress(self) -> PartState:
        return self.part.progress if self.part else PartState.NOT_STARTED

    @property
    def label(self) -> Any:
        return LABELS.get(self.progress, NOT_STARTED)

    @property
    def was_late(self) -> bool:
        """Return whether it was submitted for the first time after it was due, as far as `parts_in` has read that."""
        at = getattr(self.part, "first_submitted_at", None)
        return bool(self.due and at and at > self.due)

    @property
    def has_time(self) -> bool:
        """Return whether the hour is known until which it is due."""
        return bool(self.session and self.session.starts_at)


def steps_with(programme: PublishedProgramme, parts: Mapping[int, ActionPlanPart], now: dt.datetime) -> list[OwnStep]:
    """Return the steps of an edition with some parts, given by the step's primary key. No query."""
    sessions = {it.pk: it for it in programme.sessions if not it.is_cancelled}
    found = []
    for step in programme.steps:
        session, part = sessions.get(step.session_id or 0), parts.get(step.pk)
        time = SessionTime(session.starts_at, session.held_on) if session else None
        due, state = (
            due_at(time, step.days_before, programme.edition.zone),
            part.progress if part else PartState.NOT_STARTED,
        )
        is_past = due is not None and due <= now
        found.append(OwnStep(step, session, due, part, is_late(state, due, now), is_due_soon(state, due, now), is_past))
    return found


def own_steps(programme: OwnProgramme, now: dt.datetime) -> list[OwnStep]:
    """Return the steps as a participant's city has them. One query, none where the edition has no steps."""
    published = programme.published
    if published is None or not published.steps:
        return []
    return steps_with(published, parts_of(programme.participant.delegation_id), now)


def parts_of(delegation: int) -> dict[int, ActionPlanPart]:
    """Return the parts of a city's plan by the step's primary key. One query."""
    return {it.step_id: it for it in parts_in(plan__delegation=delegation)}


def parts_in(**condition: Any) -> "QuerySet[ActionPlanPart]":
    """Return parts with their plans, and when each was submitted for the first time (`first_submitted_at`), from the history."""
    events = apps.get_model("programme", "ActionPlanPartEvent").objects.order_by()
    submitted = events.filter(pgh_obj=OuterRef("pk"), submitted_at__isnull=False).values("pgh_obj")
    first = Subquery(submitted.values(at=Min("submitted_at")))
    rows = ActionPlanPart.objects.filter(**condition).select_related("plan").order_by("pk")
    return rows.annotate(first_submitted_at=Coalesce(first, "submitted_at"))


def plan_todos(participant: Participant, steps: Sequence[OwnStep], now: dt.datetime) -> Iterator[Todo]:
    """Yield what somebody has to do for their city's plan: coordinators first, colleagues when time is short."""
    for own in steps:
        url = reverse("programme:action-plan-part", args=[participant.edition.slug, own.step.slug])
        if own.progress is PartState.FEEDBACK:
            title = _("Read the feedback on “%(step)s”") % {"step": own.step}
            yield Todo(title, _("Then submit it again, with what you change."), f"{url}#comments")
        elif has_to_do(own.progress, own.due, now, is_coordinator=participant.is_coordinator):
            text = _("It was due by %(time)s.") if own.is_late else _("It is due by %(time)s.")
            title = _("Submit “%(step)s” of your Action Plan") % {"step": own.step}
            yield Todo(title, text % {"time": due_in_words(own, participant)}, url)


def due_in_words(own: OwnStep, participant: Participant) -> str:
    """Return until when a step is due, in the edition's zone: a day without a time if the hour is not known."""
    assert own.due  # noqa: S101 - asked of due steps only
    local = timezone.localtime(own.due, participant.edition.zone)
    return f"{date_format(local, 'j F Y, H:i')} {zone_name(local)}" if own.has_time else date_format(local, "j F Y")


def former_dues(steps: Sequence[OwnStep], programme: PublishedProgramme, now: dt.datetime) -> dict[int, dt.datetime]:
    """Return when steps were due before their sessions moved lately, by the step's primary key. One query, of the history."""
    ids = {own.session.pk for own in steps if own.session}
    events = apps.get_model("programme", "SessionEvent").objects.filter(pgh_obj__in=ids, is_published=True)
    times: dict[int, list[tuple[SessionTime, dt.datetime]]] = {}
    for row in events.order_by("pgh_id").values_list("pgh_obj", "starts_at", "held_on", "pgh_created_at"):
        time, known = SessionTime(row[1], row[2]), times.setdefault(row[0], [])
        if (time.starts_at or time.held_on) and not (known and known[-1][0] == time):
            known.append((time, row[3]))
    former = {}
    for own in steps:
        known = times.get(own.session.pk, []) if own.session else []
        if own.due and len(known) > 1 and known[-1][1] > now - MOVED_LATELY:
            due = due_at(known[-2][0], own.step.days_before, programme.edition.zone)
            if due and due != own.due:
                former[own.step.pk] = due
    return former


def latest_version(part: ActionPlanPart | None) -> ActionPlanVersion | None:
    """Return the last version of a part with its author. One query."""
    return part.versions.select_related("author").first() if part else None


@dataclass(frozen=True)
class ReadPart:
    """A part as other cities read it: the version that was submitted, and the files until then."""

    own: OwnStep
    text: str
    files: Sequence[ActionPlanFile]
    comments: Sequence[Any]


def submitted_parts(steps: Sequence[OwnStep]) -> list[ReadPart]:
    """Return what a city has submitted, with what cities have said to it. Three queries."""
    parts = [own.part for own in steps if own.part and own.part.submitted]
    rows = ActionPlanVersion.objects.filter(part__in=parts).only("part_id", "number", "text")
    texts = {(it.part_id, it.number): it.text for it in rows}
    files = list(ActionPlanFile.objects.filter(part__in=parts).order_by("pk"))
    comments = comments_on(parts, of_cities=True)
    return [
        ReadPart(
            own,
            texts.get((own.part.pk, own.part.submitted), ""),
            [it for it in files if it.part_id == own.part.pk and is_submitted(it, own.part)],
            [it for it in comments if own.part and it.part_id == own.part.pk],
        )
        for own in steps
        if own.part and own.part.submitted
    ]


def is_submitted(file: ActionPlanFile, part: ActionPlanPart) -> bool:
    """Return whether a file was there when its part was submitted."""
    return part.submitted_at is not None and file.uploaded_at <= part.submitted_at


def comments_on(parts: Sequence[ActionPlanPart], *, of_cities: bool = False) -> list[Any]:
    """Return the comments on parts in order; `of_cities`: without those of organisers, which only the city reads. One query."""
    model = apps.get_model("programme", "ActionPlanComment")
    rows = (
        model.objects.filter(part__in=parts).select_related("author", "delegation__city").order_by("written_at", "pk")
    )
    return list(rows.filter(delegation__isnull=False) if of_cities else rows)


def plan_of(delegation: Delegation) -> ActionPlan | None:
    return ActionPlan.objects.filter(delegation=delegation).first()
