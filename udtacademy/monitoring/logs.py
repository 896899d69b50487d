"""JSON logs, one line a record, with the id of the request or task, and without personal data."""

import logging
import re

from pythonjsonlogger.json import JsonFormatter

from udtacademy.request_ids import request_id

ADDRESS = re.compile(r"[^\s@\"'<>(),:;=\\]+@[^\s@\"'<>(),:;=\\]+\.\w+")
PERSONAL_LINK = re.compile(
    r"/(calendar|invitations|kiosk/open|me/(?:emails|feedback|reminders)|speaker)/[^\s/\"?\\]+"
    r"|/(certificates|files|materials)/[\w-]{20,}"  # as long as tokens are: folders of modules have these names too
)


def impersonal(text: str) -> str:
    """Remove email addresses and the secret part of personal links."""
    text = ADDRESS.sub("…@…", text) if "@" in text else text  # a third of the cost of a request's line
    return PERSONAL_LINK.sub(lambda link: f"/{link[1] or link[2]}/…", text)


class RequestFilter(logging.Filter):
    """Add `request_id` to each record; empty outside a request or task."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        return True


class ImpersonalJsonFormatter(JsonFormatter):
    def format(self, record: logging.LogRecord) -> str:
        return impersonal(super().format(record))
