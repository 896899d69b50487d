from django.db import models
from django.utils.translation import gettext_lazy as _

from programme.models.edition import Edition
from programme.rules.editions import SLUG_PATTERN
from udtacademy.db.fields import LineField
from udtacademy.db.history import tracked


@tracked()
class Track(models.Model):
    """A track of an edition, such as governance. Sessions of different tracks may run at the same time."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="tracks", verbose_name=_("edition"))
    slug = models.SlugField(_("web address"), max_length=60)
    name = LineField(_("name"), max_length=80)
    position = models.PositiveSmallIntegerField(_("position"), default=0, help_text=_("From left to right."))

    class Meta:
        verbose_name = _("track")
        verbose_name_plural = _("tracks")
        ordering = ["edition", "position", "slug"]
        constraints = [
            models.UniqueConstraint(
                fields=["edition", "slug"],
                name="track_slug_unique_in_edition",
                violation_error_message=_("The edition already has a track with this web address."),
            ),
            models.CheckConstraint(
                condition=models.Q(slug__regex=SLUG_PATTERN),
                name="track_slug_is_lower_case",
                violation_error_message=_("Use only lower-case letters, digits and single hyphens in a web address."),
            ),
            models.UniqueConstraint(fields=["id", "edition"], name="track_with_edition"),  # what sessions refer to
        ]

    def __str__(self) -> str:
        return self.name
