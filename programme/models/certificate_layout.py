"""How an edition's certificates look: the words by language, and who signs (decision 70). The logo is the edition's."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from programme.models.edition import Edition
from programme.rules.certificate_words import BUILT_IN, language_for, words_in
from udtacademy.db.history import tracked


def built_in_languages() -> list[str]:
    return [BUILT_IN]


@tracked()
class CertificateLayout(models.Model):
    """The layout of an edition's certificates. Without a row, they are in English and nobody signs.

    `languages`: in which there are certificates, the usual one first; `words`: by language and key of
    `rules.certificate_words`; `signatories`: each with "name" and "role".
    """

    edition = models.OneToOneField(
        Edition, models.CASCADE, related_name="certificate_layout", verbose_name=_("edition"), editable=False
    )
    languages = models.JSONField(_("languages"), default=built_in_languages)
    words = models.JSONField(_("words"), default=dict)
    signatories = models.JSONField(_("signatories"), default=list)

    class Meta:
        verbose_name = _("layout of certificates")
        verbose_name_plural = _("layouts of certificates")
        ordering = ["edition"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(languages=[]),
                name="certificate_layout_has_a_language",
                violation_error_message=_("Choose at least one language."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.edition)

    def language_of(self, preferred: str) -> str:
        return language_for(preferred, self.languages)

    def frozen(self, language: str) -> dict[str, Any]:
        """Return what a certificate in a language keeps of the layout."""
        return {"words": words_in(language, self.words), "signatories": self.signatories}
