"""The base of rows about one person and one session, both of one edition."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from programme.models import Edition, Participant, Session


class OnePersonLog(models.Model):
    """A record of what a person was sent about a session. It is deleted with the person or the session.

    `edition` is that of both: composite foreign keys ensure it.
    """

    participant = models.ForeignKey(Participant, models.CASCADE, related_name="+", verbose_name=_("participant"))
    session = models.ForeignKey(Session, models.CASCADE, related_name="+", verbose_name=_("session"))
    edition = models.ForeignKey(Edition, models.CASCADE, related_name="+", editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.participant}, {self.session}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self.edition_id:
            self.edition_id = self.session.edition_id
        super().save(*args, **kwargs)


class AboutOnePerson(OnePersonLog):
    """A record of what is established or asked. It protects the person and the session from deletion.

    The composite foreign keys already check what single ones would, so each row is checked only once.
    """

    participant = models.ForeignKey(Participant, models.PROTECT, verbose_name=_("participant"), db_constraint=False)
    session = models.ForeignKey(Session, models.PROTECT, verbose_name=_("session"), db_constraint=False)
    edition = models.ForeignKey(Edition, models.PROTECT, editable=False, db_constraint=False)

    class Meta:
        abstract = True
