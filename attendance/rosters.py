"""Whom the people of a meeting report are matched against, and which session a report is probably of."""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property

from allauth.account.models import EmailAddress
from django.utils.translation import gettext as _

from attendance.access import attended_sessions
from attendance.matching import Aliases, Member, Roster, normalised
from attendance.models import Alias
from attendance.reports.report import Interval
from programme.errors import ProgrammeError
from programme.models import Edition, Participant, Session

NEAR = dt.timedelta(minutes=30)


def roster_of(edition: Edition) -> Roster:
    """Who takes part, and who did until they withdrew, with all addresses of theirs that are verified. Two queries."""
    people = Participant.objects.filter(
        edition=edition, state__in=[Participant.State.REGISTERED, Participant.State.WITHDRAWN]
    )
    more: dict[int, set[str]] = defaultdict(set)
    verified = EmailAddress.objects.filter(verified=True, user__participations__edition=edition)
    for user, email in verified.values_list("user", "email"):
        more[user].add(email.casefold())
    fields = ("pk", "user", "user__name", "user__email", "delegation__city__name")
    return Roster(
        Member(pk, name, frozenset({email.casefold()} | more[user]), city)
        for pk, user, name, email, city in people.values_list(*fields)
    )


MOST_IN_LIST = 600  # people whom a browser offers while one types


class People:
    """The people of an edition, to be found by what an organiser types. Two queries for all that is typed on a page."""

    def __init__(self, edition: Edition) -> None:
        self.edition = edition

    @cached_property
    def roster(self) -> Roster:
        return roster_of(self.edition)

    @property
    def listed(self) -> list[str]:
        """What a browser may complete; empty where that would be thousands."""
        members = self.roster.members.values()
        if len(members) > MOST_IN_LIST:
            return []
        return sorted(f"{it.name}, {it.city} <{min(it.emails)}>" for it in members)

    def called(self, text: str) -> Participant:
        """Whose address it is, also in angle brackets, or else whose full name. Raises ProgrammeError unless it is one."""
        bracketed = re.search(r"<([^<>]+)>\s*$", text)
        email = (bracketed[1] if bracketed else text).strip().casefold()
        pks = [self.roster.by_email[email]] if email in self.roster.by_email else []
        pks = pks or self.roster.by_name.get(normalised(text), [])
        if not pks:
            raise ProgrammeError(_("Nobody of this edition is called “%s”. Try the address.") % text)
        if len(pks) > 1:
            raise ProgrammeError(_("Several people are called “%s”. Give the address.") % text)
        return Participant.objects.with_people().get(pk=pks[0])


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
