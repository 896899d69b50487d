"""allauth's forms that compare an entered code or password with a secret. Each guess is counted first.

The adapter counts passwords entered to sign in or to reauthenticate (udtacademy/accounts/sign_in.py).
"""

from typing import TYPE_CHECKING, Any

from allauth.account import forms as account_forms
from allauth.account.internal.flows.code_verification import AbstractCodeVerificationProcess
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.base import forms as mfa_forms
from allauth.mfa.totp import forms as totp_forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from udtacademy.accounts import sent_codes
from udtacademy.accounts.attempts import Account, use_up
from udtacademy.accounts.models import User
from udtacademy.accounts.sign_in import counted

if TYPE_CHECKING:
    from collections.abc import Callable


INCORRECT, OLDER, MALFORMED = (
    "incorrect_code",
    "older_code",
    "malformed_code",
)  # the codes of errors; the first is allauth's


def wrong_code_message(older: sent_codes.SentCode, latest: sent_codes.SentCode | None) -> str:
    """Return which code was entered, and which one to enter."""
    values = {"older": older.at, "email": older.email, "latest": latest.at if latest else ""}
    if older.is_elsewhere:
        return (
            _(
                "This code was requested at %(older)s in another browser or on another device, and works only there."
                " Enter the code requested here at %(latest)s."
            )
            % values
        )
    if latest and latest.email != older.email:
        text = _(
            "This code was requested at %(older)s for %(email)s. Since then, another code was requested in this browser at"
            " %(latest)s for %(other)s. Only that code works here."
        )
        return text % (values | {"other": latest.email})
    return (
        _(
            "This code was requested at %(older)s. Since then, another code was requested in this browser at %(latest)s,"
            " perhaps in another window. Only that code works."
        )
        % values
    )


def looks_like_a_code(typed: str) -> bool:
    """Return whether the text has the form of a code. allauth ignores spaces and punctuation."""
    code = normalize_user_code(typed)
    return code.isascii() and code.isdigit() and len(code) == settings.ALLAUTH_USER_CODE_FORMAT["length"]


class SentCodeCheck:
    """Check an emailed code before allauth compares it. The view passes the process in which the code was sent.

    Text that does not look like a code is refused without counting as a guess: the answer does not depend on the code sent.
    """

    expected_code: str | None
    cleaned_data: dict[str, Any]
    is_guess = False  # whether the entered code was counted and compared
    older: sent_codes.SentCode | None = None  # the request whose code was entered, if not the latest

    def __init__(self, *args: Any, process: AbstractCodeVerificationProcess | None = None, **kwargs: Any) -> None:
        self.process = process
        super().__init__(*args, **kwargs)

    def clean_code(self) -> str:
        """Identify the code also by its time, as there is no code for an address without an account."""
        if not looks_like_a_code(self.cleaned_data["code"]):
            raise ValidationError(_("Enter the six digits from the latest email."), code=MALFORMED)
        self.is_guess = True
        assert self.process  # noqa: S101 - views that take a code pass it
        state = self.process.state
        account = Account(self.process.user, state["email"])
        compare: Callable[[], str] = super().clean_code  # type: ignore[misc]
        session = self.process.request.session
        try:
            code = counted(compare, account, code=f"{state['at']} {self.expected_code}")
        except ValidationError as error:
            if error.code == INCORRECT and (
                older := sent_codes.recognised(session, state["email"], self.cleaned_data["code"])
            ):
                self.older = older
                raise ValidationError(
                    wrong_code_message(older, sent_codes.latest(session, state["email"])), code=OLDER
                ) from error
            raise
        sent_codes.give_back_codes(session, state["email"])
        return code


class ConfirmLoginCodeForm(SentCodeCheck, account_forms.ConfirmLoginCodeForm):  # type: ignore[misc]
    pass


class ConfirmPasswordResetCodeForm(SentCodeCheck, account_forms.ConfirmPasswordResetCodeForm):  # type: ignore[misc]
    pass


class ConfirmEmailVerificationCodeForm(SentCodeCheck, account_forms.ConfirmEmailVerificationCodeForm):  # type: ignore[misc]
    pass


class SecondFactor:
    """Check a code of an authenticator app, or a recovery code, before allauth compares it. Each works once."""

    user: User

    def clean_code(self) -> str:
        return counted(self.use_code, Account(self.user))

    def use_code(self) -> str:
        code: str = super().clean_code()  # type: ignore[misc]
        if not use_up(self.user, normalize_user_code(code)):
            raise ValidationError(_("This code has already been used. Wait for the next one."), code="used")
        return code


class ActivateTOTPForm(SecondFactor, totp_forms.ActivateTOTPForm):  # type: ignore[misc]
    pass


class AuthenticateForm(SecondFactor, mfa_forms.AuthenticateForm):  # type: ignore[misc]
    pass


class ReauthenticateForm(SecondFactor, mfa_forms.ReauthenticateForm):  # type: ignore[misc]
    pass


class ChangePasswordForm(account_forms.ChangePasswordForm):  # type: ignore[misc]
    def clean_oldpassword(self) -> str:
        compare: Callable[[], str] = super().clean_oldpassword
        return counted(compare, Account(self.user))
