from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from programme.models.plain_name_triggers import renews_plain_names
from udtacademy.db.countries import country_name
from udtacademy.db.country_fields import CountryField
from udtacademy.db.history import tracked


@tracked()
class City(models.Model):
    """A city; it may take part in several editions."""

    name = models.CharField(_("name"), max_length=120)
    country = CountryField(
        _("country"), max_length=2, help_text=_("Its name or its two letters, for example Spain or ES.")
    )

    class Meta:
        verbose_name = _("city")
        verbose_name_plural = _("cities")
        ordering = ["name", "country"]
        constraints = [
            models.UniqueConstraint(
                Lower("name"),
                "country",
                name="city_unique_in_country",
                violation_error_message=_("This city already exists."),
            ),
            models.CheckConstraint(
                condition=models.Q(country__regex="^[A-Z]{2}$"),
                name="city_country_is_iso_code",
                violation_error_message=_("Enter the country as two capital letters, for example ES."),
            ),
        ]
        triggers = [
            renews_plain_names(
                fields=["name"],
                where="delegation_id IN (SELECT id FROM programme_delegation WHERE city_id = NEW.id)",
            )
        ]

    def __str__(self) -> str:
        return city_label(self.name, self.country)


def city_in_words(name: str, country: str) -> str:
    """Return a city with its country's name: "Girona (Spain)"."""
    return city_label(name, country_name(country))


def city_label(name: str, country: str) -> str:
    return f"{name} ({country})"
