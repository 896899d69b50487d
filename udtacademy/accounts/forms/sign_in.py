"""allauth's forms for email addresses, with our address field."""

from typing import Any

from allauth.account import forms as allauth_forms
from django import forms
from django.utils.translation import gettext_lazy as _

from udtacademy.db.address_fields import AddressFormField


class NormalisedAddress:
    """Replaces allauth's field for an address by ours, which validates and normalises it."""

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
    """The form with which a person starts to register."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["email"]
        field.label = _("Email address")
        field.help_text = _("Use your work address: it can show that you work for your city.")
        field.error_messages["required"] = _("Enter your email address.")
        field.widget = forms.EmailInput({"autocomplete": "email"})
