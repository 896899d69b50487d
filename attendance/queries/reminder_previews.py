"""The planned reminders, for organisers and scripts: how many people get each and how many do not, and who."""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count

from attendance.models import Reminder, ReminderRound, ReminderSkip
from attendance.queries.reminders import Round, with_changes
from attendance.rules.reminders import PlannedStep, SkipReason, Step
from programme.formats import offset_label
from programme.models import Participant, Session
from programme.models.participant_queryset import ParticipantQuerySet

GETS, GOT = "gets", "got"  # groups of people beside those of a SkipReason
Key = tuple[int, int, dt.datetime]  # session, offset in minutes, start


@dataclass(frozen=True)
class Preview:
    """One reminder of one session: when it is sent, and how many people are in each group.

    `is_done`: the reasons, and how many people had each, were recorded at the end; their names were not.
    """

    round: Round
    n_people: Mapping[str, int]
    is_done: bool

    @property
    def session(self) -> Session:
        return self.round.session

    @property
    def at(self) -> dt.datetime:
        return self.round.leaves_at or self.round.useful.since

    @property
    def offset(self) -> str:
        """Return the offset as text: "7 days"."""
        return offset_label(self.round.offset_minutes)

    @property
    def n_gets(self) -> int:
        return self.n_people.get(GETS, 0)

    @property
    def n_got(self) -> int:
        return self.n_people.get(GOT, 0)

    @property
    def does_not(self) -> Sequence[tuple[str, str, int]]:
        """Return the reasons for not sending it, each in words and with the number of people."""
        labels = dict(ReminderSkip.Reason.choices)
        reasons = sorted(self.n_people.keys() & set(SkipReason))
        return [(reason, str(labels[reason]), self.n_people[reason]) for reason in reasons]

    def people(self, group: str) -> ParticipantQuerySet:
        """Return the people of a group by name; none of those with a reason if it is done."""
        people = people_of(self.round, group)
        if self.is_done and group != GOT:
            people = people.none()
        return people.with_people().order_by("user__name", "pk")


def previews_of(rounds: Sequence[Round]) -> list[Preview]:
    """Return the previews of some rounds. A query for each that is not done, and a few for all."""
    sessions = {it.session for it in rounds}
    got, done = reminded(sessions), skipped(sessions)
    open_rounds = {key_of(it): it for it in with_changes(it for it in rounds if key_of(it) not in done)}
    previews = []
    for reminder_round in rounds:
        key = key_of(reminder_round)
        counted = done[key] if key in done else grouped(open_rounds[key])
        previews.append(Preview(open_rounds.get(key, reminder_round), {GOT: got.get(key, 0), **counted}, key in done))
    return previews


def key_of(reminder_round: Round) -> Key:
    return reminder_round.session.pk, reminder_round.offset_minutes, reminder_round.starts_at


def reminded(sessions: Collection[Session]) -> dict[Key, int]:
    """Return how many people got each reminder of the sessions."""
    counts = (
        Reminder.objects.filter(session__in=sessions).order_by().values_list("session", "offset_minutes", "starts_at")
    )
    return {key: n for *key_parts, n in counts.annotate(Count("pk")) for key in [tuple(key_parts)]}


def skipped(sessions: Collection[Session]) -> dict[Key, dict[str, int]]:
    """Return the rounds of the sessions that are done, with the number of people skipped for each reason."""
    rounds = ReminderRound.objects.filter(session__in=sessions).prefetch_related("skips")
    return {
        (it.session_id, it.offset_minutes, it.starts_at): {skip.reason: skip.n_people for skip in it.skips.all()}
        for it in rounds
    }


def grouped(reminder_round: Round) -> Mapping[str, int]:
    """Return how many people get a reminder, and how many do not for each reason."""
    n_people: Counter[str] = Counter()
    for group in reminder_round.groups:
        n_people[group.planned.reason or GETS] += group.n
    return n_people


def people_of(reminder_round: Round, group: str) -> ParticipantQuerySet:
    if group == GOT:
        reminded_people = Reminder.objects.filter(**reminder_round.key).values("participant")
        return Participant.objects.filter(pk__in=reminded_people)
    reason = None if group == GETS else SkipReason(group)
    return reminder_round.people(*(PlannedStep(step, reason) for step in Step))
