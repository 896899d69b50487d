"""Whom the people of a meeting report are matched against, and which session a report is probably of."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from allauth.account.models import EmailAddress

from attendance.access import attended_sessions
from attendance.matching import Aliases, Member, Roster
from attendance.models import Alias
from attendance.reports.report import Interval
from programme.models import Edition, Participant, Session

NEAR = dt.timedelta(minutes=30)


def roster_of(edition: Edition) -> Roster:
    """Who takes part, and who did until they withdrew, with all addresses of theirs that are verified. Two queries."""
    people = Participant.objects.filter(
        edition=edition, state__in=[Participant.State.REGISTERED, Participant.State.WITHDRAWN]
    ).select_related("user", "delegation__city")
    more: dict[int, set[str]] = defaultdict(set)
    verified = EmailAddress.objects.filter(verified=True, user__participations__edition=edition)
    for user, email in verified.values_list("user", "email"):
        more[user].add(email.casefold())
    return Roster(
        Member(it.pk, it.user.name, frozenset({it.user.email.casefold()} | more[it.user_id]), str(it.delegation.city))
        for it in people
    )


def aliases_of(edition: Edition) -> Aliases:
    found = Alias.objects.filter(edition=edition).values_list("name_key", "email_key", "participant")
    return Aliases(
        by_email={email: pk for _name, email, pk in found if email},
        by_name={name: pk for name, _email, pk in found if name},
    )


def proposed_session(edition: Edition, intervals: Iterable[Interval]) -> Session | None:
    """The session during which most of it was; None where it is none, or where parallel ones are alike."""
    spans = list(intervals)
    sessions = attended_sessions(edition).timed().exclude(status=Session.Status.CANCELLED)
    lengths = {session: overlap(session, spans) for session in sessions}
    longest = max(lengths.values(), default=dt.timedelta())
    best = [session for session, length in lengths.items() if length == longest]
    return best[0] if longest and len(best) == 1 else None


def overlap(session: Session, spans: Iterable[Interval]) -> dt.timedelta:
    if session.starts_at is None or session.ends_at is None:
        return dt.timedelta()
    since, until = session.starts_at - NEAR, session.ends_at + NEAR
    return sum((max(min(end, until) - max(start, since), dt.timedelta()) for start, end in spans), dt.timedelta())
