"""Service workers: scripts that keep files and pages of the door and of kiosks on a device (decisions 60 and 65)."""

import json
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.templatetags.static import static


def service_worker(
    *scripts: str, cache: str, files: Sequence[str], pages: Sequence[str] = (), **more: Any
) -> HttpResponse:
    """Return a service worker that consists of `scripts`. It keeps static files, and `pages` by their addresses.

    It changes with each of its files, so that browsers renew what they keep.
    """
    kept = [*(static(it) for it in files), *pages]
    about = {"cache": cache, "files": kept, "isHashed": not settings.DEBUG, "static": settings.STATIC_URL} | more
    imported = ", ".join(json.dumps(static(f"js/{it}.js")) for it in scripts)
    text = f"self.KEPT = {json.dumps(about)};\nimportScripts({imported});\n"
    response = HttpResponse(text, content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response
