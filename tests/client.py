"""The client of all tests: it is refused without a CSRF token, and looks at every form of every page it is shown.

A client that always brings a valid token along would hide a form that lacks one. So each page, in whatever state a test
brings it about, is looked at as it arrives: whoever posts one of its forms from a browser must be let in.
"""

import re
from functools import cache
from urllib.parse import urljoin, urlsplit

import django.test
import django.test.client
from django.conf import settings
from django.core.signals import setting_changed
from django.middleware.csrf import _does_token_match, _get_new_csrf_string
from django.test.client import ClientHandler
from django.urls import Resolver404, resolve

FORM = re.compile(r"<form\b[^>]*>.*?</form>", re.DOTALL | re.IGNORECASE)
POSTS = re.compile(r"""<[^>]*\b(?:form)?method=["']?post\b""", re.IGNORECASE)
ACTION = re.compile(r"""<(?:form|button|input)\b[^>]*\s(?:form)?action=["']([^"']*)["']""")
TOKEN = re.compile(r"""<input\b[^>]*\bname=["']csrfmiddlewaretoken["'][^>]*\bvalue=["'](\w+)["']""")
HIDDEN = re.compile(r"""<input type="hidden" name="([^"]+)" value="([^"]*)">""")
SENT_BY_SCRIPT = re.compile(r"<form\b[^>]*\sdata-(?:scan|undo)\b")  # check_in.js adds the token of the page around it
VOID = "area|br|col|embed|hr|img|input|link|meta|source|track|wbr"  # elements without a content
SAFE = {"GET", "HEAD", "OPTIONS", "TRACE"}


@cache
def handler():
    """Return what answers requests, as the settings are now. One for all clients, as loading the middleware takes its time."""
    loaded = ClientHandler(enforce_csrf_checks=True)
    loaded.load_middleware()
    return loaded


setting_changed.connect(lambda **_: handler.cache_clear(), weak=False)

store_templates = django.test.client.store_rendered_templates


def store_pages(store, signal, sender, template, context, **kwargs):
    """Note the contexts of pages and their parts for `response.context`, not those of each button and field: these are dear to copy."""
    if not (template.name or "").startswith(("components/", "django/forms/")):
        store_templates(store, signal, sender, template, context, **kwargs)


django.test.client.store_rendered_templates = store_pages


class Client(django.test.Client):
    """Django's, with CSRF checks. What it posts carries the token that a form of its last page would carry.

    A test of what happens without a token takes `django.test.Client(enforce_csrf_checks=True)`.
    """

    def __init__(self, **defaults):
        super().__init__(enforce_csrf_checks=True, **defaults)

    def request(self, **request):
        if request["REQUEST_METHOD"] not in SAFE and "HTTP_COOKIE" not in request:
            name = settings.CSRF_COOKIE_NAME
            if name not in self.cookies:
                self.cookies[name] = _get_new_csrf_string()
            request.setdefault("HTTP_X_CSRFTOKEN", self.cookies[name].value)
        self.handler = handler()
        response = self._ask(request)
        refused = forms_refused(response)
        assert refused == [], f"{response.wsgi_request.get_full_path()} shows forms that would be refused"
        return response

    def _ask(self, request):
        return super().request(**request)


class OneOfMany(Client):
    """One of those who ask at the same moment. The answer has no context: Django notes each client's for all of them."""

    def _ask(self, request):
        return self.handler(self._base_environ(**request))


def forms_refused(response):
    """The forms of a page whose POST the CSRF check would refuse: without a token, or with one that is another visitor's."""
    if response.streaming or not response.headers.get("Content-Type", "").startswith("text/html"):
        return []
    if response.headers.get("Content-Encoding"):
        return []
    body = response.content.decode(errors="replace")
    return [form for form in FORM.findall(body) if POSTS.search(form) and not is_let_in(form, body, response)]


def is_let_in(form, body, response):
    secret = response.wsgi_request.META.get("CSRF_COOKIE")
    if token := TOKEN.search(form):
        return secret is not None and _does_token_match(token[1], secret)
    if SENT_BY_SCRIPT.search(form) and "<html" not in body:
        return True
    return all(is_exempt(urljoin(response.wsgi_request.path, it)) for it in ACTION.findall(form) or [""])


def is_exempt(address):
    try:
        return getattr(resolve(urlsplit(address).path).func, "csrf_exempt", False)
    except Resolver404:
        return False


def text(response):
    """Return the HTML of a page on one line, without the whitespace that only lays out its template."""
    html = " ".join(response.content.decode().split())
    html = re.sub(r" (/?>)", r"\1", html)
    html = re.sub(rf"(<(?!(?:{VOID})\b)[a-z][^<>]*>) ", r"\1", html)
    return html.replace(" </", "</")


def press(browser, path, button):
    """Get the page, and post the one form that has the button, with its hidden fields: all that a browser would send."""
    response = browser.get(path)
    forms = [form for form in FORM.findall(text(response)) if f">{button}<" in form]
    assert len(forms) == 1, f"{len(forms)} forms with “{button}”"
    action = ACTION.search(forms[0])
    return browser.post(urljoin(path, action[1] if action else ""), dict(HIDDEN.findall(forms[0])), follow=True)


def levels_of(response):
    """Return the levels of the messages on a page: "success", "info", "warning" or "error"."""
    return [it.level_tag for it in response.context["messages"]]


def errors_of(response):
    """Return the errors of an admin's form by field."""
    return response.context["adminform"].form.errors
