"""The site's URLs, and two minimal views behind the same middleware to compare with."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from programme.models import Edition
from udtacademy.urls import handler400, handler403, handler404, handler500  # noqa: F401 - Django looks for them here
from udtacademy.urls import urlpatterns as site


def bare(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("bare")


def one_query(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(Edition.objects.order_by("pk").values_list("name", flat=True)[0])


urlpatterns = [path("bench/bare/", bare), path("bench/one-query/", one_query), *site]
