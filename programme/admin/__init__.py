"""The admin of the programme: one file per model."""

from programme.admin import (
    cities,
    delegations,
    editions,
    invitations,
    notices,
    participants,
    seats,
    sessions,
    tracks,
    venues,
)
from programme.admin.overview import overview
from udtacademy.admin.site import INDEX_CONTEXT

INDEX_CONTEXT.append(overview)

__all__ = [
    "cities",
    "delegations",
    "editions",
    "invitations",
    "notices",
    "participants",
    "seats",
    "sessions",
    "tracks",
    "venues",
]
