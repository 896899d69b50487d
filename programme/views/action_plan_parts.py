"""A part of a city's Action Plan: writing, previewing and submitting it, its versions, files and comments (decisions 68, 69).

All buttons of its page send all that is typed there. What one does not save is shown again, so that nothing typed is lost.
"""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import normalize_newlines
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from programme import plan_access
from programme.actions.action_plan_files import add_plan_file, full_part, remove_plan_file
from programme.actions.action_plans import add_comment, clean_part, save_version
from programme.errors import NotAsReadError, ProgrammeError
from programme.forms.action_plans import CommentForm, PartForm, PlanFileForm
from programme.models import ActionPlanPart, ActionPlanStep
from programme.queries.action_plans import comments_on, former_dues, latest_version, own_steps, parts_of
from programme.queries.participant_programme import OwnProgramme
from programme.rules.action_plans import PartState
from programme.rules.text_differences import differences
from programme.views import form_recovery
from programme.views.answer_files import as_download
from udtacademy.accounts.requests import signed_in
from udtacademy.errors import form_error
from udtacademy.http.parameters import whole_number

PAGE, COMMENT = "programme:action-plan-part", "comment-text"
TYPED = form_recovery.typed_fields("text", "base", COMMENT)
login_required_keeping_words = form_recovery.login_required_saving_answers(TYPED, back_to=PAGE)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required_keeping_words
def action_plan_part(request: HttpRequest, edition_slug: str, step_slug: str) -> HttpResponse:
    """Show a part, save it as another version, submit it, or (`action=preview`) show how it will look."""
    programme, step = plan_access.own_plan_step(request.user, edition_slug, step_slug)
    if request.method != "POST":
        return part_page(request, programme, step)
    form = PartForm(request.POST)
    if not form.is_valid():
        return part_page(request, programme, step, form=form, status=422)
    action, text = request.POST.get("action", "save"), form.cleaned_data["text"]
    try:
        if action == "preview":
            return part_page(request, programme, step, form=form, preview=clean_part(text))
        part = save_version(
            delegation=programme.participant.delegation,
            step=step,
            text=text,
            base=form.cleaned_data["base"],
            by=signed_in(request),
            submit=action == "submit",
        )
    except NotAsReadError as error:
        return part_page(request, programme, step, form=form, problem=str(error), status=409)
    except ProgrammeError as error:
        form.add_error("text", form_error(error))
        return part_page(request, programme, step, form=form, status=422)
    messages.success(request, said(part))
    return back_to_page(request, programme, step)


def back_to_page(
    request: HttpRequest, programme: OwnProgramme, step: ActionPlanStep, *, is_comment_added: bool = False
) -> HttpResponse:
    """Lead back to a part's page, which shows what was typed and is not saved again, and say which file was not added."""
    page = reverse(PAGE, args=[programme.edition.slug, step.slug])
    form_recovery.forget(request, page)
    version, typed = latest_version(parts_of(programme.participant.delegation_id).get(step.pk)), TYPED(request.POST)
    if as_stored(typed.get("text", "")) == (version.text if version else "") or "text" not in typed:
        typed = {name: it for name, it in typed.items() if name == COMMENT}
    if is_comment_added or not typed.get(COMMENT, "").strip():
        typed = {name: it for name, it in typed.items() if name != COMMENT}
    if typed:
        longest = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or form_recovery.LONGEST  # all that a form can have
        form_recovery.keep_answers(request, typed, signed_in(request).pk, page, longest=longest)
    if name := request.POST.get("file"):  # chosen, and sent with a button that adds no file
        messages.warning(
            request, _("“%(file)s” has not been added. Choose it again, and press “Add file”.") % {"file": name}
        )
    return redirect(page)


def said(part: ActionPlanPart) -> str:
    """Return whether the last version of a part is submitted."""
    is_submitted = part.n_versions and part.submitted == part.n_versions
    return _("This text is submitted.") if is_submitted else _("Saved as a draft: it is not submitted yet.")


def part_page(
    request: HttpRequest,
    programme: OwnProgramme,
    step: ActionPlanStep,
    *,
    form: PartForm | None = None,
    problem: str = "",
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    """Show a part. `problem`: somebody else has saved another version, which is shown beside what was typed."""
    user, now = signed_in(request), timezone.now()
    own = next(it for it in own_steps(programme, now) if it.step.pk == step.pk)
    version, text = latest_version(own.part), request.POST.get("text", "")
    number, saved = (version.number, version.text) if version else (0, "")
    initial = {"text": saved, "base": number, **form_recovery.saved_answers(request, user), **TYPED(request.POST)}
    if problem:  # their own text, on top of the version that they see now
        form = PartForm({"text": text, "base": number})
    form = form or PartForm(initial=initial)
    former = former_dues([own], programme.published, now) if programme.published else {}
    context: dict[str, Any] = {
        "participant": programme.participant,
        "edition": programme.edition,
        "own": own,
        "former": former.get(step.pk),
        "version": version,
        "is_final": own.progress is PartState.FINAL,
        "form": form,
        "is_unsaved": as_stored(form["text"].value() or "") != saved,
        "problem": problem,
        "preview": text if problem else "",
        "differences": differences(version.text, as_stored(text), with_empty_lines=True) if problem and version else [],
        **beside_text(own.part),
        "file_form": PlanFileForm(),
        "comment_form": CommentForm(prefix="comment", initial={"text": initial.get(COMMENT, "")}),
        "typed_by": form_recovery.signature_of(user),
    } | more
    join_forms(context["form"], context["file_form"], context["comment_form"])
    with timezone.override(programme.edition.zone):
        return render(request, "programme/action_plan_part.html", context, status=status)


def beside_text(part: ActionPlanPart | None) -> dict[str, Any]:
    """Return the files of a part, what to do if it can have no more, and the comments on it."""
    files = list(part.files.select_related("uploaded_by")) if part else []
    full, comments = (full_part(part, files), comments_on([part])) if part else ("", [])
    return {"files": files, "full": full, "comments": comments}


def join_forms(*forms: Form) -> None:
    """Put the fields into one form of the page, so that each of its buttons sends all that is typed."""
    for field in (it for form in forms for it in form.fields.values()):
        field.widget.attrs["form"] = "part-form"


def as_stored(text: str) -> str:
    return normalize_newlines(text).rstrip()


@never_cache
@require_POST
@login_required
def action_plan_preview(request: HttpRequest, edition_slug: str, step_slug: str) -> HttpResponse:
    """Return how a text will look, as a part of the page."""
    plan_access.own_plan_step(request.user, edition_slug, step_slug)
    context = {}
    try:
        context["preview"] = clean_part(request.POST.get("text", "").replace("\0", ""))
    except ProgrammeError as error:
        context["preview_problem"] = str(error)
    return render(request, "programme/_action_plan_preview.html", context)


@never_cache
@require_safe
@login_required
def action_plan_versions(request: HttpRequest, edition_slug: str, step_slug: str) -> HttpResponse:
    """List the versions of a part, and show what one (`version`) changed in the one before."""
    programme, step = plan_access.own_plan_step(request.user, edition_slug, step_slug)
    own = next(it for it in own_steps(programme, timezone.now()) if it.step.pk == step.pk)
    versions = list(own.part.versions.select_related("author").defer("text")) if own.part else []
    chosen = whole_number(request.GET.get("version", "")) or (versions[0].number if versions else 0)
    texts = {it.number: it.text for it in own.part.versions.filter(number__in=(chosen - 1, chosen))} if own.part else {}
    context = {
        "participant": programme.participant,
        "edition": programme.edition,
        "own": own,
        "versions": versions,
        "chosen": chosen if chosen in texts else 0,
        "differences": differences(texts.get(chosen - 1, ""), texts[chosen], with_empty_lines=True)
        if chosen in texts
        else [],
    }
    with timezone.override(programme.edition.zone):
        return render(request, "programme/action_plan_versions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required_keeping_words
def action_plan_file_add(request: HttpRequest, edition_slug: str, step_slug: str) -> HttpResponse:
    """Add a file. Who opens this address, as from the page that refuses a file that is too large, is led to the step."""
    programme, step = plan_access.own_plan_step(request.user, edition_slug, step_slug)
    if request.method != "POST":
        return redirect("programme:action-plan-part", edition_slug, step.slug)
    form = PlanFileForm(request.POST, request.FILES)
    if form.is_valid():
        chosen, delegation = form.cleaned_data["file"], programme.participant.delegation
        try:
            add_plan_file(
                delegation=delegation, step=step, content=chosen.read(), name=chosen.name, by=signed_in(request)
            )
        except ProgrammeError as error:
            form.add_error("file", form_error(error))
    if form.errors:
        return part_page(request, programme, step, file_form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    messages.success(request, _("The file has been added."))
    return back_to_page(request, programme, step)


@never_cache
@require_safe
@login_required
def action_plan_file(request: HttpRequest, edition_slug: str, token: str) -> HttpResponse:
    return as_download(plan_access.own_plan_file(request.user, edition_slug, token))


@require_POST
@login_required_keeping_words
def action_plan_file_remove(request: HttpRequest, edition_slug: str, step_slug: str, token: str) -> HttpResponse:
    programme, step = plan_access.own_plan_step(request.user, edition_slug, step_slug)
    file = plan_access.own_plan_file(request.user, edition_slug, token, step)
    try:
        remove_plan_file(file=file)
        messages.success(request, _("“%(file)s” has been removed.") % {"file": file})
    except ProgrammeError as error:
        messages.error(request, str(error))
    return back_to_page(request, programme, step)


@require_POST
@login_required_keeping_words
def action_plan_comment(request: HttpRequest, edition_slug: str, step_slug: str) -> HttpResponse:
    """Answer the comments on the city's own part."""
    programme, step = plan_access.own_plan_step(request.user, edition_slug, step_slug)
    form = CommentForm(request.POST, prefix="comment")
    own = next(it for it in own_steps(programme, timezone.now()) if it.step.pk == step.pk)
    if own.part is None or not form.is_valid():
        return part_page(request, programme, step, comment_form=form, status=422)
    delegation = programme.participant.delegation
    add_comment(part=own.part, text=form.cleaned_data["text"], by=signed_in(request), delegation=delegation)
    messages.success(request, _("Your comment has been added."))
    return back_to_page(request, programme, step, is_comment_added=True)
