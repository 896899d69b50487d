"""Whose account a sign-in at a provider opens: by what was connected, and the first time by a confirmed address."""

import logging
import re
from typing import Any

from allauth.account.internal.flows.email_verification import verify_email_indirectly
from allauth.account.internal.flows.manage_email import sync_user_email_address
from allauth.account.internal.flows.reauthentication import is_reauthentication_required, stash_and_reauthenticate
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.internal.flows.connect import connect
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.base import AuthError, AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from requests import RequestException
from requests.exceptions import ConnectionError, Timeout  # noqa: A004 - the one of requests

from udtacademy.accounts.models import User
from udtacademy.accounts.new_users import get_or_create_user
from udtacademy.accounts.openid_connect.metadata import ProviderAwayError, UnusableProviderError, note_away
from udtacademy.accounts.openid_connect.provider import ClaimedLogin, Provider
from udtacademy.db.history import acting

logger = logging.getLogger(__name__)

CODE = re.compile(r"[a-z_]{1,40}")  # of an error, by the standard
ERROR_CODE = re.compile(rf'"error"\s*:\s*"({CODE.pattern})"')
RESUME = "udtacademy.accounts.openid_connect.connections.resume_connect"


class ConnectedElsewhereError(Exception):
    """The user is connected with another account of the same provider: addresses are given to new people."""


def answer_error(
    request: HttpRequest, provider: Provider, error: str, exception: Exception | None, state: dict[str, Any] | None
) -> HttpResponse:
    """Lead back to a page with the other ways in."""
    if isinstance(exception, ConnectionError | Timeout):
        note_away(provider.configured)
    return refusal(request, provider, state, error, exception)


def find_user(request: HttpRequest, login: ClaimedLogin) -> None:
    """Find or create the user, unless somebody signed in connects an account. Raises ImmediateHttpResponse if refused."""
    claims = login.claims
    assert claims  # noqa: S101 - it comes straight from the provider
    login.token = None  # never stored, also not in a session
    if login.state.get("process") == AuthProcess.CONNECT:
        if is_reauthentication_required(request, app="allauth.socialaccount"):
            raise ImmediateHttpResponse(stash_and_reauthenticate(request, login.serialize(), RESUME))
        return
    if login.is_existing:
        return
    if not claims.is_verified:
        raise ImmediateHttpResponse(unconfirmed(request, login))
    try:
        login.user = connected_user(request, login)
    except ConnectedElsewhereError as error:
        raise ImmediateHttpResponse(connected_elsewhere(request, login)) from error
    except User.DoesNotExist as error:
        raise ImmediateHttpResponse(refusal(request, login.provider, None)) from error


def resume_connect(request: HttpRequest, state: dict[str, Any]) -> HttpResponse:
    """Connect the account after the reauthentication that became due at the provider. allauth would store the user too."""
    login = ClaimedLogin.deserialize(state)
    login.find_connection()
    response: HttpResponse = connect(request, login)
    return response


def connected_user(request: HttpRequest, login: ClaimedLogin) -> User:
    """Return the user with the confirmed address, connected with this account of the provider; created if there is none.

    The owner of an account that existed gets an email. Raises ConnectedElsewhereError, and User.DoesNotExist if the user's
    address has just changed.
    """
    claims = login.claims
    assert claims  # noqa: S101 - as the caller
    with transaction.atomic():
        user, is_new = get_or_create_user(request, claims.email, name=claims.name)
        user = User.objects.select_for_update().get(pk=user.pk, email=claims.email)  # one connection at a time
        connections = list(SocialAccount.objects.filter(user=user, provider=login.account.provider))
        if any(it.uid != login.account.uid for it in connections):
            raise ConnectedElsewhereError
        with acting(user):
            if connections:
                (login.account,) = connections
            elif is_new:
                login.user = user
                login.save(request)
            else:
                sync_user_email_address(user)  # also for users added by an organiser
                verify_email_indirectly(request, user, claims.email)
                if user.is_active:
                    login.connect(request, user)
    return user


def refusal(
    request: HttpRequest,
    provider: Provider,
    state: dict[str, Any] | None,
    error: str = AuthError.UNKNOWN,
    exception: Exception | None = None,
) -> HttpResponse:
    """Lead back with the reason. `state`: what was remembered of this sign-in, if it began here.

    The log names only the kind of error: what the provider answers may have codes and tokens.
    """
    values = {"provider": provider.name}
    if error == AuthError.CANCELLED:
        text = _("You did not sign in with %(provider)s. You can choose another way.")
    elif isinstance(exception, RequestException | ProviderAwayError):
        logger.warning("Sign-in by %s failed: it does not answer (%s)", provider.sub_id, kind_of(exception))
        text = _("%(provider)s does not answer. Choose another way, or try again later.")
    elif exception is None and state is None:
        text = _("This took too long, or began in another browser. Start again.")
    else:
        code = CODE.fullmatch(request.GET.get("error", ""))
        reason = kind_of(exception) if exception else code[0] if code else "no reason"
        logger.error("Sign-in by %s failed: %s", provider.sub_id, reason)
        text = _(
            "Signing in with %(provider)s did not work. Choose another way. If it happens again, tell the people who run"
            " the site."
        )
    return _back(request, text % values, state)


def kind_of(error: Exception) -> str:
    """Return what the log may name of an error: our own message, the provider's code (RFC 6749, 5.2), or the class."""
    if isinstance(error, UnusableProviderError):
        return str(error)
    code = ERROR_CODE.search(str(error)) if isinstance(error, OAuth2Error) else None
    return code[1] if code else type(error.__cause__ or error).__name__


def unconfirmed(request: HttpRequest, login: ClaimedLogin) -> HttpResponse:
    text = _(
        "%(provider)s does not confirm your email address, so it cannot open an account here. Sign in with a code. Then you"
        " can connect %(provider)s under “Connected accounts”."
    )
    return _back(request, text % {"provider": login.provider.name}, login.state)


def connected_elsewhere(request: HttpRequest, login: ClaimedLogin) -> HttpResponse:
    text = _(
        "Your account here is connected with another account at %(provider)s. Sign in with a code. Then you can change it"
        " under “Connected accounts”."
    )
    return _back(request, text % {"provider": login.provider.name}, login.state)


def _back(request: HttpRequest, text: str, state: dict[str, Any] | None) -> HttpResponse:
    """Show the reason beside the other ways to the requested page or, to somebody signed in, on the page of accounts."""
    messages.error(request, text)
    if request.user.is_authenticated:
        return redirect("socialaccount_connections")
    next_page = (state or {}).get("next")
    return redirect_to_login(next_page) if next_page else redirect(settings.LOGIN_URL)
