"""Signing in at the provider with the test client: going there, coming back, and what the site says then."""

from urllib.parse import urlsplit

from django.contrib.messages import get_messages

LEAVE, CALLBACK = "/accounts/oidc/city/login/", "/accounts/oidc/city/login/callback/"
CONNECTIONS, SIGN_IN = "/accounts/connections/", "/accounts/login/code/"


def leave(client, path=LEAVE):
    return client.post(path).context["address"]


def path_back(provider, address, sub="ana"):
    """Sign in there. Return the path that the provider sends the browser to."""
    back = urlsplit(provider.sign_in(address, sub))
    return f"{back.path}?{back.query}"


def come_back(client, provider, sub="ana", path=LEAVE):
    """Go there, sign in, and return what we answer to it."""
    return client.get(path_back(provider, leave(client, path), sub))


def texts_of(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def user_of(client):
    return client.get("/portal/").context["user"] if "_auth_user_id" in client.session else None
