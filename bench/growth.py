"""Measure what each work costs with 4 and 16 times as many people, one request after the other in this process.

No participant's page may cost more with more participants. Nothing may grow faster than the number of people.
"""

import csv
import datetime as dt
import io
import logging
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from http import HTTPStatus
from statistics import median
from typing import TYPE_CHECKING

from bench.client import HOST
from bench.sign_ups import Form, check_status, register

if TYPE_CHECKING:
    from django.test import Client
    from django.test.client import ClientHandler

    from programme.models import Edition, Participant, Session
    from udtacademy.accounts.models import User

Ask = Callable[[], int]  # makes a request and returns the status
SIZES = {"1×": (50, 500), "4×": (200, 2000), "16×": (800, 8000), "64×": (3200, 32000)}  # cities and people
LARGEST = {"200×": (10_000, 100_000)}  # only for participants' pages: everybody's board would take minutes
N_SESSIONS = 30
N_TIMES = 15
SMALL = "growth-500"  # the edition of the smallest size
HEADERS = {"Host": HOST, "X-Forwarded-For": "198.51.100.7", "X-Forwarded-Proto": "https", "Referer": f"https://{HOST}/"}


@dataclass(frozen=True)
class Cost:
    milliseconds: float
    n_queries: int


def growth() -> Iterator[str]:
    from django.core.management import call_command  # noqa: PLC0415 - needs the settings

    from programme.models import Edition  # noqa: PLC0415 - as above

    logging.getLogger("udtacademy.http.request_log").setLevel(logging.WARNING)  # they would hide the progress messages
    costs: dict[str, dict[str, Cost]] = {}
    for size, (n_cities, n_people) in (SIZES | LARGEST).items():
        slug = f"growth-{n_people}"
        numbers = [f"--cities={n_cities}", f"--people={n_people}", f"--sessions={N_SESSIONS}"]
        call_command("generate_edition", slug, *numbers, verbosity=0)
        edition = Edition.objects.get(slug=slug)
        works = for_participants(edition) | (for_staff(edition) if size in SIZES else {})
        for work, cost in works.items():
            costs.setdefault(work, {})[size] = cost
    yield (
        "Milliseconds and queries of one request, alone, in one process, without HTTP; 500, 2,000, 8,000, 32,000 and 100,000"
        " people, 30 sessions. Pages by their route, as a coordinator or an organiser sees them; then what people do."
    )
    yield ""
    yield from table(costs)


def table(costs: dict[str, dict[str, Cost]]) -> Iterator[str]:
    sizes = [*SIZES, *LARGEST]
    yield f"| work | {' | '.join(sizes)} | last : first |"
    yield f"|---|{'---:|' * (len(sizes) + 1)}"
    for work, by_size in costs.items():
        cells = [
            f"{cost.milliseconds:.1f} ms, {cost.n_queries}" if (cost := by_size.get(size)) else "" for size in sizes
        ]
        smallest, *_others, largest = by_size.values()
        yield f"| {work} | {' | '.join(cells)} | {largest.milliseconds / smallest.milliseconds:.1f} |"


def for_participants(edition: "Edition") -> dict[str, Cost]:
    """Return the costs of their pages and of what they do."""
    from django.db.models import F  # noqa: PLC0415 - needs the settings

    slug, people = edition.slug, list(edition.participants.with_people().order_by("pk")[:N_TIMES])
    edition.delegations.update(quota=F("quota") + N_TIMES)  # for those who register
    coordinator = edition.participants.filter(is_coordinator=True).earliest("pk")

    def by_each(path: Callable[["Participant"], str], *, posts: bool = False) -> list[Ask]:
        return [partial(asked, signed_in(it.user), path(it), {} if posts else None) for it in people]

    return walked(edition, signed_in(coordinator.user), is_staff=False) | {
        "portal home": cost_of(by_each(lambda _it: f"/portal/{slug}/")),
        "programme page, signed in": cost_of(by_each(lambda _it: f"/{slug}/")),
        "choosing tracks, page": cost_of(by_each(lambda _it: f"/portal/{slug}/tracks/")),
        "private feed": cost_of(by_each(lambda it: f"/calendar/{it.calendar_token}.ics")),
        "join": cost_of(by_each(lambda _it: f"/join/{slug}/{running_in(edition).slug}/", posts=True)),
        "registration, whole": cost_of([partial(register_one, edition, it) for it in range(N_TIMES)]),
    }


def for_staff(edition: "Edition") -> dict[str, Cost]:
    from django.utils import timezone  # noqa: PLC0415 - needs the settings

    from attendance.personal_links import badges  # noqa: PLC0415 - as above

    slug, staff = edition.slug, organiser_of(edition.slug)
    coming = edition.sessions.filter(track__isnull=False, starts_at__gt=timezone.now())
    door = coming.earliest("starts_at", "pk")
    holders = edition.participants.filter(seats__session=door, seats__state="held").order_by("pk")[:N_TIMES]
    scans = [{"code": badges.code_of(it), "scan_id": str(uuid.uuid4())} for it in holders]
    board = f"/admin/editions/{slug}/attendance/board/"

    def by_staff(path: str, forms: Sequence[Form | None] = (None,) * 5) -> list[Ask]:
        client = signed_in(staff)
        return [partial(asked, client, path, it) for it in forms]

    return walked(edition, signed_in(staff), is_staff=True) | {
        "check-in": cost_of(by_staff(f"/check-in/{slug}/{door.slug}/", scans)),
        "board, a page": cost_of(by_staff(board)),
        "export of everybody, CSV": cost_of(by_staff(f"{board}export.csv?page=all", [None])),  # once, as it is slow
        "meeting report of everybody, given": cost_of([partial(give_report, edition, running_in(edition), staff)]),
        "meeting report of everybody, applied": cost_of([partial(apply_report, edition, staff)]),
    }


def running_in(edition: "Edition") -> "Session":
    from django.utils import timezone  # noqa: PLC0415 - needs the settings

    now = timezone.now()
    return edition.sessions.get(format="online", starts_at__lte=now, ends_at__gt=now)


def walked(edition: "Edition", client: "Client", *, is_staff: bool) -> dict[str, Cost]:
    """Return the cost of each page, for staff or for others, that answers with 200, by its route."""
    from bench.walk import pages_of  # noqa: PLC0415 - needs the settings

    costs = {}
    for route, path, is_for_staff in pages_of(edition):
        if is_for_staff == is_staff and asked(client, path, None) == HTTPStatus.OK:
            costs[f"`{route}`"] = cost_of([partial(asked, client, path, None)] * 3)
    return costs


def organiser_of(slug: str) -> "User":
    from allauth.mfa.models import Authenticator  # noqa: PLC0415 - needs the settings
    from django.contrib.auth.models import Group  # noqa: PLC0415 - as above

    from udtacademy.accounts.models import User  # noqa: PLC0415 - as above

    organiser = User.objects.create_user(f"staff@{slug}.example", name="Staff", is_staff=True)
    organiser.groups.add(Group.objects.get(name="organiser"))
    Authenticator.objects.create(user=organiser, type=Authenticator.Type.TOTP, data={"secret": "none"})
    return organiser


def cost_of(asks: list[Ask]) -> Cost:
    """Return the median cost, without the first request, which fills caches, unless it is the only one."""
    from django.db import connection  # noqa: PLC0415 - needs the settings
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415 - as above

    seconds, queries = [], []
    for ask in asks:
        with CaptureQueriesContext(connection) as captured:
            started = time.perf_counter()
            status = ask()
            seconds.append(time.perf_counter() - started)
        check_status(status)
        queries.append(len(captured))
    return Cost(median(seconds[1:] or seconds) * 1000, int(median(queries[1:] or queries)))


def asked(client: "Client", path: str, form: Form | None) -> int:
    """Request a page, or post a form as htmx does, and read the answer. Return its status."""
    if form is None:
        response = client.get(path, headers=HEADERS)
    else:
        response = client.post(path, form, headers=HEADERS | {"HX-Request": "true"})
    response.getvalue()  # the parts of a spreadsheet are made while they are read
    return response.status_code


def new_client() -> "Client":
    """Return a browser without cookies. All share one handler, so that the middleware is loaded once."""
    from django.test import Client  # noqa: PLC0415 - needs the settings

    client = Client()
    client.handler = handler()
    return client


@cache
def handler() -> "ClientHandler":
    from django.test import Client  # noqa: PLC0415 - needs the settings

    client = Client()
    client.get("/healthz", headers=HEADERS)
    return client.handler


def signed_in(user: "User") -> "Client":
    client = new_client()
    client.force_login(user, backend="udtacademy.accounts.backend.Backend")
    return client


def register_one(edition: "Edition", number: int) -> int:
    from django.core.cache import cache as counted  # noqa: PLC0415 - needs the settings

    counted.clear()  # reset the limits of one address
    client = new_client()

    def ask(path: str, form: Form | None) -> str:
        response = client.get(path, headers=HEADERS) if form is None else client.post(path, form, headers=HEADERS)
        check_status(response.status_code)
        return response.get("Location", "")

    delegation = edition.delegations.values_list("pk", flat=True)[0]
    register(ask, edition, delegation, f"new{number}@{edition.slug}.example")
    return HTTPStatus.OK


def give_report(edition: "Edition", session: "Session", staff: "User") -> int:
    """Upload a list with everybody in it."""
    from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: PLC0415 - needs the settings

    assert session.starts_at
    local = [(session.starts_at + dt.timedelta(minutes=it)).astimezone(edition.zone) for it in (0, 5)]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["name", "e-mail", "join", "leave"])
    for person in edition.participants.registered().select_related("user"):
        writer.writerow([person.user.name, person.user.email, *(f"{it:%Y-%m-%d %H:%M}" for it in local)])
    file = SimpleUploadedFile("everybody.csv", out.getvalue().encode(), "text/csv")
    form = {"given": [file], "session": session.pk}
    return (
        signed_in(staff).post(f"/admin/editions/{edition.slug}/attendance/reports/", form, headers=HEADERS).status_code
    )


def apply_report(edition: "Edition", staff: "User") -> int:
    from attendance.models import Report  # noqa: PLC0415 - needs the settings

    report = Report.objects.filter(edition=edition).latest("pk")
    path = f"/admin/editions/{edition.slug}/attendance/reports/{report.pk}/apply/"
    response = signed_in(staff).post(path, {"is_confirmed": "on"}, headers=HEADERS)
    report.refresh_from_db()
    if not report.is_applied:
        raise RuntimeError("The report was not applied.")
    return response.status_code
