"""Who is missing from a core session that is over, by city, and what was done about each of them.

People who registered after its end have not missed it, but have to make it up: they are apart, and nobody is asked about them.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef
from django.utils.translation import gettext as _

from attendance import wording
from attendance.models import Attendance, Excuse
from attendance.queries.chasers import ASKED, LISTED, WRITTEN, core_sessions_over, key, late, registered_later
from attendance.queries.expected import expected_at
from attendance.queries.places import covered_at
from attendance.queries.turnout import missing_from
from attendance.rules.attendance import REPRESENTS, AttendanceStatus
from attendance.rules.shown_states import ShownState
from attendance.rules.turnout import EXCUSED
from programme.models import Delegation, Edition, Participant, Session
from programme.models.delegation import DelegationQuerySet
from udtacademy.outbox.models import Message


@dataclass(frozen=True)
class MissingPerson:
    """Somebody who is missing. `written`: the email that says how to make it up; `request`: one that waits for a decision.

    `is_late`: registered after the session's end. `is_covered`: the record of somebody who held the place before counts, so
    that nobody is written to.
    """

    participant: Participant
    is_absent: bool  # by an organiser's decision
    is_late: bool
    is_covered: bool
    written: Message | None
    request: Excuse | None

    @property
    def state(self) -> str:
        if self.is_absent:
            return str(wording.STATES[ShownState.ABSENT])
        return "" if self.is_late else str(wording.STATES[ShownState.MISSED])


@dataclass(frozen=True)
class MissingCity:
    """A city's missing people, and those who registered later. `asked`, `informed`: the first emails to its coordinators;
    `n_there`: who represents it.
    """

    delegation: Delegation
    people: Sequence[MissingPerson]
    late: Sequence[MissingPerson]
    coordinators: Sequence[Participant]
    asked: Message | None
    informed: Message | None
    n_there: int

    @property
    def to_ask_about(self) -> list[Participant]:
        """Return the people about whom its coordinators can be asked.

        Without those who have sent a request themselves, and those for whom a predecessor's record counts.
        """
        return [it.participant for it in self.people if it.request is None and not it.is_covered]

    @property
    def to_ask(self) -> list[Participant]:
        """Return the coordinators who can be asked about somebody else than themselves."""
        return [it for it in self.coordinators if self.to_ask_about not in ([], [it])]

    @property
    def why_not_asked(self) -> str:
        """Return why its coordinators cannot be asked; "" if one of them can."""
        if not self.coordinators:
            return _("no coordinator is registered")
        if self.asked:
            return _("the coordinators have already been asked")
        return "" if self.to_ask else _("there is nobody to ask about")


def sessions_with_missing(edition: Edition, now: dt.datetime) -> list[Session]:
    """Return the core sessions of an edition that are over, the latest first."""
    return list(core_sessions_over(now).filter(edition=edition))


def n_late_settled(session: Session) -> int:
    """Return how many registered after a session's end and are excused or have made it up. One query."""
    settled = Attendance.objects.established().filter(session=session, participant=OuterRef("pk"))
    people = expected_at(session, with_late=True).filter(late(session))
    return people.filter(Exists(settled.filter(status__in=[it.value for it in EXCUSED]))).count()


def cities_missing(session: Session) -> DelegationQuerySet:
    """Return the cities of which somebody is missing or registered later, by name."""
    missing = missing_from(session, with_late=True).order_by().values("delegation")
    return session.edition.delegations.select_related("city").filter(pk__in=missing).order_by("city__name", "pk")


def missing_in(session: Session, delegations: Iterable[Delegation] | None = None) -> list[MissingCity]:
    """Return the missing people of some cities, or of all, in the order of the cities. At most eight queries."""
    people = missing_from(session, with_late=True)
    if delegations is not None:
        people = people.filter(delegation__in=[it.pk for it in delegations])
    everybody = list(people)
    cities = list({it.delegation_id: None for it in everybody})
    sent = messages_about(session, [it.pk for it in everybody], cities)
    by_city: dict[Delegation, list[MissingPerson]] = defaultdict(list)
    for person in missing_people(session, everybody, sent):
        by_city[person.participant.delegation].append(person)
    coordinators: dict[int, list[Participant]] = defaultdict(list)
    for coordinator in Participant.objects.coordinating().with_people().filter(delegation__in=cities):
        coordinators[coordinator.delegation_id].append(coordinator)
    there = there_by_city(session, cities)
    return [
        MissingCity(
            delegation,
            people=[it for it in members if not it.is_late],
            late=[it for it in members if it.is_late],
            coordinators=coordinators[delegation.pk],
            asked=sent.get(key(ASKED, session, delegation.pk)),
            informed=sent.get(key(LISTED, session, delegation.pk)),
            n_there=there.get(delegation.pk, 0),
        )
        for delegation, members in by_city.items()
    ]


def missing_people(
    session: Session, people: Sequence[Participant], sent: Mapping[str, Message]
) -> Iterator[MissingPerson]:
    """Yield people with what was done about each. `sent`: see `messages_about`."""
    pks = {it.pk for it in people}
    absent = absent_by_decision(session, pks)
    requests = {it.participant_id: it for it in Excuse.objects.asked().filter(session=session, participant__in=pks)}
    covered = set(covered_at(session))
    for person in people:
        yield MissingPerson(
            person,
            is_absent=person.pk in absent,
            is_late=registered_later(person, session),
            is_covered=person.pk in covered,
            written=sent.get(key(WRITTEN, session, person.pk)),
            request=requests.get(person.pk),
        )


def absent_by_decision(session: Session, people: Collection[int]) -> set[int]:
    """Return which of the people, by primary key, an organiser has decided to be absent. One query."""
    about = Attendance.objects.filter(session=session, participant__in=people, status=AttendanceStatus.ABSENT.value)
    return set(about.values_list("participant", flat=True))


def messages_about(session: Session, people: Iterable[int], delegations: Iterable[int]) -> Mapping[str, Message]:
    """Return the emails about who missed a session, by their deduplication key. One query."""
    keys = [key(WRITTEN, session, pk) for pk in people]
    keys += [key(kind, session, pk) for pk in delegations for kind in (LISTED, ASKED)]
    shown = ("dedupe_key", "state", "created_at", "sent_at")
    return {it.dedupe_key or "": it for it in Message.objects.filter(dedupe_key__in=keys).only(*shown)}


def there_by_city(session: Session, delegations: Collection[int]) -> dict[int, int]:
    """Return how many people represent each city, by its primary key. One query."""
    there = Attendance.objects.filter(session=session, status__in=[it.value for it in REPRESENTS])
    there = there.filter(participant__delegation__in=delegations).order_by()
    return dict(there.values_list("participant__delegation").annotate(n=Count("pk")))
