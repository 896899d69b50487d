"""Requests as platforms send them, written from their public documentation (see docs/operators.md)."""

import base64
import hashlib
import hmac
import json
import time
from urllib.parse import urlencode

from udtacademy.meeting_platforms import meeting_platforms

ZOOM_SECRET = "a-secret-token-of-zoom"
BBB_SECRET = "a-shared-secret-of-bigbluebutton"
WEBHOOK_SECRET = "whsec_" + base64.b64encode(b"sixteen bytes or more").decode()
PLATFORMS = meeting_platforms(
    {
        "zoom": {"webhook_secret": ZOOM_SECRET},
        "bigbluebutton": {"url": "https://bbb.example/bigbluebutton/api", "secret": BBB_SECRET},
        "webhook": {"secret": WEBHOOK_SECRET},
    }
)
MEETING = "89012345678"
ZOOM_LINK = f"https://us02web.zoom.us/j/{MEETING}?pwd=x"
BBB_LINK = "https://bbb.example/?meetingID=kickoff"


def stamp(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def zoom_event(name, moment, connection="1", *, meeting=MEETING, instance="inst==", **person):
    """One event of Zoom. `person`: user_name, email, id, registrant_id."""
    about = {"id": meeting, "uuid": instance, "host_id": "h", "topic": "Kick-off", "type": 2}
    if name == "meeting.ended":
        about["end_time"] = stamp(moment)
    else:
        verb = name.rpartition(".")[2]
        field = {"participant_joined": "join_time", "participant_left": "leave_time"}.get(verb, "date_time")
        about["participant"] = {"user_id": connection, field: stamp(moment), **person}
    return {
        "event": name,
        "event_ts": int(moment.timestamp() * 1000),
        "payload": {"account_id": "a", "object": about},
    }


def zoom_request(value, *, secret=ZOOM_SECRET, at=None):
    """Return the body and headers of a request of Zoom."""
    body, sent = json.dumps(value), str(int(time.time() if at is None else at))
    digest = hmac.new(secret.encode(), f"v0:{sent}:{body}".encode(), hashlib.sha256).hexdigest()
    return body, {"x-zm-request-timestamp": sent, "x-zm-signature": f"v0={digest}"}


def bbb_event(name, moment, internal="w_1", external="", user="Ana", *, meeting="kickoff", instance="i-1"):
    about = {"meeting": {"internal-meeting-id": instance, "external-meeting-id": meeting}}
    if name != "meeting-ended":
        about["user"] = {
            "internal-user-id": internal,
            "external-user-id": external or internal,
            **({"name": user} if name == "user-joined" else {}),
        }
    ts = int(moment.timestamp() * 1000)
    return {"data": {"type": "event", "id": name, "attributes": about, "event": {"ts": ts}}}


def bbb_request(events, url, *, secret=BBB_SECRET, at=None):
    """Return the body and checksum of a request of bbb-webhooks."""
    ms = int((time.time() if at is None else at) * 1000)
    body = urlencode({"domain": "bbb.example", "event": json.dumps(events), "timestamp": ms})
    return body, hashlib.sha1(f"{url}{body}{secret}".encode()).hexdigest()  # noqa: S324 - theirs


def standard_request(value, number="msg_1", *, at=None):
    body, sent = json.dumps(value), str(int(time.time() if at is None else at))
    key = base64.b64decode(WEBHOOK_SECRET.removeprefix("whsec_"))
    signature = base64.b64encode(hmac.new(key, f"{number}.{sent}.{body}".encode(), hashlib.sha256).digest())
    headers = {"webhook-id": number, "webhook-timestamp": sent, "webhook-signature": f"v1,{signature.decode()}"}
    return body, headers
