"""Form recovery: answers posted after the session expired are kept until the user has signed in again.

A form carries the signed id of its user (`typed_by` in the template). The answers are in the visitor's session, and shown
again to that user only, for half an hour.
"""

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from udtacademy.accounts.models import User
from udtacademy.http.error_pages import error_page, shown_again_by

SAVED_FOR = dt.timedelta(minutes=30)
LONGEST = 20_000  # characters of one answer
SALT = "programme.typed"
FIELD = "typed_by"


def signature_of(user: User) -> str:
    """Return the signed id of the user for a form's hidden field."""
    return signing.dumps(user.pk, salt=SALT)


View = Callable[..., HttpResponse]
TypedAnswers = Callable[[Mapping[str, Any]], Mapping[str, Any]]


def login_required_saving_answers(answers_in: TypedAnswers, *, back_to: str = "") -> Callable[[View], View]:
    """Decorate instead of login_required: keep posted answers while the user signs in.

    They return to the view itself, with its query, or to the page with the URL name `back_to`, of the edition or its step.
    """

    def page_for(request: HttpRequest, kwargs: Mapping[str, Any]) -> str:
        args = [kwargs[name] for name in ("edition_slug", "step_slug") if name in kwargs]
        return reverse(back_to, args=args) if back_to else place_of(request.get_full_path())

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.user.is_authenticated:
                return view(request, *args, **kwargs)
            page = page_for(request, kwargs)
            if request.method == "POST" and save_answers(request, answers_in(request.POST), page):
                messages.warning(request, what_is_saved(request))
            return redirect_to_login(page if back_to else request.get_full_path())

        def again(request: HttpRequest, *_args: Any, **kwargs: Any) -> HttpResponse:
            """Show the answers again after a CSRF failure, if the form was ours."""
            page = page_for(request, kwargs)
            if not save_answers(request, answers_in(request.POST), page):
                return error_page(HTTPStatus.FORBIDDEN)
            messages.warning(request, what_to_check(request))
            return redirect(page if back_to else request.get_full_path())

        return shown_again_by(again)(wrapped)

    return decorate


def login_required_returning_to(page: str) -> Callable[[View], View]:
    """Decorate a POST-only view instead of login_required: after signing in the user is on the edition's `page`."""
    return login_required_saving_answers(lambda _posted: {}, back_to=page)


def what_is_saved(request: HttpRequest) -> str:
    """Return what to tell somebody who was signed out when they sent a form: files are not stored for strangers."""
    if request.FILES:
        return _(
            "You were signed out. What you entered is kept here for half an hour, except for files: sign in, and choose them again."
        )
    return _("You were signed out. What you entered is kept here for half an hour: sign in to continue.")


def what_to_check(request: HttpRequest) -> str:
    """Return what to tell somebody who has signed in again meanwhile."""
    if request.FILES:
        return _("You have signed in again. Check what you entered, choose the files again, then send it.")
    return _("You have signed in again. Check what you entered, then send it again.")


def typed_fields(*names: str, several: Collection[str] = ()) -> TypedAnswers:
    """Return what reads these fields of a posted form, not validated; of `several` all values."""

    def typed(posted: Mapping[str, Any]) -> dict[str, Any]:
        lists = {name: posted.getlist(name) for name in several if name in posted}  # type: ignore[attr-defined]
        return {name: posted[name] for name in names if name in posted} | lists

    return typed


def shorten(text: str, longest: int = LONGEST) -> str:
    return text.replace("\0", "")[:longest]


def save_answers(request: HttpRequest, answers: Mapping[str, Any], page: str = "") -> bool:
    """Keep posted answers (texts, or lists of texts) for a page. Return False unless the form carries a user's signature."""
    try:
        owner = signing.loads(request.POST.get(FIELD, ""), salt=SALT)
    except signing.BadSignature:
        return False
    keep_answers(request, answers, owner, page)
    return True


def keep_answers(
    request: HttpRequest, answers: Mapping[str, Any], owner: int, page: str = "", *, longest: int = LONGEST
) -> None:
    """Keep answers for a page, to be shown to a user (primary key) again, as after sending a test."""
    shortened = {
        name: shorten(it, longest) if isinstance(it, str) else [shorten(one, longest) for one in it]
        for name, it in answers.items()
    }
    request.session[key(page or place_of(request.get_full_path()))] = {
        "owner": owner,
        "at": timezone.now().timestamp(),
        "answers": shortened,
    }


def saved_answers(request: HttpRequest, user: User) -> dict[str, Any]:
    """Return the user's answers kept for this page; empty if none, expired or somebody else's."""
    recovered = request.session.get(key(place_of(request.get_full_path())))
    if recovered is None:
        return {}
    is_fresh = timezone.now().timestamp() - recovered["at"] < SAVED_FOR.total_seconds()
    if recovered["owner"] != user.pk or not is_fresh:
        forget(request)
        return {}
    request.recovered_answers = request.method != "POST"  # type: ignore[attr-defined]  # the page says so
    answers: dict[str, Any] = recovered["answers"]
    return answers


def forget(request: HttpRequest, page: str = "") -> None:
    request.session.pop(key(place_of(page or request.get_full_path())), None)


@require_POST
def discard(request: HttpRequest) -> HttpResponse:
    """Forget what is kept for a page of this site in the visitor's own session, and show the page again."""
    page = request.POST.get("page", "")
    if not page.startswith("/") or not url_has_allowed_host_and_scheme(page, None):
        raise Http404
    forget(request, page)
    return redirect(page)


def place_of(url: str) -> str:
    """Return what answers are kept for: the path of a page, with its language if it has a form for each."""
    path, _mark, query = url.partition("?")
    language = QueryDict(query).get("language")
    return f"{path}?{urlencode({'language': language})}" if language else path


def key(page: str) -> str:
    return f"typed:{page}"
