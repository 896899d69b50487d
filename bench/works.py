"""What is measured over HTTP: the requests of each work, on a generated edition."""

import re
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import count, cycle, repeat
from urllib.parse import urlencode

from allauth.mfa.models import Authenticator
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import Group
from django.utils import timezone

from attendance.demo.simulators.messages import zoom_event, zoom_request
from attendance.personal_links import badges
from bench.client import ZOOM_SECRET, BenchRequest, load
from programme.forms.tracks import SLOT
from programme.models import Edition, Participant, Seat, Session
from programme.queries.seat_choices import SlotChoice, choices_of
from udtacademy.accounts.models import User
from udtacademy.accounts.sessions import SessionStore

TOKEN = "c" * 32
N_SIGNED_IN = 2500
MEETING, WEBHOOK = "89012345678", "/webhooks/meetings/zoom/"
N_DESKS = 8  # each is limited to 1,200 scans a minute
LETTERS = 6  # of a name, typed to find it at the door


@dataclass(frozen=True)
class Work:
    """A kind of request. `floor`: the lowest acceptable rate, as a share of bare Django's (`bench/bare.py`). `ceiling`: the
    highest acceptable CPU, in multiples of bare Django's. `n_clients`: how many ask at once.
    """

    name: str
    requests: Callable[[], Iterable[BenchRequest]]
    floor: float | None = None
    ceiling: float | None = None
    n_clients: int = 8  # as many as threads


def cookies_of(user: User) -> str:
    """Sign a user in, and return the cookies of their browser."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "udtacademy.accounts.backend.Backend"
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


def works_on(edition: Edition, port: int) -> list[Work]:
    """Return what is measured on an edition. `port`: of the web server."""
    return [
        *public_works(edition, port),
        *participant_works(edition),
        *desk_works(edition),
        *staff_works(edition, port),
        webhook_work(edition),
    ]


def public_works(edition: Edition, port: int) -> list[Work]:
    page, session = f"/{edition.slug}/", running_session(edition).slug
    feed = BenchRequest(f"{page}programme.ics")

    return [
        Work("bare view of the site, one query", lambda: repeat(BenchRequest("/bench/one-query/"))),
        Work("programme page", lambda: repeat(BenchRequest(page)), 0.45),
        Work("session page", lambda: repeat(BenchRequest(f"{page}sessions/{session}/"))),
        Work("public feed, 200", lambda: repeat(feed), 0.45),
        Work("public feed, 304", partial(not_modified, feed, port), 0.45),
    ]


def not_modified(request: BenchRequest, port: int) -> Iterator[BenchRequest]:
    """Return requests that are answered with 304 while nothing changes."""
    head = load(port, [request], seconds=5, n_clients=1).answers[0].headers
    match = re.search(rb"etag: ([^\r]+)", head, re.IGNORECASE)
    assert match
    return repeat(replace(request, headers={"If-None-Match": match[1].decode()}))


def participant_works(edition: Edition) -> list[Work]:
    people = list(edition.participants.with_people().order_by("pk")[:N_SIGNED_IN])
    cookies = [cookies_of(it.user) for it in people]
    page, portal, join = (
        f"/{edition.slug}/",
        f"/portal/{edition.slug}/",
        f"/join/{edition.slug}/{running_session(edition).slug}/",
    )
    choice = emptied([it for it in choices_of(people[0], timezone.now()) if it.is_open][-1])
    wish = {f"{SLOT}{choice.key}": str(choice.slot.sessions[1].pk)}  # all choose the technical session of one slot
    feeds = [BenchRequest(f"/calendar/{it.calendar_token}.ics") for it in people]
    joining, choosing = iter(cookies), iter(cookies)  # each person once, over all turns
    return [
        Work("programme page, signed in", lambda: cycle(BenchRequest(page, cookies=it) for it in cookies), 0.25),
        Work("private feed", lambda: cycle(feeds), 0.12),
        Work("portal home", lambda: cycle(BenchRequest(portal, cookies=it) for it in cookies), 0.10),
        Work("seat choice, contended", lambda: (post(f"{portal}tracks/", it, **wish) for it in choosing), 0.08),
        Work("join", lambda: (post(join, it) for it in joining), 0.10),
    ]


def emptied(choice: SlotChoice) -> SlotChoice:
    """Leave a slot without seats and limits, so that everybody who chooses gets one. Not the first: the door needs its seats."""
    sessions = [it.pk for it in choice.slot.sessions]
    Seat.objects.filter(session__in=sessions).delete()
    Session.objects.filter(pk__in=sessions).update(capacity=None, room=None)
    return choice


def desk_works(edition: Edition) -> list[Work]:
    session = door_session(edition)
    people = iter(edition.participants.filter(seats__session=session, seats__state="held").order_by("pk"))
    path, desks = f"/check-in/{edition.slug}/{session.slug}/", cycle([staff("desk", n) for n in range(N_DESKS)])
    return [Work("check-in", lambda: (scan(path, next(desks), it) for it in people), 0.10)]


def webhook_work(edition: Edition) -> Work:
    """Return the events of a meeting as Zoom reports them, each a signed request. `floor`: what 300 a second were of bare Django's 2,472."""
    session = running_session(edition)
    session.meeting_url = f"https://zoom.us/j/{MEETING}"
    session.save(update_fields=["meeting_url"])
    people = list(edition.participants.values_list("user__name", "user__email").order_by("pk")[:N_SIGNED_IN])

    def requests() -> Iterator[BenchRequest]:
        for number in count():
            (name, email), kind = people[number // 2 % len(people)], ("joined", "left")[number % 2]
            about = {"meeting": MEETING, "user_name": name, "email": email}
            event = zoom_event(f"meeting.participant_{kind}", timezone.now(), f"{number // 2}", **about)
            body, headers = zoom_request(event, secret=ZOOM_SECRET)
            yield BenchRequest(WEBHOOK, "POST", headers=headers, content=body)

    return Work("event of a meeting, signed", requests, 0.12)


def staff_works(edition: Edition, port: int) -> list[Work]:
    """Return what organisers and the door wait for. The door's searches are by different names."""
    cookies, desk, door = staff("organiser"), staff("desk", N_DESKS), door_session(edition)
    names = cycle(edition.participants.order_by("pk").values_list("user__name", flat=True)[:200])
    own = f"/admin/editions/{edition.slug}/"
    now = BenchRequest(f"{own}attendance/live/{running_session(edition).slug}/now/", cookies=cookies)
    pages = {
        "first page": ("/admin/", 65),
        "overview of an edition": (own, None),
        "standing page": (f"{own}outcomes/standing/", 160),
        "preview of reminders": (f"{own}messages/reminders/", 160),
        "board": (f"{own}attendance/board/", 380),
    }
    exports = {"csv": 2700, "xlsx": 4400}
    in_background = {"HX-Request": "true"}

    def search(name: str) -> BenchRequest:
        query = urlencode({"q": name[:LETTERS]})
        return BenchRequest(f"/check-in/{edition.slug}/{door.slug}/?{query}", cookies=desk, headers=in_background)

    return [
        Work("live page’s poll, 200", lambda: repeat(now), ceiling=16),
        Work("live page’s poll, 304", partial(not_modified, now, port), ceiling=5),
        Work("door search", lambda: map(search, names), ceiling=9),
        *(
            Work(name, partial(repeat, BenchRequest(path, cookies=cookies)), ceiling=most)
            for name, (path, most) in pages.items()
        ),
        *(
            Work(
                f"export of all, {kind}",
                partial(repeat, BenchRequest(f"{own}attendance/board/export.{kind}?page=all", cookies=cookies)),
                ceiling=most,
                n_clients=1,
            )
            for kind, most in exports.items()
        ),
    ]


def door_session(edition: Edition) -> Session:
    """Return the first parallel session to come."""
    return edition.sessions.filter(track__isnull=False, starts_at__gt=timezone.now()).earliest("starts_at", "pk")


def running_session(edition: Edition) -> Session:
    now = timezone.now()
    return edition.sessions.get(format="online", starts_at__lte=now, ends_at__gt=now)
