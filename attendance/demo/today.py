"""Check-in of the demo's sessions in person around now: people who are in already, screens of the rooms, and a kiosk."""

import datetime as dt
import os
import secrets
import uuid

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from attendance.actions.check_ins import Scan, check_in
from attendance.actions.kiosks import add_kiosk
from attendance.actions.self_check_in import set_room_screen
from attendance.models import Attendance, Kiosk, RoomScreen
from programme.demo.today import ARRIVAL, TODAY
from programme.models import Edition, Session
from programme.rules.local_times import local_day
from udtacademy.accounts.models import User
from udtacademy.db.encrypted_fields import hash_of

KIOSK = "Entrance of the demo"
STILL_MISSING = 3  # every third person
EARLY = dt.timedelta(minutes=5)
APART = dt.timedelta(seconds=20)  # one scan and the next


def seed_check_in(edition: Edition, *, desk: User, organiser: User) -> list[str]:
    """Check most people in at the session that goes on now, once, and let its screen take a code. Return what can be opened, as sentences."""
    sessions = {it.slug: it for it in edition.sessions.filter(slug__in=TODAY).order_by("starts_at", "pk")}
    for session in sessions.values():
        if not RoomScreen.objects.filter(session=session).exists():
            set_room_screen(session=session, takes_self_check_in=True, missing=RoomScreen.Missing.NAMES, by=organiser)
    arrival = sessions.get(ARRIVAL)
    if arrival and not Attendance.objects.seen().filter(session=arrival).exists():
        check_in_most(arrival, desk)
    site = os.environ.get("SITE_URL", settings.SITE_URL)  # `start` has just chosen the port
    pages = [("check-in desk", reverse("attendance:check-in", args=[edition.slug]))]
    pages += [("screen of a room", reverse("attendance:room-screen", args=[edition.slug, it])) for it in sessions]
    if token := kiosk_token(edition, organiser):
        pages += [("kiosk, for one device", reverse("attendance:kiosk-open", args=[token]))]
    return [f"{name}: {site}{path}" for name, path in pages]


def check_in_most(session: Session, desk: User) -> None:
    """Check people in, one after the other, from five minutes before the start, as far as that has passed."""
    assert session.starts_at  # noqa: S101 - ours has one
    now, first_at = timezone.now(), session.starts_at - EARLY
    people = list(session.edition.participants.registered().order_by("pk"))
    present = [it for number, it in enumerate(people) if number % STILL_MISSING]
    for number, participant in enumerate(present):
        made_at = min(first_at + number * APART, now)
        scan = Scan(uuid.uuid4(), made_at=made_at, sent_at=now)
        check_in(person=participant.pk, session=session, scan=scan, by=desk)


def kiosk_token(edition: Edition, by: User) -> str:
    """Return the token of the link of today's kiosk, which is new each time; "" if a device has opened it, or it was revoked."""
    today = local_day(timezone.now(), edition.zone)
    kiosk = Kiosk.objects.filter(edition=edition, name=KIOSK, day=today).first()
    if kiosk is None:
        return add_kiosk(edition=edition, name=KIOSK, day=today, session=None, by=by)[1]
    if not kiosk.can_be_opened(timezone.now()):
        return ""
    token = secrets.token_urlsafe()
    kiosk.link_hash = hash_of(token)
    kiosk.save(update_fields=["link_hash"])
    return token
