"""Errors to Sentry, where SENTRY_DSN names one: what went wrong in the code, and nothing of whom it happened to."""

from typing import Any

import sentry_sdk
from sentry_sdk.types import Event

import udtacademy


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
    """Addresses of pages hold codes and tokens, forms hold people: the route, which stays, is enough to find the view."""
    for part in ("request", "user", "extra"):
        event.pop(part, None)  # type: ignore[misc]
    return event
