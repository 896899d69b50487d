"""Many concurrent clients, each with one request at a time over a kept connection, like a proxy's."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlencode

HERE = "127.0.0.1"
HOST = "academy.example.org"
SERVER_ERROR = 500
TIMEOUT = 60.0  # seconds for one answer


@dataclass(frozen=True)
class BenchRequest:
    path: str
    method: str = "GET"
    cookies: str = ""
    form: dict[str, str] | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def as_bytes(self) -> bytes:
        """Return the request as a proxy that ends TLS passes it on."""
        body = urlencode(self.form or {}).encode()
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
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Content-Length": str(len(body))}
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


async def ask_once(port: int, request: BenchRequest) -> Reply:
    """Ask on a connection of its own. The reply has status 0 if it is lost."""
    started = time.perf_counter()
    try:
        async with asyncio.timeout(TIMEOUT):
            reader, writer = await asyncio.open_connection(HERE, port)
            try:
                answer = await _ask(reader, writer, request.as_bytes())
            finally:
                writer.close()
    except (OSError, EOFError, TimeoutError):
        return Reply(0, time.perf_counter() - started)
    status, headers, body = answer
    return Reply(status, time.perf_counter() - started, headers, body)


async def _load(port: int, requests: Iterator[BenchRequest], seconds: float, n_clients: int) -> Load:
    answers: list[Reply] = []
    started = time.perf_counter()
    until = started + seconds
    await asyncio.gather(*(_client(port, requests, until, answers) for _client_number in range(n_clients)))
    return Load(answers, time.perf_counter() - started)


async def _client(port: int, requests: Iterator[BenchRequest], until: float, answers: list[Reply]) -> None:
    connection = None
    while time.perf_counter() < until and (request := next(requests, None)):
        content, started = request.as_bytes(), time.perf_counter()
        try:
            async with asyncio.timeout(TIMEOUT):
                if connection is None:
                    connection = await asyncio.open_connection(HERE, port)
                status, head, body = await _ask(*connection, content)
            answers.append(Reply(status, time.perf_counter() - started, head, body))
            if b"connection: close" in head.lower():
                connection[1].close()
                connection = None
        except (OSError, EOFError, TimeoutError):
            if connection:
                connection[1].close()
            connection = None
            answers.append(Reply(0, time.perf_counter() - started))
    if connection:
        connection[1].close()


def steady(port: int, requests: Iterable[BenchRequest], *, rate: float) -> Load:
    """Send `rate` requests a second, whether earlier ones were answered or not. Each waits from when it was due."""
    return asyncio.run(_steady(port, requests, rate))


async def _steady(port: int, requests: Iterable[BenchRequest], rate: float) -> Load:
    answers: list[Reply] = []
    idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
    started = time.perf_counter()

    async def one(request: BenchRequest, due: float) -> None:
        try:
            async with asyncio.timeout(TIMEOUT):
                connection = idle.pop() if idle else await asyncio.open_connection("127.0.0.1", port)
                status, head, body = await _ask(*connection, request.as_bytes())
            idle.append(connection)
        except (OSError, EOFError, TimeoutError):
            status, head, body = 0, b"", b""
        answers.append(Reply(status, time.perf_counter() - due, head, body))

    tasks = []
    for number, request in enumerate(requests):
        due = started + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        tasks.append(asyncio.create_task(one(request, due)))
    await asyncio.gather(*tasks)
    for _reader, writer in idle:
        writer.close()
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
