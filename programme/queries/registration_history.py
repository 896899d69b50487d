"""What a registration was before, from the history of participants."""

from typing import Any

from django.apps import apps

from programme.models import Participant


def before_present_state(participant: Participant) -> Any:
    """Return the last event of the history in which somebody was not yet in their present state; None if there is none.

    An event has the fields of the participant as they were. One query.
    """
    events = apps.get_model("programme", "ParticipantEvent").objects.filter(pgh_obj=participant.pk)
    earlier = events.exclude(state=participant.state, state_at=participant.state_at)
    return earlier.order_by("-pgh_id").first()


def was_waiting(participant: Participant) -> bool:
    """Return whether somebody came into their present state from the waiting list of a city. One query."""
    before = before_present_state(participant)
    return before is not None and before.state == Participant.State.WAITING
