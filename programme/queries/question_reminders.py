"""Who is reminded by email of questions that were added after they registered (decision 53)."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from programme.models import Answer, Edition, Participant, Question, QuestionReminder
from programme.models.participant_queryset import ParticipantQuerySet
from programme.models.question import QuestionQuerySet
from programme.queries.answers import system_answers, unanswered
from programme.queries.asked import formats_of, has_left_open, lacks_answer
from programme.rules.questions import OF_PROFILE
from programme.rules.questions import Answer as Value
from udtacademy.outbox.models import Message

KIND = "questions_added"  # of messages
PAUSE = dt.timedelta(days=1)  # after a question was added, and after somebody registered
SENT_AT = dt.time(7, 5)  # UTC, each day: as in CELERY_BEAT_SCHEDULE


@dataclass(frozen=True)
class DueReminder:
    """A reminder to write. `left`: all own questions they have not answered; `new`: those that no reminder was about yet."""

    person: Participant
    left: Sequence[Question]
    new: Sequence[Question]


def editions_reminding(now: dt.datetime) -> list[Edition]:
    """Return the editions with questions that people may be reminded of now. One query."""
    editions = Edition.objects.published().not_over(now).filter(sends_reminders=True)
    return list(editions.filter(Exists(due_questions(now).filter(edition=OuterRef("pk")))).select_related("venue"))


def due_questions(now: dt.datetime) -> QuestionQuerySet:
    """Return the own questions that were added long enough ago, and are asked of participants themselves."""
    added = Question.objects.own().open().filter(asked_when__in=OF_PROFILE)
    return added.filter(asked_since__lte=now - PAUSE).order_by()


def may_lack_answers(edition: Edition, now: dt.datetime) -> ParticipantQuerySet:
    """Return the registered people without an answer to a question of which they were not reminded yet.

    It may be one that does not concern them, by their answers to others: `unanswered` decides.
    """
    today = timezone.localdate(now, edition.zone)
    must = Q(question__is_required=True) & (Q(question__required_from=None) | Q(question__required_from__lte=today))
    of_both = {"participant": OuterRef(OuterRef("pk")), "question": OuterRef("pk")}
    answers = Answer.objects.filter(~must | Q(value__isnull=False) | ~Q(private_value=""), **of_both)
    lacking = due_questions(now).filter(
        ~Exists(answers), ~Exists(QuestionReminder.objects.filter(**of_both)), edition=edition
    )
    return Participant.objects.registered().filter(Exists(lacking), edition=edition, state_at__lte=now - PAUSE)


def n_to_remind(edition: Edition, now: dt.datetime) -> int:
    """Return how many people are reminded then, by the answers of today. Three queries.

    Of a question that depends on an encrypted answer, those are counted of whom it may be asked.
    """
    questions = {it.pk: it for it in edition.questions.select_related("depends_on")}
    formats, today = formats_of(edition), timezone.localdate(now, edition.zone)
    condition = Q(pk__in=[])
    for question in due_questions(now).filter(edition=edition):
        lacks = lacks_answer(question, questions, formats=formats, today=today)
        reminded = QuestionReminder.objects.filter(participant=OuterRef("pk"), question=question)
        condition |= (has_left_open(question, today) if lacks is None else lacks) & ~Q(Exists(reminded))
    return Participant.objects.registered().filter(condition, edition=edition, state_at__lte=now - PAUSE).count()


def due_reminders(edition: Edition, now: dt.datetime, among: Collection[int]) -> list[DueReminder]:
    """Return the reminders that are due to some people (primary keys). Four queries."""
    people = list(may_lack_answers(edition, now).filter(pk__in=among).with_people().order_by("pk"))
    reminded: dict[int, set[int]] = defaultdict(set)
    rows = QuestionReminder.objects.filter(participant__in=people).order_by()
    for person, question in rows.values_list("participant", "question"):
        reminded[person].add(question)
    due = [
        DueReminder(
            person, left, [it for it in left if it.asked_since <= now - PAUSE and it.pk not in reminded[person.pk]]
        )
        for person, left in questions_left(edition, people, now)
    ]
    return [it for it in due if it.new]


def questions_left(
    edition: Edition, people: Sequence[Participant], now: dt.datetime
) -> list[tuple[Participant, list[Question]]]:
    """Return the own questions that each of some people has not answered. Two queries."""
    questions = list(edition.questions.select_related("depends_on").in_order())
    keys = {it.pk: it.key for it in questions}
    answers: dict[int, dict[str, Value]] = defaultdict(dict)
    for row in Answer.objects.filter(participant__in=people).order_by():
        answers[row.participant_id][keys[row.question_id]] = row.content
    return [
        (
            person,
            [
                it
                for it in unanswered(person, edition, questions, system_answers(person) | answers[person.pk], now)
                if not it.is_system
            ],
        )
        for person in people
    ]


def leaves_at(asked_since: dt.datetime, now: dt.datetime) -> dt.datetime:
    """Return when the reminder of a question leaves that was added then, if it has not yet."""
    earliest = max(now, asked_since + PAUSE).astimezone(dt.UTC)
    same_day = dt.datetime.combine(earliest.date(), SENT_AT, dt.UTC)
    return same_day if same_day >= earliest else same_day + dt.timedelta(days=1)


def untrue_reminders(messages: Iterable[Message], now: dt.datetime) -> dict[int, str]:
    """Return the reminders of questions of which nothing is left to answer: primary key of the message → reason.

    Three queries for each edition with such reminders among the messages.
    """
    of_edition: dict[int, list[Message]] = defaultdict(list)
    for message in messages:
        if message.kind == KIND and message.context_id:
            of_edition[message.context_id].append(message)
    reasons: dict[int, str] = {}
    for edition in Edition.objects.filter(pk__in=of_edition) if of_edition else ():
        some = of_edition[edition.pk]
        people = Participant.objects.registered().filter(edition=edition, user__in=[it.user_id for it in some])
        left = {person.user_id for person, questions in questions_left(edition, list(people), now) if questions}
        is_asked = edition.is_published and not edition.is_over(now)
        reasons |= {
            it.pk: _("They have answered, or are no longer registered.")
            for it in some
            if not is_asked or it.user_id not in left
        }
    return reasons
