import datetime as dt
from functools import partial

import pytest
import requests
from django.core.cache import caches
from django.test import RequestFactory
from django.urls import resolve

from tests.attendance.platforms.messages import PLATFORMS, ZOOM_LINK
from udtacademy.meeting_platforms import platforms_of
from udtacademy.meeting_platforms import simulated as simulated_settings


@pytest.fixture
def platforms(settings):
    settings.MEETING_PLATFORMS = PLATFORMS


@pytest.fixture
def zoomed(running, platforms):
    """A running session that is held with Zoom."""
    running.meeting_url = ZOOM_LINK
    running.save()
    return running


@pytest.fixture
def minute(zoomed):
    """A moment, so many minutes after the session began."""
    return lambda n: zoomed.starts_at + dt.timedelta(minutes=n)


@pytest.fixture
def simulated(settings, monkeypatch, client):
    """The site is its own Zoom and BigBlueButton: what it asks them, the simulators answer. Returns the addresses asked."""
    settings.DEBUG = True
    settings.MEETING_PLATFORMS = platforms_of(simulated_settings(settings.SITE_URL))
    asked = []

    def request(method, url, data=None, *, params=None, json=None, headers=None, auth=None, timeout=None, **_how):
        assert timeout  # nobody waits for ever
        asked.append(url)
        path = requests.Request(method, url, params=params).prepare().url.removeprefix(settings.SITE_URL)
        if path.startswith("/webhooks/"):
            kind = headers.pop("Content-Type")
            return as_response(client.post(path, data, content_type=kind, headers=headers))
        path, _mark, query = path.removeprefix("/styleguide/simulators").partition("?")
        match = resolve(path, "attendance.demo.simulators.urls")
        headers = {**(headers or {}), **({"Authorization": "Basic x"} if auth else {})}
        about = {"data": json or data, "content_type": "application/json", "headers": headers}
        made = (
            RequestFactory().generic("GET", f"{path}?{query}", headers=headers)
            if method == "GET"
            else RequestFactory().post(path, **about)
        )
        return as_response(match.func(made, *match.args, **match.kwargs))

    monkeypatch.setattr(requests, "request", request)
    for method in ("get", "post"):
        monkeypatch.setattr(requests, method, partial(request, method.upper()))
    caches["kept"].clear()
    yield asked
    caches["kept"].clear()


def as_response(response):
    answer = requests.Response()
    answer.status_code, answer._content, answer._content_consumed = response.status_code, response.content, True
    answer.headers.update(response.headers)
    return answer
