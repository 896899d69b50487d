"""Emails that organisers write to a selection of people: the list, the form, and the page of one."""

import uuid
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from programme.access import staff_edition
from programme.actions.campaigns import (
    cancel_campaign,
    change_campaign,
    copy_campaign,
    delete_draft,
    plan_campaign,
    send_test,
    token_of,
    write_campaign,
)
from programme.admin.campaign_parts import SEE, about, campaign_of, may_read, reader_among
from programme.errors import NotAsReadError, ProgrammeError
from programme.forms.campaigns import CampaignForm, PlanForm
from programme.models import Campaign, Edition, SavedText
from programme.placeholders import shown_placeholders
from programme.queries.campaigns import SelectionWords, numbers_of
from programme.selections import Selection
from programme.views import form_recovery
from udtacademy.accounts.models import User
from udtacademy.accounts.requests import signed_in
from udtacademy.admin.confirmation import FIELD as AGREED_TO
from udtacademy.errors import form_error

WRITE = "programme.change_campaign"
PER_PAGE = 20
TYPED = form_recovery.typed_fields("to", "subject", "text", AGREED_TO, several=["only"])  # of the form


def rendered(
    request: HttpRequest, template: str, edition: Edition, title: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """Return a page in the time of the edition."""
    frame = {**admin.site.each_context(request), "title": title, "edition": edition}
    with timezone.override(edition.zone):
        page = TemplateResponse(request, f"admin/programme/{template}.html", frame | context, status=status)
        return page.render()


@never_cache
@require_safe
def campaigns(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """List what was written, with its numbers, and the texts to start from."""
    edition, user = staff_edition(request.user, edition_slug, SEE), signed_in(request)
    page = Paginator(edition.campaigns.select_related("by"), PER_PAGE).get_page(request.GET.get("page"))
    numbers, words = numbers_of(page), SelectionWords(edition)
    context = {
        "page": page,
        "rows": [
            (it, words.of(Selection.from_json(it.selection)), numbers.get(it.pk), may_read(user, it)) for it in page
        ],
        "texts": edition.saved_texts.all(),
        "can_write": request.user.has_perm(WRITE),
    }
    return rendered(request, "campaigns", edition, _("Write to people"), context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def campaign_add(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Write a draft: to whom comes from the page one was on (`to`), the text perhaps from the library (`text`)."""
    edition, user = staff_edition(request.user, edition_slug, WRITE), signed_in(request)
    text = saved_text(edition, request.GET.get("text", ""))
    initial = {"to": request.GET.get("to", ""), "only": request.GET.getlist("only")}
    initial |= {"subject": text.subject, "text": text.text} if text else {}
    initial |= {"token": uuid.uuid4()} | form_recovery.saved_answers(request, user)
    data = request.POST if request.method == "POST" else None
    form = CampaignForm(data, edition=edition, user=user, initial=initial)
    if form.is_valid():
        values = {name: form.cleaned_data[name] for name in ("subject", "text", "token")}
        campaign = write_campaign(edition=edition, selection=form.selection, by=user, **values)
        form_recovery.forget(request)
        return redirect(page_of(campaign))
    context = {"texts": edition.saved_texts.all(), "to": initial["to"]}
    return form_page(request, edition, form, _("Write an email"), context)


def saved_text(edition: Edition, number: str) -> SavedText | None:
    return edition.saved_texts.filter(pk=number).first() if number.isdecimal() else None


def form_page(
    request: HttpRequest, edition: Edition, form: CampaignForm, title: str, context: dict[str, Any]
) -> HttpResponse:
    typed_by = form_recovery.signature_of(signed_in(request))
    shown = {
        "form": form,
        "typed_by": typed_by,
        "placeholders": shown_placeholders(signed_in(request), edition),
        **context,
    }
    return rendered(request, "campaign_form", edition, title, shown, status=422 if form.is_bound else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def campaign_edit(request: HttpRequest, edition_slug: str, pk: int) -> HttpResponse:
    """Change a draft."""
    edition, user = staff_edition(request.user, edition_slug, WRITE), signed_in(request)
    campaign = campaign_of(edition, pk, user)
    if not campaign.is_draft and request.method != "POST":
        return redirect(page_of(campaign))
    selection = Selection.from_json(campaign.selection)
    initial = {"to": selection.key, "only": selection.only, "subject": campaign.subject, "text": campaign.text}
    data = request.POST if request.method == "POST" else None
    recovered = form_recovery.saved_answers(request, user) if data is None else {}
    form = CampaignForm(data, edition=edition, user=user, initial=initial | recovered)
    typed, token = (recovered, token_of(campaign)) if data is None else (data, "")
    read = typed.get(AGREED_TO, token)  # what a colleague has saved since is not overwritten
    if form.is_valid():
        values = {name: form.cleaned_data[name] for name in ("subject", "text")}
        try:
            change_campaign(campaign=campaign, selection=form.selection, by=user, agreed_to=read, **values)
        except NotAsReadError as error:
            form.add_error(None, form_error(error))
            read = token_of(campaign_of(edition, pk, user))
        except ProgrammeError as error:
            form.add_error(None, form_error(error))  # with what they wrote, so that it is not lost
        else:
            form_recovery.forget(request)
            return redirect(page_of(campaign))
    context = {"campaign": campaign, "back": page_of(campaign), "agreed_to": read}
    return form_page(request, edition, form, _("Change the draft"), context)


def page_of(campaign: Campaign) -> str:
    return reverse("programme-staff:campaign", args=[campaign.edition.slug, campaign.pk])


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def campaign(request: HttpRequest, edition_slug: str, pk: int) -> HttpResponse:
    """Show a campaign: who gets it and what, before it leaves; afterwards what became of it. Do what a button says."""
    edition, user = staff_edition(request.user, edition_slug, SEE), signed_in(request)
    shown = campaign_of(edition, pk, user)
    if request.method != "POST":
        return campaign_page(request, shown, PlanForm(campaign=shown))
    if not user.has_perm(WRITE):
        raise PermissionDenied
    name = next((it for it in BUTTONS if it in request.POST), None)
    if name is None:
        raise Http404
    return BUTTONS[name](request, shown, user)


def campaign_page(
    request: HttpRequest, shown: Campaign, form: PlanForm, *, status: int = 200, refusal: str = ""
) -> HttpResponse:
    context = about(request, shown, timezone.now()) | {"form": form, "refusal": refusal}
    context["can_write"] = request.user.has_perm(WRITE)
    if status == HTTPStatus.UNPROCESSABLE_ENTITY and AGREED_TO in request.POST:  # it is still about what was read
        context["agreed_to"] = request.POST[AGREED_TO]
    return rendered(request, "campaign", shown.edition, shown.subject, context, status=status)


def plan(request: HttpRequest, shown: Campaign, user: User) -> HttpResponse:
    form = PlanForm(request.POST, campaign=shown)
    if not form.is_valid():
        return campaign_page(request, shown, form, status=422)
    try:
        agreed_to = request.POST.get(AGREED_TO, "")
        is_new = plan_campaign(campaign=shown, send_at=form.send_at_moment, agreed_to=agreed_to, by=user)
    except NotAsReadError as error:
        fresh = campaign_of(shown.edition, shown.pk, user)
        return campaign_page(request, fresh, form, status=409, refusal=str(error))
    except ProgrammeError as error:
        return campaign_page(request, shown, form, status=422, refusal=str(error))
    if not is_new:
        messages.info(request, _("This email was already planned or sent. Nothing was sent a second time."))
    elif form.send_at_moment:
        messages.success(request, _("The email is planned. You can cancel it until it leaves."))
    else:
        messages.success(request, _("The emails are being sent."))
    return redirect(page_of(shown))


def cancel(request: HttpRequest, shown: Campaign, user: User) -> HttpResponse:
    if cancel_campaign(campaign=shown, by=user):
        messages.success(request, _("Cancelled. Nobody gets this email."))
    else:
        messages.error(request, _("It was too late to cancel: the email has left, or was cancelled before."))
    return redirect(page_of(shown))


def copy(request: HttpRequest, shown: Campaign, user: User) -> HttpResponse:
    draft = copy_campaign(campaign=shown, by=user)
    messages.success(request, _("This is a new draft with the same text."))
    return redirect(reverse("programme-staff:campaign-edit", args=[shown.edition.slug, draft.pk]))


def delete(request: HttpRequest, shown: Campaign, user: User) -> HttpResponse:
    try:
        delete_draft(campaign=shown, by=user)
    except ProgrammeError as error:
        messages.error(request, str(error))
        return redirect(page_of(shown))
    messages.success(request, _("The draft is deleted."))
    return redirect("programme-staff:campaigns", shown.edition.slug)


def test(request: HttpRequest, shown: Campaign, user: User) -> HttpResponse:
    """Send the visitor what the reader shown would get."""
    number = request.POST.get("as", "")
    reader = reader_among(shown, number, timezone.now())
    if reader is None:
        return campaign_page(
            request, shown, PlanForm(campaign=shown), status=422, refusal=_("There is nobody to show it as.")
        )
    try:
        send_test(campaign=shown, reader=reader, by=user)
    except ProgrammeError as error:
        return campaign_page(request, shown, PlanForm(campaign=shown), status=422, refusal=str(error))
    messages.success(request, _("A test is being sent to %(email)s.") % {"email": user.email})
    return redirect(
        f"{page_of(shown)}?{urlencode({'as': reader.pk})}#top"
    )  # rather than at #preview, below the message


BUTTONS: dict[str, Callable[[HttpRequest, Campaign, User], HttpResponse]] = {
    "plan": plan,
    "test": test,
    "cancel": cancel,
    "copy": copy,
    "delete": delete,
}
