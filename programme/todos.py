"""What is left to do for a participant. A further kind of to-do is one function more in KINDS."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from programme.choices import SlotChoice
from programme.formats import zone_name
from programme.models import Participant
from programme.rules import Window


@dataclass(frozen=True)
class Todo:
    title: str
    text: str
    url: str


def complete_profile(participant: Participant, _choices: Sequence[SlotChoice], _now: dt.datetime) -> Todo | None:
    if participant.is_profile_complete:
        return None
    return Todo(
        _("Complete your profile"),
        _("Your job, your department and what you hope to learn are still missing."),
        reverse("programme:profile", args=[participant.edition.slug]),
    )


def choose_tracks(participant: Participant, choices: Sequence[SlotChoice], now: dt.datetime) -> Todo | None:
    """Where sessions run in parallel and nothing is chosen yet; before choosing opens, the to-do is to read up on them."""
    missing = [choice for choice in choices if not choice.chosen and choice.slot.starts_at > now]
    if not missing:
        return None
    edition, n = participant.edition, len(missing)
    url = reverse("programme:tracks", args=[edition.slug])
    window = edition.choice_window(now)
    if window is Window.OPEN:
        text = ngettext(
            "%(n)s time with parallel sessions is still open.", "%(n)s times with parallel sessions are still open.", n
        ) % {"n": n}
        if edition.choice_closes_at:
            closes = timezone.localtime(edition.choice_closes_at, edition.zone)
            text += " " + _("Choose by %s.") % f"{date_format(closes, 'l j F, H:i')} {zone_name(closes)}"
        return Todo(_("Choose your tracks"), text, url)
    if window is Window.OVER:
        text = _("You have no seat in some of the parallel sessions, and choosing is closed. Write to the organisers.")
        return Todo(_("No seat in some sessions"), text, url)
    return Todo(
        _("Think about your tracks"),
        _(
            "You have not chosen a track yet. Read what runs in parallel; choosing opens here before the days in person."
        ),
        url,
    )


KINDS = (complete_profile, choose_tracks)


def todos_of(participant: Participant, choices: Sequence[SlotChoice], now: dt.datetime) -> list[Todo]:
    """What is left to do for somebody registered, the most urgent first. `choices`: the slots of the edition."""
    return [todo for kind in KINDS if (todo := kind(participant, choices, now))]
