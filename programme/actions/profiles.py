"""Participants' answers about themselves, and the secret link to their calendar."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from django.db import transaction

from programme.actions.answer_files import take_files
from programme.actions.coordinators import check_acts_for
from programme.actions.locks import lock_participant
from programme.models import Answer, Participant, Question
from programme.models.participant import new_calendar_token
from programme.rules.questions import Answer as Value
from udtacademy.accounts.models import User
from udtacademy.db.history import acting


@dataclass(frozen=True)
class Stay:
    """When somebody comes to the in-person days and leaves. None: they have not said."""

    arrives_at: dt.datetime | None
    leaves_at: dt.datetime | None


@dataclass(frozen=True)
class Answers:
    """What somebody enters about themselves when they register. None: not asked, so the present value stays.

    `own`: to the organisers' own questions, by primary key, None if left empty. `dropped`: those that are no longer for them, by what
    they answered; `emptied`: the keys of the system questions that are not.
    """

    name: str
    time_zone: str
    job_title: str | None = None
    department: str | None = None
    hopes: str | None = None
    language: str | None = None
    dietary_needs: str | None = None
    accessibility_needs: str | None = None
    wants_expo_pass: bool | None = None
    photo_consent: bool | None = None
    stay: Stay | None = None
    own: Mapping[int, Value] = field(default_factory=dict)
    dropped: frozenset[int] = frozenset()
    emptied: frozenset[str] = frozenset()


ABOUT_THE_USER = ("name", "language", "time_zone")


ABOUT_THE_PARTICIPANT = tuple(
    it.name
    for it in fields(Answers)
    if it.name not in {*ABOUT_THE_USER, "wants_expo_pass", "stay", "own", "dropped", "emptied"}
)
EMPTY = {  # the columns of system questions without an answer, by key; of the Expo pass see `take_answers`
    **dict.fromkeys(("job_title", "department", "hopes", "dietary_needs", "accessibility_needs"), ""),
    **dict.fromkeys(("photo_consent", "arrives_at", "leaves_at")),
}


def renew_calendar_link(*, participant: Participant) -> None:
    """Replace the secret link to a participant's calendar. The old link answers 404."""
    participant.calendar_token = new_calendar_token()
    participant.save(update_fields=["calendar_token", "calendar_hash"])


def take_answers(participant: Participant, answers: Answers) -> None:
    """Set the answers on participant and user, who is locked, and save the user only. An issued pass stays issued."""
    for name in ABOUT_THE_PARTICIPANT:
        if getattr(answers, name) is not None:
            setattr(participant, name, getattr(answers, name))
    if answers.wants_expo_pass is not None and participant.expo_pass != Participant.ExpoPass.ISSUED:
        passes = Participant.ExpoPass
        participant.expo_pass = passes.WANTED if answers.wants_expo_pass else passes.DECLINED
    if answers.stay is not None:
        participant.arrives_at, participant.leaves_at = answers.stay.arrives_at, answers.stay.leaves_at
    for name in answers.emptied & EMPTY.keys():
        setattr(participant, name, EMPTY[name])
    if "wants_expo_pass" in answers.emptied and participant.expo_pass != Participant.ExpoPass.ISSUED:
        participant.expo_pass = Participant.ExpoPass.NOT_ASKED
    for name in ABOUT_THE_USER:
        if getattr(answers, name) is not None:
            setattr(participant.user, name, getattr(answers, name))
    participant.user.save(update_fields=list(ABOUT_THE_USER))


@transaction.atomic
def update_profile(*, participant: Participant, answers: Answers, by: User) -> None:
    """Save the answers somebody gave about themselves. Raises ProgrammeError for a file that is no longer there."""
    locked = lock_participant(participant)
    with acting(by):
        take_answers(locked, answers)
        locked.save()
        save_own_answers(locked, answers, by=by)


@transaction.atomic
def answer_for(
    *, participant: Participant, own: Mapping[int, Value], dropped: frozenset[int], by: User, reason: str = ""
) -> None:
    """Save answers to own questions that a coordinator of the city, or an organiser, gives about somebody. `reason`: for the history.

    Raises ProgrammeError for a file that is no longer there, and if `by` no longer coordinates the city, or the person is no longer in it.
    """
    locked = lock_participant(participant)
    check_acts_for(locked.delegation, by)
    with acting(by, reason=reason):
        save_own_answers(locked, Answers(name="", time_zone="", own=own, dropped=dropped), by=by)


def save_own_answers(participant: Participant, answers: Answers, *, by: User) -> None:
    """Save the answers to own questions of somebody who is saved and locked. Two queries, three more if files are among them, and two
    more if some are dropped.

    Questions deleted meanwhile are left out. Raises ProgrammeError for a file that is no longer there.
    """
    if answers.own:
        questions = Question.objects.own().filter(edition=participant.edition_id).in_bulk(list(answers.own))
        contents = {question: answers.own[pk] for pk, question in questions.items()}
        put_answers(participant, take_files(participant, contents, by=by))
    if answers.dropped:
        participant.answers.filter(question__in=answers.dropped).delete()
        participant.files.filter(question__in=answers.dropped).delete()


def put_answers(participant: Participant, contents: Mapping[Question, Value]) -> None:
    """Save answers to own questions of the participant's edition, each with its question as it is now. One query."""
    save_rows([answer_row(participant, question, content) for question, content in contents.items()])


def answer_row(participant: Participant, question: Question, content: Value) -> Answer:
    """Return an answer, not saved."""
    row = Answer(participant=participant, question=question, edition_id=participant.edition_id)
    row.put(content, is_sensitive=question.is_sensitive)
    return row


def save_rows(rows: list[Answer]) -> None:
    """Save answers, also in place of those that people have given before. One query for 500; none for none."""
    Answer.objects.bulk_create(
        rows,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["participant", "question"],
        update_fields=["value", "private_value"],
    )
