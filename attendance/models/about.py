"""What every row here is about: one person and one session, both of one edition."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from programme.models import Edition, Participant, Session


class OnePersonLog(models.Model):
    """What was written to whom about what: it goes along when the person or the session is deleted.

    `edition` is that of both: composite foreign keys hold it to that.
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
    """What is established or asked: it outlives withdrawal, and protects the person and the session.

    The composite foreign keys say all that single ones would, which are not checked a second time for each row.
    """

    participant = models.ForeignKey(Participant, models.PROTECT, verbose_name=_("participant"), db_constraint=False)
    session = models.ForeignKey(Session, models.PROTECT, verbose_name=_("session"), db_constraint=False)
    edition = models.ForeignKey(Edition, models.PROTECT, editable=False, db_constraint=False)

    class Meta:
        abstract = True
