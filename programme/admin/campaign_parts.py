"""What the page of a campaign shows: who gets it, what one of them gets, and what became of it."""

import datetime as dt
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from programme.access import staff_edition
from programme.actions.campaigns import check_text, composed, token_of
from programme.errors import ProgrammeError
from programme.models import Campaign, CampaignRecipient, Edition, Participant
from programme.models.campaign import RecipientQuerySet
from programme.models.participant_queryset import ParticipantQuerySet
from programme.placeholders import may_fill_in
from programme.queries.campaigns import (
    CampaignNumbers,
    SelectionWords,
    may_select,
    n_narrowed,
    named,
    numbers_of,
    readers_of,
    recipients_of,
    texts_for,
    with_all,
)
from programme.queries.exclusions import label_of
from programme.rules.placeholders import names_in
from programme.selections import NoSelectionError, Selection
from udtacademy.accounts.models import User
from udtacademy.accounts.requests import signed_in
from udtacademy.http.parameters import whole_number
from udtacademy.outbox.models import Message
from udtacademy.outbox.views import mail_page

SEE = "programme.view_campaign"
PEOPLE_PER_PAGE = 50


def campaign_of(edition: Edition, pk: int, user: User) -> Campaign:
    """Return a campaign of the edition; 404 if it has none, 403 if the user may not see whom it selects."""
    campaign = get_object_or_404(edition.campaigns.select_related("by"), pk=pk)
    campaign.edition = edition
    if not may_read(user, campaign):
        raise PermissionDenied
    return campaign


def may_read(user: User, campaign: Campaign) -> bool:
    """Return whether a user may see whom a campaign selects, and what its placeholders stand for."""
    names = names_in(f"{campaign.subject}\n{campaign.text}")
    sees = user.has_perm("programme.view_participant") and may_select(user, Selection.from_json(campaign.selection))
    return sees and may_fill_in(user, names)


def about(request: HttpRequest, campaign: Campaign, now: dt.datetime) -> dict[str, Any]:
    """Return the context of a campaign's page."""
    selection = Selection.from_json(campaign.selection)
    context = {
        "campaign": campaign,
        "to": SelectionWords(campaign.edition).of(selection),
        "typed": request.GET.get("q", ""),
    }
    if campaign.has_left:
        return context | left(request, campaign)
    if campaign.state == Campaign.State.CANCELLED:
        return context
    try:
        check_text(campaign)
        return context | to_leave(request, campaign, selection, now)
    except ProgrammeError as error:
        return context | {"gone": str(error)}


def to_leave(request: HttpRequest, campaign: Campaign, selection: Selection, now: dt.datetime) -> dict[str, Any]:
    """Return who would get it now, and what the reader shown would get."""
    edition = campaign.edition
    everybody = readers_of(edition, selection, now)
    people = named(everybody, edition, request.GET.get("q", ""))
    reader = shown_reader(everybody, request.GET.get("as", "")) or people.first()
    texts = texts_for(edition, campaign.subject, campaign.text, [reader], now) if reader else {}
    return {
        "recipients": recipients_of(edition, selection, now),
        "n_narrowed": n_narrowed(edition, selection, now),
        "page": Paginator(people, PEOPLE_PER_PAGE).get_page(request.GET.get("page")),
        "reader": reader,
        "filled": texts.get(reader.pk) if reader else None,
        "agreed_to": token_of(campaign),
    }


def left(request: HttpRequest, campaign: Campaign) -> dict[str, Any]:
    """Return what became of its messages, and of each person's."""
    rows = campaign.recipients.select_related("participant__user", "participant__delegation__city", "message")
    chosen = request.GET.get("outcome", "")
    rows = with_outcome(rows.defer("message__text", "message__content"), chosen)
    people = named(Participant.objects.filter(edition=campaign.edition), campaign.edition, request.GET.get("q", ""))
    if request.GET.get("q"):
        rows = rows.filter(participant__in=people.order_by().values("pk"))
    page = Paginator(rows, PEOPLE_PER_PAGE).get_page(request.GET.get("page"))
    return {
        "numbers": numbers_of([campaign]).get(campaign.pk, CampaignNumbers()),
        "page": page,
        "people": [(it, outcome_of(it)) for it in page],
        "outcome": chosen,
    }


def with_outcome(rows: RecipientQuerySet, outcome: str) -> RecipientQuerySet:
    """Return the recipients with an outcome that can be asked for; all for others."""
    if outcome == "left-out":
        return rows.exclude(left_out="")
    return rows.filter(message__state=outcome) if outcome in Message.State.values else rows


def outcome_of(recipient: CampaignRecipient) -> str:
    """Return what became of somebody's message, in words."""
    if recipient.left_out:
        return label_of(recipient.left_out)
    return str((recipient.message or Message()).get_state_display())


def shown_reader(people: ParticipantQuerySet, number: str) -> Participant | None:
    pk = whole_number(number)
    return people.filter(pk=pk).first() if pk else None


def reader_among(campaign: Campaign, number: str, now: dt.datetime) -> Participant | None:
    """Return the reader of that number, or the first; None if nobody would get the campaign."""
    try:
        people = readers_of(campaign.edition, Selection.from_json(campaign.selection), now)
    except NoSelectionError:
        return None
    return shown_reader(people, number) or people.first()


@never_cache
@require_safe
def campaign_mail(request: HttpRequest, edition_slug: str, pk: int) -> HttpResponse:
    """Show what a reader (`as`) gets, as mail programs show it. Nothing is sent."""
    edition = staff_edition(request.user, edition_slug, SEE)
    campaign = campaign_of(edition, pk, signed_in(request))
    people = with_all(Participant.objects.filter(edition=edition))
    reader = get_object_or_404(people, pk=whole_number(request.GET.get("as", "")) or 0)
    try:
        check_text(campaign)
    except ProgrammeError as error:  # the campaign's page says so, and has no link here
        raise Http404 from error
    (message,) = composed(campaign, [reader], timezone.now())
    return mail_page(message)
