"""Many concurrent clients, each with one request at a time over a kept connection, like a proxy's."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from urllib.parse import urlencode

HERE = "127.0.0.1"
HOST = "academy.example.org"
ZOOM_SECRET = "the-secret-of-a-benchmark"  # the site has it, too
SERVER_ERROR = 500
TIMEOUT = 60.0  # seconds for one answer


@dataclass(frozen=True)
class BenchRequest:
    path: str
    method: str = "GET"
    cookies: str = ""
    form: dict[str, str] | None = None
    headers: dict[str, str] = field(default_factory=dict)
    content: str = ""  # instead of a form, as JSON

    def as_bytes(self) -> bytes:
        """Return the request as a proxy that ends TLS passes it on."""
        body = (self.content or urlencode(self.form or {})).encode()
        headers = {
            "Host": HOST,
            "X-Forwarded-For": "192.0.2.7",
            "X-Forwarded-Proto": "https",
            "Accept-Encoding": "gzip",
            "Referer": f"https://{HOST}/",
        }
        if self.cookies:
            headers["Cookie"] = self.cookies
        if self.method == "POST":
            kind = "json" if self.content else "x-www-form-urlencoded"
            headers |= {"Content-Type": f"application/{kind}", "Content-Length": str(len(body))}
        head = [
            f"{self.method} {self.path} HTTP/1.1",
            *(f"{name}: {it}" for name, it in (headers | self.headers).items()),
        ]
        return "\r\n".join([*head, "", ""]).encode() + body


@dataclass(frozen=True)
class Reply:
    status: int
    seconds: float
    headers: bytes = b""
    body: bytes = b""

    @property
    def is_served(self) -> bool:
        """Return whether the reply is neither a server error nor lost."""
        return 0 < self.status < SERVER_ERROR


@dataclass(frozen=True)
class Load:
    """The replies of one run."""

    answers: list[Reply]
    seconds: float

    @property
    def rate(self) -> float:
        """Return the served requests per second."""
        return sum(it.is_served for it in self.answers) / self.seconds

    @property
    def statuses(self) -> Counter[int]:
        return Counter(it.status for it in self.answers)

    def percentiles(self, *shares: float) -> list[float]:
        """Return percentiles of the seconds that served requests took; shares from 0 to 1."""
        served = sorted(it.seconds for it in self.answers if it.is_served)
        return [served[min(len(served) - 1, int(len(served) * it))] if served else float("nan") for it in shares]


def load(port: int, requests: Iterable[BenchRequest], *, seconds: float, n_clients: int) -> Load:
    """Send requests for `seconds`, or until there are none left."""
    return asyncio.run(_load(port, iter(requests), seconds, n_clients))


class Connections:
    """Connections that are kept between requests, like a proxy's, unless the site closes them."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def ask(self, request: BenchRequest, since: float) -> Reply:
        """Ask on an idle connection, or a new one. The reply has the seconds since `since`, and status 0 if it is lost."""
        connection, reply = None, (0, b"", b"")
        try:
            async with asyncio.timeout(TIMEOUT):
                connection = self.idle.pop() if self.idle else await asyncio.open_connection(HERE, self.port)
                reply = await _ask(*connection, request.as_bytes())
        except (OSError, EOFError, TimeoutError):
            pass
        status, head, body = reply
        if connection and status and b"connection: close" not in head.lower():
            self.idle.append(connection)
        elif connection:
            connection[1].close()
        return Reply(status, time.perf_counter() - since, head, body)

    def close(self) -> None:
        for _reader, writer in self.idle:
            writer.close()


async def ask_once(port: int, request: BenchRequest) -> Reply:
    """Ask on a connection of its own."""
    with closing(Connections(port)) as connections:
        return await connections.ask(request, time.perf_counter())


async def _load(port: int, requests: Iterator[BenchRequest], seconds: float, n_clients: int) -> Load:
    answers: list[Reply] = []
    started = time.perf_counter()
    until = started + seconds
    await asyncio.gather(*(_client(port, requests, until, answers) for _client_number in range(n_clients)))
    return Load(answers, time.perf_counter() - started)


async def _client(port: int, requests: Iterator[BenchRequest], until: float, answers: list[Reply]) -> None:
    with closing(Connections(port)) as connections:
        while (now := time.perf_counter()) < until and (request := next(requests, None)):
            answers.append(await connections.ask(request, now))


def steady(port: int, requests: Iterable[BenchRequest], *, rate: float) -> Load:
    """Send `rate` requests a second, whether earlier ones were answered or not. Each waits from when it was due."""
    return asyncio.run(_steady(port, requests, rate))


async def _steady(port: int, requests: Iterable[BenchRequest], rate: float) -> Load:
    tasks = []
    started = time.perf_counter()
    with closing(Connections(port)) as connections:
        for number, request in enumerate(requests):
            due = started + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            tasks.append(asyncio.create_task(connections.ask(request, due)))
        answers = await asyncio.gather(*tasks)
    return Load(answers, time.perf_counter() - started)


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, content: bytes) -> tuple[int, bytes, bytes]:
    writer.write(content)
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head.split(b" ", 2)[1])
    low = head.lower()
    if b"content-length:" in low:
        length = int(low.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        return status, head, await reader.readexactly(length) if length else b""
    if b"transfer-encoding: chunked" not in low:
        return status, head, b""
    body = b""
    while size := int((await reader.readline()).strip(), 16):
        body += (await reader.readexactly(size + 2))[:-2]
    await reader.readline()
    return status, head, body
