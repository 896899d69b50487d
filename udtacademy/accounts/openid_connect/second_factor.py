"""The second factor of a provider: it stands for ours where the provider says that it asked for one, during that sign-in."""

from typing import Any

from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.mfa.stages import AuthenticateStage
from django.http import HttpRequest

METHOD, TYPE = "mfa", "openid_connect"  # of the record in the session


class SecondFactorStage(AuthenticateStage):  # type: ignore[misc]
    """allauth's step that asks for the second factor, unless the provider did."""

    def handle(self) -> tuple[Any, bool]:
        sign_in = (self.login.signal_kwargs or {}).get("sociallogin")
        claims = sign_in and getattr(sign_in, "claims", None)
        if sign_in and claims and claims.has_second_factor:
            record_authentication(self.request, self.login.user, METHOD, type=TYPE, provider=sign_in.account.provider)
            return None, True
        outcome: tuple[Any, bool] = super().handle()
        return outcome


def has_second_factor_of_provider(request: HttpRequest) -> bool:
    """Return whether the provider asked for a second factor when the user of this session signed in."""
    records = get_authentication_records(request, request.user)
    return any(record["method"] == METHOD and record.get("type") == TYPE for record in records)
