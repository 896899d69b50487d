from django.db import models
from django.utils.translation import gettext_lazy as _

from programme.history import tracked
from programme.models.city import City
from programme.models.edition import Edition


@tracked()
class Delegation(models.Model):
    """One city's team in one edition."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="delegations", verbose_name=_("edition"))
    city = models.ForeignKey(City, models.PROTECT, related_name="delegations", verbose_name=_("city"))
    seats = models.PositiveSmallIntegerField(_("seats"), default=3, help_text=_("How many people the city may send."))

    class Meta:
        verbose_name = _("delegation")
        verbose_name_plural = _("delegations")
        ordering = ["edition", "city"]
        constraints = [
            models.UniqueConstraint(
                fields=["edition", "city"],
                name="delegation_unique_city_in_edition",
                violation_error_message=_("This city has a delegation in the edition already."),
            ),
            models.CheckConstraint(
                condition=models.Q(seats__gte=1),
                name="delegation_has_a_seat",
                violation_error_message=_("A delegation has at least one seat."),
            ),
            models.UniqueConstraint(
                fields=["id", "edition"], name="delegation_with_edition"
            ),  # what participants refer to
        ]

    def __str__(self) -> str:
        return str(self.city)
