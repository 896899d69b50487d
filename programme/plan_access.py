"""Who may see an Action Plan and its files: return it, or answer 404 (decision 68). Beside `access.py`, whose rules it uses."""

from django.db.models import Exists, F, OuterRef
from django.http import Http404
from django.shortcuts import get_object_or_404

from programme.access import registered_programme, staff_edition
from programme.models import ActionPlan, ActionPlanFile, ActionPlanStep, Delegation, PeerFeedback
from programme.queries.participant_programme import OwnProgramme
from udtacademy.accounts.models import Visitor


def own_plan_step(visitor: Visitor, edition_slug: str, step_slug: str) -> tuple[OwnProgramme, ActionPlanStep]:
    """Return the visitor's programme and a step of their city's Action Plan, under the rule of `registered_programme`."""
    programme = registered_programme(visitor, edition_slug)
    step = next((it for it in steps_of(programme) if it.slug == step_slug), None)
    if step is None:
        raise Http404
    return programme, step


def own_plan(visitor: Visitor, edition_slug: str) -> OwnProgramme:
    """Return the visitor's programme, under the rule of `registered_programme`, where the edition has Action Plans."""
    programme = registered_programme(visitor, edition_slug)
    if not steps_of(programme):
        raise Http404
    return programme


def steps_of(programme: OwnProgramme) -> tuple[ActionPlanStep, ...]:
    return programme.published.steps if programme.published else ()


def own_plan_file(
    visitor: Visitor, edition_slug: str, token: str, step: ActionPlanStep | None = None
) -> ActionPlanFile:
    """Return a file of the Action Plan of the visitor's city, of any step or of this one."""
    delegation = own_plan(visitor, edition_slug).participant.delegation_id
    files = ActionPlanFile.objects.select_related("part__step", "part__plan__delegation")
    of_step = {"part__step": step} if step else {}
    return get_object_or_404(files, part__plan__delegation=delegation, token=token, **of_step)


def other_plan(visitor: Visitor, edition_slug: str, pk: int) -> tuple[OwnProgramme, Delegation]:
    """Return the visitor's programme and another city, whose plan they read: it is shared, or organisers paired the two."""
    programme = own_plan(visitor, edition_slug)
    own = programme.participant.delegation_id
    shared = ActionPlan.objects.shared().filter(delegation=OuterRef("pk"))
    paired = PeerFeedback.objects.filter(giver=own, receiver=OuterRef("pk"), is_chosen=False)
    others = Delegation.objects.filter(Exists(shared) | Exists(paired), edition=programme.edition).exclude(pk=own)
    return programme, get_object_or_404(others.select_related("city", "edition"), pk=pk)


def other_plan_file(visitor: Visitor, edition_slug: str, pk: int, token: str) -> ActionPlanFile:
    """Return a file that another city has submitted, under the rule of `other_plan`."""
    _programme, delegation = other_plan(visitor, edition_slug, pk)
    submitted = ActionPlanFile.objects.filter(uploaded_at__lte=F("part__submitted_at"))
    return get_object_or_404(submitted, part__plan__delegation=delegation, token=token)


def staff_plan_file(visitor: Visitor, edition_slug: str, token: str) -> ActionPlanFile:
    """Return a file of an Action Plan of an edition, for staff who may see plans, as `staff_edition`."""
    edition = staff_edition(visitor, edition_slug, "programme.view_actionplan")
    return get_object_or_404(ActionPlanFile, part__edition=edition, token=token)
