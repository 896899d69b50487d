"""Which cities read which others' Action Plans, and what they said."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from programme.models import ActionPlan, Delegation, PeerFeedback
from programme.rules.plain_words import plain

RUBRIC = ("clarity", "feasibility", "benefit")


@dataclass(frozen=True)
class Peers:
    """A city's peers. `to_give`: to those whose plans it can read.

    `readable`: other cities that share their plans; `choices`: cities that it can still choose.
    """

    to_give: list[PeerFeedback]
    received: list[PeerFeedback]
    readable: list[Delegation]
    choices: list[Delegation]


def pairs_with_cities(rows: "QuerySet[PeerFeedback]") -> "QuerySet[PeerFeedback]":
    rows = rows.select_related("giver__city", "receiver__city", "given_by")
    return rows.order_by("receiver__city__name", "giver__city__name", "pk")


def peers_of(delegation: Delegation) -> Peers:
    """Return the peers of a city. Three queries."""
    rows = list(pairs_with_cities(PeerFeedback.objects.filter(Q(giver=delegation) | Q(receiver=delegation))))
    others = delegation.edition.delegations.exclude(pk=delegation.pk).select_related("city").order_by("pk")
    shared = set(ActionPlan.objects.shared().filter(edition=delegation.edition_id).values_list("delegation", flat=True))
    given = [it for it in rows if it.giver_id == delegation.pk]
    chosen = {it.receiver_id for it in given}
    cities = sorted(others, key=lambda it: plain(it.city.name))
    return Peers(
        to_give=[it for it in given if it.receiver_id in shared or not it.is_chosen],
        received=[it for it in rows if it.receiver_id == delegation.pk and it.is_given],
        readable=[it for it in cities if it.pk in shared],
        choices=[it for it in cities if it.pk in shared and it.pk not in chosen],
    )


def rubric_of(feedback: PeerFeedback) -> list[tuple[str, str]]:
    """Return the criteria of given feedback with their answers, in words."""
    field = PeerFeedback._meta.get_field
    return [
        (str(field(name).verbose_name), str(getattr(feedback, f"get_{name}_display")()))  # type: ignore[union-attr]
        for name in RUBRIC
    ]
