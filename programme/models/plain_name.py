"""The words by which people are found: in lower-case Latin letters, whatever they are written in."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils.translation import gettext_lazy as _

from programme.models.edition import Edition
from programme.models.participant import Participant
from programme.models.plain_name_triggers import consists_of_plain_words, renews_plain_names
from udtacademy.accounts.models.user import User


class PlainLetter(models.Model):
    """What a character is in lower-case Latin letters: "é" is "e", "ж" is "zh". Filled after `migrate` (`plain_letters`)."""

    letter = models.CharField(max_length=1, primary_key=True)
    plain = models.TextField(blank=True)

    class Meta:
        verbose_name = _("plain letter")
        verbose_name_plural = _("plain letters")

    def __str__(self) -> str:
        return self.letter


class PlainName(models.Model):
    """The name, address and city of a registered participant in plain words. The database writes these rows, by triggers.

    `name`: what people are listed by. `words`: also "obrien" for O'Brien.
    """

    participant = models.OneToOneField(Participant, models.CASCADE, primary_key=True, related_name="plain_name")
    edition = models.ForeignKey(Edition, models.CASCADE, related_name="+")
    name = models.TextField()
    words = SearchVectorField()

    class Meta:
        verbose_name = _("plain name")
        verbose_name_plural = _("plain names")
        indexes = [
            GinIndex(fields=["words"], name="plain_name_words"),
            models.Index(fields=["edition", "name", "participant"], name="plain_name_order"),
        ]
        triggers = [consists_of_plain_words()]

    def __str__(self) -> str:
        return self.name


class NamedUser(User):
    """A user whose name and address are part of plain names: accounts know of no participants."""

    class Meta:
        proxy = True
        triggers = [renews_plain_names(fields=["name", "email"], where="user_id = NEW.id")]
