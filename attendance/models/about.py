"""What every row here is about: one person and one session, both of one edition."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from programme.models import Edition, Participant, Session


class AboutOnePerson(models.Model):
    """`edition` is that of both: composite foreign keys hold it to that. Rows outlive withdrawal, and protect the session."""

    participant = models.ForeignKey(Participant, models.PROTECT, verbose_name=_("participant"))
    session = models.ForeignKey(Session, models.PROTECT, verbose_name=_("session"))
    edition = models.ForeignKey(Edition, models.PROTECT, editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.participant}, {self.session}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self.edition_id:
            self.edition_id = self.session.edition_id
        super().save(*args, **kwargs)
