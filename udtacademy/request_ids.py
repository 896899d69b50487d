"""The number of the request that is served, or of the task that runs: in every line of the log."""

from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")
