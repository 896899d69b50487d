"""The Content-Security-Policy header of every response."""

from collections.abc import Callable
from urllib.parse import urljoin

from csp.constants import HEADER, WASM_UNSAFE_EVAL
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponse

DEBUG_PAGES = (404, 500)  # Django's own, with styles and scripts inside
DECODER = "js/scan_worker."  # the start of its name: a hash follows in production


class SecurityPolicyMiddleware:
    """Set the policy of CONTENT_SECURITY_POLICY, built once. django-csp's middleware builds it for each response.

    The worker that reads QR codes may run WebAssembly: it follows the policy of its own file, so that no page may (decision
    61). django-csp's other settings, its decorators and its nonce have no effect: a check (`policy_is_all_sent`) and the linter
    refuse them.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.policy = build_policy()
        self.decoder_policy = build_policy(update={"script-src": WASM_UNSAFE_EVAL})
        self.decoder = urljoin(settings.STATIC_URL, DECODER)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not (settings.DEBUG and response.status_code in DEBUG_PAGES):
            policy = self.decoder_policy if request.path.startswith(self.decoder) else self.policy
            response.headers.setdefault(HEADER, policy)  # a view may set its own
        return response
