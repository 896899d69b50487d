"""Changes to allauth's views: the same sign-in for everybody, and a check of the old address before a new one."""

from typing import TYPE_CHECKING, Any

from allauth.account.internal.decorators import login_not_required, login_stage_required
from allauth.account.internal.flows.code_verification import AbstractCodeVerificationProcess
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.stages import LoginByCodeStage
from allauth.account.views import (
    ConfirmEmailVerificationCodeView,
    ConfirmLoginCodeView,
    ConfirmPasswordResetCodeView,
    EmailView,
    PasswordResetView,
    RequestLoginCodeView,
)
from allauth.usersessions.views import ListUserSessionsView
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from django.views.generic.edit import FormView

from udtacademy.accounts import sent_codes
from udtacademy.accounts.attempts import TooManyAttemptsError
from udtacademy.accounts.email_kinds import zone_for
from udtacademy.accounts.requests import signed_in
from udtacademy.accounts.sign_in import SPENT, TOO_MANY, CodeProcess
from udtacademy.outbox.stopped import note_that_it_works

if TYPE_CHECKING:
    from collections.abc import Callable

CONFIRMED_FOR_SECONDS = 15 * 60


class CodeRequest:
    """A view whose form requests a code, and shows an error after too many requests."""

    def form_valid(self, form: Any) -> HttpResponseBase:
        try:
            return self.send_code(form)
        except TooManyAttemptsError as error:
            form.add_error("email", ValidationError(str(error), code=TOO_MANY))
        page: HttpResponseBase = self.form_invalid(form)  # type: ignore[attr-defined]
        return page

    def send_code(self, form: Any) -> HttpResponseBase:
        response: HttpResponseBase = super().form_valid(form)  # type: ignore[misc]
        return response


class CodeEntry:
    """A view whose form takes a code. Guesses are counted, and a code is given up after too many.

    The page says when the code was requested. If the code of an older request is entered, it says so and offers a new one.
    """

    again = ""  # URL name of the page that requests another code
    _process: AbstractCodeVerificationProcess
    request: HttpRequest

    def get_form_kwargs(self) -> dict[str, Any]:
        kwargs: dict[str, Any] = super().get_form_kwargs()  # type: ignore[misc]
        return kwargs | {"process": self._process} if "code" in kwargs else kwargs

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]
        sent = sent_codes.latest(self.request.session, self._process.state["email"])
        return context | {"sent": sent, "older": getattr(context["form"], "older", None)}

    def form_valid(self, form: Any) -> HttpResponseBase:
        """Go on after a right code, which shows that the address gets emails; or do what else the page offers."""
        proceed: Callable[[Any], HttpResponseBase] = super().form_valid  # type: ignore[misc]
        if not is_guess(form):
            return proceed(form)
        with transaction.atomic():  # one commit; the guess was counted before
            note_that_it_works(self._process.state["email"])
            return proceed(form)

    def _resend_form_valid(self, form: Any) -> HttpResponseBase:  # noqa: ARG002 - allauth passes it
        """Send a new code; after too many, say how long to wait, which allauth does not."""
        try:
            self._process.resend()
        except TooManyAttemptsError as error:
            messages.error(self.request, str(error))
        return redirect(self.passthrough_next_url(self.request.path))  # type: ignore[attr-defined]

    def form_invalid(self, form: Any) -> HttpResponseBase:
        """Show the errors; if the code is given up, redirect to request another, keeping the requested page."""
        if form.has_error("code", SPENT):
            self._process.abort()
        elif not is_guess(form) or form.has_error("code", TOO_MANY) or self._process.record_invalid_attempt():
            page: HttpResponseBase = FormView.form_invalid(self, form)  # type: ignore[arg-type]
            return page
        messages.error(self.request, _("You entered a wrong code three times. Request a new code."))
        return redirect(self.passthrough_next_url(reverse(self.again)))  # type: ignore[attr-defined]


def is_guess(form: Any) -> bool:
    """Return whether the form has a field for a code and the entered code was compared."""
    return "code" in form.fields and form.is_guess


class RequestCode(CodeRequest, RequestLoginCodeView):  # type: ignore[misc]
    """allauth's view, the same for addresses without an account. Requesting again sends another code."""

    def _redirect_to_pending_stage(self, request: HttpRequest, stage: Any) -> HttpResponseRedirect | None:
        if request.method == "POST":
            return None
        page: HttpResponseRedirect = super()._redirect_to_pending_stage(request, stage)
        return page

    def send_code(self, form: Any) -> HttpResponseBase:
        CodeProcess.initiate(request=self.request, user=form._user, email=form.cleaned_data["email"])  # noqa: SLF001
        return HttpResponseRedirect(self.get_success_url())


@method_decorator(
    login_stage_required(stage=LoginByCodeStage.key, redirect_urlname="account_request_login_code"), name="dispatch"
)
class ConfirmCode(CodeEntry, ConfirmLoginCodeView):  # type: ignore[misc]
    """allauth's view, the same for addresses without an account."""

    again = "account_request_login_code"

    @method_decorator(never_cache)
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.stage = request._login_stage  # type: ignore[attr-defined]  # noqa: SLF001 - allauth's decorator sets it
        process = CodeProcess.resume(self.stage)
        if process is None:
            messages.warning(request, _("The code has expired. Request a new one."))
            return redirect(self.passthrough_next_url(reverse("account_request_login_code")))
        self._process = process
        response: HttpResponseBase = super(ConfirmLoginCodeView, self).dispatch(request, *args, **kwargs)
        return response


class ResetPassword(CodeRequest, PasswordResetView):  # type: ignore[misc]
    pass


@method_decorator(login_not_required, name="dispatch")
class ConfirmReset(CodeEntry, ConfirmPasswordResetCodeView):  # type: ignore[misc]
    again = "account_reset_password"


@method_decorator(login_not_required, name="dispatch")
class ConfirmAddress(CodeEntry, ConfirmEmailVerificationCodeView):  # type: ignore[misc]
    again = "account_email"


class ChangeEmail(LoginRequiredMixin, CodeRequest, EmailView):  # type: ignore[misc]
    """allauth's view, which confirms the new address. The old one is confirmed by a sign-in code shortly before."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "action_add" in request.POST and not has_confirmed_address(request):
            messages.warning(request, _("First confirm your current email address."))
            return redirect("account_email")
        response: HttpResponse = super().post(request, *args, **kwargs)
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"has_confirmed_address": has_confirmed_address(self.request)}


def has_confirmed_address(request: HttpRequest) -> bool:
    """Return whether a code sent to the user's address was entered in the last 15 minutes."""
    earliest = timezone.now().timestamp() - CONFIRMED_FOR_SECONDS
    return any(
        record["method"] == "code" and record.get("email") == signed_in(request).email and record["at"] > earliest
        for record in get_authentication_records(request, request.user)
    )


class SignIns(ListUserSessionsView):  # type: ignore[misc]
    """allauth's view, with times in the reader's zone."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"zone": zone_for(signed_in(self.request).time_zone)}


@require_POST
def confirm_address(request: HttpRequest) -> HttpResponse:
    """Sign the user out and send a sign-in code, to confirm that the current address is still theirs."""
    if not request.user.is_authenticated:
        return redirect_to_login(reverse("account_email"))
    user = signed_in(request)
    process = CodeProcess.sent(request=request, user=user, email=user.email)
    sent = request.session[sent_codes.SESSION_KEY]
    logout(request)
    request.session[sent_codes.SESSION_KEY] = sent
    process.persist()
    query = urlencode({"next": reverse("account_email")})
    return redirect(f"{reverse('account_confirm_login_code')}?{query}")
