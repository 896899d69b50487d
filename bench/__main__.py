"""The benchmark, `make bench`: prints a report and writes it to bench/results.md. Its data are under var/bench.

Each rate is compared with that of bare Django with one query, measured alternately in the same server. `python -m bench http`
measures only one part.
"""

import argparse
import datetime as dt
import platform
import sys
from collections.abc import Callable, Iterator
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from bench import site
from bench.client import BenchRequest

if TYPE_CHECKING:
    from programme.models import Edition

CITIES, PEOPLE, SESSIONS = 800, 8000, 30
OVERLOAD = 4  # times as many clients as threads
RESULTS = Path(__file__).with_name("results.md")


def main() -> None:
    parts = {"growth": by_growth, "http": over_http, "messages": by_itself}
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=parts, default=list(parts))
    chosen = parser.parse_args().parts
    with site.prepared():
        report = [*heading(), *(line for name in chosen for line in parts[name]())]
    if left_out := [name for name in parts if name not in chosen]:
        report += ["", f"Not measured this time: {', '.join(left_out)}."]
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
        (
            f"{CITIES} cities, {PEOPLE} people, {SESSIONS} sessions. Eight clients, each asking again at once after an answer; then"
            " requests that arrive evenly, at half that rate. In brackets: the lowest and the highest of three rounds."
        ),
        "",
    ]


def by_growth() -> Iterator[str]:
    from bench.growth import growth  # noqa: PLC0415 - needs the settings

    say("growth …")
    yield from ("## With more people", "", *growth(), "")


def generate() -> "Edition":
    """Return a new edition, to which requests are made."""
    from django.core.management import call_command  # noqa: PLC0415 - needs the settings

    from programme.models import Edition  # noqa: PLC0415 - as above

    say("Generating %s people …", PEOPLE)
    numbers = [f"--cities={CITIES}", f"--people={PEOPLE}", f"--sessions={SESSIONS}"]
    call_command("generate_edition", "bench", *numbers, verbosity=0)
    return Edition.objects.get(slug="bench")


def over_http() -> Iterator[str]:
    from bench.rates import rates  # noqa: PLC0415 - needs the settings
    from bench.rush import rush  # noqa: PLC0415 - as above
    from bench.sign_ups import sign_ups  # noqa: PLC0415 - as above
    from bench.works import works_on  # noqa: PLC0415 - as above

    edition = generate()
    yield from ("## Over HTTP", "")
    with site.web() as (port, process, cold), site.bare_web() as bare_port:
        say("rates …")
        before = site.megabytes(process)
        yield from rates(works_on(edition, port), port, bare_port, process)
        yield from ("", *overload(port), "")
        say("sign-ups …")
        yield from (*sign_ups(port, bare_port, edition), "")
        say("rush …")
        yield from (*rush(port, edition), "")
        after = site.megabytes(process)
        yield f"- From the web server's start to its first answer: {cold:.2f} s (must be ≤ 2.5 s)."
        yield f"- A web process takes {max(before):.0f} MB at first, {max(after):.0f} MB after all this (must be ≤ 125 MB)."


def overload(port: int) -> Iterator[str]:
    from bench.rates import N_CLIENTS, SECONDS, ask  # noqa: PLC0415 - needs the settings

    say("overload …")
    result = ask(port, repeat(BenchRequest("/bench/")), SECONDS, n_clients=N_CLIENTS * OVERLOAD)
    answers = ", ".join(f"{n} × {status}" for status, n in sorted(result.statuses.items()))
    (p95,) = result.percentiles(0.95)
    yield (
        f"- {N_CLIENTS * OVERLOAD} clients at once on the programme page: {result.rate:.0f} requests/s, p95"
        f" {p95 * 1000:.0f} ms; answers: {answers}."
    )


def by_itself() -> Iterator[str]:
    """Measure what no page waits for: emails and reminders."""
    from bench import messages  # noqa: PLC0415 - needs the settings

    say("messages …")
    yield from ("", "## Emails", "")
    steps: list[Callable[[], list[str]]] = [messages.fan_out, messages.planning, messages.codes]
    for step in steps:
        yield from step()


if __name__ == "__main__":
    main()
