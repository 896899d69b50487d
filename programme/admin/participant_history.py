"""The history of a participant, with that of their seats, and the names and addresses their account had."""

from collections.abc import Iterator
from typing import Any

import pghistory.models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from programme.models import Answer, Participant, Question, Session
from udtacademy.accounts.models import User
from udtacademy.admin.history import FieldChange, HistoryAdmin, shown

USER_EVENT = "accounts.UserEvent"
OF_THE_ACCOUNT = ("name", "email")  # what everybody who sees the person sees of it
SEAT_EVENT = "programme.SeatEvent"
ANSWER_EVENT = "programme.AnswerEvent"
SEAT_EVENT_LABELS = {
    ("insert", "held"): gettext_lazy("Seat in “%(session)s”"),
    ("insert", "waiting"): gettext_lazy("On the waiting list for “%(session)s”"),
    ("update", "held"): gettext_lazy("Seat in “%(session)s”, from the waiting list"),
    ("update", "waiting"): gettext_lazy("On the waiting list for “%(session)s”"),
    ("delete", "held"): gettext_lazy("No longer has a seat in “%(session)s”"),
    ("delete", "waiting"): gettext_lazy("No longer on the waiting list for “%(session)s”"),
}


def account_changes(event: Any) -> Iterator[FieldChange]:
    for name in OF_THE_ACCOUNT:
        if name in event.pgh_diff:
            field = User._meta.get_field(name)
            before, after = (shown(field, value) for value in event.pgh_diff[name])  # type: ignore[arg-type]
            yield FieldChange(str(field.verbose_name), before, after)  # type: ignore[union-attr]


def answer_changes(event: Any) -> Iterator[FieldChange]:
    """Yield the answer before and after, in words; nothing of a sensitive one, which the history does not have."""
    question = Question.objects.filter(pk=event.pgh_data["question_id"]).first() or Question()
    now = None if event.pgh_label == "delete" else event.pgh_data["value"]
    before = event.pgh_data["value"] if event.pgh_label == "delete" else (event.pgh_diff or {}).get("value", [None])[0]
    if now or before:
        texts = (question.in_words(it) or "–" for it in (before, now))
        yield FieldChange(str(Answer._meta.get_field("value").verbose_name), *texts)


class ParticipantHistoryAdmin(HistoryAdmin[Participant]):
    def events_of(self, participant: Participant) -> Any:
        """Return also the events of their seats: a seat that was given up is recorded nowhere else."""
        return pghistory.models.Events.objects.references(participant).across(
            "programme.ParticipantEvent", SEAT_EVENT, ANSWER_EVENT
        )

    def newest_first(self, participant: Participant) -> list[Any]:
        """Return also when the name or the address of their account was changed."""
        of_account = pghistory.models.Events.objects.tracks(participant.user)
        renamed = of_account.filter(pgh_label="update", pgh_diff__has_any_keys=list(OF_THE_ACCOUNT))
        events = [*self.events_of(participant), *renamed]
        return sorted(events, key=lambda event: (event.pgh_created_at, event.pgh_id), reverse=True)

    def event_label(self, event: Any) -> str:
        if event.pgh_model == USER_EVENT:
            return str(_("Account changed"))
        if event.pgh_model == ANSWER_EVENT:
            question = Question.objects.filter(pk=event.pgh_data["question_id"]).first()
            return _("Answer to “%(question)s”") % {"question": question or _("deleted question")}
        if event.pgh_model != SEAT_EVENT:
            return super().event_label(event)
        session = Session.objects.filter(pk=event.pgh_data["session_id"]).first()
        return str(SEAT_EVENT_LABELS[event.pgh_label, event.pgh_data["state"]]) % {
            "session": session or _("deleted session")
        }

    def changes(self, event: Any, withheld: set[str]) -> Iterator[FieldChange]:
        if event.pgh_model == USER_EVENT:  # old addresses are for those who may correct them
            return iter(()) if withheld else account_changes(event)
        if event.pgh_model == ANSWER_EVENT:
            return iter(()) if withheld else answer_changes(event)
        return iter(()) if event.pgh_model == SEAT_EVENT else super().changes(event, withheld)
