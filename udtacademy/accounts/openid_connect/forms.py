"""The form that disconnects an account."""

from typing import Any

from allauth.socialaccount import forms as allauth_forms
from allauth.socialaccount.models import SocialAccount
from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from udtacademy.accounts.openid_connect.provider import configured_providers
from udtacademy.accounts.requests import signed_in


def connected_accounts(request: HttpRequest) -> QuerySet[SocialAccount]:
    """Return the accounts that the user has connected, at providers that are configured."""
    ids = [provider.sub_id for provider in configured_providers(request)]
    accounts: QuerySet[SocialAccount] = SocialAccount.objects.filter(user=signed_in(request), provider__in=ids)
    return accounts.order_by("pk")


class DisconnectForm(allauth_forms.DisconnectForm):  # type: ignore[misc]
    """allauth's form, which would keep the last account of somebody without a password. Codes are always a way in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.accounts = self.fields["account"].queryset = connected_accounts(self.request)
        self.fields["account"].error_messages["invalid_choice"] = _("This account is not connected.")

    def clean(self) -> dict[str, Any] | None:
        return forms.Form.clean(self)
