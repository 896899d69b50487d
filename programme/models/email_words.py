"""Words of an edition's own in the emails that leave by themselves (decision 58)."""

from collections.abc import Callable
from typing import Any

from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from programme.models.campaign import LONGEST_SUBJECT
from programme.models.edition import Edition
from udtacademy.db.fields import LineField, ParagraphsField, validate_readable
from udtacademy.db.history import tracked

LONGEST_WORDS = 5000  # characters; the words are stored again in each email

CHECKS: list[Callable[[Any], None]] = [
    validate_readable,
    MaxLengthValidator(LONGEST_WORDS, _("Shorten this to 5,000 characters or fewer.")),
]


@tracked()
class EmailWords(models.Model):
    """An edition's words in emails of a kind and language. What is empty is as built in; without a row, everything is."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="email_words", verbose_name=_("edition"))
    kind = models.CharField(_("kind"), max_length=60)
    language = models.CharField(_("language"), max_length=10)
    subject = LineField(_("subject"), max_length=LONGEST_SUBJECT, blank=True)
    opening = ParagraphsField(_("opening"), blank=True, validators=CHECKS)
    closing = ParagraphsField(_("closing"), blank=True, validators=CHECKS)
    changed_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("words of an email")
        verbose_name_plural = _("words of emails")
        ordering = ["kind", "language"]
        constraints = [
            models.UniqueConstraint(fields=["edition", "kind", "language"], name="email_words_once"),
            models.CheckConstraint(condition=~Q(subject="", opening="", closing=""), name="email_words_say_something"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} ({self.language})"
