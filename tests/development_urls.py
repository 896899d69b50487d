"""The URLs of a development machine, with the simulated platforms, for tests that switch DEBUG on."""

from django.urls import include, path

from udtacademy import urls
from udtacademy.urls import handler400, handler403, handler404, handler500

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [path("styleguide/simulators/", include("attendance.demo.simulators.urls")), *urls.urlpatterns]
