"""Measure each work over HTTP: how many a second, of how many bare Django answers, at what cost, and how long one waits.

Clients that ask again at once give the rate; requests that arrive evenly, at half that rate, give the time that people wait.
The works are measured in rounds, each beside bare Django, because a machine's speed varies.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, count, islice, repeat
from statistics import median

import psutil

from bench import site
from bench.client import BenchRequest, Load, load, steady
from bench.works import Work

N_CLIENTS, N_ROUNDS = 8, 3
SECONDS, BARE_SECONDS, STEADY_SECONDS = 3.0, 1.5, 6.0
BARE = BenchRequest("/")
HEAD = (
    "work",
    "requests/s",
    "p50 ms",
    "p95 ms",
    "of bare Django",
    "must be",
    "CPU ms",
    "times bare Django’s",
    "must be",
    "at half: p50 ms",
    "p95",
    "p99",
)


@dataclass(frozen=True)
class Turn:
    """One work in one round. `ratio`: of bare Django's rate. `cpu`: milliseconds of CPU for one request, all servers together.

    `cost`: how many times that of bare Django.
    """

    load: Load
    ratio: float
    cpu: float
    cost: float


def ask(port: int, requests: Iterable[BenchRequest], seconds: float, n_clients: int = N_CLIENTS) -> Load:
    return load(port, spread(requests), seconds=seconds, n_clients=n_clients)


def spread(requests: Iterable[BenchRequest]) -> Iterator[BenchRequest]:
    """Give the requests different client addresses, so that they are not limited."""
    for number, request in zip(count(), requests, strict=False):
        address = f"198.18.{number // 250 % 250}.{number % 250}"
        yield replace(request, headers=request.headers | {"X-Forwarded-For": address})


def rates(works: Iterable[Work], port: int, bare_port: int, process: psutil.Process) -> Iterator[str]:
    """Return the table of the works. `port`, `process`: of the site's web server. `bare_port`: of bare Django's."""
    requests = {work: iter(work.requests()) for work in works}
    turns: dict[Work, list[Turn]] = defaultdict(list)
    ask(bare_port, repeat(BARE), BARE_SECONDS)
    for work in chain.from_iterable(repeat(tuple(requests), N_ROUNDS)):
        turns[work].append(turn(work, port, bare_port, requests[work]))
    yield f"| {' | '.join((*HEAD, 'answers', 'MB'))} |"
    yield f"|---{'|---:' * (len(HEAD) - 1)}|---|---:|"
    yield bare_row(bare_port)
    for work, more in requests.items():
        rate = median(it.load.rate for it in turns[work]) / 2
        evenly = steady(port, spread(islice(more, max(1, int(rate * STEADY_SECONDS)))), rate=rate)
        yield row(work, turns[work], evenly, max(site.megabytes(process)))


def turn(work: Work, port: int, bare_port: int, requests: Iterator[BenchRequest]) -> Turn:
    bare, bare_cpu = with_cpu(bare_port, repeat(BARE), BARE_SECONDS)
    ours, cpu = with_cpu(port, requests, SECONDS, work.n_clients)
    return Turn(ours, ours.rate / bare.rate, cpu, cpu / bare_cpu)


def with_cpu(
    port: int, requests: Iterable[BenchRequest], seconds: float, n_clients: int = N_CLIENTS
) -> tuple[Load, float]:
    """Return the load, and the milliseconds of CPU for one request."""
    before = site.cpu_seconds()
    asked = ask(port, requests, seconds, n_clients)
    return asked, (site.cpu_seconds() - before) / max(1, len(asked.answers)) * 1000


def bare_row(port: int) -> str:
    closed, cpu = with_cpu(port, repeat(BARE), SECONDS)
    evenly = steady(port, repeat(BARE, int(closed.rate / 2 * STEADY_SECONDS)), rate=closed.rate / 2)
    return cells("bare Django, one query", closed, ["", "", f"{cpu:.2f}", "", ""], evenly, "")


def row(work: Work, turns: list[Turn], evenly: Load, memory: float) -> str:
    total = Load([answer for it in turns for answer in it.load.answers], sum(it.load.seconds for it in turns))
    ratio, cost = median(it.ratio for it in turns), median(it.cost for it in turns)
    shown = [
        f"{ratio:.3f} ({spread_of([it.ratio for it in turns], 2)})",
        wanted("≥", work.floor, is_met=work.floor is None or ratio >= work.floor),
        f"{median(it.cpu for it in turns):.1f}",
        f"{cost:.1f} ({spread_of([it.cost for it in turns], 1)})",
        wanted("≤", work.ceiling, is_met=work.ceiling is None or cost <= work.ceiling),
    ]
    return cells(work.name, total, shown, evenly, f"{memory:.0f}")


def spread_of(values: list[float], n_digits: int) -> str:
    return f"{min(values):.{n_digits}f} to {max(values):.{n_digits}f}"


def wanted(sign: str, limit: float | None, *, is_met: bool) -> str:
    return "" if limit is None else f"{sign} {limit:g}{'' if is_met else ' **missed**'}"


def cells(name: str, closed: Load, costs: list[str], evenly: Load, memory: str) -> str:
    answers = ", ".join(f"{n} × {status}" for status, n in sorted((closed.statuses + evenly.statuses).items()))
    times = [f"{it * 1000:.1f}" for it in (*closed.percentiles(0.5, 0.95), *evenly.percentiles(0.5, 0.95, 0.99))]
    shown = (name, f"{closed.rate:.0f}", *times[:2], *costs, *times[2:], answers, memory)
    return f"| {' | '.join(shown)} |"
