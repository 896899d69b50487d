"""The webhooks of meeting platforms: what is theirs is kept once, anything else changes nothing."""

import hashlib
import hmac
import time

import pytest
from django.conf import settings as site
from django.utils import timezone

from attendance.actions.platform_events import note_duration
from attendance.models import PlatformEvent
from attendance.views.meeting_webhooks import MOST_BYTES
from tests.attendance.platforms.messages import (
    PLATFORMS,
    ZOOM_SECRET,
    bbb_event,
    bbb_request,
    standard_request,
    zoom_event,
    zoom_request,
)

pytestmark = pytest.mark.django_db

ZOOM, BBB, OTHER = (f"/webhooks/meetings/{it}/" for it in ("zoom", "bigbluebutton", "webhook"))
JOINED = {"user_name": "Ana", "email": "ana@girona.example"}


@pytest.fixture(autouse=True)
def _platforms(settings):
    settings.MEETING_PLATFORMS = PLATFORMS


def post_zoom(client, value, **how):
    body, headers = zoom_request(value, **how)
    return client.post(ZOOM, body, content_type="application/json", headers=headers)


def post_bbb(client, events, *, url=None, checksum=None, **how):
    body, right = bbb_request(events, url or f"{site.SITE_URL}{BBB}", **how)
    address = f"{BBB}?checksum={checksum or right}"
    return client.post(address, body, content_type="application/x-www-form-urlencoded")


def test_an_event_of_zoom_is_kept_once_and_encrypted(client):
    value = zoom_event("meeting.participant_joined", timezone.now(), **JOINED)

    statuses = [post_zoom(client, value).status_code for _time in range(2)]

    assert statuses == [204, 204]
    row = PlatformEvent.objects.get()
    assert (row.kind, row.meeting, row.read_at) == ("joined", "89012345678", None)
    raw = PlatformEvent.objects.values_list("payload", "person", "connection").get()
    assert "ana" not in "".join(raw).casefold()
    assert '"ana@girona.example"' in row.payload


def test_the_longer_a_reading_took_the_later_the_next_is_asked_for(client, monkeypatch):
    asked = []
    monkeypatch.setattr("attendance.views.meeting_webhooks.ask_for", lambda _task, after: asked.append(after))

    note_duration(7.2)
    for name in ("1", "2"):
        post_zoom(client, zoom_event("meeting.participant_joined", timezone.now(), name, **JOINED))

    assert asked == [8]


def test_zooms_challenge_is_answered(client):
    value = {"event": "endpoint.url_validation", "payload": {"plainToken": "abc"}, "event_ts": 1}

    response = post_zoom(client, value)

    expected = hmac.new(ZOOM_SECRET.encode(), b"abc", hashlib.sha256).hexdigest()
    assert response.json() == {"plainToken": "abc", "encryptedToken": expected}
    assert not PlatformEvent.objects.exists()


@pytest.mark.parametrize(
    "how", [{"secret": "another"}, {"at": time.time() - 301}, {"at": time.time() + 3600}, {"at": 0}]
)
def test_what_is_forged_or_stale_is_refused_and_changes_nothing(client, how):
    value = zoom_event("meeting.participant_joined", timezone.now(), **JOINED)

    assert post_zoom(client, value, **how).status_code == 401
    assert not PlatformEvent.objects.exists()


def test_a_request_with_another_body_or_without_headers_is_refused(client):
    _body, headers = zoom_request(zoom_event("meeting.participant_joined", timezone.now(), **JOINED))

    for sent in (headers, {}, {**headers, "x-zm-request-timestamp": "nonsense"}):
        response = client.post(ZOOM, '{"event": "meeting.ended"}', content_type="application/json", headers=sent)
        assert response.status_code == 401
    assert not PlatformEvent.objects.exists()


@pytest.mark.parametrize("value", [[], {"event": "meeting.participant_joined"}, {"event": 1, "event_ts": "x"}, "{"])
def test_what_cannot_be_read_is_refused(client, value):
    assert post_zoom(client, value).status_code == 400
    assert not PlatformEvent.objects.exists()


def test_too_much_is_refused_unread(client):
    response = client.post(ZOOM, b"x" * (MOST_BYTES + 1), content_type="application/json")

    assert response.status_code == 413


def test_a_platform_that_is_not_configured_is_not_found(client, settings):
    settings.MEETING_PLATFORMS = site.MEETING_PLATFORMS.__class__()

    assert post_zoom(client, zoom_event("meeting.ended", timezone.now())).status_code == 404
    assert client.post("/webhooks/meetings/teams/").status_code == 404


def test_events_of_bigbluebutton_are_kept_but_for_chats_and_polls(client):
    now = timezone.now()
    events = [
        bbb_event("user-joined", now, external="udt-1"),
        bbb_event("chat-group-message-sent", now),
        bbb_event("user-left", now),
        bbb_event("meeting-ended", now),
    ]

    assert post_bbb(client, events).status_code == 204
    assert list(PlatformEvent.objects.values_list("kind", flat=True)) == ["joined", "left", "ended"]
    assert set(PlatformEvent.objects.values_list("meeting", flat=True)) == {"kickoff"}


@pytest.mark.parametrize(
    "how",
    [
        {"secret": "another"},
        {"at": time.time() - 3700},  # it sends again with the first timestamp, for minutes
        {"url": "https://elsewhere.example/webhook/"},
        {"checksum": "0" * 40},
        {"checksum": "short"},
    ],
)
def test_what_is_not_of_bigbluebutton_is_refused(client, how):
    assert post_bbb(client, [bbb_event("user-joined", timezone.now())], **how).status_code == 401
    assert not PlatformEvent.objects.exists()


def test_an_event_of_bigbluebutton_that_cannot_be_read_does_not_hold_up_the_others(client):
    odd = bbb_event("user-left", timezone.now())
    del odd["data"]["event"]

    assert post_bbb(client, [odd, bbb_event("user-joined", timezone.now())]).status_code == 204
    assert PlatformEvent.objects.get().kind == "joined"


def test_a_participant_without_a_connection_is_refused(client):
    value = {"timestamp": timezone.now().isoformat(), "data": {"meeting": "m", "participant": {"name": "Ana"}}}

    statuses = []
    for number, kind in enumerate(["participant.joined", "meeting.ended"]):
        body, headers = standard_request(value | {"type": kind}, f"msg_{number}")
        statuses.append(client.post(OTHER, body, content_type="application/json", headers=headers).status_code)

    assert statuses == [400, 204]


def test_two_people_without_a_connection_at_one_moment_are_two(client):
    now = timezone.now()
    for name in ("Ana", "Bo"):
        assert post_zoom(client, zoom_event("meeting.participant_joined", now, "", user_name=name)).status_code == 204

    assert PlatformEvent.objects.count() == 2


def test_any_platform_can_sign_as_standard_webhooks_say(client):
    value = {
        "type": "participant.joined",
        "timestamp": timezone.now().isoformat(),
        "data": {
            "meeting": "https://meet.example/abc",
            "participant": {"connection": "7", "name": "Ana", "email": "ana@girona.example"},
        },
    }
    body, headers = standard_request(value)

    accepted = client.post(OTHER, body, content_type="application/json", headers=headers)
    again = client.post(OTHER, body, content_type="application/json", headers=headers)
    forged = client.post(OTHER, body, content_type="application/json", headers={**headers, "webhook-id": "msg_2"})
    stale_body, stale = standard_request(value, "msg_3", at=time.time() - 301)
    late = client.post(OTHER, stale_body, content_type="application/json", headers=stale)

    assert [it.status_code for it in (accepted, again, forged, late)] == [204, 204, 401, 401]
    assert PlatformEvent.objects.count() == 1
