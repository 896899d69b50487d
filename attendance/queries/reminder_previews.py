"""The planned reminders, for organisers and scripts."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from attendance.models import Reminder
from attendance.queries.reminders import Round, preview
from attendance.rules.reminders import SkipReason, Step
from programme.formats import offset_label
from programme.models import Edition, Participant, Session


@dataclass(frozen=True)
class Preview:
    """One reminder of one session: when it is sent, who gets it, who got it, and who does not, by reason."""

    round: Round
    gets: Sequence[Participant]
    got: Sequence[Participant]
    does_not: Sequence[tuple[str, Sequence[Participant]]]

    @property
    def session(self) -> Session:
        return self.round.session

    @property
    def at(self) -> dt.datetime:
        return self.round.useful.since

    @property
    def offset(self) -> str:
        """Return the offset as text: "7 days"."""
        return offset_label(self.round.offset_minutes)

    def as_mapping(self) -> dict[str, Any]:
        """Return the preview as JSON-compatible values."""
        return {
            "session": self.session.slug,
            "starts_at": self.round.starts_at.isoformat(),
            "offset_minutes": self.round.offset_minutes,
            "at": self.at.isoformat(),
            "useful_until": self.round.useful.until.isoformat(),
            "gets": [it.user.email for it in self.gets],
            "got": [it.user.email for it in self.got],
            "does_not": {reason: [it.user.email for it in people] for reason, people in self.does_not},
        }


def previews_of(edition: Edition, at: dt.datetime) -> list[Preview]:
    """Return every reminder of sessions that have not begun at that moment, by when it is sent."""
    people = {it.pk: it for it in edition.participants.with_people().order_by("user__name", "pk")}
    previews = [preview_of(it, people) for it in preview(edition, at)]
    return sorted(previews, key=lambda it: (it.at, it.session.pk))


def preview_of(reminder_round: Round, people: dict[int, Participant]) -> Preview:
    reasons: dict[SkipReason, set[int]] = defaultdict(set)
    for pk, answer in reminder_round.answers:
        if answer.reason:
            reasons[answer.reason].add(pk)
    for pk, reason in reminder_round.skipped.items():
        reasons[reason].add(pk)
    gets = {
        pk for pk, answer in reminder_round.answers if answer.reason is None and answer.step in {Step.LATER, Step.SEND}
    }
    labels = dict(Reminder.Reason.choices)
    return Preview(
        reminder_round,
        [it for pk, it in people.items() if pk in gets],
        [it for pk, it in people.items() if pk in reminder_round.sent],
        [
            (str(labels[reason]), [it for pk, it in people.items() if pk in pks])
            for reason, pks in sorted(reasons.items())
        ],
    )
