"""Views that are imported when first asked for: their libraries take megabytes in each process, and few people ask for them."""

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.module_loading import import_string


class LateView:
    """The view with a dotted name. `import_string` finds a module that is loaded without importing it again."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.__module__, _dot, self.__name__ = name.rpartition(".")

    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response: HttpResponseBase = import_string(self.name)(request, *args, **kwargs)
        return response
