from django.db import models
from django.utils.translation import gettext_lazy as _

from programme.models.logo import Logo
from programme.rules.accents import ACCENTS, DEFAULT, Accent
from udtacademy.db.fields import LineField, ParagraphsField


class EditionIdentity(models.Model):
    """What an edition is, for whom and by whom, how its pages look, and the words of their footer."""

    class AccentColour(models.TextChoices):
        BLUEPRINT = "blueprint", _("blueprint")
        TEAL = "teal", _("teal")
        VIOLET = "violet", _("violet")
        PLUM = "plum", _("plum")
        SLATE = "slate", _("slate")

    tagline = LineField(
        _("what it is"),
        max_length=200,
        blank=True,
        default="",
        db_default="",
        help_text=_("In one sentence, the first on its page."),
    )
    audience = LineField(
        _("who it is for"),
        max_length=200,
        blank=True,
        default="",
        db_default="",
        help_text=_("For example: teams of up to six people from cities in Europe."),
    )
    organiser_name = LineField(
        _("organiser"),
        max_length=120,
        blank=True,
        default="",
        db_default="",
        help_text=_(
            "The name of your organisation. It is on top of the edition’s page and at the foot of all its pages."
        ),
    )
    logo = models.ForeignKey(
        Logo, models.PROTECT, null=True, blank=True, related_name="editions", verbose_name=_("logo"), editable=False
    )
    accent = models.CharField(
        _("accent colour"), max_length=12, choices=AccentColour, default=DEFAULT, db_default=DEFAULT
    )
    privacy_text = ParagraphsField(
        _("privacy notice"), blank=True, default="", db_default="", help_text=_("If empty, our own words are shown.")
    )
    accessibility_text = ParagraphsField(
        _("accessibility statement"),
        blank=True,
        default="",
        db_default="",
        help_text=_("If empty, our own words are shown."),
    )
    legal_text = ParagraphsField(
        _("legal notice"), blank=True, default="", db_default="", help_text=_("If empty, our own words are shown.")
    )

    class Meta:
        abstract = True

    @property
    def accent_colours(self) -> Accent:
        return ACCENTS[self.accent]
