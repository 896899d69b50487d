"""Report errors to Sentry (SENTRY_DSN) without personal data."""

import json
from typing import Any

import sentry_sdk
from sentry_sdk.types import Event

import udtacademy
from udtacademy.monitoring import logs


def start(dsn: str) -> None:
    sentry_sdk.init(
        dsn,
        release=udtacademy.__version__,
        before_send=impersonal,
        include_local_variables=False,  # they contain names and addresses
        max_breadcrumbs=0,  # queries contain them too
        send_default_pii=False,
        traces_sample_rate=0,
    )


def impersonal(event: Event, _hint: dict[str, Any]) -> Event:
    """Remove personal data: URLs hold codes and tokens, forms hold people's data. The route stays.

    Error texts are cleaned like the logs.
    """
    for part in ("request", "user", "extra"):
        event.pop(part, None)  # type: ignore[misc]
    cleaned: Event = json.loads(logs.impersonal(json.dumps(event, default=str)))
    if event.get("transaction_info", {}).get("source") == "route":
        cleaned["transaction"] = event["transaction"]
    return cleaned
