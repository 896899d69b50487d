"""What leaves by itself in an edition, of all kinds, in order of time: see `panels.EMAIL_PLANS`."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from programme import panels
from programme.models import Edition
from programme.panels import EmailPlan, PlannedEmails
from programme.rules.local_times import local_day
from udtacademy.accounts.models import User


@dataclass(frozen=True)
class PlannedEntry:
    """Planned emails with their kind."""

    plan: EmailPlan
    emails: PlannedEmails


@dataclass(frozen=True)
class CountedEmails:
    """Planned emails, and how many people get them as things stand; None if nobody can know yet."""

    emails: PlannedEmails
    n_people: int | None


def planned_in(edition: Edition, user: User, now: dt.datetime) -> list[PlannedEntry]:
    """Return what leaves from now on, the next first, as far as the user may see it. One query a kind."""
    entries = [
        PlannedEntry(plan, emails)
        for plan in panels.EMAIL_PLANS
        for emails in plan.planned(user, edition, now)
        if emails.at > now
    ]
    return sorted(entries, key=lambda it: (it.emails.at, it.emails.text))


def until_tomorrow(emails: Iterable[PlannedEmails], edition: Edition, now: dt.datetime) -> list[PlannedEmails]:
    """Return what leaves from now on, today and tomorrow by days of the edition's zone, the next first."""
    last = local_day(now, edition.zone) + dt.timedelta(days=1)
    return sorted(
        (it for it in emails if it.at > now and local_day(it.at, edition.zone) <= last), key=lambda it: (it.at, it.text)
    )


def counted(edition: Edition, entries: Sequence[PlannedEntry], now: dt.datetime) -> list[CountedEmails]:
    """Return some entries, in their order, with how many people get them. A few queries a kind."""
    n_people: dict[int, int | None] = {}
    for plan in {id(it.plan): it.plan for it in entries}.values():
        emails = [it.emails for it in entries if it.plan is plan]
        n_people |= zip(map(id, emails), plan.n_people(edition, emails, now), strict=True)
    return [CountedEmails(it.emails, n_people[id(it.emails)]) for it in entries]
