"""Calls to platforms' APIs: patience, size and pages are limited, and whatever goes wrong is an ApiError without secrets."""

import time
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.core.cache import caches

from attendance.platforms.events import UnreadableError, parsed
from attendance.rules.report_pulls import Problem

if TYPE_CHECKING:
    import requests

AT_LEISURE, AT_A_CLICK = 10.0, 3.0  # seconds
EARLIER = 120  # seconds before it expires, a token is no longer used
MOST_BYTES = 8 * 1024**2  # of one answer
MOST_SECONDS = 60  # for one answer that comes in drips
MOST_PAGES = 40
CHUNK = 64 * 1024
PROBLEMS = {
    HTTPStatus.UNAUTHORIZED: Problem.REFUSED,
    HTTPStatus.FORBIDDEN: Problem.NOT_ALLOWED,
    HTTPStatus.NOT_FOUND: Problem.NOT_FOUND,
    HTTPStatus.TOO_MANY_REQUESTS: Problem.BUSY,
}
NOT_ALLOWED_CODES = {200, 4711}  # of Zoom, answered with 400: not in this plan; the token lacks a scope


class ApiError(Exception):
    """A platform did not do it. `status`: of its answer to the call; None if it did not answer, or gave no token.

    `code`: the number of the problem in its answer. `retry_after`: in how many seconds we may come again, if the platform says so.
    """

    def __init__(
        self,
        text: str,
        problem: Problem = Problem.UNREADABLE,
        *,
        status: int | None = None,
        code: int | None = None,
        retry_after: int = 0,
    ) -> None:
        super().__init__(text)
        self.problem, self.status, self.code, self.retry_after = problem, status, code, retry_after


def asked(method: str, url: str, **what: Any) -> dict[str, Any]:
    """Return the JSON object that an address answers. Raises ApiError, without what was sent."""
    import requests  # noqa: PLC0415 - heavy library rarely needed

    try:
        with requests.request(method, url, allow_redirects=False, stream=True, **what) as response:  # noqa: S113 - in `what`
            body = body_of(response)
    except requests.RequestException as error:
        raise ApiError(f"It cannot be reached: {type(error).__name__}", Problem.UNREACHABLE) from None
    try:
        answer = parsed(body)
    except UnreadableError as error:
        if is_answer(response):
            raise ApiError(str(error)) from None
        answer = {}
    if not is_answer(response):
        raise refusal(response, answer)
    return answer


def is_answer(response: "requests.Response") -> bool:
    """Return whether it is no error, and no redirect either, where our token must not go."""
    return HTTPStatus.OK <= response.status_code < HTTPStatus.MULTIPLE_CHOICES


def body_of(response: "requests.Response") -> bytes:
    """Return the body of an answer. Raises ApiError for one that is too long, in bytes or in time."""
    body, until = bytearray(), time.monotonic() + MOST_SECONDS
    for chunk in response.iter_content(CHUNK):
        body += chunk
        if len(body) > MOST_BYTES or time.monotonic() > until:
            raise ApiError("The answer is too long.")
    return bytes(body)


def refusal(response: "requests.Response", answer: dict[str, Any]) -> ApiError:
    """Return what an answer that is none means."""
    status, code = response.status_code, answer.get("code")
    problem = PROBLEMS.get(HTTPStatus(status) if status in set(HTTPStatus) else HTTPStatus.OK, Problem.UNREADABLE)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        problem = Problem.UNREACHABLE
    elif code in NOT_ALLOWED_CODES:
        problem = Problem.NOT_ALLOWED
    wait = response.headers.get("Retry-After", "")
    retry_after = int(wait) if wait.isascii() and wait.isdecimal() else 0
    short = code if isinstance(code, int) else None
    text = f"It answered {status}, code {short}."
    return ApiError(text, problem, status=status, code=short, retry_after=retry_after)


def token(key: str, url: str, **what: Any) -> str:
    """Return a token for an API; each process keeps its own, as `key`, until shortly before it expires. Raises ApiError."""
    known = caches["kept"].get(key)
    if known is None:
        try:
            answer = asked("POST", url, **what)
        except ApiError as error:
            if error.problem in {Problem.BUSY, Problem.UNREACHABLE}:
                raise
            raise ApiError(f"It gave no token: {error}", Problem.REFUSED) from None
        known = str(answer.get("access_token", ""))
        expires_in = answer.get("expires_in")
        caches["kept"].set(key, known, (expires_in if isinstance(expires_in, int) else 0) - EARLIER)
    return str(known)


def called(key: str, bearer: str, method: str, url: str, **what: Any) -> dict[str, Any]:
    """Return the answer to a call with a token. One that is refused is forgotten. Raises ApiError."""
    try:
        return asked(method, url, headers={"Authorization": f"Bearer {bearer}"}, **what)
    except ApiError as error:
        if error.problem is Problem.REFUSED:
            caches["kept"].delete(key)
        raise


def items(
    page: dict[str, Any], name: str, following: Callable[[dict[str, Any]], dict[str, Any] | None]
) -> Iterator[dict[str, Any]]:
    """Yield the objects listed under a name, page by page. `following`: gets the page after one. Raises ApiError."""
    for _n in range(MOST_PAGES):
        listed = page.get(name)
        if not isinstance(listed, list):
            raise ApiError(f"There is no list {name!r}.")
        yield from (it for it in listed if isinstance(it, dict))
        after = following(page)
        if after is None:
            return
        page = after
    raise ApiError("There are too many pages.")
