"""What was typed is not lost when the session has expired: it waits in the visitor's session for whoever typed it.

A form says, signed, whose it is (`typed_by` in the template). Only to that person, and for half an hour, it is shown again.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from udtacademy.accounts.models import User
from udtacademy.http.error_pages import error_page, shown_again_by

KEPT_FOR = dt.timedelta(minutes=30)
LONGEST = 20_000  # characters of one answer
SALT = "programme.typed"
FIELD = "typed_by"


def signature_of(user: User) -> str:
    """For a form's hidden field: who has it open."""
    return signing.dumps(user.pk, salt=SALT)


View = Callable[..., HttpResponse]


def kept_while_signing_in(
    answers_in: Callable[[Mapping[str, Any]], dict[str, str]], *, back_to: str = ""
) -> Callable[[View], View]:
    """Decorator in place of login_required: what is posted by somebody signed out is kept, and shown once they are back.

    Back is the view itself, or the edition's page of the URL name `back_to`.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.user.is_authenticated:
                return view(request, *args, **kwargs)
            page = reverse(back_to, args=[kwargs["edition_slug"]]) if back_to else request.path
            if request.method == "POST" and keep(request, answers_in(request.POST), page):
                messages.warning(request, _("You were signed out meanwhile. What you typed is kept: sign in to go on."))
            return redirect_to_login(page)

        def again(request: HttpRequest, *_args: Any, **kwargs: Any) -> HttpResponse:
            """The token is an old one: what was typed is shown once more, when it is from a form of ours."""
            page = reverse(back_to, args=[kwargs["edition_slug"]]) if back_to else request.path
            if not keep(request, answers_in(request.POST), page):
                return error_page(HTTPStatus.FORBIDDEN)
            messages.warning(
                request, _("You have signed in again meanwhile. Check what you typed and send it once more.")
            )
            return redirect(page)

        return shown_again_by(again)(wrapped)

    return decorate


def signed_in_or_back_to(page: str) -> Callable[[View], View]:
    """Decorator in place of login_required for what is only posted to: after signing in, one is on the edition's `page`."""
    return kept_while_signing_in(lambda _posted: {}, back_to=page)


def keep(request: HttpRequest, answers: dict[str, str], page: str = "") -> bool:
    """Keep, for the page, what a form holds whose sender is not signed in any more; False when nobody of ours had it open."""
    try:
        owner = signing.loads(request.POST.get(FIELD, ""), salt=SALT)
    except signing.BadSignature:
        return False
    shortened = {name: text.replace("\0", "")[:LONGEST] for name, text in answers.items()}
    request.session[key(page or request.path)] = {
        "owner": owner,
        "at": timezone.now().timestamp(),
        "answers": shortened,
    }
    return True


def kept(request: HttpRequest, user: User) -> dict[str, Any]:
    """What the user typed here before the session expired; empty when there is nothing, or it is somebody else's."""
    found = request.session.get(key(request.path))
    if found is None:
        return {}
    is_fresh = timezone.now().timestamp() - found["at"] < KEPT_FOR.total_seconds()
    if found["owner"] != user.pk or not is_fresh:
        forget(request)
        return {}
    answers: dict[str, Any] = found["answers"]
    return answers


def forget(request: HttpRequest, page: str = "") -> None:
    request.session.pop(key(page or request.path), None)


def key(page: str) -> str:
    return f"typed:{page}"
