"""The page for choosing between parallel sessions, and the fragment that updates its counts."""

import hashlib
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseStopPolling

import udtacademy
from programme import access
from programme.actions.seats import WishOutcome, check_open, choose_seats, release_seat, take_offered_seat
from programme.errors import ProgrammeError
from programme.formats import short_date
from programme.forms.tracks import TracksForm, typed_choices
from programme.models import Participant
from programme.queries.seat_choices import Option, SlotChoice, choices_in, choices_of
from programme.views import form_recovery
from udtacademy.accounts.requests import signed_in


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@form_recovery.login_required_saving_answers(typed_choices)
def tracks(request: HttpRequest, edition_slug: str) -> HttpResponse:
    if request.method != "POST":
        participant = access.own_registration(request.user, edition_slug)
        choices = choices_of(participant, timezone.now())
        form = TracksForm(choices=choices, initial=form_recovery.saved_answers(request, participant.user))
        return tracks_page(request, participant, choices, form)
    programme = access.existing_programme(access.existing_state(edition_slug))
    participant = access.registration_in(request.user, programme)
    form = TracksForm(request.POST, choices=choices_in(programme.sessions, {}, timezone.now()))
    try:
        check_open(participant)
        if not form.is_valid():
            return tracks_page(request, participant, choices_of(participant, timezone.now()), form, status=422)
        outcomes = choose_seats(participant=participant, wishes=form.wishes(), by=participant.user)
    except ProgrammeError as error:
        choices = choices_of(participant, timezone.now())
        form = TracksForm(choices=choices, initial=typed_choices(request.POST))
        return tracks_page(request, participant, choices, form, status=409, problem=str(error))
    form_recovery.forget(request)
    if not outcomes:
        messages.info(request, _("Nothing has changed: your choice is the same as before."))
    with timezone.override(participant.edition.zone):
        for outcome in outcomes:
            level = messages.SUCCESS if outcome.is_granted else messages.WARNING
            text = _("%(when)s: %(outcome)s") % {"when": when(outcome), "outcome": outcome.text}
            messages.add_message(request, level, text)
    return redirect("programme:tracks", edition_slug)


@cache_control(private=True, no_cache=True)
@require_safe
def tracks_seats(request: HttpRequest, edition_slug: str) -> HttpResponseBase:
    """Answer the page's polling: counts, and a hint if their seats have changed; 304 if nothing has."""
    if not request.user.is_authenticated:
        return HttpResponseStopPolling()
    participant = access.own_registration(request.user, edition_slug)
    choices = choices_of(participant, timezone.now())
    is_changed = request.GET.get("seats") != seats_hash(choices)
    etag = etag_of(participant, choices, is_changed=is_changed)
    response = get_conditional_response(request, etag=etag)
    if response is None:
        response = render(request, "programme/_tracks_live.html", {"choices": choices, "is_changed": is_changed})
    response["ETag"] = etag
    return response


@require_POST
@form_recovery.login_required_returning_to("programme:tracks")
def seat_release(request: HttpRequest, edition_slug: str, session_slug: str) -> HttpResponse:
    """Stop waiting, or decline a seat that came from the waiting list."""
    participant = access.own_registration(request.user, edition_slug)
    session = access.visible_session(request.user, participant.edition, session_slug)
    try:
        is_back = "back" in request.POST
        text = release_seat(participant=participant, session=session, by=signed_in(request), is_back=is_back)
        messages.success(request, text)
    except ProgrammeError as error:
        messages.error(request, str(error))
    return redirect("programme:tracks", edition_slug)


@require_POST
@form_recovery.login_required_returning_to("programme:tracks")
def seat_take(request: HttpRequest, edition_slug: str, session_slug: str) -> HttpResponse:
    """Take an offered seat in place of those held at the same time."""
    participant = access.own_registration(request.user, edition_slug)
    session = access.visible_session(request.user, participant.edition, session_slug)
    try:
        text = take_offered_seat(participant=participant, session=session, by=signed_in(request))
        messages.success(request, text)
    except ProgrammeError as error:
        messages.error(request, str(error))
    return redirect("programme:tracks", edition_slug)


def tracks_page(
    request: HttpRequest,
    participant: Participant,
    choices: Sequence[SlotChoice],
    form: TracksForm,
    *,
    status: int = 200,
    problem: str = "",
) -> HttpResponse:
    now, edition = timezone.now(), participant.edition
    tracks = {session.track: None for choice in choices if choice.is_open for session in choice.slot.sessions}
    context: dict[str, Any] = {
        "participant": participant,
        "edition": edition,
        "choices": choices,
        "form": form,
        "problem": problem,
        "answers": form.data or form.initial,
        "tracks": sorted(tracks, key=lambda track: track.position if track else 0),
        "window": edition.choice_window(now).value,
        "has_meanwhile": any(choice.for_the_meanwhile for choice in choices),
        "is_waiting": any(choice.is_open and choice.waited_for for choice in choices),
        "is_open": any(choice.is_open for choice in choices),
        "own_seats": seats_hash(choices),
        "released_alone": {it.session.pk: it for choice in choices for it in choice.options if is_released_alone(it)},
        "typed_by": form_recovery.signature_of(participant.user),
        "now": now,
    }
    with timezone.override(edition.zone):
        return render(request, "programme/tracks.html", context, status=status)


def is_released_alone(option: Option) -> bool:
    """Return whether the session has its own release button: they wait there, or came from the waiting list."""
    return option.seat is not None and (option.seat.is_waiting or option.seat.is_promoted)


def when(outcome: WishOutcome) -> str:
    """Format the start in the active zone: "Thu 6 November, 11:30"."""
    return short_date(outcome.starts_at, "D j F, H:i")


def seats_hash(choices: Sequence[SlotChoice]) -> str:
    """Return a hash of the participant's seats, which changes with them."""
    seats = [
        (it.session.pk, it.seat.state, it.seat.offered_at) for choice in choices for it in choice.options if it.seat
    ]
    return hashlib.sha256(repr(seats).encode()).hexdigest()[:16]


def etag_of(participant: Participant, choices: Sequence[SlotChoice], *, is_changed: bool) -> str:
    numbers = [(it.pk, it.n_seats, it.n_held, it.n_waiting) for choice in choices for it in choice.slot.sessions]
    state = (udtacademy.__version__, participant.pk, is_changed, seats_hash(choices), numbers)
    return f'"{hashlib.sha256(repr(state).encode()).hexdigest()[:32]}"'
