"""Sign-in by django-allauth, the same for addresses with and without an account.

A six-digit code is sent to any address that is entered. A new account is created when the code is entered. Until then pages,
messages and response times are the same for addresses with and without an account.
"""

import datetime as dt
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any, TypeVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.account.internal.flows.manage_email import sync_user_email_address
from allauth.account.internal.userkit import filter_users_by_email
from allauth.account.models import Login
from allauth.account.stages import LoginByCodeStage, LoginStageController
from allauth.core import context
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.core.exceptions import ValidationError
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from udtacademy.accounts import sent_codes
from udtacademy.accounts.attempts import GUESSES_AT_A_CODE, Account, TooManyAttemptsError, count_guess, count_new_code
from udtacademy.accounts.email_kinds import current_site
from udtacademy.accounts.models import User
from udtacademy.accounts.new_users import get_or_create_user
from udtacademy.accounts.openid_connect.second_factor import provider_to_ask, relied_on, still_counts
from udtacademy.accounts.second_factors import UnreadableFactorError, lacks_second_factor, needs_second_factor
from udtacademy.db.addresses import normalised_address
from udtacademy.http.error_pages import is_away, too_many, unavailable
from udtacademy.http.rate_limits import address_of, is_beyond, network_of
from udtacademy.outbox import queue

SPENT = "spent"  # error code: this code is no longer compared, a new one may be
TOO_MANY = "too_many_attempts"  # error code: nothing is compared for a while
WITHOUT_ACCOUNT = frozenset({"unknown_account", "account_already_exists"})  # kinds of emails sent instead of a code
TOO_MANY_ERRORS = frozenset({TOO_MANY, "too_many_login_attempts", "rate_limited"})  # allauth's too
OF_ACCOUNTS = ("account_", "mfa_", "openid_connect_", "socialaccount_")  # how names of these pages begin
POSTS_OF_EACH = 4  # in a minute, to the pages of accounts: signing in takes two, with a second factor three
CODES_LAST = dt.timedelta(seconds=settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT)
STAGES = "udtacademy.accounts.openid_connect.second_factor"
OUR_STAGES = {"allauth.mfa.stages.AuthenticateStage": f"{STAGES}.SecondFactorStage"}
SETTING_UP = frozenset({"mfa_activate_totp", "mfa_add_webauthn"})  # URL names
ALWAYS_OPEN = frozenset({"account_logout", "healthz", "readyz"})  # URL names
# URL names that staff without a second factor may open: to set one up, and to sign out.
OPEN_WITHOUT_SECOND_FACTOR = frozenset(
    {
        *SETTING_UP,
        *ALWAYS_OPEN,
        *("mfa_index", "mfa_list_webauthn", "mfa_reauthenticate", "mfa_reauthenticate_webauthn"),
        *("mfa_view_recovery_codes", "mfa_generate_recovery_codes", "mfa_download_recovery_codes"),
        *("account_reauthenticate", "account_email_verification_sent"),
    }
)

Right = TypeVar("Right")


def counted(compare: Callable[[], Right], account: Account, *, code: str | None = None) -> Right:
    """Count a guess, then compare. Take the count back if it was right: `compare` returned a true value.

    Raises ValidationError instead of comparing after too many guesses.
    """
    try:
        guess = count_guess(account, network_of(context.request), code=code)
    except TooManyAttemptsError as error:
        is_spent = error.limit == GUESSES_AT_A_CODE
        raise ValidationError(str(error), code=SPENT if is_spent else TOO_MANY) from error
    right = compare()
    if right:
        guess.forgive()
    return right


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    error_messages = DefaultAccountAdapter.error_messages | {
        "too_many_login_attempts": _lazy("Too many attempts. Wait a few minutes, then try again."),
        "rate_limited": _lazy("Too many attempts. Wait a few minutes, then try again."),
        "incorrect_code": _lazy("The code is wrong. Enter the six digits from the latest email."),
        "email_password_mismatch": _lazy("The email address or the password is wrong."),
    }

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queue allauth's emails like every other email. Emails with a code expire, and their text is not stored once sent.

        Every flow sends its codes here. Raises TooManyAttemptsError after too many to an address, with or without account.
        """
        kind = template_prefix.rpartition("/")[2]
        has_code = "code" in context
        site = current_site()
        if has_code or kind in WITHOUT_ACCOUNT:
            charge = count_new_code(email, network_of(self.request))
            code, zone = context.get("code", ""), site.zone
            context |= {"sent": sent_codes.note(self.request.session, email=email, code=code, charge=charge, zone=zone)}
        about = {"email": email, "site": settings.SITE_URL, "contact": site.contact}
        mail = self.render_mail(template_prefix, email, about | context)
        queue.queue_text(
            to=email,
            kind=kind,
            subject=mail.subject,
            text=mail.body,
            user=context.get("user"),
            is_sensitive=has_code,
            is_urgent=True,
            lasts=CODES_LAST if has_code else None,
        )

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Return the user whose password it is, to sign in or to reauthenticate. Raises ValidationError after too many guesses."""
        email = credentials.get("email", "")
        known: list[Any] = (
            filter_users_by_email(email, prefer_verified=True, for_login=True) if email else [request.user]
        )
        compare: Callable[[], User | None] = partial(super().authenticate, request, **credentials)
        return counted(compare, Account(known[0] if known else None, email))

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the client's address; allauth would use the proxy's. Raises PermissionDenied if the proxies hide it."""
        return address_of(request)

    def clean_email(self, email: str) -> str:
        return normalised_address(email)

    def get_login_stages(self) -> list[str]:
        """Return allauth's steps of a sign-in, with our steps for the second factor."""
        stages = [OUR_STAGES.get(stage, stage) for stage in super().get_login_stages()]
        return [*stages, f"{STAGES}.ConfirmationStage"]

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth gives it
        """Return False: the first sign-in creates the account."""
        return False


class CodeProcess(LoginCodeVerificationProcess):  # type: ignore[misc]
    """allauth's sign-in by code, open to addresses without an account."""

    @classmethod
    def initiate(
        cls, *, request: HttpRequest, user: User | None, email: str | None = None, **_more: Any
    ) -> "CodeProcess":
        """Send a code, and store in the visitor's session that it is awaited. Raises TooManyAttemptsError."""
        process = cls.sent(request=request, user=user, email=email)
        process.persist()
        return process

    @classmethod
    def sent(cls, *, request: HttpRequest, user: User | None, email: str | None) -> "CodeProcess":
        """Send a code, without changing the visitor's session. Raises TooManyAttemptsError."""
        login = Login(user=user, email=email)
        login.state["stages"] = {"current": LoginByCodeStage.key}
        stage = LoginByCodeStage(LoginStageController(request, login), request, login)
        stage.state.update(cls.initial_state(user=user, email=email), initiated_by_user=True)
        process = cls(stage=stage)
        process.send()
        return process

    @classmethod
    def resume(cls, stage: LoginByCodeStage) -> "CodeProcess | None":
        process: CodeProcess | None = cls(stage=stage).abort_if_invalid()
        return process

    def send_by_email(self, email: str, *, skip_enumeration_mails: bool = False) -> None:  # noqa: ARG002 - allauth's
        code = self.generate_code()
        adapter = AccountAdapter(self.request)
        adapter.send_mail("account/email/login_code", email, {"request": self.request, "code": code, "user": self.user})

    def resend(self) -> None:
        """Send another code. Raises TooManyAttemptsError after too many for the address, over all windows."""
        super().resend()
        self.add_sent_message({"email": self.state["email"], "recipient": self.state["email"]})

    def finish(self, redirect_url: str | None) -> HttpResponseBase:
        """Sign in after a correct code; create the account if there is none."""
        is_new = False
        if self.user is None:
            self._user, is_new = get_or_create_user(self.request, self.state["email"])
            self.stage.login.user = self._user
        if not is_new:
            sync_user_email_address(self.user)  # also for users added by an organiser
        response: HttpResponseBase = super().finish(redirect_url)
        return response


class InvalidFormMiddleware:
    """Makes allauth's pages answer 422 to an invalid form, as ours do, and 429 after too many attempts."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_template_response(self, request: HttpRequest, response: TemplateResponse) -> TemplateResponse:
        form = (response.context_data or {}).get("form")
        is_from_allauth = request.resolver_match and (request.resolver_match.url_name or "").startswith(OF_ACCOUNTS)
        if (
            request.method == "POST"
            and is_from_allauth
            and response.status_code == HTTPStatus.OK
            and form
            and form.errors
        ):
            is_too_many = any(
                error.code in TOO_MANY_ERRORS for errors in form.errors.as_data().values() for error in errors
            )
            response.status_code = HTTPStatus.TOO_MANY_REQUESTS if is_too_many else HTTPStatus.UNPROCESSABLE_ENTITY
        return response

    def process_exception(self, _request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer 429 to too many requested codes where no form shows the error."""
        return too_many(exception.wait) if isinstance(exception, TooManyAttemptsError) else None


class KnownAddressMiddleware:
    """Refuses POSTs to the pages of accounts if the proxies hide the address, as they could not be counted.

    Also if one network address sends more than a crowd would in a minute, as comparing a password is slow.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        """Raise PermissionDenied or answer 429 before the view runs."""
        name = (request.resolver_match.url_name if request.resolver_match else None) or ""
        if request.method == "POST" and name.startswith(OF_ACCOUNTS) and name != "account_logout":
            limits = {f"address:{network_of(request)}": POSTS_OF_EACH * settings.PEOPLE_PER_ADDRESS}
            if is_beyond("account", limits):
                return too_many(dt.timedelta(minutes=1))
        return None


class SecondFactorMiddleware:
    """Redirects staff without a second factor to the page where they set one up. Ends sessions with one that no longer counts."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        match = request.resolver_match
        name = (match.url_name if match else None) or ""
        try:
            if name in ALWAYS_OPEN or not needs_second_factor(request.user):
                return None
            if record := relied_on(request):
                return None if still_counts(request, record) else self.sign_out(request)
            if name in SETTING_UP and (provider := provider_to_ask(request)):
                text = _("To set up a second factor here, sign in with %(provider)s and your second factor there.")
                messages.warning(request, text % {"provider": provider.name})
                return redirect("mfa_index")
            if name not in OPEN_WITHOUT_SECOND_FACTOR and lacks_second_factor(request.user):
                messages.warning(request, _("Staff must sign in with a second factor. Set one up to continue."))
                return redirect("mfa_index")
        except (OperationalError, InterfaceError) as error:  # finding the user asks the database
            if is_away(error):
                return unavailable()
            raise
        return None

    def sign_out(self, request: HttpRequest) -> HttpResponse:
        """End the session of somebody whose provider's second factor no longer stands for ours."""
        logout(request)
        messages.warning(request, _("You have been signed out. Sign in again, with your second factor."))
        return redirect(settings.LOGIN_URL)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Show the error where a page lists recovery codes that cannot be decrypted."""
        if not isinstance(error, UnreadableFactorError):
            return None
        messages.error(request, error.message)
        return redirect("mfa_index")
