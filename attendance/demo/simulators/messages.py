"""Requests as Zoom and BigBlueButton send them, signed. The documentation is named in attendance/platforms/."""

import datetime as dt
import hashlib
import hmac
import json
import time
from typing import Any
from urllib.parse import urlencode

TIMES = {"participant_joined": "join_time", "participant_left": "leave_time"}


def zoom_event(
    name: str, moment: dt.datetime, connection: str = "1", *, meeting: str, instance: str = "inst==", **person: str
) -> dict[str, Any]:
    """Return one event of Zoom. `person`: user_name, email, id, registrant_id."""
    text = moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    about: dict[str, Any] = {"id": meeting, "uuid": instance, "host_id": "h", "topic": "Kick-off", "type": 2}
    if name == "meeting.ended":
        about["end_time"] = text
    else:
        field = TIMES.get(name.rpartition(".")[2], "date_time")
        about["participant"] = {"user_id": connection, field: text, **person}
    payload = {"account_id": "a", "object": about}
    return {"event": name, "event_ts": int(moment.timestamp() * 1000), "payload": payload}


def zoom_request(value: Any, *, secret: str, at: float | None = None) -> tuple[str, dict[str, str]]:
    """Return body and headers of a request of Zoom, signed at that moment; now if None."""
    body, sent = json.dumps(value), str(int(time.time() if at is None else at))
    digest = hmac.new(secret.encode(), f"v0:{sent}:{body}".encode(), hashlib.sha256).hexdigest()
    return body, {"x-zm-request-timestamp": sent, "x-zm-signature": f"v0={digest}"}


def bbb_event(
    name: str, moment: dt.datetime, internal: str = "w_1", *, meeting: str, external: str = "", user: str = ""
) -> dict[str, Any]:
    """Return one event of BigBlueButton. `external`: the userID of the link; without one it is the internal one."""
    about: dict[str, Any] = {"meeting": {"internal-meeting-id": f"{meeting}-1", "external-meeting-id": meeting}}
    if name != "meeting-ended":
        about["user"] = {"internal-user-id": internal, "external-user-id": external or internal, "name": user}
    event = {"ts": int(moment.timestamp() * 1000)}
    return {"data": {"type": "event", "id": name, "attributes": about, "event": event}}


def bbb_request(events: Any, url: str, *, secret: str, at: float | None = None) -> tuple[str, str]:
    """Return body and checksum of a request of bbb-webhooks to an address, signed at that moment; now if None."""
    ms = int((time.time() if at is None else at) * 1000)
    body = urlencode({"domain": "bbb.example", "event": json.dumps(events), "timestamp": ms})
    return body, hashlib.sha1(f"{url}{body}{secret}".encode()).hexdigest()  # noqa: S324 - theirs
