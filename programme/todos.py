"""What is left to do for a participant. A further kind of to-do is one function more in KINDS."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from programme.models import Participant, Session


@dataclass(frozen=True)
class Todo:
    title: str
    text: str
    url: str


def complete_profile(participant: Participant, _sessions: Sequence[Session]) -> Todo | None:
    if participant.is_profile_complete:
        return None
    return Todo(
        _("Complete your profile"),
        _("Your job, your department and what you hope to learn are still missing."),
        reverse("programme:profile", args=[participant.edition.slug]),
    )


def choose_tracks(participant: Participant, sessions: Sequence[Session]) -> Todo | None:
    """While nobody can choose yet, the to-do is to read up on the tracks."""
    if len({session.track_id for session in sessions if session.track_id and not session.is_cancelled}) <= 1:
        return None
    return Todo(
        _("Think about your tracks"),
        _(
            "You have not chosen a track yet. Read what runs in parallel; choosing opens here before the days in person."
        ),
        f"{participant.edition.get_absolute_url()}#in-person",
    )


KINDS = (complete_profile, choose_tracks)


def todos_of(participant: Participant, sessions: Sequence[Session]) -> list[Todo]:
    """What is left to do for somebody registered, the most urgent first. `sessions`: those published of the edition."""
    return [todo for kind in KINDS if (todo := kind(participant, sessions))]
