"""Status lists as credentials: which credentials of ours are revoked. They are made when asked for, so they are never old."""

import datetime as dt
from typing import Any

from django.db.models import Max
from django.urls import reverse

from attendance.certificates.issuer import VERIFIABLE_CREDENTIALS, did, signed
from attendance.models import StatusListEntry
from attendance.rules.status_lists import encoded_list
from programme.calendars.files import absolute

KEPT = dt.timedelta(seconds=30)  # how long a browser or a proxy may keep a list: a revocation shows within a minute
BELIEVED = dt.timedelta(minutes=5)  # then a list is too old to be believed, wherever it was kept


def list_address(number: int) -> str:
    return absolute(reverse("attendance:status-list", args=[number]))


def status_of(entry: StatusListEntry) -> dict[str, Any]:
    """Return where a credential says that its status is found."""
    address = list_address(entry.list_number)
    return {
        "id": f"{address}#{entry.index}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": str(entry.index),
        "statusListCredential": address,
    }


def exists(number: int) -> bool:
    """Return whether a list was begun. The first always was. One query."""
    last = StatusListEntry.objects.aggregate(last=Max("list_number"))["last"] or 1
    return 1 <= number <= last


def signed_list(number: int, now: dt.datetime) -> str:
    """Return a list as it is now, signed. One query."""
    revoked = StatusListEntry.objects.revoked().filter(list_number=number).values_list("index", flat=True)
    address, since = list_address(number), now.replace(microsecond=0)
    until = since + BELIEVED
    return signed(
        {
            "@context": [VERIFIABLE_CREDENTIALS],
            "id": address,
            "type": ["VerifiableCredential", "BitstringStatusListCredential"],
            "issuer": did(),
            "validFrom": f"{since:%Y-%m-%dT%H:%M:%SZ}",
            "validUntil": f"{until:%Y-%m-%dT%H:%M:%SZ}",
            "credentialSubject": {
                "id": f"{address}#list",
                "type": "BitstringStatusList",
                "statusPurpose": "revocation",
                "encodedList": encoded_list(revoked),
                "ttl": int(KEPT / dt.timedelta(milliseconds=1)),
            },
            "iss": did(),
            "jti": address,
            "nbf": int(since.timestamp()),
            "exp": int(until.timestamp()),
        }
    )
