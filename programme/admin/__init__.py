"""The organisers' place: stock django.contrib.admin on our own site. Every model has its file."""

from programme.admin import cities, delegations, editions, participants, sessions, tracks, users, venues

__all__ = ["cities", "delegations", "editions", "participants", "sessions", "tracks", "users", "venues"]
