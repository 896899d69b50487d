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

N_CLIENTS, N_ROUNDS = 8, 3  # as many clients as threads
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
    "at half: p50 ms",
    "p95",
    "p99",
)


@dataclass(frozen=True)
class Turn:
    """One work in one round. `ratio`: of bare Django's rate. `cpu`: milliseconds of CPU for one request, all servers together."""

    load: Load
    ratio: float
    cpu: float


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
        turns[work].append(turn(port, bare_port, requests[work]))
    yield f"| {' | '.join((*HEAD, 'answers', 'MB'))} |"
    yield f"|---{'|---:' * (len(HEAD) - 1)}|---|---:|"
    yield bare_row(bare_port)
    for work, more in requests.items():
        rate = median(it.load.rate for it in turns[work]) / 2
        evenly = steady(port, spread(islice(more, int(rate * STEADY_SECONDS))), rate=rate)
        yield row(work, turns[work], evenly, max(site.megabytes(process)))


def turn(port: int, bare_port: int, requests: Iterator[BenchRequest]) -> Turn:
    bare = ask(bare_port, repeat(BARE), BARE_SECONDS)
    before = site.cpu_seconds()
    ours = ask(port, requests, SECONDS)
    cpu = site.cpu_seconds() - before
    return Turn(ours, ours.rate / bare.rate, cpu / max(1, len(ours.answers)) * 1000)


def bare_row(port: int) -> str:
    before = site.cpu_seconds()
    closed = ask(port, repeat(BARE), SECONDS)
    cpu = (site.cpu_seconds() - before) / len(closed.answers) * 1000
    evenly = steady(port, repeat(BARE, int(closed.rate / 2 * STEADY_SECONDS)), rate=closed.rate / 2)
    return cells("bare Django, one query", closed, "", "", f"{cpu:.2f}", evenly, "")


def row(work: Work, turns: list[Turn], evenly: Load, memory: float) -> str:
    ratios = sorted(it.ratio for it in turns)
    ratio, spread_of = median(ratios), f"{ratios[0]:.2f} to {ratios[-1]:.2f}"
    wanted = "" if work.floor is None else f"{work.floor:.2f}{'' if ratio >= work.floor else ' **missed**'}"
    total = Load([answer for it in turns for answer in it.load.answers], sum(it.load.seconds for it in turns))
    cpu = f"{median(it.cpu for it in turns):.1f}"
    return cells(work.name, total, f"{ratio:.3f} ({spread_of})", wanted, cpu, evenly, f"{memory:.0f}")


def cells(name: str, closed: Load, ratio: str, wanted: str, cpu: str, evenly: Load, memory: str) -> str:  # noqa: PLR0917
    answers = ", ".join(f"{n} × {status}" for status, n in sorted((closed.statuses + evenly.statuses).items()))
    times = [f"{it * 1000:.1f}" for it in (*closed.percentiles(0.5, 0.95), *evenly.percentiles(0.5, 0.95, 0.99))]
    shown = (name, f"{closed.rate:.0f}", *times[:2], ratio, wanted, cpu, *times[2:], answers, memory)
    return f"| {' | '.join(shown)} |"
