"""The benchmark, `make bench`: prints a report and writes it to bench/results.md. Its data are under var/bench.

Each rate is compared with that of a bare view with one query, measured alternately in the same processes.
"""

import datetime as dt
import platform
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import count, repeat
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import psutil

from bench import site
from bench.client import BenchRequest, Load, load

if TYPE_CHECKING:
    from bench.works import Work

CITIES, PEOPLE, SESSIONS = 500, 5000, 30
N_CLIENTS, OVERLOAD = 8, 4  # as many clients as threads, and times as many to overload
SECONDS, BARE_SECONDS, N_SLICES = 6.0, 4.0, 8
ONE_QUERY, NO_QUERY = BenchRequest("/bench/one-query/"), BenchRequest("/bench/bare/")
RESULTS = Path(__file__).with_name("results.md")


def main() -> None:
    with site.prepared():
        from django.core.management import call_command  # noqa: PLC0415 - needs the settings

        say("Generating %s people …", PEOPLE)
        call_command(
            "generate_edition",
            "bench",
            f"--cities={CITIES}",
            f"--people={PEOPLE}",
            f"--sessions={SESSIONS}",
            verbosity=0,
        )
        report = [*heading(), *by_growth(), *over_http(), *by_itself()]
    RESULTS.write_text("\n".join([*report, ""]))
    print(RESULTS.read_text())


def say(text: str, *values: object) -> None:
    print(text % values, file=sys.stderr, flush=True)


def heading() -> list[str]:
    memory = psutil.virtual_memory().total / 2**30
    return [
        "# Results of `make bench`",
        "",
        (
            f"{dt.datetime.now(dt.UTC):%Y-%m-%d}, {platform.system()} on {platform.machine()}, {psutil.cpu_count()} cores, {memory:.0f} GB,"
            f" Python {platform.python_version()}; PostgreSQL, Redis, two gunicorn processes of four threads and the client share them."
        ),
        f"{CITIES} cities, {PEOPLE} people, {SESSIONS} sessions. {N_CLIENTS} clients, each asking again at once after an answer.",
        "",
    ]


def by_growth() -> Iterator[str]:
    from bench.growth import growth  # noqa: PLC0415 - needs the settings

    say("growth …")
    yield from ("## With more people", "", *growth(), "", "## Over HTTP", "")


def over_http() -> Iterator[str]:
    from programme.models import Edition  # noqa: PLC0415 - needs the settings

    with site.web() as (port, process, cold):
        from bench.growth import SMALL  # noqa: PLC0415 - as above
        from bench.rush import rush  # noqa: PLC0415 - as above
        from bench.works import works_on  # noqa: PLC0415 - as above

        before = site.megabytes(process)
        yield "| work | requests/s | p50 ms | p95 ms | answers | of one query | must be | MB afterwards |"
        yield "|---|---:|---:|---:|---|---:|---:|---:|"
        for name, request in (("bare view, no query", NO_QUERY), ("bare view, one query", ONE_QUERY)):
            ask(port, repeat(request), BARE_SECONDS)
            yield row(name, ask(port, repeat(request), SECONDS), memory=max(site.megabytes(process)))
        for work in works_on(Edition.objects.get(slug="bench"), Edition.objects.get(slug=SMALL), port):
            say("%s …", work.name)
            yield measured(port, work, process)
        yield from ("", *overload(port), "")
        say("rush …")
        yield from (*rush(port, Edition.objects.get(slug="bench")), "")
        after = site.megabytes(process)
        yield f"- From the web server's start to its first answer: {cold:.2f} s (must be ≤ 2.5 s)."
        yield f"- A web process takes {max(before):.0f} MB at first, {max(after):.0f} MB after all this (must be ≤ 120 MB)."


def ask(port: int, requests: Iterable[BenchRequest], seconds: float, n_clients: int = N_CLIENTS) -> Load:
    return load(port, spread(requests), seconds=seconds, n_clients=n_clients)


def spread(requests: Iterable[BenchRequest]) -> Iterator[BenchRequest]:
    """Give the requests different client addresses, so that they are not limited."""
    for number, request in zip(count(), requests, strict=False):
        address = f"198.18.{number // 250 % 250}.{number % 250}"
        yield BenchRequest(
            request.path, request.method, request.cookies, request.form, request.headers | {"X-Forwarded-For": address}
        )


def measured(port: int, work: "Work", process: psutil.Process) -> str:
    """Measure in slices, alternating with the bare view, as the machine's speed varies. Return a row of the table."""
    requests, turns, ratios = iter(work.requests()), [], []
    for _slice in range(N_SLICES):
        bare = ask(port, repeat(ONE_QUERY), BARE_SECONDS / N_SLICES).rate
        turns.append(ask(port, requests, SECONDS / N_SLICES))
        ratios.append(turns[-1].rate / bare)
    total = Load([answer for turn in turns for answer in turn.answers], sum(turn.seconds for turn in turns))
    return row(work.name, total, median(ratios), work.floor, max(site.megabytes(process)))


def row(name: str, result: Load, ratio: float | None = None, floor: float | None = None, memory: float = 0) -> str:
    answers = ", ".join(f"{n} × {status}" for status, n in sorted(result.statuses.items()))
    shown = "" if ratio is None else f"{ratio:.2f}"
    wanted = "" if floor is None else f"{floor:.2f}{'' if (ratio or 0) >= floor else ' **missed**'}"
    times = f"{result.percentile(0.5) * 1000:.1f} | {result.percentile(0.95) * 1000:.1f}"
    return f"| {name} | {result.rate:.0f} | {times} | {answers} | {shown} | {wanted} | {memory:.0f} |"


def overload(port: int) -> Iterator[str]:
    say("overload …")
    result = ask(port, repeat(BenchRequest("/bench/")), SECONDS, n_clients=N_CLIENTS * OVERLOAD)
    answers = ", ".join(f"{n} × {status}" for status, n in sorted(result.statuses.items()))
    yield (
        f"- {N_CLIENTS * OVERLOAD} clients at once on the programme page: {result.rate:.0f} requests/s, p95"
        f" {result.percentile(0.95) * 1000:.0f} ms; answers: {answers}."
    )


def by_itself() -> Iterator[str]:
    """Measure what no page waits for: emails and reminders."""
    from bench import messages  # noqa: PLC0415 - needs the settings

    say("messages …")
    steps: list[Callable[[], list[str]]] = [messages.fan_out, messages.planning]
    for step in steps:
        yield from step()


if __name__ == "__main__":
    main()
