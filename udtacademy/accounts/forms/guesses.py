"""allauth's forms that compare what somebody typed with a secret. Each guess is counted first.

What is typed for a password when signing in or reauthenticating is counted by the adapter (udtacademy/accounts/sign_in.py).
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


def told_apart(older: sent_codes.SentCode, latest: sent_codes.SentCode | None) -> str:
    """Say which code was typed, and which one is asked for."""
    values = {"older": older.at, "email": older.email, "latest": latest.at if latest else ""}
    if older.is_elsewhere:
        return (
            _(
                "This is the code asked for at %(older)s in another browser or on another device: it works only there."
                " The one for here was asked for at %(latest)s."
            )
            % values
        )
    if latest and latest.email != older.email:
        text = _(
            "This is the code asked for at %(older)s, for %(email)s. Since then this browser has asked for another, at"
            " %(latest)s, for %(other)s: only that one works here."
        )
        return text % (values | {"other": latest.email})
    return (
        _(
            "This is the code asked for at %(older)s. Since then another was asked for in this browser, at %(latest)s,"
            " perhaps in another window: only that one works."
        )
        % values
    )


def is_of_a_code(typed: str) -> bool:
    """Whether what was typed could be a code at all, whichever was sent: allauth compares without spaces and punctuation."""
    code = normalize_user_code(typed)
    return code.isascii() and code.isdigit() and len(code) == settings.ALLAUTH_USER_CODE_FORMAT["length"]


class SentCodeCheck:
    """Before allauth compares a code that was sent in an e-mail. The view gives the process in which it was sent.

    What can be no code is refused as it is, and is no guess: the answer does not depend on the code that was sent.
    """

    expected_code: str | None
    cleaned_data: dict[str, Any]
    is_guess = False  # whether what was typed went to be counted and compared
    older: sent_codes.SentCode | None = None  # whose code was typed, where that is not the one that is asked for

    def __init__(self, *args: Any, process: AbstractCodeVerificationProcess | None = None, **kwargs: Any) -> None:
        self.process = process
        super().__init__(*args, **kwargs)

    def clean_code(self) -> str:
        """Count by when the code was asked for, too: there is none for an address without an account."""
        if not is_of_a_code(self.cleaned_data["code"]):
            raise ValidationError(_("A code has six digits. Look for them in the latest e-mail."), code=MALFORMED)
        self.is_guess = True
        assert self.process  # noqa: S101 - a view that gives none takes no code
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
                    told_apart(older, sent_codes.latest(session, state["email"])), code=OLDER
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
    """Before allauth compares a code of an authenticator, or a recovery code; each is of use once."""

    user: User

    def clean_code(self) -> str:
        return counted(self.use_code, Account(self.user))

    def use_code(self) -> str:
        code: str = super().clean_code()  # type: ignore[misc]
        if not use_up(self.user, normalize_user_code(code)):
            raise ValidationError(_("This code was used already. Wait for the next one."), code="used")
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
