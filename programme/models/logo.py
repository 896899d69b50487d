import hashlib

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from programme.rules.logos import LARGEST_LOGO, LONGEST_SIDE, SHORTEST_SIDE, Problem, logo_size

SENTENCES = {
    Problem.OTHER: gettext_lazy("This is not a PNG or WebP image. Save the logo as one of these, and choose it again."),
    Problem.DAMAGED: gettext_lazy("This image is damaged. Save the logo as PNG or WebP again, and choose that file."),
    Problem.ANIMATED: gettext_lazy("This image is animated. Choose a logo that does not move."),
}


class Logo(models.Model):
    """An organiser's logo: a small PNG or WebP file in the database, never changed, shared by editions that use the same."""

    class Kind(models.TextChoices):
        PNG = "png", "PNG"
        WEBP = "webp", "WebP"

    digest = models.CharField(gettext_lazy("hash of the file"), max_length=32, unique=True, editable=False)
    kind = models.CharField(gettext_lazy("kind"), max_length=4, choices=Kind, editable=False)
    width = models.PositiveSmallIntegerField(gettext_lazy("width (pixels)"), editable=False)
    height = models.PositiveSmallIntegerField(gettext_lazy("height (pixels)"), editable=False)
    content = models.BinaryField(gettext_lazy("file"), max_length=LARGEST_LOGO)

    class Meta:
        verbose_name = gettext_lazy("logo")
        verbose_name_plural = gettext_lazy("logos")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.width} × {self.height}"

    @property
    def file_name(self) -> str:
        return f"{self.digest}.{self.kind}"

    @property
    def content_type(self) -> str:
        return f"image/{self.kind}"

    @classmethod
    def of_file(cls, content: bytes) -> "Logo":
        """Return the logo of a file, unsaved. Raises ValidationError for a file that is no logo, with what would be one."""
        if len(content) > LARGEST_LOGO:
            raise ValidationError(_("The logo is too large. Choose a file of at most 48 KB."))
        size = logo_size(content)
        if isinstance(size, Problem):
            raise ValidationError(SENTENCES[size])
        sides = size.width, size.height
        if not min(sides) >= SHORTEST_SIDE or not max(sides) <= LONGEST_SIDE:
            raise ValidationError(_("Choose a logo whose sides have 16 to 2,000 pixels."))
        digest = hashlib.sha256(content).hexdigest()[:32]
        return cls(digest=digest, kind=size.kind, width=size.width, height=size.height, content=content)
