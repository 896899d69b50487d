"""Logs as JSON, one line each, with the id of the request or the task, and without what is personal."""

import logging
import re

from pythonjsonlogger.json import JsonFormatter

from udtacademy.request_ids import request_id

ADDRESS = re.compile(r"[^\s@\"'<>(),:;=\\]+@[^\s@\"'<>(),:;=\\]+\.\w+")
PERSONAL_LINK = re.compile(r"/(calendar|invitations|me/reminders)/[^\s/\"?\\]+")


def impersonal(text: str) -> str:
    """Without addresses of people, and without the secret part of personal links."""
    return PERSONAL_LINK.sub(r"/\1/…", ADDRESS.sub("…@…", text))


class RequestFilter(logging.Filter):
    """Gives each record the id of the request that it is about, `request_id`; empty outside of one."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        return True


class ImpersonalJsonFormatter(JsonFormatter):
    def format(self, record: logging.LogRecord) -> str:
        return impersonal(super().format(record))
