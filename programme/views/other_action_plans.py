"""Action Plans of other cities: reading what they submitted, commenting, and giving feedback (decision 68)."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from programme import plan_access
from programme.actions.action_plans import add_comment
from programme.actions.peer_feedback import give_feedback
from programme.errors import NotAsReadError, ProgrammeError
from programme.forms.action_plans import CommentForm, FeedbackForm
from programme.models import Delegation, PeerFeedback
from programme.queries.action_plans import parts_of, steps_with, submitted_parts
from programme.queries.participant_programme import OwnProgramme
from programme.queries.peer_feedback import rubric_of
from programme.views.answer_files import as_download
from udtacademy.accounts.requests import signed_in


@never_cache
@require_safe
@login_required
def other_action_plan(request: HttpRequest, edition_slug: str, pk: int) -> HttpResponse:
    """Show what another city has submitted."""
    programme, delegation = plan_access.other_plan(request.user, edition_slug, pk)
    return other_page(request, programme, delegation)


def other_page(
    request: HttpRequest,
    programme: OwnProgramme,
    delegation: Delegation,
    *,
    form: FeedbackForm | None = None,
    problem: str = "",
    commented: tuple[int, CommentForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    """Show a plan. `form`: feedback with mistakes, or (`problem`) on top of what a colleague has given meanwhile, which is shown
    beside it; `commented`: the part with a comment that has some.
    """
    feedback = feedback_on(programme, delegation)
    if problem and form and feedback:
        form = FeedbackForm(
            {**dict(form.data.items()), "seen": feedback.seen}, instance=feedback_on(programme, delegation)
        )
    steps = steps_with(programme.published, parts_of(delegation.pk), timezone.now()) if programme.published else []
    parts = [
        (it, commented[1] if commented and it.own.part and commented[0] == it.own.part.pk else comment_form(it))
        for it in submitted_parts(steps)
    ]
    context: dict[str, Any] = {
        "participant": programme.participant,
        "edition": programme.edition,
        "delegation": delegation,
        "parts": parts,
        "feedback": feedback,
        "problem": problem,
        "rubric": rubric_of(feedback) if problem and feedback else [],
        "form": form or (FeedbackForm(instance=feedback) if feedback else None),
    }
    with timezone.override(programme.edition.zone):
        return render(request, "programme/other_action_plan.html", context, status=status)


def comment_form(part: Any) -> CommentForm:
    return CommentForm(prefix=f"part-{part.own.part.pk}")


def feedback_on(programme: OwnProgramme, delegation: Delegation) -> PeerFeedback | None:
    pairs = PeerFeedback.objects.filter(giver=programme.participant.delegation_id, receiver=delegation)
    return pairs.select_related("given_by").first()


@require_POST
@login_required
def other_action_plan_comment(request: HttpRequest, edition_slug: str, pk: int, part_pk: int) -> HttpResponse:
    """Comment on a part that another city has submitted."""
    programme, delegation = plan_access.other_plan(request.user, edition_slug, pk)
    part = next((it for it in parts_of(delegation.pk).values() if it.pk == part_pk and it.submitted), None)
    if part is None:
        raise Http404
    form = CommentForm(request.POST, prefix=f"part-{part.pk}")
    if not form.is_valid():
        return other_page(request, programme, delegation, commented=(part.pk, form), status=422)
    giver = programme.participant.delegation
    add_comment(part=part, text=form.cleaned_data["text"], by=signed_in(request), delegation=giver)
    messages.success(request, _("Your comment has been added."))
    return redirect("programme:other-action-plan", edition_slug, pk)


@require_POST
@login_required
def other_action_plan_feedback(request: HttpRequest, edition_slug: str, pk: int) -> HttpResponse:
    """Give feedback on the plan of a city with which the visitor's city is paired."""
    programme, delegation = plan_access.other_plan(request.user, edition_slug, pk)
    feedback = get_object_or_404(PeerFeedback, giver=programme.participant.delegation, receiver=delegation)
    form = FeedbackForm(request.POST, instance=feedback)
    if not form.is_valid():
        return other_page(request, programme, delegation, form=form, status=422)
    try:
        seen = form.cleaned_data["seen"]
        give_feedback(feedback=feedback, answers=form.answers(), seen=seen, by=signed_in(request))
        messages.success(request, _("Thank you. The city can read your feedback now."))
    except NotAsReadError as error:
        return other_page(request, programme, delegation, form=form, problem=str(error), status=409)
    except ProgrammeError as error:
        messages.error(request, str(error))
    return redirect("programme:other-action-plan", edition_slug, pk)


@never_cache
@require_safe
@login_required
def other_action_plan_file(request: HttpRequest, edition_slug: str, pk: int, token: str) -> HttpResponse:
    return as_download(plan_access.other_plan_file(request.user, edition_slug, pk, token))
