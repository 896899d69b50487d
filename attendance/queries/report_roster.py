"""The roster that a meeting report is matched against, and the session it is probably about."""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from django.apps import apps
from django.utils.translation import gettext as _

from attendance.meeting_reports.names import normalised
from attendance.meeting_reports.reading.report import Interval
from attendance.meeting_reports.roster import Aliases, Member, Roster
from attendance.models import Alias
from attendance.queries.sessions import attended_sessions
from programme.errors import ProgrammeError
from programme.models import Delegation, Edition, Participant, Session
from udtacademy.accounts.models import Address
from udtacademy.db.addresses import normalised_address

NEAR = dt.timedelta(minutes=30)


MATCHED = (Participant.State.REGISTERED, Participant.State.WITHDRAWN)
SUGGESTED = (*MATCHED, Participant.State.PENDING, Participant.State.WAITING)


def roster_of(edition: Edition) -> Roster:
    """Return the roster for reports of an edition: people who take part, or did until they withdrew. Four queries.

    People who wait for approval, or on the waiting list of their city, can be suggested. Declined people are included so that their address matches nobody
    else.
    """
    addresses = addresses_in(edition)
    people = Participant.objects.filter(edition=edition)
    fields = ("pk", "state", "user", "user__name", "user__email", "delegation__city__name")
    members = [
        Member(
            pk,
            name,
            frozenset({normalised_address(email)} | addresses[user].now),
            city,
            former=frozenset(addresses[user].former),
            doubtful=frozenset(addresses[user].doubtful),
            can_be_matched=state in MATCHED,
            can_be_suggested=state in SUGGESTED,
        )
        for pk, state, user, name, email, city in people.values_list(*fields)
    ]
    delegations = Delegation.objects.filter(edition=edition).exclude(email_domains=[])
    return Roster(members, dict(delegations.values_list("city__name", "email_domains")))


@dataclass
class Addresses:
    """One account's addresses: verified now, verified formerly, and those of the latter that somebody else removed."""

    now: set[str] = field(default_factory=set)
    former: set[str] = field(default_factory=set)
    doubtful: set[str] = field(default_factory=set)


def addresses_in(edition: Edition) -> dict[int, Addresses]:
    """Return the verified addresses of an edition's people, by user. Two queries.

    An organiser who corrects an address removes one that was perhaps never the user's.
    """
    by_user: dict[int, Addresses] = defaultdict(Addresses)
    verified = Address.objects.filter(verified=True, user__participations__edition=edition).order_by()
    for user, email in verified.values_list("user", "email"):
        by_user[user].now.add(normalised_address(email))
    users = Participant.objects.filter(edition=edition).order_by().values("user")
    events = apps.get_model("accounts", "AddressEvent").objects.filter(verified=True, user__in=users).order_by("pgh_id")
    for user, email, label, by in events.values_list("user", "email", "pgh_label", "pgh_context__metadata__user"):
        address = normalised_address(email)
        was_corrected = label == "delete" and by not in {None, user}
        (by_user[user].doubtful if was_corrected else by_user[user].former).add(address)
    for addresses in by_user.values():
        addresses.doubtful -= addresses.now
        addresses.former -= addresses.now | addresses.doubtful
    return by_user


MOST_IN_LIST = 600  # people that a browser offers to complete


class People:
    """The people of an edition, searched by what an organiser types. Five queries for all texts in `typed`, and one for each other."""

    def __init__(self, edition: Edition, typed: Iterable[str] = ()) -> None:
        self.edition, self.typed = edition, list(filter(None, typed))

    @cached_property
    def roster(self) -> Roster:
        return roster_of(self.edition)

    @property
    def listed(self) -> list[str]:
        """Return suggestions for the browser's completion; [] if there are more than MOST_IN_LIST people."""
        members = [it for it in self.roster.members.values() if it.can_be_matched]
        if len(members) > MOST_IN_LIST:
            return []
        return sorted(f"{it.name}, {it.city} <{min(it.emails)}>" for it in members)

    @cached_property
    def known(self) -> dict[int, Participant]:
        """Return those who were typed."""
        pks = {pk for text in self.typed for pk in self.with_address(address_in(text)) or self.with_name(text)}
        return Participant.objects.with_people().in_bulk(pks)

    def with_address(self, email: str) -> Sequence[int]:
        """Return the people who have this address; if nobody has, those who had it."""
        former = [pk for pk in self.roster.owners_of([email]) if self.roster.members[pk].can_be_suggested]
        return self.roster.by_email.get(email) or former

    def with_name(self, text: str) -> Sequence[int]:
        return self.roster.by_name.get(normalised(text), [])

    def find(self, text: str) -> Participant:
        """Return the participant with this current or former address (also in angle brackets), or with this full name.

        Raises ProgrammeError unless exactly one person matches who can be chosen.
        """
        email = address_in(text)
        by_address = self.with_address(email)
        pks = by_address or self.with_name(text)
        if not pks:
            raise ProgrammeError(
                _("Nobody in this edition is called “%(name)s”. Try the email address.") % {"name": text},
                code="person_unknown",
            )
        if len(pks) > 1 and by_address:
            raise ProgrammeError(
                _(
                    "Several people have used the email address “%(email)s”. Enter the full name or another email address."
                )
                % {"email": email},
                code="address_ambiguous",
            )
        if len(pks) > 1:
            raise ProgrammeError(
                _("Several people are called “%(name)s”. Enter the email address.") % {"name": text},
                code="name_ambiguous",
            )
        participant = self.known.get(pks[0]) or Participant.objects.with_people().get(pk=pks[0])
        check_choosable(participant)
        return participant


def address_in(text: str) -> str:
    """Return the address in angle brackets at the end of what was typed, or else all of it."""
    bracketed = re.search(r"<([^<>]+)>\s*$", text)
    return normalised_address(bracketed[1] if bracketed else text)


def check_choosable(participant: Participant) -> None:
    """Raise ProgrammeError for a person who does not take part: not yet registered, or declined."""
    if participant.state == Participant.State.PENDING:
        raise ProgrammeError(
            _("%(name)s waits for approval. Approve their registration first.") % {"name": participant},
            code="approval_pending",
        )
    if participant.is_waiting:
        text = _("%(name)s is on the waiting list of %(city)s. Register them first.")
        raise ProgrammeError(text % {"name": participant, "city": participant.delegation}, code="on_waiting_list")
    if participant.state not in MATCHED:
        raise ProgrammeError(
            _("The registration of %(name)s was declined.") % {"name": participant}, code="registration_declined"
        )


def aliases_of(edition: Edition) -> Aliases:
    """Return the aliases of an edition. One query."""
    aliases = Alias.objects.filter(edition=edition).values_list("name_key", "email_key", "participant")
    return Aliases(
        by_email={normalised_address(email): pk for _name, email, pk in aliases if email},
        by_name={name: pk for name, _email, pk in aliases if name},
    )


def proposed_session(edition: Edition, intervals: Iterable[Interval]) -> Session | None:
    """Return the session during which most of the meeting took place; None if there is none, or a tie."""
    spans = list(intervals)
    sessions = attended_sessions(edition).timed().exclude(status=Session.Status.CANCELLED)
    lengths = {session: overlap(session, spans) for session in sessions}
    longest = max(lengths.values(), default=dt.timedelta())
    best = [session for session, length in lengths.items() if length == longest]
    return best[0] if longest and len(best) == 1 else None


def overlap(session: Session, spans: Iterable[Interval]) -> dt.timedelta:
    """Return how much of the spans lies within a session, NEAR before and after it included."""
    if session.starts_at is None or session.ends_at is None:
        return dt.timedelta()
    since, until = session.starts_at - NEAR, session.ends_at + NEAR
    return sum((max(min(end, until) - max(start, since), dt.timedelta()) for start, end in spans), dt.timedelta())
