import datetime as dt

import pytest

from tests.attendance.platforms.messages import PLATFORMS, ZOOM_LINK, zoom_event, zoom_request


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
def send(client):
    """Send an event as Zoom does. Returns the response."""

    def post(*args, **person):
        return post_value(client, zoom_event(*args, **person))

    return post


def post_value(client, value, **how):
    body, headers = zoom_request(value, **how)
    return client.post("/webhooks/meetings/zoom/", body, content_type="application/json", headers=headers)
