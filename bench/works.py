"""What is measured over HTTP: the requests of each work, on an edition that is generated."""

import re
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import cycle, repeat

from allauth.mfa.models import Authenticator
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import Group
from django.utils import timezone

from attendance.personal_links import badges
from bench.client import BenchRequest, load
from programme.forms.tracks import SLOT
from programme.models import Edition, Participant
from programme.queries.seat_choices import choices_of
from udtacademy.accounts.models import User
from udtacademy.accounts.sessions import SessionStore

TOKEN = "c" * 32
N_SIGNED_IN = 2500
N_DESKS = 8  # one may scan 1,200 times a minute


@dataclass(frozen=True)
class Work:
    """`floor`: the least share of the bare view's rate that must hold."""

    name: str
    requests: Callable[[], Iterable[BenchRequest]]
    floor: float | None = None


def cookies_of(user: User) -> str:
    """As if they had signed in by a browser."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "udtacademy.accounts.sign_in.Backend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return f"__Host-sessionid={session.session_key}; __Host-csrftoken={TOKEN}"


def staff(group: str, n: int = 1) -> str:
    user = User.objects.create_user(f"{group}{n}@academy.example.org", name=f"{group} {n}", is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "none"})
    return cookies_of(user)


def post(path: str, cookies: str, **form: str) -> BenchRequest:
    return BenchRequest(path, "POST", cookies, form, {"X-CSRFToken": TOKEN, "HX-Request": "true"})


def scan(path: str, cookies: str, person: Participant) -> BenchRequest:
    return post(path, cookies, code=badges.code_of(person), scan_id=str(uuid.uuid4()))


def works_on(edition: Edition, small: Edition, port: int) -> list[Work]:
    now = timezone.now()
    slug = edition.slug
    people = list(edition.participants.with_people().order_by("pk")[:N_SIGNED_IN])
    signed_in = [(person, cookies_of(person.user)) for person in people]
    running = edition.sessions.get(format="online", starts_at__lte=now, ends_at__gt=now)
    door = edition.sessions.filter(track__isnull=False, starts_at__gt=now).earliest("starts_at", "pk")
    desks, organiser = cycle([staff("desk", n) for n in range(N_DESKS)]), staff("organiser")
    feed = BenchRequest(f"/{slug}/programme.ics")
    board = "/admin/attendance/board/"
    joining, choosing, at_the_door = iter(signed_in), iter(signed_in), iter(holders(edition, door.pk))
    choice = next(it for it in choices_of(people[0], now) if it.is_open)
    wish = {f"{SLOT}{choice.key}": str(choice.slot.sessions[1].pk)}

    def not_modified() -> Iterator[BenchRequest]:
        head = load(port, [feed], seconds=5, n_clients=1).answers[0].headers
        match = re.search(rb"etag: ([^\r]+)", head, re.IGNORECASE)
        assert match
        return repeat(replace(feed, headers={"If-None-Match": match[1].decode()}))

    def joins() -> Iterator[BenchRequest]:
        return (post(f"/join/{slug}/{running.slug}/", cookies) for _person, cookies in joining)

    def check_ins() -> Iterator[BenchRequest]:
        path = f"/check-in/{slug}/{door.slug}/"
        return (scan(path, next(desks), person) for person in at_the_door)

    def seen(path: str) -> Iterator[BenchRequest]:
        return repeat(BenchRequest(path, cookies=organiser))

    def seats() -> Iterator[BenchRequest]:
        """Everybody wants the technical session of the next free slot, at once."""
        return (post(f"/portal/{slug}/tracks/", cookies, **wish) for _person, cookies in choosing)

    return [
        Work("programme page", lambda: repeat(BenchRequest(f"/{slug}/")), 0.60),
        Work("session page", lambda: repeat(BenchRequest(f"/{slug}/sessions/{running.slug}/"))),
        Work("public feed, 200", lambda: repeat(feed), 0.60),
        Work("public feed, 304", not_modified, 0.80),
        Work("private feed", lambda: cycle(BenchRequest(f"/calendar/{it.calendar_token}.ics") for it in people)),
        Work(
            "portal home",
            lambda: cycle(BenchRequest(f"/portal/{slug}/", cookies=it) for _person, it in signed_in),
            0.12,
        ),
        Work("seat choice, contended", seats),
        Work("join", joins, 0.10),
        Work("check-in", check_ins, 0.10),
        *(
            Work(f"{name}, {one.participants.count()} people", partial(seen, f"{board}{one.slug}/{page}"))
            for name, page in (("board", ""), ("export of all, CSV", "export.csv?page=all"))
            for one in (small, edition)
        ),
    ]


def holders(edition: Edition, session: int) -> list[Participant]:
    return list(edition.participants.filter(seats__session=session, seats__state="held").order_by("pk"))
