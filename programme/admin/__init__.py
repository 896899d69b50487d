"""The organisers' place: stock django.contrib.admin on our own site. Every model has its file."""

from programme.admin import (
    accounts,
    cities,
    delegations,
    editions,
    invitations,
    messages,
    notices,
    participants,
    seats,
    sessions,
    tracks,
    users,
    venues,
)

__all__ = [
    "accounts",
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
