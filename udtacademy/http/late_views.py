"""Views that are imported when first asked for: their libraries take megabytes in each process, and few people ask for them."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.module_loading import import_string


def late_view(name: str) -> Callable[..., HttpResponseBase]:
    """Return the view with a dotted name."""

    def view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response: HttpResponseBase = import_string(name)(request, *args, **kwargs)
        return response

    return view
