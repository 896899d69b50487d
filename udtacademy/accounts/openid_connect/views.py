"""Going to a provider, coming back, and the page of connected accounts. Without a configured provider, none of them exists."""

from typing import Any

from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from allauth.account.utils import get_next_redirect_url
from allauth.socialaccount.providers.base import ProviderException
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.views import ConnectionsView
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase, HttpResponseRedirectBase
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from requests import RequestException

from udtacademy.accounts.openid_connect.connections import refusal
from udtacademy.accounts.openid_connect.forms import DisconnectForm, connected_accounts
from udtacademy.accounts.openid_connect.provider import Endpoints, Provider, configured_providers
from udtacademy.accounts.requests import signed_in
from udtacademy.db.history import acting


def provider_or_404(request: HttpRequest, provider_id: str) -> Provider:
    for provider in configured_providers(request):
        if provider.sub_id == provider_id:
            return provider
    raise Http404


@require_POST
@never_cache
def leave(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Send the browser to the provider, to sign in or, if signed in, to connect an account.

    By a page rather than a redirect: `form-action` in our Content-Security-Policy forbids that a form ends at another site, and the
    provider may send people on to sites that we do not know.
    """
    provider = provider_or_404(request, provider_id)
    if request.user.is_authenticated:
        raise_if_reauthentication_required(request, app="allauth.socialaccount")
    try:
        onward: HttpResponse = provider.redirect_from_request(request)
    except (RequestException, ProviderException) as error:
        return refusal(request, provider, {"next": get_next_redirect_url(request)}, exception=error)
    if not isinstance(onward, HttpResponseRedirectBase):
        return onward
    return render(request, "socialaccount/leave.html", {"provider": provider, "address": onward.url})


@require_GET
@never_cache
def come_back(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Sign in who comes back from the provider. The only GET that does: the standard asks for it, and `state` shows that we sent them."""
    provider_or_404(request, provider_id)
    with acting(
        signed_in(request) if request.user.is_authenticated else None
    ):  # the history names who acts on POST only
        response: HttpResponse = OAuth2CallbackView.adapter_view(Endpoints(request, provider_id))(request)
    return response


@method_decorator(never_cache, name="dispatch")
class Connections(ConnectionsView):  # type: ignore[misc]
    """allauth's page for somebody signed in, with the accounts that are connected and the providers."""

    form_class = DisconnectForm

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not configured_providers(request):
            raise Http404
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        providers = configured_providers(self.request)
        names = {provider.sub_id: provider.name for provider in providers}
        connections = [(account, names[account.provider]) for account in connected_accounts(self.request)]
        return context | {"connections": connections, "providers": providers}


connections = Connections.as_view()
