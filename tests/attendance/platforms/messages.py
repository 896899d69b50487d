"""Requests as platforms send them, by the simulators, with the secrets of tests."""

import base64
import hashlib
import hmac
import json
import time
from functools import partial

from attendance.demo.simulators import messages
from udtacademy.meeting_platforms import platforms_of

ZOOM_SECRET = "a-secret-token-of-zoom"
BBB_SECRET = "a-shared-secret-of-bigbluebutton"
WEBHOOK_SECRET = "whsec_" + base64.b64encode(b"sixteen bytes or more").decode()
PLATFORMS = platforms_of(
    {
        "zoom": {"webhook_secret": ZOOM_SECRET},
        "bigbluebutton": {"url": "https://bbb.example/bigbluebutton/api", "secret": BBB_SECRET},
        "webhook": {"secret": WEBHOOK_SECRET},
    }
)
MEETING = "89012345678"
ZOOM_LINK = f"https://us02web.zoom.us/j/{MEETING}?pwd=x"
BBB_LINK = "https://bbb.example/?meetingID=kickoff"

bbb_event = partial(messages.bbb_event, meeting="kickoff")


def zoom_event(*args, meeting=MEETING, **about):
    return messages.zoom_event(*args, meeting=meeting, **about)


def zoom_request(value, *, secret=ZOOM_SECRET, at=None):
    return messages.zoom_request(value, secret=secret, at=at)


def bbb_request(events, url, *, secret=BBB_SECRET, at=None):
    return messages.bbb_request(events, url, secret=secret, at=at)


def standard_request(value, number="msg_1", *, at=None):
    body, sent = json.dumps(value), str(int(time.time() if at is None else at))
    key = base64.b64decode(WEBHOOK_SECRET.removeprefix("whsec_"))
    signature = base64.b64encode(hmac.new(key, f"{number}.{sent}.{body}".encode(), hashlib.sha256).digest())
    headers = {"webhook-id": number, "webhook-timestamp": sent, "webhook-signature": f"v1,{signature.decode()}"}
    return body, headers
