"""Only the worker that reads QR codes may run WebAssembly, by the policy of its own file."""

import pytest
from django.http import HttpResponse

from udtacademy.http.security_policy import SecurityPolicyMiddleware


@pytest.mark.parametrize(
    ("path", "may"),
    [
        ("/static/js/scan_worker.js", True),
        ("/static/js/scan_worker.0123456789ab.js", True),
        ("/static/js/scanner.js", False),
        ("/check-in/academy/static/js/scan_worker.js", False),
        ("/", False),
    ],
)
def test_only_the_decoder_may_run_webassembly(rf, path, may):
    respond = SecurityPolicyMiddleware(lambda _request: HttpResponse())

    policy = respond(rf.get(path)).headers["Content-Security-Policy"]

    assert ("'wasm-unsafe-eval'" in policy) is may
    assert "'unsafe-eval'" not in policy
