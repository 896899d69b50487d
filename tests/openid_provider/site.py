"""The provider's people, and its addresses."""

import json

from allauth.idp.oidc.adapter import DefaultOIDCAdapter
from django.contrib.auth.models import User
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import include, path
from django.utils.html import format_html

people = {}  # subject → {"id_token": claims, "userinfo": claims, "forged": what the ID token has instead}
token_requests = []  # as they arrived

SIGN_IN = """<!doctype html><html lang="en"><title>A provider</title><form>
<label>Subject <input name="sub"></label><input type="hidden" name="next" value="{}"><button>Sign in</button></form></html>"""


class Adapter(DefaultOIDCAdapter):
    def get_user_sub(self, client, user):
        return user.username

    def get_user_by_sub(self, client, sub):
        return User.objects.filter(username=sub).first()

    def get_claims(self, purpose, user, client, scopes, email=None, **_more):
        return {"sub": user.username} | people.get(user.username, {}).get(purpose, {})

    def populate_id_token(self, id_token, client, scopes, **_more):
        id_token.update(people.get(id_token["sub"], {}).get("forged", {}))


class PersonMiddleware:
    """Sign in the person named in the cookie."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if sub := request.COOKIES.get("person"):
            request.user = User.objects.get_or_create(username=sub)[0]
        if request.path.endswith("/token"):
            token_requests.append(request.POST.dict())
        return self.get_response(request)


def known_people(request):
    """Replace the people, or return the requests for tokens."""
    if request.method == "PUT":
        people.clear()
        people.update(json.loads(request.body))
        token_requests.clear()
    return JsonResponse({"token_requests": token_requests})


def sign_in(request):
    """Ask who it is, in a browser."""
    if "sub" not in request.GET:
        return HttpResponse(format_html(SIGN_IN, request.GET["next"]))
    response = redirect(request.GET["next"])
    response.set_cookie("person", request.GET["sub"])
    return response


urlpatterns = [path("people/", known_people), path("sign-in/", sign_in), path("", include("allauth.idp.urls"))]
