"""Add, change, order and end the questions of an edition. Answers stay, whatever happens to their question."""

import hashlib
import json
from collections.abc import Sequence

from django.db import transaction
from django.db.models import RestrictedError
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from programme.actions.answer_history import erase_history
from programme.actions.locks import lock_draft
from programme.actions.profiles import save_rows
from programme.actions.registration_drafts import empty_drafts
from programme.errors import NotAsReadError, ProgrammeError
from programme.models import Choice, Question
from programme.queries.last_changes import last_change
from programme.queries.questions import chosen_keys, n_answers
from programme.rules.questions import (
    MOST_CHOICES,
    MOST_QUESTIONS,
    STRICTNESS,
    SYSTEM_QUESTIONS,
    Privacy,
    goes_in_circles,
)
from udtacademy.accounts.models import User
from udtacademy.db.history import acting

NOT_ENTERED = frozenset({"id", "edition", "key", "position", "asked_since", "is_retired"})
AT_A_TIME = 500
LONGEST_KEY = 50


@transaction.atomic
def save_question(*, question: Question, by: User | None, as_read: str = "") -> dict[str, int]:
    """Add or change a question, given as it is to be. Return how many people had chosen each choice that was taken out.

    Such a choice stays theirs, retired. `as_read`: the token of the question that was changed; raises NotAsReadError if
    somebody else has changed it to something different meanwhile. Raises ProgrammeError for what people who have answered were
    not told: another kind, or to be kept longer or less strictly, or shown to others; for a question that would depend on
    itself; for too many, and
    for no choices.
    """
    lock_draft(question.edition)
    for name in ("rule", "all_choices"):
        question.__dict__.pop(name, None)
    known = list(question.edition.questions.select_related("depends_on").in_order())
    before = next((it for it in known if it.pk == question.pk), None)
    check_dependence(question, known)
    taken_out: dict[str, int] = {}
    if before is None:
        check_may_add(question, known)
        question.key = question.key or free_key(str(question), [it.key for it in known])
        question.position = known[-1].position + 1 if known else 1
    else:
        check_as_read(before, question, as_read, by)
        question.position = before.position  # a colleague may have moved it meanwhile
        if n := n_answers(before):
            check_promises(before, question, n)
        taken_out = keep_chosen(before, question, known)
    check_choices(question)
    with acting(by):
        question.save()
        if question.is_sensitive and not question.is_system:
            protect_answers(question)
    return taken_out


def entered_fields() -> list[str]:
    """Return the names of what organisers enter about a question."""
    return [it.attname for it in Question._meta.concrete_fields if it.name not in NOT_ENTERED]


def token_of(question: Question) -> str:
    """Return a hash of what organisers enter about a question; it differs if somebody has changed it."""
    content = json.dumps([getattr(question, name) for name in entered_fields()], sort_keys=True, default=str)
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def check_as_read(before: Question, after: Question, as_read: str, by: User | None) -> None:
    """Raise NotAsReadError unless the question is as it was read, or already as it is to be, as after a second click."""
    if as_read and token_of(before) not in {as_read, token_of(after)}:
        who = last_change(Question, before.edition, by, entered_fields(), pgh_obj=before.pk)
        text = _("This question has changed since you opened the page. What you entered has not been saved.")
        raise NotAsReadError(f"{text} {who}".strip())


def check_may_add(question: Question, known: Sequence[Question]) -> None:
    if sum(not it.is_system for it in known) >= MOST_QUESTIONS:
        raise ProgrammeError(
            _("An edition can have at most %(n)s questions of its own.") % {"n": MOST_QUESTIONS},
            code="too_many_questions",
        )
    if question.key in SYSTEM_QUESTIONS:
        raise ProgrammeError(_("The edition already has a question with this key."), code="key_taken")


def check_choices(question: Question) -> None:
    question.__dict__.pop("all_choices", None)
    if len(question.choices) > MOST_CHOICES:
        raise ProgrammeError(
            _("A question can have at most %(n)s choices.") % {"n": MOST_CHOICES}, code="too_many_choices"
        )
    if question.has_choices and not question.offered:
        raise ProgrammeError(_("Enter at least one choice."), code="no_choice")


def check_dependence(question: Question, known: Sequence[Question]) -> None:
    """Raise ProgrammeError if a question would depend on itself, over others or not."""
    parents = {it.key: it.depends_on.key for it in known if it.depends_on}
    if question.depends_on and goes_in_circles(question.key, question.depends_on.key, parents):
        raise ProgrammeError(
            _("The question would depend on its own answer. Choose another question."), code="depends_on_itself"
        )


def check_promises(before: Question, after: Question, n: int) -> None:
    """Raise ProgrammeError if a question with answers is changed to something else than people were told."""
    values = {"n": n}
    if before.kind != after.kind:
        text = ngettext(
            "%(n)s person has answered, so the kind stays. End this question and add another one instead.",
            "%(n)s people have answered, so the kind stays. End this question and add another one instead.",
            n,
        )
        raise ProgrammeError(text % values, code="kind_fixed")
    if STRICTNESS[Privacy(after.privacy)] < STRICTNESS[Privacy(before.privacy)]:
        text = ngettext(
            "%(n)s person has answered and was told how the answer is protected. It can only be protected better.",
            "%(n)s people have answered and were told how the answers are protected. They can only be protected better.",
            n,
        )
        raise ProgrammeError(text % values, code="privacy_looser")
    if before.kept_days is not None and (after.kept_days is None or after.kept_days > before.kept_days):
        text = ngettext(
            "%(n)s person has answered and was told how long the answer is kept. It can only be deleted earlier.",
            "%(n)s people have answered and were told how long the answers are kept. They can only be deleted earlier.",
            n,
        )
        raise ProgrammeError(text % values, code="kept_longer")
    if is_seen_by_more(before, after):
        text = ngettext(
            "%(n)s person has answered and was told who sees the answer. It cannot be shown to others as well.",
            "%(n)s people have answered and were told who sees the answers. They cannot be shown to others as well.",
            n,
        )
        raise ProgrammeError(text % values, code="seen_by_more")


def is_seen_by_more(before: Question, after: Question) -> bool:
    """Return whether a change shows the answers to people of whom `forms.privacy` did not speak. Ordinary answers may be listed."""
    is_listed = after.is_on_lists and not before.is_on_lists and before.privacy != Privacy.PLAIN
    by_coordinators = Question.When.COORDINATORS
    is_shown_to_them = after.asked_when == by_coordinators and before.asked_when != by_coordinators
    return is_listed or is_shown_to_them or (after.is_on_badge and not before.is_on_badge)


def keep_chosen(before: Question, after: Question, known: Sequence[Question]) -> dict[str, int]:
    """Keep the choices that were taken out and that people chose, or other questions depend on, as retired ones.

    Return how many people chose each, by its label.
    """
    kept = {it.key for it in after.all_choices if not it.is_retired}
    gone = [it for it in before.all_choices if it.key not in kept]
    if not gone:
        return {}
    chosen = chosen_keys(before)
    needed = {key for it in known if it.depends_on_id == before.pk for key in it.depends_answers}
    retired = [Choice(it.key, it.labels, is_retired=True) for it in gone if chosen[it.key] or it.key in needed]
    offered = [it for it in after.all_choices if not it.is_retired]
    after.choices = [it.as_row() for it in (*offered, *retired)]
    return {str(it): chosen[it.key] for it in gone if chosen[it.key] and not it.is_retired}


def free_key(label: str, taken: Sequence[str]) -> str:
    """Return a key made of a label that is not taken yet."""
    stem = slugify(label)[:LONGEST_KEY].strip("-_") or "question"
    stem = "-".join(filter(None, stem.replace("_", "-").split("-")))
    number, key = 1, stem
    while key in taken or key in SYSTEM_QUESTIONS:
        number += 1
        key = f"{stem}-{number}"
    return key


def protect_answers(question: Question) -> int:
    """Encrypt the answers to a sensitive question that are not yet, and take them out of the history. Return how many.

    Idempotent: it is also run for what was saved while the question became sensitive. The rows are locked, so that what
    somebody saves at the same moment is not lost.
    """
    n = 0
    open_rows = question.answers.filter(value__isnull=False).order_by("pk").select_for_update(of=["self"], no_key=True)
    while rows := list(open_rows[:AT_A_TIME]):
        for row in rows:
            row.put(row.value, is_sensitive=True)
        save_rows(rows)
        n += len(rows)
    for of_city in question.application_answers.filter(value__isnull=False).order_by("pk"):
        of_city.put(of_city.value, is_sensitive=True)
        of_city.save(update_fields=["value", "private_value"])
        n += 1
    erase_history(question)
    return n


@transaction.atomic
def move_question(*, question: Question, is_up: bool, by: User) -> bool:
    """Move a question before or behind its neighbour. Return whether that changed anything."""
    lock_draft(question.edition)
    open_ones = list(question.edition.questions.open().in_order())
    place = next((number for number, it in enumerate(open_ones) if it.pk == question.pk), None)
    other = None if place is None else place + (-1 if is_up else 1)
    if place is None or other is None or not 0 <= other < len(open_ones):
        return False
    open_ones[place], open_ones[other] = open_ones[other], open_ones[place]
    retired = question.edition.questions.filter(is_retired=True).in_order()
    with acting(by):
        renumber([*open_ones, *retired])
    return True


def renumber(questions: Sequence[Question]) -> None:
    """Number questions in this order."""
    moved = []
    for number, question in enumerate(questions, start=1):
        if question.position != number:
            question.position = number
            moved.append(question)
    Question.objects.bulk_update(moved, ["position"])


@transaction.atomic
def retire_question(*, question: Question, by: User) -> bool:
    """Ask a question no longer. Its answers stay. Return whether that changed anything."""
    with acting(by):
        return bool(Question.objects.open().filter(pk=question.pk).update(is_retired=True))


@transaction.atomic
def restore_question(*, question: Question, by: User) -> bool:
    """Ask a retired question again. Return whether that changed anything."""
    retired = Question.objects.filter(pk=question.pk, is_retired=True)
    with acting(by):
        return bool(retired.update(is_retired=False, asked_since=timezone.now()))


@transaction.atomic
def delete_question(*, question: Question, by: User) -> None:
    """Delete a question that nobody has answered, with what was to be deleted in time: in drafts, and in the history.

    Raises ProgrammeError for one with answers, or that others depend on.
    """
    lock_draft(question.edition)
    if question.is_system:
        raise ProgrammeError(
            _("This question belongs to every edition. You can end it instead."), code="system_question"
        )
    if n := question.answers.given().count() + question.application_answers.given().count():
        text = ngettext(
            "%(n)s person has answered. You can end the question instead: the answer stays.",
            "%(n)s people have answered. You can end the question instead: the answers stay.",
            n,
        )
        raise ProgrammeError(text % {"n": n}, code="question_answered")
    if question.dependent.exists():
        raise ProgrammeError(
            _("Other questions depend on this one. Change them first, or end this question instead."),
            code="others_depend_on_it",
        )
    with acting(by):
        for empty in (question.answers, question.application_answers):
            empty.filter(value__isnull=True, private_value="").delete()
        empty_drafts(question.edition, [question])
        if question.kept_days is not None:
            erase_history(question)
        try:
            question.delete()
        except RestrictedError as error:
            raise ProgrammeError(
                _("Somebody has just answered. You can end the question instead."), code="question_answered"
            ) from error
