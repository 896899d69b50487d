"""Django as `startproject` sets it up, with one view of one query: what the site's pages are compared with.

It runs in the same server and with the same driver as the site, on the same database. The module is its settings and its URLs.
"""

import dj_database_url
from django.http import HttpRequest, HttpResponse
from django.urls import path

SECRET_KEY = "not-used-for-anything"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "bench.bare"
DATABASES = {"default": dj_database_url.config(conn_max_age=60, conn_health_checks=True)}
LARGEST_REQUEST = 6 * 2**20  # bytes, as on the site: its server reads the setting (udtacademy/http/web_worker.py)
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]


def one_query(_request: HttpRequest) -> HttpResponse:
    from django.contrib.contenttypes.models import ContentType  # noqa: PLC0415 - this module is the settings, too

    return HttpResponse(ContentType.objects.order_by("pk").values_list("model", flat=True)[0])


urlpatterns = [path("", one_query), path("healthz", lambda _request: HttpResponse("ok"))]
