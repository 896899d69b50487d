"""Whose badges are printed, and what they say."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef
from django.utils.formats import date_format
from django.utils.timezone import localtime

from attendance.models import Evidence
from programme.models import Edition, Participant, Seat
from programme.models.participant_queryset import ParticipantQuerySet
from programme.queries.answers import answers_to
from programme.queries.in_person_days import sessions_in_person
from programme.rules.local_times import instant_on
from programme.rules.plain_words import plain

MOST_SEATS = 4  # named on a badge


@dataclass(frozen=True)
class BadgeChoice:
    """Which registered people get badges, and in which order. `has_come`: to a session in person; None for both."""

    city: int | None = None  # primary key of the delegation
    track: int | None = None  # primary key
    has_come: bool | None = None
    since: dt.date | None = None
    is_by_name: bool = False


@dataclass(frozen=True)
class Badge:
    """A person with the texts of their badge: answers to questions that are shown there, and the seats that they hold."""

    participant: Participant
    answers: Sequence[str]
    seats: Sequence[str]


def by_city(city: str, delegation: int, name: str, pk: int) -> tuple[object, ...]:
    """Return what to sort people by: Évora before Faro, Αθήνα as Athina. The database may have no collation for this."""
    return plain(city), delegation, plain(name), pk


def chosen_for(edition: Edition, choice: BadgeChoice) -> list[int]:
    """Return the people chosen, by primary key, in the order of their badges. One query; two if it matters who has come."""
    rows = people_for(edition, choice).order_by()
    found = list(rows.values_list("delegation__city__name", "delegation", "user__name", "pk"))
    found.sort(key=lambda it: by_city("", 0, *it[2:]) if choice.is_by_name else by_city(*it))
    return [pk for *_names, pk in found]


def people_among(pks: Sequence[int]) -> list[Participant]:
    """Return people by primary key, in the order given, with `held_in`. One query."""
    people = Participant.objects.with_people().with_held_seats().in_bulk(pks)
    return [people[pk] for pk in pks if pk in people]


def people_for(edition: Edition, choice: BadgeChoice) -> ParticipantQuerySet:
    """Return the people chosen."""
    people = edition.participants.registered()
    if choice.city is not None:
        people = people.filter(delegation=choice.city)
    if choice.track is not None:
        held = Seat.objects.held().filter(participant=OuterRef("pk"), session__track=choice.track)
        people = people.filter(Exists(held))
    if choice.has_come is not None:
        seen = Evidence.objects.effective().filter(
            participant=OuterRef("pk"), session__in=[it.pk for it in sessions_in_person(edition)]
        )
        people = people.filter(Exists(seen) if choice.has_come else ~Exists(seen))
    if choice.since is not None:
        people = people.filter(state_at__gte=instant_on(choice.since, dt.time(), edition.zone))
    return people


def badges_of(edition: Edition, people: Sequence[Participant]) -> list[Badge]:
    """Return the badges of people of the edition, who have `held_in`. Three queries, two without questions for badges."""
    questions = list(edition.questions.own().filter(is_on_badge=True, is_retired=False).in_order())
    answers = answers_to(questions, [it.pk for it in people]) if questions else {}
    sessions = edition.sessions.published().timed().select_related("track").in_programme_order()
    places = [
        (it.pk, f"{date_format(localtime(it.starts_at, edition.zone), 'D H:i')} {it.track}")
        for it in sessions
        if it.track
    ]
    return [
        Badge(
            person,
            [it.in_words(answers[person.pk, it.pk]) for it in questions if (person.pk, it.pk) in answers],
            [text for pk, text in places if pk in person.held_in][:MOST_SEATS],
        )
        for person in people
    ]
