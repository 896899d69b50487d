"""Addresses that people sign in with. allauth's forms, told which addresses there are."""

from typing import Any

from allauth.account import forms as allauth_forms
from django import forms
from django.utils.translation import gettext_lazy as _

from udtacademy.db.address_fields import AddressFormField


class NormalisedAddress:
    """allauth's field for an address takes what ours takes, and gives it normalised."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in {"email", "login"} & self.fields.keys():
            field = self.fields[name]
            self.fields[name] = AddressFormField(label=field.label, widget=field.widget, help_text=field.help_text)


class RequestLoginCodeForm(NormalisedAddress, allauth_forms.RequestLoginCodeForm):  # type: ignore[misc]
    pass


class AddEmailForm(NormalisedAddress, allauth_forms.AddEmailForm):  # type: ignore[misc]
    pass


class ResetPasswordForm(NormalisedAddress, allauth_forms.ResetPasswordForm):  # type: ignore[misc]
    pass


class LoginForm(NormalisedAddress, allauth_forms.LoginForm):  # type: ignore[misc]
    pass


class EmailForm(RequestLoginCodeForm):
    """The same, where somebody begins to register: the first form that looks at the address is the only one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["email"]
        field.label = _("E-mail address")
        field.help_text = _("Your address at work is best: it can show that you are of your city.")
        field.error_messages["required"] = _("Write your e-mail address.")
        field.widget = forms.EmailInput({"autocomplete": "email"})
