"""Whole registrations, from the public page to the portal: nine requests and two emails each; and how many a second over HTTP."""

import http.client
import itertools
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from http import HTTPStatus
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from bench import site
from bench.client import HERE, HOST, TIMEOUT

if TYPE_CHECKING:
    from programme.models import Edition

Form = dict[str, str]
Ask = Callable[[str, Form | None], str]  # requests a path, or posts a form to it; returns where the answer leads, or ""
N_CLIENTS, N_ROUNDS, SECONDS = 8, 3, 10.0
FLOOR = 25  # registrations a second
DOMAIN = "sign-ups.example"
HEADERS = {"Host": HOST, "X-Forwarded-Proto": "https", "Referer": f"https://{HOST}/"}
ANSWERS = {
    "job_title": "Planner",
    "department": "Urban planning",
    "hopes": "How others began.",
    "wants_expo_pass": "yes",
    "photo_consent": "no",
    "language": "ca",
    "time_zone": "Europe/Madrid",
    "action": "check",
}


def register(ask: Ask, edition: "Edition", delegation: int, email: str) -> None:
    """Make the requests of one person. `delegation`: its primary key."""
    start = f"/{edition.slug}/register/"
    ask(start, None)
    code_page = ask(start, {"email": email})
    ask(code_page, None)
    ask(code_page, {"code": code_sent_to(email)})
    ask(start, None)
    check_page = ask(start, ANSWERS | {"name": f"New Person {email.partition('@')[0]}", "delegation": str(delegation)})
    ask(check_page, None)
    portal = ask(check_page, {})
    ask(portal, None)


def code_sent_to(email: str) -> str:
    from udtacademy.outbox.models import Message  # noqa: PLC0415 - needs the settings

    text: str = Message.objects.filter(to=email, kind="login_code").latest("pk").text
    return next(word for word in text.split() if word.isdigit() and len(word) == 6)  # noqa: PLR2004 - of six digits


def check_status(status: int) -> None:
    if status >= HTTPStatus.BAD_REQUEST:
        raise RuntimeError(f"A request was answered with status {status}.")


@dataclass
class Browser:
    """A browser with its own cookies and network address, on a connection that a proxy keeps."""

    connection: http.client.HTTPConnection
    address: str
    cookies: SimpleCookie = field(default_factory=SimpleCookie)

    def ask(self, path: str, form: Form | None) -> str:
        """Request a page, or post a form. Return where the answer leads. Raises RuntimeError if it is an error."""
        headers = HEADERS | {"X-Forwarded-For": self.address, "Cookie": self.cookies.output([], "", "; ").strip()}
        body = None
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urlencode(form | {"csrfmiddlewaretoken": self.cookies["__Host-csrftoken"].value})
        self.connection.request("GET" if form is None else "POST", path, body, headers)
        response = self.connection.getresponse()
        response.read()
        check_status(response.status)
        for cookie in response.headers.get_all("Set-Cookie", []):
            self.cookies.load(cookie)
        return response.headers.get("Location", "")


def sign_ups(port: int, bare_port: int, edition: "Edition") -> Iterator[str]:
    """Return the lines of the report. `port`: of the web server, without a mailer, which would delete codes once sent."""
    from django.db.models import F  # noqa: PLC0415 - needs the settings

    from bench.rates import BARE, BARE_SECONDS, with_cpu  # noqa: PLC0415 - as above

    edition.delegations.update(quota=F("quota") + 1000, email_domains=[DOMAIN])
    numbers = zip(itertools.count(), itertools.cycle(edition.delegations.values_list("pk", flat=True)), strict=False)
    yield "| sign-ups/s | must be | of bare Django | CPU ms | times bare Django’s | p50 ms | p95 ms |"
    yield "|---:|---:|---:|---:|---:|---:|---:|"
    for _round in range(N_ROUNDS):
        bare, bare_cpu = with_cpu(bare_port, itertools.repeat(BARE), BARE_SECONDS)
        before, started = site.cpu_seconds(), time.perf_counter()
        seconds = sorted(in_a_round(port, edition, numbers))
        rate = len(seconds) / (time.perf_counter() - started)
        cpu = (site.cpu_seconds() - before) / len(seconds) * 1000
        p50, p95 = (seconds[int(len(seconds) * share)] * 1000 for share in (0.5, 0.95))
        wanted = f"{FLOOR}{'' if rate >= FLOOR else ' **missed**'}"
        yield f"| {rate:.1f} | {wanted} | {rate / bare.rate:.4f} | {cpu:.0f} | {cpu / bare_cpu:.0f} | {p50:.0f} | {p95:.0f} |"


def in_a_round(port: int, edition: "Edition", numbers: Iterator[tuple[int, int]]) -> list[float]:
    """Let clients register people until SECONDS are over. Return the seconds that each registration took."""
    until = time.perf_counter() + SECONDS

    def client(_number: int) -> list[float]:
        from django.db import connection  # noqa: PLC0415 - needs the settings

        taken = []
        with closing(http.client.HTTPConnection(HERE, port, timeout=TIMEOUT)) as web, closing(connection):
            while (started := time.perf_counter()) < until:
                number, delegation = next(numbers)
                browser = Browser(web, f"198.18.{number // 250 % 250}.{number % 250}")
                register(browser.ask, edition, delegation, f"new{number}@{DOMAIN}")
                taken.append(time.perf_counter() - started)
        return taken

    with ThreadPoolExecutor(N_CLIENTS) as pool:
        return [it for taken in pool.map(client, range(N_CLIENTS)) for it in taken]
