"""Who still comes to the days in person, who has not answered, and whom to ask (decision 51)."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils.translation import gettext as _

from programme.models import ComingAnswer, ComingQuestion, Edition, Notice, Participant, Seat, Session
from programme.models.participant_queryset import ParticipantQuerySet
from programme.queries.in_person_days import (
    HELD_IN_PERSON,
    coming_facts,
    rule_from,
    sessions_in_person,
    span_of,
)
from programme.queries.participant_programme import OwnProgramme
from programme.queries.quiet_hours import is_asleep
from programme.rules.coming import Asked, ComingEmail, ComingRule, DaysInPerson, due_email
from udtacademy.outbox.models import Message
from udtacademy.time_zones import known_zone

KIND = "coming_question"  # of messages


@dataclass(frozen=True)
class OwnQuestion:
    """The question to one participant. `is_coming`: None until they have answered for these days.

    `is_asked`: they are expected, and it is time to ask them; `is_open`: they can answer.
    """

    rule: ComingRule
    is_coming: bool | None
    is_asked: bool
    is_open: bool

    @property
    def waits_for_answer(self) -> bool:
        return self.is_asked and self.is_coming is None


@dataclass(frozen=True)
class AskingEdition:
    """An edition that asks who still comes. `is_for_everybody`: one of its sessions in person is not parallel."""

    edition: Edition
    rule: ComingRule
    is_for_everybody: bool


def coming_of(participant: Participant, days: DaysInPerson | None) -> bool | None:
    """Return whether somebody said that they come on these days; None without an answer. Select `coming_answer`."""
    answer: ComingAnswer | None = getattr(participant, "coming_answer", None)
    return answer.is_coming if answer and days and answer.holds(days, participant.state_at) else None


def not_coming_among(people: Iterable[Participant], edition: Edition) -> list[Participant]:
    """Return who of an edition's participants said that they do not come. Select `coming_answer`. At most one query."""
    answered = [it for it in people if it.is_registered and getattr(it, "coming_answer", None)]
    span = span_of(edition, sessions_in_person(edition)) if answered else None
    return [it for it in answered if coming_of(it, span) is False]


def own_question(programme: OwnProgramme, now: dt.datetime) -> OwnQuestion | None:
    """Return the question to somebody registered; None if their edition does not ask. No query."""
    rule, participant = programme.coming_rule, programme.participant
    if rule is None:
        return None
    answer: ComingAnswer | None = getattr(participant, "coming_answer", None)
    is_expected = any(it.track_id is None or it.pk in programme.held_in for it in programme.in_person) or (
        answer is not None and answer.gives_up(participant.state_at)
    )
    is_asked = is_expected and rule.asks(participant.state_at, now)
    return OwnQuestion(rule, coming_of(participant, rule.days), is_asked, rule.is_open(now))


def asking_edition(edition: Edition) -> AskingEdition | None:
    """Return when and whom the edition asks; None if it does not. One query."""
    facts = coming_facts()
    values = Edition.objects.filter(pk=edition.pk).order_by().annotate(**facts).values(*facts).get()
    return asking_by(edition, values)


def asking_by(edition: Edition, facts: Mapping[str, Any]) -> AskingEdition | None:
    """Return the same, from `coming_facts`."""
    rule = rule_from(edition, facts)
    return AskingEdition(edition, rule, facts["is_for_everybody"]) if rule else None


def editions_asking(now: dt.datetime, *only: Edition) -> list[AskingEdition]:
    """Return the editions (`only` these, if any) in which people can answer now. One query.

    Not while a notice of changes waits: the days may have moved.
    """
    editions = Edition.objects.published().not_over(now).filter(coming_question_days__gt=0)
    if only:
        editions = editions.filter(pk__in=[it.pk for it in only])
    waiting = Notice.objects.open().filter(edition=OuterRef("pk"))
    rows = editions.filter(~Exists(waiting)).select_related("venue").annotate(**coming_facts())
    asking = (asking_by(edition, vars(edition)) for edition in rows)
    return [it for it in asking if it and it.rule.is_open(now)]


def without_answer(asking: AskingEdition) -> ParticipantQuerySet:
    """Return who is expected in person and has not answered for these days.

    Where all sessions in person are parallel, these are the holders of seats, and who gave up theirs by an answer for other days.
    Annotated with when the question and its reminder were written to them: `asked_at` and `reminded_at`.
    """
    days = {"first_on": asking.rule.days.first_on, "last_on": asking.rule.days.last_on}
    answers = ComingAnswer.objects.holding(asking.rule.days).filter(participant=OuterRef("pk"))
    questions = ComingQuestion.objects.filter(participant=OuterRef("pk"), **days)
    people = Participant.objects.registered().filter(~Exists(answers), edition=asking.edition)
    if not asking.is_for_everybody:
        in_person = Session.objects.filter(HELD_IN_PERSON, edition=asking.edition)
        seats = Seat.objects.held().filter(participant=OuterRef("pk"), session__in=in_person.order_by().values("pk"))
        given_up = ComingAnswer.objects.giving_up().filter(participant=OuterRef("pk"))
        people = people.filter(Exists(seats) | Exists(given_up))
    return people.annotate(
        asked_at=Subquery(questions.filter(is_reminder=False).values("created_at")[:1]),
        reminded_at=Subquery(questions.filter(is_reminder=True).values("created_at")[:1]),
    )


def due_emails(
    asking: AskingEdition, now: dt.datetime, among: Collection[int] | None = None
) -> list[tuple[Participant, ComingEmail]]:
    """Return who is to be emailed now, and what, in order of primary key. `among`: only these (primary keys). One query."""
    reminds = asking.rule.reminds_at is not None and now >= asking.rule.reminds_at
    people = without_answer(asking).filter(Q(asked_at=None) | Q(reminded_at=None) if reminds else Q(asked_at=None))
    people = people.exclude(is_asleep(asking.rule.quiet, asking.edition, now))
    if among is not None:
        people = people.filter(pk__in=among)
    due = []
    for person in people.with_people().order_by("pk"):
        asked = Asked(
            person.state_at,
            asked_at=person.asked_at,  # type: ignore[attr-defined]
            was_reminded=person.reminded_at is not None,  # type: ignore[attr-defined]
            zone=known_zone(person.user.time_zone),
        )
        if email := due_email(asking.rule, asked, now):
            due.append((person, email))
    return due


def n_to_email(asking: AskingEdition, email: ComingEmail) -> int:
    """Return how many people get the question, or its reminder, as things stand. One query."""
    people = without_answer(asking)
    return people.filter(Q(asked_at=None)).count() if email is ComingEmail.QUESTION else people.count()


def untrue_questions(messages: Iterable[Message], now: dt.datetime) -> dict[int, str]:
    """Return the questions that no longer need an answer: primary key of the message → reason.

    Three queries for each edition with questions among the messages.
    """
    of_edition: dict[int, list[Message]] = defaultdict(list)
    for message in messages:
        if message.kind == KIND and message.context_id:
            of_edition[message.context_id].append(message)
    if not of_edition:
        return {}
    reasons: dict[int, str] = {}
    for edition in Edition.objects.filter(pk__in=of_edition).annotate(**coming_facts()):
        reasons |= untrue_in(asking_by(edition, vars(edition)), of_edition[edition.pk], now)
    return reasons


def untrue_in(asking: AskingEdition | None, messages: Sequence[Message], now: dt.datetime) -> dict[int, str]:
    """Return the same for the messages of one edition; None if it asks nobody. Two queries."""
    if asking is None or not asking.edition.is_published or not asking.rule.is_open(now):
        return dict.fromkeys((it.pk for it in messages), _("Nobody is asked whether they still come at the moment."))
    to_ask = without_answer(asking).filter(user__in=[it.user_id for it in messages])
    unanswered = set(to_ask.order_by().values_list("user", flat=True))
    rows = ComingQuestion.objects.filter(message__in=[it.pk for it in messages]).order_by()
    days: dict[Any, list[dt.date]] = {
        message: of_row for message, *of_row in rows.values_list("message", "first_on", "last_on")
    }
    reasons = {}
    for message in messages:
        if message.pk in days and not asking.rule.days.are(*days[message.pk]):
            reasons[message.pk] = _("The days in person have changed.")
        elif message.user_id not in unanswered:
            reasons[message.pk] = _("They have answered, or are no longer expected in person.")
    return reasons


def who_said_no(people: Iterable[Participant]) -> set[int]:
    """Return which of some participants (primary keys) said that they do not come to the days in person as they are now.

    One query; one more for each edition in which somebody did.
    """
    answers = ComingAnswer.objects.filter(is_coming=False, participant__in=[it.pk for it in people]).order_by()
    of_edition: dict[Edition, list[Participant]] = defaultdict(list)
    for answer in answers.select_related("participant__edition"):
        answer.participant.coming_answer = answer
        of_edition[answer.participant.edition].append(answer.participant)
    return {it.pk for edition, some in of_edition.items() for it in not_coming_among(some, edition)}
