"""Who gets no campaign although they are selected, and why. The one place for it: an application adds to EXCLUSIONS.

What is decided here is decided three times: when a campaign is previewed, when it leaves, and when each message is sent.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Case, CharField, Exists, OuterRef, Q, Value, When
from django.utils.translation import gettext_lazy as _

from programme.models import Unsubscription
from programme.models.participant_queryset import ParticipantQuerySet
from udtacademy.outbox.models import is_stopped


@dataclass(frozen=True)
class Exclusion:
    """Why people get no campaign. `label`: after "left out:"; `condition`: on participants."""

    label: Any
    condition: Callable[[], Q]


# By a name of at most 20 letters, which is stored. The first that applies is the reason.
EXCLUSIONS: dict[str, Exclusion] = {
    "left": Exclusion(_("withdrawn or declined"), lambda: Q(state__in=["withdrawn", "declined"])),
    "disabled": Exclusion(_("account disabled"), lambda: Q(user__is_active=False)),
    "stopped": Exclusion(_("emails to the address came back"), lambda: Q(is_stopped("user__email"))),
    "unsubscribed": Exclusion(
        _("unsubscribed from emails like this"),
        lambda: Q(Exists(Unsubscription.objects.filter(participant=OuterRef("pk")))),
    ),
}


HELD_TOO_LONG = "held"  # stored like the name of an exclusion, but a reason of the campaign, not of a person


def with_reason(people: ParticipantQuerySet) -> ParticipantQuerySet:
    """Annotate people with `left_out`: the name of the first exclusion that applies to them; empty for recipients."""
    reasons = [When(it.condition(), then=Value(name)) for name, it in EXCLUSIONS.items()]
    return people.with_left_out(Case(*reasons, default=Value(""), output_field=CharField()))


def not_left_out(people: ParticipantQuerySet) -> ParticipantQuerySet:
    """Return those of some people to whom no exclusion applies."""
    return people.exclude(reduce(or_, (it.condition() for it in EXCLUSIONS.values())))


def label_of(name: str) -> str:
    """Return why people are left out, in words; of an unknown one its name."""
    if name == HELD_TOO_LONG:
        return str(_("it could not leave within a day"))
    return str(EXCLUSIONS[name].label) if name in EXCLUSIONS else name
