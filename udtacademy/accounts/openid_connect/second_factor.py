"""The second factor of a provider, which stands for ours if it was given during the sign-in and the connection is confirmed.

A connection is confirmed once our own second factor was given in a session that made it or signed in with it. Otherwise somebody
who reads another's mail could connect an account with a second factor of their own.
"""

from typing import Any

from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.account.stages import LoginStage
from allauth.mfa.stages import AuthenticateStage
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from udtacademy.accounts.models import Visitor
from udtacademy.accounts.openid_connect.configuration import OpenIDProvider
from udtacademy.accounts.second_factors import lacks_second_factor, needs_second_factor

OWN, OF_PROVIDER = "mfa", "openid_connect_factor"  # methods of the records in the session: allauth's, and ours
# In `extra_data` of a connection: who made it, and when the provider last spoke of a second factor and ours was first given with it.
ISSUER, SEEN_AT, CONFIRMED_AT = "issuer", "second_factor_seen_at", "confirmed_at"


class SecondFactorStage(AuthenticateStage):  # type: ignore[misc]
    """allauth's step that asks for the second factor, unless the provider did and the connection is confirmed."""

    def handle(self) -> tuple[Any, bool]:
        sign_in = (self.login.signal_kwargs or {}).get("sociallogin")
        claims = getattr(sign_in, "claims", None)
        if sign_in and claims and claims.has_second_factor:
            account, counts = sign_in.account, CONFIRMED_AT in sign_in.account.extra_data
            record_authentication(
                self.request,
                self.login.user,
                OF_PROVIDER,
                connection=account.pk,
                provider=account.provider,
                counts=counts,
            )
            if counts:
                return None, True
        outcome: tuple[Any, bool] = super().handle()
        return outcome


class ConfirmationStage(LoginStage):  # type: ignore[misc]
    """A step after it, which asks for nothing: confirm the connection if our own second factor was given."""

    key = "openid_connect_confirmation"

    def handle(self) -> tuple[None, bool]:
        sign_in = (self.login.signal_kwargs or {}).get("sociallogin")
        if sign_in and has_own_second_factor(self.request, self.login.user):
            confirm(sign_in.account)
        return None, True


@transaction.atomic
def confirm(account: SocialAccount) -> None:
    """Remember that our own second factor was given together with this connection."""
    connection = SocialAccount.objects.select_for_update().filter(pk=account.pk).first()
    if connection and CONFIRMED_AT not in connection.extra_data:
        connection.extra_data[CONFIRMED_AT] = timezone.now().isoformat()
        connection.save(update_fields=["extra_data"])


def has_own_second_factor(request: HttpRequest, user: Visitor) -> bool:
    """Return whether our own second factor was given in this session."""
    return any(record["method"] == OWN for record in get_authentication_records(request, user))


def relied_on(request: HttpRequest) -> dict[str, Any] | None:
    """Return the record of the provider's second factor that stands for ours in this session, if one does. For staff only."""
    if not needs_second_factor(request.user) or has_own_second_factor(request, request.user):
        return None
    return next((record for record in _records(request) if record["counts"]), None)


def still_counts(request: HttpRequest, record: dict[str, Any]) -> bool:
    """Return whether the connection is still there, and its provider still trusted with the second factor. One query."""
    account = SocialAccount.objects.filter(pk=record["connection"], user=request.user.pk).first()
    return account is not None and CONFIRMED_AT in account.extra_data and _is_trusted(account)


def provider_to_ask(request: HttpRequest) -> OpenIDProvider | None:
    """Return the provider whose second factor must be given before staff without one of ours may set one up, if there is one.

    Otherwise, somebody who reads their mail could. A connection counts if the provider ever spoke of a second factor; of several,
    the confirmed ones or, without one, the first: anybody with the mailbox could have made a later one.
    """
    if not lacks_second_factor(request.user):
        return None
    connections = [
        account
        for account in SocialAccount.objects.filter(user=request.user.pk).order_by("pk")
        if SEEN_AT in account.extra_data and _is_trusted(account)
    ]
    asked = [it for it in connections if CONFIRMED_AT in it.extra_data] or connections[:1]
    given = {record["connection"] for record in _records(request)}
    if not asked or any(account.pk in given for account in asked):
        return None
    return _configured(asked[0])


def _records(request: HttpRequest) -> list[dict[str, Any]]:
    return [it for it in get_authentication_records(request, request.user) if it["method"] == OF_PROVIDER]


def _is_trusted(account: SocialAccount) -> bool:
    """Return whether the provider of the connection is configured, the same as then, and trusted with the second factor."""
    provider = _configured(account)
    return provider is not None and bool(provider.second_factor) and provider.issuer == account.extra_data.get(ISSUER)


def _configured(account: SocialAccount) -> OpenIDProvider | None:
    configured: list[OpenIDProvider] = settings.OPENID_CONNECT_PROVIDERS
    return next((it for it in configured if it.id == account.provider), None)
