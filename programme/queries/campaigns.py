"""Campaigns: to whom they go, what became of them, and what each reader gets."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from programme.models import Campaign, CampaignRecipient, Edition, Participant
from programme.models.participant_queryset import ParticipantQuerySet
from programme.personal_links import CAMPAIGN
from programme.queries.exclusions import EXCLUSIONS, label_of, not_left_out, with_reason
from programme.queries.placeholder_values import values_of
from programme.queries.search import names_beginning
from programme.queries.selections import people_of
from programme.rules.placeholders import filled, names_in
from programme.selections import KINDS, NARROWINGS, NoSelectionError, Selection
from udtacademy.accounts.models import User
from udtacademy.outbox.models import Message

State = Message.State


@dataclass(frozen=True)
class Recipients:
    """How many get a campaign as things stand, and how many are left out for each reason, in words."""

    n: int
    left_out: Sequence[tuple[str, int]]

    @property
    def n_left_out(self) -> int:
        return sum(n for _label, n in self.left_out)


def recipients_of(edition: Edition, selection: Selection, now: dt.datetime) -> Recipients:
    """Return to whom a selection writes now. One query, beside those of the selection. Raises NoSelectionError."""
    selected: Any = with_reason(people_of(edition, selection, now)).order_by()
    counted = Counter(dict(selected.values_list("left_out").annotate(n=Count("pk"))))
    return Recipients(counted.pop("", 0), in_words(counted))


def n_narrowed(edition: Edition, selection: Selection, now: dt.datetime) -> int:
    """Return how many people are not selected only because of what was ticked under “Of these”. Two queries if it has some."""
    if not selection.only:
        return 0
    everybody = people_of(edition, replace(selection, only=()), now)
    return everybody.count() - people_of(edition, selection, now).count()


def n_recipients(edition: Edition, number: int, now: dt.datetime) -> int:
    """Return how many would get a campaign (primary key) now; 0 if its selection is no longer there, or it was deleted."""
    campaign = edition.campaigns.filter(pk=number).first()
    try:
        return recipients_of(edition, Selection.from_json(campaign.selection), now).n if campaign else 0
    except NoSelectionError:
        return 0


def in_words(counted: Mapping[str, int]) -> list[tuple[str, int]]:
    known = [name for name in EXCLUSIONS if counted.get(name)]
    return [(label_of(name), counted[name]) for name in [*known, *sorted(counted.keys() - EXCLUSIONS.keys())]]


def readers_of(edition: Edition, selection: Selection, now: dt.datetime) -> ParticipantQuerySet:
    """Return who gets a campaign as things stand, with all that its values need, by city and name. Raises NoSelectionError."""
    readers = not_left_out(people_of(edition, selection, now))
    return with_all(readers).order_by("delegation__city__name", "user__name", "pk")


def with_all(people: ParticipantQuerySet) -> ParticipantQuerySet:
    """Select all that the values of placeholders need."""
    return people.with_people().with_held_seats()


def named(people: ParticipantQuerySet, edition: Edition, typed: str) -> ParticipantQuerySet:
    """Return those of some people whose name has words beginning with those typed, in any spelling, or whose address has them."""
    text = typed.replace("\0", "").strip()
    names = names_beginning(edition, text)
    as_typed = Q(user__name__icontains=text) | Q(user__email__icontains=text)
    spelt = Q(pk__in=names.order_by().values("participant")) if names is not None else Q(pk__in=[])
    return people.filter(spelt | as_typed) if text else people


@dataclass(frozen=True)
class FilledText:
    """What one reader gets."""

    subject: str
    text: str


def texts_for(
    edition: Edition, subject: str, text: str, readers: Sequence[Participant], now: dt.datetime
) -> dict[int, FilledText]:
    """Return what each reader gets, by primary key, from nothing but their own rows."""
    values = values_of(edition, readers, names_in(f"{subject}\n{text}"), now)
    return {pk: FilledText(filled(subject, own), filled(text, own)) for pk, own in values.items()}


@dataclass(frozen=True)
class CampaignNumbers:
    """What became of a campaign's messages. `waiting`: queued, or not written yet; `stopped`: cancelled, or out of date."""

    sent: int = 0
    waiting: int = 0
    failed: int = 0
    stopped: int = 0
    left_out: Sequence[tuple[str, int]] = ()

    @property
    def n(self) -> int:
        """Return to how many it was written."""
        return self.sent + self.waiting + self.failed + self.stopped

    @property
    def n_left_out(self) -> int:
        return sum(n for _label, n in self.left_out)


OUTCOMES = {State.SENT: "sent", State.QUEUED: "waiting", State.FAILED: "failed", None: "waiting"}


def numbers_of(campaigns: Iterable[Campaign]) -> dict[int, CampaignNumbers]:
    """Return the numbers of campaigns by primary key, worked out from their messages. One query."""
    rows = CampaignRecipient.objects.filter(campaign__in=list(campaigns)).order_by()
    outcomes: dict[int, Counter[str]] = defaultdict(Counter)
    left_out: dict[int, Counter[str]] = defaultdict(Counter)
    for pk, reason, state, n in rows.values_list("campaign", "left_out", "message__state").annotate(n=Count("pk")):
        if reason:
            left_out[pk][reason] += n
        else:
            outcomes[pk][OUTCOMES.get(state, "stopped")] += n
    known = outcomes.keys() | left_out.keys()
    return {pk: CampaignNumbers(**outcomes[pk], left_out=in_words(left_out[pk])) for pk in known}


@dataclass
class SelectionWords:
    """What selections of an edition are called. Options are read once a kind."""

    edition: Edition
    labels: dict[str, dict[str, str]] = field(default_factory=dict)

    def of(self, selection: Selection) -> str:
        """Return a selection in words: "The team of: Girona; only coordinators"."""
        only = [str(NARROWINGS[name].label) for name in selection.only if name in NARROWINGS]
        return "; ".join([self.of_kind(selection), *(it[:1].lower() + it[1:] for it in only)])

    def of_kind(self, selection: Selection) -> str:
        kind = KINDS.get(selection.kind)
        if kind is None:
            return _("people who can no longer be selected")
        if kind.options is None and kind.in_words is None:
            return str(kind.label)
        try:
            value = self.of_value(selection)
        except NoSelectionError:
            value = _("no longer there")
        return _("%(kind)s: %(value)s") % {"kind": kind.label, "value": value}

    def of_value(self, selection: Selection) -> str:
        kind = KINDS[selection.kind]
        if kind.in_words:
            return kind.in_words(self.edition, selection.value)
        if kind.options and selection.kind not in self.labels:
            self.labels[selection.kind] = dict(kind.options(self.edition))
        return self.labels[selection.kind].get(selection.value) or _("no longer there")


def options_for(user: User, edition: Edition) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return what a user can select, as groups of keys and labels; the first group has those without a value."""
    groups: list[tuple[str, list[tuple[str, str]]]] = [("", [])]
    for name, kind in KINDS.items():
        if not user.has_perm(kind.permission):
            continue
        if kind.options is None:
            if kind.in_words is None:
                groups[0][1].append((f"{name}:", str(kind.label)))
        elif options := kind.options(edition):
            groups.append((str(kind.label), [(f"{name}:{value}", label) for value, label in options]))
    return groups


def may_select(user: User, selection: Selection) -> bool:
    return selection.kind in KINDS and user.has_perm(KINDS[selection.kind].permission)


def untrue_campaign_emails(messages: Iterable[Message]) -> dict[int, str]:
    """Return the messages of campaigns that are not to be sent any more: primary key → reason.

    One query if there are such messages: whoever has withdrawn or unsubscribed since gets nothing, and nobody does in an edition that
    is no longer published.
    """
    written = [it for it in messages if it.kind == CAMPAIGN]
    if not written:
        return {}
    readers = Participant.objects.filter(user__in=[it.user_id or 0 for it in written])
    rows: Any = with_reason(readers.filter(edition__in=[it.context_id or 0 for it in written])).order_by()
    reasons, held = {}, set()
    for user, edition, reason, is_published in rows.values_list("user", "edition", "left_out", "edition__is_published"):
        reasons[user, edition] = reason
        if not is_published:
            held.add(edition)
    gone = _("The participant no longer takes part.")
    untrue = {}
    for message in written:
        reason = reasons.get((message.user_id, message.context_id))
        if message.context_id in held:
            untrue[message.pk] = _("The edition is not published.")
        elif reason != "":
            untrue[message.pk] = _("Left out: %(reason)s.") % {"reason": label_of(reason)} if reason else gone
    return untrue
