"""The Content-Security-Policy header of every response."""

from collections.abc import Callable

from csp.constants import HEADER
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponse

DEBUG_PAGES = (404, 500)  # Django's own, with styles and scripts inside


class SecurityPolicyMiddleware:
    """Set the policy of CONTENT_SECURITY_POLICY, built once. django-csp's middleware builds it for each response.

    Its other settings, its decorators and its nonce have no effect: a check (`policy_is_all_sent`) and the linter refuse them.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.policy = build_policy()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not (settings.DEBUG and response.status_code in DEBUG_PAGES):
            response.headers.setdefault(HEADER, self.policy)  # a view may set its own
        return response
