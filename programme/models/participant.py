from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from programme.history import tracked
from programme.models.delegation import Delegation
from programme.models.edition import Edition
from programme.models.user import User

if TYPE_CHECKING:
    from programme.models.session import Session


class ParticipantQuerySet(models.QuerySet["Participant"]):
    def concerned_by(self, sessions: Iterable["Session"]) -> Self:
        """Those for whom a change of any of the sessions is news: everybody of their editions."""
        return self.filter(edition__in={session.edition_id for session in sessions})

    def n_people(self) -> int:
        """How many different people: one may take part in several editions."""
        return self.values("user").distinct().count()


@tracked()
class Participant(models.Model):
    """One person in one delegation. The edition is the delegation's; a composite foreign key holds the two together."""

    user = models.ForeignKey(User, models.PROTECT, related_name="participations", verbose_name=_("person"))
    delegation = models.ForeignKey(
        Delegation, models.PROTECT, related_name="participants", verbose_name=_("delegation")
    )
    edition = models.ForeignKey(
        Edition, models.PROTECT, related_name="participants", verbose_name=_("edition"), editable=False
    )

    objects = ParticipantQuerySet.as_manager()

    class Meta:
        verbose_name = _("participant")
        verbose_name_plural = _("participants")
        ordering = ["delegation", "user"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "edition"],
                name="participant_once_in_edition",
                violation_error_message=_("This person takes part in the edition already."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.user)

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.edition_id = self.delegation.edition_id
        super().save(*args, **kwargs)

    def clean(self) -> None:
        super().clean()
        if self.delegation_id:
            self.edition_id = self.delegation.edition_id

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """As Django's, with the edition, which no form has: it follows from the delegation."""
        super().validate_constraints(exclude=set(exclude or ()) - {"edition"})
