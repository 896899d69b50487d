"""Measure how fast emails are sent, to a server that discards them, how fast reminders are planned, and how long codes wait."""

import datetime as dt
import os
import smtplib
import time
from statistics import median
from typing import TYPE_CHECKING

from bench import site

if TYPE_CHECKING:
    from programme.models import Edition
    from udtacademy.outbox.mime import CalendarFile
    from udtacademy.outbox.models import Message

N_MESSAGES = 1000
N_PEOPLE, PER_CITY, N_SESSIONS = 5000, 500, 20
PAUSE = 0.25  # seconds between codes


def fan_out() -> list[str]:
    seconds, memory = deliver_by_worker()
    bare, ours = N_MESSAGES / send_bare(int(os.environ["SMTP_PORT"])), N_MESSAGES / seconds
    return [
        (
            f"- Emails a second: bare smtplib {bare:.0f}, over one connection; outbox and a mailer of two processes {ours:.0f},"
            f" {ours / bare:.2f} times as many."
        ),
        f"- A process of the mailer takes {memory:.0f} MB after that (must be ≤ 125 MB).",
    ]


def planning() -> list[str]:
    n_due, seconds = plan_reminders()
    return [f"- Planning reminders for {N_PEOPLE} people and {N_SESSIONS} sessions: {seconds:.2f} s, {n_due} due."]


def batch() -> "list[Message]":
    """Return emails like those about registrations: text, HTML and two calendar files."""
    from udtacademy.outbox.queue import message_of  # noqa: PLC0415 - needs the settings

    text = "Dear Pia,\n\nYou are registered.\n\n→ Open your page: http://127.0.0.1:8000/portal/"
    files: list[CalendarFile] = [
        {"name": f"{name}.ics", "method": "REQUEST", "text": "BEGIN:VCALENDAR\r\n" + "X:1\r\n" * 200} for name in "ab"
    ]
    return [
        message_of(to=f"person{n}@city.example", kind="bench", subject="Registered", text=text, calendars=files)
        for n in range(N_MESSAGES)
    ]


def send_bare(port: int) -> float:
    """Send the same emails, built beforehand, in a loop over one connection. Return the seconds."""
    prepared = [bytes(it.content) for it in batch()]
    started = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port) as connection:
        for content in prepared:
            connection.sendmail("academy@localhost", ["person@city.example"], content)
    return time.perf_counter() - started


def deliver_by_worker() -> tuple[float, float]:
    """Deliver emails with a running mailer. Return the seconds, and the memory of its largest process in MB."""
    with site.running(site.MAILER) as process:
        timed_delivery(100)  # waits until it has started and connected
        seconds = timed_delivery(N_MESSAGES)
        return seconds, max(site.megabytes(process))


def timed_delivery(n: int) -> float:
    """Return the seconds from starting the task until the last of `n` emails is recorded as sent."""
    from udtacademy.outbox.models import Message  # noqa: PLC0415 - needs the settings
    from udtacademy.outbox.tasks import deliver_messages  # noqa: PLC0415 - as above

    Message.objects.all().delete()
    Message.objects.bulk_create(batch()[:n])
    started = time.perf_counter()
    for _process in range(2):
        deliver_messages.apply_async()
    while Message.objects.exclude(state="sent").exists():
        time.sleep(0.05)
    return time.perf_counter() - started


def codes() -> list[str]:
    """Write and deliver a reminder to everybody while somebody asks for a code again and again."""
    from attendance.tasks import send_reminders  # noqa: PLC0415 - needs the settings
    from udtacademy.outbox.models import Message  # noqa: PLC0415 - as above

    make_edition(n_sessions=1)
    Message.objects.all().delete()
    with site.running(site.WORKER) as worker, site.running(site.MAILER) as mailer:
        queue_code()
        while not waits_of_codes():
            time.sleep(PAUSE)  # until the mailer has started
        Message.objects.all().delete()
        started = time.perf_counter()
        n_asked = 0
        while Message.objects.filter(kind="reminder", state="sent").count() < N_PEOPLE:
            if time.perf_counter() - started >= n_asked * 60:  # as beat does: a run ends after 50 seconds
                send_reminders.apply_async()
                n_asked += 1
            queue_code()
            time.sleep(PAUSE)
        seconds = time.perf_counter() - started
        memory = [f"{max(site.megabytes(it)):.0f}" for it in (worker, mailer)]
    waits = waits_of_codes()
    return [
        (
            f"- {N_PEOPLE} reminders planned, written and delivered in {seconds:.0f} s. Meanwhile {len(waits)} codes were sent"
            f" {median(waits):.2f} s after they were asked for, p99 {waits[len(waits) * 99 // 100]:.2f} s (must be ≤ 2 s)."
        ),
        f"- Largest process of worker and mailer after that: {' and '.join(memory)} MB (must be ≤ 125 MB).",
    ]


def queue_code() -> None:
    from udtacademy.outbox.queue import queue_text  # noqa: PLC0415 - needs the settings

    queue_text(
        to="person@city.example",
        kind="login_code",
        subject="Your code",
        text="123456",
        is_sensitive=True,
        is_urgent=True,
        lasts=dt.timedelta(minutes=5),
    )


def waits_of_codes() -> list[float]:
    """Return how many seconds passed between asking for a code and handing it to the mail server, the shortest first."""
    from udtacademy.outbox.models import Message  # noqa: PLC0415 - needs the settings

    sent = Message.objects.filter(kind="login_code", state="sent").values_list("created_at", "sent_at")
    return sorted((sent_at - created_at).total_seconds() for created_at, sent_at in sent if sent_at)


def plan_reminders() -> tuple[int, float]:
    """Plan reminders of every session three times. Return the number due, and the shortest time in seconds."""
    from attendance.queries.reminders import plan  # noqa: PLC0415 - as above
    from attendance.rules.reminders import PlannedStep, Step  # noqa: PLC0415 - needs the settings

    edition, now = make_edition(N_SESSIONS)
    times = []
    for _again in range(3):
        started = time.perf_counter()
        rounds = plan(now, edition)
        times.append(time.perf_counter() - started)
    return sum(it.people(PlannedStep(Step.SEND)).count() for it in rounds), min(times)


def make_edition(n_sessions: int) -> "tuple[Edition, dt.datetime]":
    """Return an edition with N_PEOPLE, who know its sessions, all of which have a reminder due."""
    from django.utils import timezone  # noqa: PLC0415 - needs the settings

    from programme.actions.session_changes import take_as_known  # noqa: PLC0415 - as above
    from programme.models import Announcement, Edition, Session  # noqa: PLC0415 - as above

    now = timezone.now()
    edition, is_new = Edition.objects.get_or_create(
        slug="reminded",
        defaults={
            "name": "Reminded",
            "time_zone": "Europe/Madrid",
            "first_on": now.date(),
            "last_on": now.date() + dt.timedelta(days=30),
            "is_published": True,
        },
    )
    if is_new:
        add_people(edition, now)
    Announcement.objects.filter(edition=edition).delete()
    Session.objects.filter(edition=edition).delete()
    for number in range(n_sessions):
        starts_at = now + dt.timedelta(days=2, hours=2 * number)
        Session.objects.create(
            edition=edition,
            slug=f"session-{number}",
            title=f"Session {number}",
            status="confirmed",
            is_published=True,
            starts_at=starts_at,
            ends_at=starts_at + dt.timedelta(hours=1),
        )
    take_as_known(edition)
    return edition, now


def add_people(edition: "Edition", now: dt.datetime) -> None:
    from programme.models import City, Delegation, Participant  # noqa: PLC0415 - needs the settings
    from udtacademy.accounts.models import User  # noqa: PLC0415 - as above

    long_ago, people = now - dt.timedelta(days=60), []
    for first in range(0, N_PEOPLE, PER_CITY):
        city = City.objects.create(name=f"Reminded {first}", country="ES")
        delegation = Delegation.objects.create(edition=edition, city=city, quota=PER_CITY)
        numbers = range(first, min(first + PER_CITY, N_PEOPLE))
        users = User.objects.bulk_create(
            [User(email=f"p{it}@bench.example", name=f"Person {it}", password="!") for it in numbers]
        )
        people += [
            Participant(user=user, delegation=delegation, edition=edition, state="registered", state_at=long_ago)
            for user in users
        ]
    Participant.objects.bulk_create(people, batch_size=1000)
