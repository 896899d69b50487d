"""allauth's hooks for OpenID providers. Each page asks for it, so what signs people in is imported only where one is configured.

Its libraries take 7 MB in each process.
"""

import functools
from typing import TYPE_CHECKING, Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base import AuthError
from django.conf import settings
from django.http import HttpRequest

from udtacademy.accounts.openid_connect.configuration import OpenIDProvider

if TYPE_CHECKING:
    from requests import Session

    from udtacademy.accounts.openid_connect.provider import ClaimedLogin, Provider

KIND = "openid_connect"  # of all configured providers, to allauth
PATIENCE = (2, 4)  # seconds to connect and to wait for an answer: the thread is missing elsewhere


class ConnectionAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Only the settings configure providers: no query asks the tables for them."""

    def list_providers(self, request: HttpRequest) -> "list[Provider]":
        if not settings.OPENID_CONNECT_PROVIDERS:
            return []
        _register()
        providers: list[Provider] = super().list_providers(request)
        return providers

    def get_provider(self, request: HttpRequest, provider: str, client_id: str | None = None) -> "Provider":
        _register()
        known: Provider = super().get_provider(request, provider, client_id=client_id)
        return known

    def list_apps(
        self, _request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        configured: list[OpenIDProvider] = settings.OPENID_CONNECT_PROVIDERS
        return [
            _app_of(it) for it in configured if provider in {None, KIND, it.id} and client_id in {None, it.client_id}
        ]

    def get_requests_session(self) -> "Session":
        """Return a session that soon gives up, and does not take the client's secret to another address."""
        from requests import Session  # noqa: PLC0415 - heavy library rarely needed

        session = Session()
        session.request = functools.partial(session.request, timeout=PATIENCE, allow_redirects=False)  # type: ignore[method-assign]
        return session

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: "Provider",
        error: str = AuthError.UNKNOWN,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        """Raise ImmediateHttpResponse, with what `answer_error` returns."""
        from udtacademy.accounts.openid_connect.connections import answer_error  # noqa: PLC0415 - heavy library rarely needed

        state = (extra_context or {}).get("state")
        raise ImmediateHttpResponse(answer_error(request, provider, error, exception, state))

    def pre_social_login(self, request: HttpRequest, sociallogin: "ClaimedLogin") -> None:
        """Find the user, and raise ImmediateHttpResponse, as `find_user`."""
        from udtacademy.accounts.openid_connect.connections import find_user  # noqa: PLC0415 - heavy library rarely needed

        find_user(request, sociallogin)


def _register() -> None:
    """Let allauth know the class of our providers."""
    from allauth.socialaccount.providers import registry  # noqa: PLC0415 - heavy library rarely needed

    from udtacademy.accounts.openid_connect.provider import Provider  # noqa: PLC0415 - heavy library rarely needed

    registry.register(Provider)


def _app_of(provider: OpenIDProvider) -> SocialApp:
    """Return a provider as allauth reads it, without a row."""
    app = SocialApp(
        provider=KIND,
        provider_id=provider.id,
        name=provider.name,
        client_id=provider.client_id,
        secret=provider.client_secret,
        settings={"server_url": provider.metadata_url},
    )
    app.configured = provider
    return app
