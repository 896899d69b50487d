"""Errors to Sentry, where SENTRY_DSN names one: what went wrong in the code, and nothing of whom it happened to."""

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
        include_local_variables=False,  # they hold names and addresses
        max_breadcrumbs=0,  # queries hold them, too
        send_default_pii=False,
        traces_sample_rate=0,
    )


def impersonal(event: Event, _hint: dict[str, Any]) -> Event:
    """Addresses of pages hold codes and tokens, forms hold people: the route, which stays, is enough to find the view.

    What is said of the error is treated as in the logs.
    """
    for part in ("request", "user", "extra"):
        event.pop(part, None)  # type: ignore[misc]
    said: Event = json.loads(logs.impersonal(json.dumps(event, default=str)))
    if event.get("transaction_info", {}).get("source") == "route":
        said["transaction"] = event["transaction"]
    return said
