"""Addresses that people sign in with. allauth's forms, told what the database can keep."""

from typing import Any

from allauth.account import forms as allauth_forms
from django import forms
from django.utils.translation import gettext_lazy as _

from programme.forms.invitations import LONGEST_EMAIL, is_address

INVALID = _("Write an e-mail address such as name@city.example.")


class EmailForm(forms.Form):
    """Where a sign-in code is sent."""

    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=LONGEST_EMAIL,
        help_text=_("Your address at work is best: it can show that you are of your city."),
        widget=forms.EmailInput({"autocomplete": "email"}),
        error_messages={"required": _("Write your e-mail address."), "invalid": INVALID},
    )

    def clean_email(self) -> str:
        return checked(self.cleaned_data["email"])


class CheckedEmail:
    """Before what allauth's form has to say about the address."""

    cleaned_data: dict[str, Any]

    def clean_email(self) -> Any:
        self.cleaned_data["email"] = checked(self.cleaned_data["email"])
        return super().clean_email()  # type: ignore[misc]


class RequestLoginCodeForm(CheckedEmail, allauth_forms.RequestLoginCodeForm):  # type: ignore[misc]
    pass


class AddEmailForm(CheckedEmail, allauth_forms.AddEmailForm):  # type: ignore[misc]
    pass


class ResetPasswordForm(CheckedEmail, allauth_forms.ResetPasswordForm):  # type: ignore[misc]
    pass


def checked(email: str) -> str:
    if not is_address(email):
        raise forms.ValidationError(INVALID)
    return email.lower()
