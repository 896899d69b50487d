"""The admin of the programme: one file per model."""

from programme.admin import (
    application_decision_pages,
    cities,
    delegations,
    editions,
    invitations,
    messages,
    notices,
    participants,
    person_page,
    planned_page,
    seats,
    sessions,
    speaker_pages,
    tracks,
    users,
    venues,
)
from programme.admin.overview import overview
from udtacademy.admin.site import INDEX_CONTEXT

INDEX_CONTEXT.append(overview)
person_page.register()
planned_page.register()
application_decision_pages.register()
speaker_pages.register()

__all__ = [
    "cities",
    "delegations",
    "editions",
    "invitations",
    "messages",
    "notices",
    "participants",
    "seats",
    "sessions",
    "tracks",
    "users",
    "venues",
]
