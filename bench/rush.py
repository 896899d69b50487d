"""Many people at the same moment for few seats: what each of them sees, from the button to the page that answers."""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import cycle

from django.utils import timezone

from bench.client import BenchRequest, Reply, ask_once
from bench.sign_ups import ANSWERS
from bench.works import TOKEN, cookies_of
from programme.forms.tracks import SLOT
from programme.models import Edition, RegistrationDraft, Seat
from programme.queries.seat_choices import SlotChoice, choices_of
from udtacademy.accounts.models import User
from udtacademy.http.sending_again import AGAIN_AFTER, KEY

N_SEATS = 100  # in each session, and in the city
BROWSER = {"Accept": "text/html", "Accept-Encoding": "identity"}


@dataclass(frozen=True)
class Visit:
    """One person's visit: the statuses seen, in order, the last reply, and the seconds until then."""

    statuses: tuple[int, ...]
    last: Reply
    seconds: float


def rush(port: int, edition: Edition) -> Iterator[str]:
    """Return the lines of the report. Seats of sessions to come are deleted first."""
    people = [cookies_of(it.user) for it in edition.participants.registered().with_people().order_by("pk")[:2000]]
    slots = [it for it in choices_of(edition.participants.all()[0], timezone.now()) if it.is_open][:3]
    coming = edition.sessions.parallel().filter(starts_at__gt=timezone.now())
    coming.update(capacity=N_SEATS)
    yield "| at once | answered after s, p50 | the last | statuses | served | waiting |"
    yield "|---|---:|---:|---|---:|---:|"
    for name, n_people, wanted in (
        ("200 for 100 seats", 200, slots[:1]),
        ("2,000 for 300 seats, 3 slots", 2000, slots),
    ):
        Seat.objects.filter(session__in=coming).delete()
        forms = [wish(edition, cookies, slot) for cookies, slot in zip(people[:n_people], cycle(wanted), strict=False)]
        visits = at_once(port, forms)
        seats = Seat.objects.filter(session__in=coming)
        yield row(name, visits, seats.held().count(), seats.waiting().count())
    registered = edition.participants.registered()
    n_before = registered.count()
    visits = at_once(port, registrations(edition))
    yield row("200 register for 100", visits, registered.count() - n_before, edition.participants.waiting().count())


def wish(edition: Edition, cookies: str, choice: SlotChoice) -> BenchRequest:
    """Return the form of somebody who has no seat and chooses the technical session of a slot."""
    form = {"csrfmiddlewaretoken": TOKEN, f"{SLOT}{choice.key}": str(choice.slot.sessions[1].pk)}
    return BenchRequest(f"/portal/{edition.slug}/tracks/", "POST", cookies, form, BROWSER)


def registrations(edition: Edition) -> list[BenchRequest]:
    """Return the last forms of 200 people of a city that can register 100 more."""
    city = edition.delegations.earliest("pk")
    city.quota, city.email_domains = city.participants.registered().count() + N_SEATS, ["rush.example"]
    city.save()
    answers = ANSWERS | {"name": "New Person", "delegation": str(city.pk)}
    forms = []
    for number in range(2 * N_SEATS):
        user = User.objects.create_user(f"person{number}@rush.example")
        RegistrationDraft.objects.create(user=user, edition=edition, answers=answers)
        path = f"/{edition.slug}/register/check/"
        forms.append(BenchRequest(path, "POST", cookies_of(user), {"csrfmiddlewaretoken": TOKEN}, BROWSER))
    return forms


def at_once(port: int, forms: Sequence[BenchRequest]) -> list[Visit]:
    async def all_of_them() -> list[Visit]:
        return await asyncio.gather(*(visit(port, it, number) for number, it in enumerate(forms)))

    return asyncio.run(all_of_them())


async def visit(port: int, request: BenchRequest, number: int) -> Visit:
    """Send a form as a browser does: follow where it leads, and send it again when the page that asks to wait does."""
    address = {"X-Forwarded-For": f"198.18.{number // 250}.{number % 250}"}
    statuses, started = [], time.perf_counter()
    while True:
        reply = await ask_once(port, replace(request, headers=request.headers | address))
        statuses.append(reply.status)
        if reply.status == 202:  # noqa: PLR2004 - as HTTP has it
            key = re.search(rf'name="{KEY}" value="([^"]+)"', reply.body.decode())
            assert key
            request = replace(request, form=(request.form or {}) | {KEY: key[1]})
            await asyncio.sleep(AGAIN_AFTER)
        elif location := re.search(rb"(?i)\r\nlocation: ([^\r]+)", reply.headers):
            request = BenchRequest(location[1].decode(), "GET", request.cookies, None, request.headers)
        else:
            return Visit(tuple(statuses), reply, time.perf_counter() - started)


def row(name: str, visits: Sequence[Visit], n_served: int, n_waiting: int) -> str:
    """Return a line of the report. The times are those of people who were served: refusals are quick."""
    seconds = sorted(it.seconds for it in visits if it.last.is_served) or [float("nan")]
    statuses = Counter(status for it in visits for status in it.statuses)
    shown = ", ".join(f"{n} × {status}" for status, n in sorted(statuses.items()))
    return f"| {name} | {seconds[len(seconds) // 2]:.1f} | {seconds[-1]:.1f} | {shown} | {n_served} | {n_waiting} |"
