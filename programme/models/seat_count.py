from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from programme.models.session import Session


class SeatCount(models.Model):
    """How many seats of a session are held, waited for, and offered. The database writes these rows, by triggers on seats.

    Counting seats takes longer the more there are, and pages ask every few seconds. Whoever changes seats waits for the
    session's row, so nobody waits for this one. Without a row there are no seats.
    """

    session = models.OneToOneField(Session, models.CASCADE, primary_key=True, related_name="seat_count")
    n_held = models.IntegerField()
    n_waiting = models.IntegerField()
    n_offered = models.IntegerField()  # of those waiting

    is_technical: ClassVar[bool] = True  # not listed among what is deleted with a session

    class Meta:
        verbose_name = _("seat count")
        verbose_name_plural = _("seat counts")

    def __str__(self) -> str:
        return f"{self.session}: {self.n_held}, {self.n_waiting}, {self.n_offered}"
