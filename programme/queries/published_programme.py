"""The published programme of an edition, read once for each state of its rows and shared by the requests of a process."""

from collections.abc import Container
from dataclasses import dataclass
from functools import cached_property, lru_cache

from programme.models import ActionPlanStep, Edition, Material, Question, Session
from programme.models.edition_state import EditionState, state_of


@dataclass(frozen=True)
class PublishedProgramme:
    """An edition with its venue, and its published sessions with their places, in programme order. Not to be changed.

    Another app may prefetch a relation of the sessions, if a trigger of its table touches the session's row (actual times do).
    `version` differs after each change of the edition, its venue, tracks, sessions, their
    materials, questions or steps of Action Plans.
    """

    version: str
    edition: Edition
    sessions: tuple[Session, ...]

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """Return the questions of the edition in order, retired ones as well. One query after a change, for who needs them."""
        return tuple(Question.objects.filter(edition=self.edition).select_related("depends_on").in_order())

    @property
    def steps(self) -> tuple[ActionPlanStep, ...]:
        """Return the steps of the Action Plans in order, which the edition was read with: each page asks for its tabs."""
        return tuple(self.edition.steps.all())

    @cached_property
    def has_materials(self) -> bool:
        """Return whether its sessions have materials, for whomever and from whenever on. One query after a change, for who needs it."""
        return Material.objects.of_published(self.edition).exists()

    @property
    def formats(self) -> set[str]:
        """Return the formats of its sessions."""
        return {session.format for session in self.sessions}

    def session(self, slug: str) -> Session | None:
        return next((session for session in self.sessions if session.slug == slug), None)

    def sessions_of(self, held_in: Container[int]) -> list[Session]:
        """Return the sessions without a track, and those in which a seat is held (primary keys)."""
        return [session for session in self.sessions if not session.track_id or session.pk in held_in]


def published_programme(edition_slug: str) -> PublishedProgramme | None:
    """Return the programme; None if there is no such edition. One query, and three more after a change."""
    state = state_of(edition_slug)
    return programme_at(state) if state else None


@lru_cache(maxsize=16)
def programme_at(state: EditionState) -> PublishedProgramme | None:
    """Return the programme whose state was read just before. Three queries after a change, otherwise none."""
    edition = Edition.objects.select_related("venue").prefetch_related("steps").filter(pk=state.pk).first()
    if edition is None:  # deleted since
        return None
    sessions = edition.sessions.published().select_related("room__venue", "track").in_programme_order()
    return PublishedProgramme(state.digest, edition, tuple(sessions))
