"""allauth's OpenID provider as we need it: a nonce, checked claims, and nothing stored that is not used."""

from typing import Any

import jwt
from allauth.account.utils import get_next_redirect_url
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare, get_random_string

from udtacademy.accounts.models import User
from udtacademy.accounts.openid_connect.claims import Claims, read_claims
from udtacademy.accounts.openid_connect.configuration import OpenIDProvider
from udtacademy.accounts.openid_connect.metadata import UnusableProviderError, metadata_of
from udtacademy.accounts.openid_connect.second_factor import CONFIRMED_AT, ISSUER, SEEN_AT, has_own_second_factor

CLOCKS_DIFFER_BY = 60  # seconds, at most
NONCE_LENGTH = 32


class Endpoints(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    """The requests to the provider. allauth asks for its description each time, and believes what it says of its issuer."""

    @property
    def configured(self) -> OpenIDProvider:
        configured: OpenIDProvider = self.get_provider().configured
        return configured

    @property
    def openid_config(self) -> dict[str, Any]:
        return metadata_of(self.configured)

    @property
    def basic_auth(self) -> bool:
        """Return whether the secret goes into a header. It does if the provider names no method (Discovery 1.0, 3)."""
        return "client_secret_post" not in self.openid_config.get("token_endpoint_auth_methods_supported", [])

    def complete_login(self, _request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> SocialLogin:
        """Read who signed in. The userinfo is asked for only if the ID token has no address. Raises UnusableProviderError."""
        id_token = self._decode_id_token(app, kwargs["response"].get("id_token") or "")
        needs_userinfo = not id_token.get("email") and self.openid_config.get("userinfo_endpoint")
        userinfo = self._fetch_user_info(token.token) if needs_userinfo else {}
        return self.get_provider().sociallogin_from_response(self.request, {"id_token": id_token, "userinfo": userinfo})

    def _decode_id_token(self, app: Any, id_token: str) -> dict[str, Any]:
        """Check issuer, audience and times. TLS stands for the signature: the provider itself was asked (Core 1.0, 3.1.3.7)."""
        options: Any = {"verify_signature": False, "require": ["iss", "aud", "exp", "sub"]}
        options |= {f"verify_{name}": True for name in ("iss", "aud", "exp", "nbf", "iat")}
        try:
            return jwt.decode(
                id_token,
                options=options,
                issuer=self.configured.issuer,
                audience=app.client_id,
                leeway=CLOCKS_DIFFER_BY,
            )
        except jwt.PyJWTError as error:
            raise UnusableProviderError(f"its ID token is refused: {error}") from error


class Provider(OpenIDConnectProvider):  # type: ignore[misc]
    """A configured provider during one request."""

    oauth2_adapter_class = Endpoints
    pkce_enabled_default = True

    @property
    def configured(self) -> OpenIDProvider:
        configured: OpenIDProvider = self.app.configured
        return configured

    def get_redirect_from_request_kwargs(self, request: HttpRequest) -> dict[str, Any]:
        """Return what is remembered until the person comes back, and sent. The address of the page chooses none of it but `next`."""
        nonce = get_random_string(NONCE_LENGTH)
        return {
            "process": AuthProcess.CONNECT if request.user.is_authenticated else AuthProcess.LOGIN,
            "next_url": get_next_redirect_url(request),
            "nonce": nonce,
            "auth_params": self.configured.parameters | {"nonce": nonce},
        }

    def sociallogin_from_response(self, _request: HttpRequest, response: dict[str, Any]) -> SocialLogin:
        try:
            claims = read_claims(self.configured, response["id_token"], response["userinfo"])
        except ValueError as error:
            raise UnusableProviderError(str(error)) from error
        facts = {ISSUER: self.configured.issuer}
        facts |= {"email": claims.email} if claims.email else {}
        facts |= {SEEN_AT: timezone.now().isoformat()} if claims.has_second_factor else {}
        account = SocialAccount(provider=self.sub_id, uid=claims.subject, extra_data=facts)
        login = ClaimedLogin(provider=self, account=account, user=User())
        login.claims = claims
        return login

    def serialize(self) -> dict[str, Any]:
        """Return what finds this provider again. allauth's finds it by its client ID, which two providers may share."""
        return {"id": self.sub_id}


class ClaimedLogin(SocialLogin):  # type: ignore[misc]
    """A sign-in that has just come back from the provider. Once it is stored in a session, what was claimed is gone."""

    account: Any  # allauth's row
    claims: Claims | None = None

    def lookup(self) -> None:
        """Find the connection, if there is one. Raises UnusableProviderError, before anything is stored."""
        assert self.claims  # noqa: S101 - it comes straight from the provider
        if not constant_time_compare(self.claims.nonce, self.state.get("nonce", "")):
            raise UnusableProviderError("its ID token has another nonce than we sent")
        self.find_connection()

    def find_connection(self) -> None:
        """Take the stored connection instead of the new one. Raises UnusableProviderError if another issuer made it."""
        self._did_authenticate_by_email = None  # allauth asks for it
        accounts = SocialAccount.objects.select_related("user")
        account = accounts.filter(provider=self.account.provider, uid=self.account.uid).first()
        if account is None:
            return
        if account.extra_data.get(ISSUER) != self.account.extra_data[ISSUER]:
            raise UnusableProviderError("the account was connected with another issuer: a new issuer needs a new id")
        account.extra_data |= self.account.extra_data
        account.save(update_fields=["extra_data", "last_login"])
        self.account, self.user = account, account.user

    def save(self, request: HttpRequest, connect: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - allauth's
        """Store the connection. allauth would also store the user as it was read, and undo what others changed meanwhile."""
        if self.state.get("process") == AuthProcess.CONNECT and has_own_second_factor(request, self.user):
            self.account.extra_data[CONFIRMED_AT] = timezone.now().isoformat()
        self.account.user = self.user
        self.account.save()


def configured_providers(request: HttpRequest) -> list[Provider]:
    """Return the providers that are configured, by name."""
    return sorted(get_adapter(request).list_providers(request), key=lambda it: it.name)
