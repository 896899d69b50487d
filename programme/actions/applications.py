"""Apply for a city, change an application and withdraw it (decision 57).

Whoever changes an application or decides about it locks it first, before delegations.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from programme.actions.application_mails import written_received
from programme.actions.locks import lock_draft
from programme.errors import ProgrammeError
from programme.models import Application, ApplicationAnswer, ApplicationDraft, Edition, Question
from programme.rules.questions import PREFIX, Kind, When
from programme.rules.questions import Answer as Value
from programme.rules.windows import Window
from udtacademy.accounts.models import User
from udtacademy.db.history import acting
from udtacademy.outbox.queue import post

State = Application.State


@dataclass(frozen=True)
class CityAnswers:
    """What a contact person enters. `own`: answers to questions by primary key; `dropped`: those that do not concern the city."""

    name: str
    city_name: str
    country: str
    own: Mapping[int, Value] = field(default_factory=dict)
    dropped: frozenset[int] = frozenset()


def save_application_draft(draft: ApplicationDraft, answers: dict[str, Any]) -> None:
    """Save the draft with the answers. Of two at the same time, the last counts. A form sent without an answer has none."""
    before = {name: it for name, it in draft.answers.items() if "name" not in answers or not name.startswith(PREFIX)}
    draft.answers, draft.saved_at = before | answers, timezone.now()
    ApplicationDraft.objects.bulk_create(
        [draft], update_conflicts=True, unique_fields=["user", "edition"], update_fields=["answers", "saved_at"]
    )


@transaction.atomic
def apply_for_city(*, edition: Edition, answers: CityAnswers, by: User) -> Application:
    """Send the actor's application, or change the one they have sent. Return it. The first time they get an email.

    Sending the same again changes nothing. Raises ProgrammeError if applications are not open, or theirs is decided.
    """
    by = User.objects.select_for_update(no_key=True).get(pk=by.pk)  # one application at a time
    now = timezone.now()
    check_open(edition)
    application = lock_application_of(by, edition)
    is_new = application is None or application.state == State.WITHDRAWN
    if application is None:
        application = Application(edition=edition, contact=by, submitted_at=now, state_at=now)
    elif not application.is_changeable:
        raise ProgrammeError(
            _("Your application has been decided, so it can no longer be changed."), code="application_decided"
        )
    with acting(by):
        if is_new:
            application.state = application.told_state = State.SUBMITTED
            application.state_at = application.submitted_at = now
        application.city_name, application.country = answers.city_name, answers.country
        application.changed_at, application.emptied_at = now, None
        application.save()
        put_application_answers(application, answers)
        if not by.is_staff and by.name != answers.name:
            by.name = answers.name
            by.save(update_fields=["name"])
        ApplicationDraft.objects.filter(user=by, edition=edition).delete()
    if is_new:
        post([written_received(application)])
    return application


def check_open(edition: Edition) -> None:
    """Raise ProgrammeError if cities cannot apply now."""
    now = timezone.now()
    if not edition.can_apply(now):
        is_over = edition.applications_window(now) is Window.OVER or edition.is_over(now)
        raise ProgrammeError(
            _("Applications are closed.") if is_over else _("Applications are not open yet."),
            code="applications_not_open",
        )


def lock_application_of(user: User, edition: Edition) -> Application | None:
    """Lock and return the user's application, if they have sent one."""
    locked = Application.objects.select_for_update(of=["self"], no_key=True)
    application = locked.filter(contact=user, edition=edition).first()
    if application:
        application.edition, application.contact = edition, user
    return application


def put_application_answers(application: Application, answers: CityAnswers) -> None:
    """Save the answers, each with its question as it is now; delete those that do not concern the city. Two or three queries."""
    questions = Question.objects.own().filter(edition=application.edition_id, asked_when=When.APPLICATION)
    rows = []
    for pk, question in questions.in_bulk(list(answers.own)).items():
        row = ApplicationAnswer(application=application, question=question, edition_id=application.edition_id)
        row.put(answers.own[pk], is_sensitive=question.is_sensitive)
        rows.append(row)
    ApplicationAnswer.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["application", "question"],
        update_fields=["value", "private_value"],
    )
    if answers.dropped:
        application.answers.filter(question__in=answers.dropped).delete()


@transaction.atomic
def withdraw_application(*, edition: Edition, by: User) -> bool:
    """Withdraw the actor's application. Return whether that changed anything.

    Raises ProgrammeError once it is accepted, and while a decision waits to be sent.
    """
    application = lock_application_of(by, edition)
    if application is None or application.state == State.WITHDRAWN:
        return False
    if not application.is_withdrawable:
        if application.told_state == State.DECLINED:
            return False
        raise ProgrammeError(
            _("Your application is being decided. Write to the organisers to withdraw it."), code="application_decided"
        )
    with acting(by):
        application.state = application.told_state = State.WITHDRAWN
        application.state_at = timezone.now()
        application.save(update_fields=["state", "told_state", "state_at"])
    return True


@transaction.atomic
def offer_usual_questions(*, edition: Edition, by: User | None) -> bool:
    """Add the usual questions to an edition whose cities apply and that has no questions for them. Return whether it did."""
    lock_draft(edition)
    known = list(edition.questions.in_order())
    if not edition.takes_applications or any(it.asked_when == When.APPLICATION for it in known):
        return False
    position = max((it.position for it in known), default=0)
    taken = {it.key for it in known}
    with acting(by), translation.override(settings.LANGUAGE_CODE):
        for key, label, hint in usual_questions():
            position += 1
            if key not in taken:
                Question.objects.create(
                    edition=edition,
                    key=key,
                    kind=Kind.TEXT,
                    labels={settings.LANGUAGE_CODE: label},
                    hints={settings.LANGUAGE_CODE: hint},
                    asked_when=When.APPLICATION,
                    is_required=True,
                    position=position,
                )
    return True


def usual_questions() -> list[tuple[str, str, str]]:
    """Return the key, wording and help of the questions that applicants are usually asked."""
    return [
        (
            "team",
            _("Who would be in your team?"),
            _("Name, job title and department of each person, one on each line."),
        ),
        ("challenge", _("Which challenge does your city want to work on?"), _("In a few sentences.")),
        (
            "use-case",
            _("Which use case do you have in mind?"),
            _("What a digital twin should help to decide, and for whom."),
        ),
        (
            "commitment",
            _("What does your city commit to?"),
            _("For example time of the team, data, and who supports it."),
        ),
    ]
