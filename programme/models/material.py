"""Materials of sessions: slides and other files, links and recordings (decision 75)."""

import datetime as dt
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from programme.models.answer_file import new_token
from programme.models.edition import Edition
from programme.models.session import Session
from programme.models.speaker import Speaker
from programme.models.speaker_triggers import renews_its_session
from programme.models.stored_file import StoredFile, delete_with_row
from programme.rules.files import LONGEST_NAME
from programme.rules.local_times import local_day
from programme.rules.materials import Release, is_released
from udtacademy.accounts.models.user import User
from udtacademy.db.composite_keys import of_one_edition
from udtacademy.db.fields import LineField, WebAddressField

MATERIAL_FOLDER = "materials"
RELEASES = [
    (Release.NOW.value, _("at once")),
    (Release.AFTER.value, _("once the session is over")),
    (Release.DATE.value, _("from a day")),
]


def stored_material_name(row: "Material", _name: str) -> str:
    """Return under which name the storage has a file: nothing of what people typed."""
    return f"{MATERIAL_FOLDER}/{row.token}.{row.kind}"


class MaterialQuerySet(models.QuerySet["Material"]):
    def public(self) -> Self:
        return self.filter(audience=Material.Audience.EVERYBODY)

    def of_published(self, edition: Edition) -> Self:
        """Return the materials of an edition's published sessions, in order within each session."""
        rows = self.filter(edition=edition, session__is_published=True).order_by("session", "added_at", "pk")
        return rows.select_related("session", "session__edition")


class Material(StoredFile):
    """Something that a session leaves to those who come after it: a file, or a link. Deleting the row deletes the file.

    `speaker`: who uploaded it by their personal link; None for what staff has added.
    """

    class What(models.TextChoices):
        SLIDES = "slides", _("slides")
        DOCUMENT = "document", _("document")
        RECORDING = "recording", _("recording")
        LINK = "link", _("link")

    class Licence(models.TextChoices):
        RESERVED = "reserved", _("all rights reserved")
        CC_BY = "cc-by-4.0", _("CC BY 4.0")
        CC_BY_SA = "cc-by-sa-4.0", _("CC BY-SA 4.0")
        CC_BY_NC = "cc-by-nc-4.0", _("CC BY-NC 4.0")
        CC0 = "cc0-1.0", _("CC0 (no rights reserved)")

    class Audience(models.TextChoices):
        PARTICIPANTS = "participants", _("participants of the edition")
        EVERYBODY = "everybody", _("everybody")

    DEEDS: ClassVar[dict[str, str]] = {
        "cc-by-4.0": "https://creativecommons.org/licenses/by/4.0/",
        "cc-by-sa-4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
        "cc-by-nc-4.0": "https://creativecommons.org/licenses/by-nc/4.0/",
        "cc0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    }

    token = models.CharField(max_length=22, unique=True, default=new_token, editable=False)
    edition = models.ForeignKey(Edition, models.CASCADE, related_name="materials", verbose_name=_("edition"))
    session = models.ForeignKey(Session, models.CASCADE, related_name="materials", verbose_name=_("session"))
    speaker = models.ForeignKey(
        Speaker, models.SET_NULL, null=True, blank=True, related_name="materials", verbose_name=_("uploaded by speaker")
    )
    title = LineField(_("title"), max_length=200)
    what = models.CharField(_("what it is"), max_length=10, choices=What, default=What.SLIDES)
    url = WebAddressField(_("link"), max_length=500, blank=True)
    file = models.FileField(upload_to=stored_material_name, max_length=100, blank=True, editable=False)
    name = models.CharField(_("name of the file"), max_length=LONGEST_NAME, blank=True, editable=False)
    kind = models.CharField(max_length=4, blank=True, editable=False)
    size = models.PositiveIntegerField(_("size (bytes)"), null=True, blank=True, editable=False)
    licence = models.CharField(_("licence"), max_length=15, choices=Licence, default=Licence.RESERVED)
    audience = models.CharField(_("who can see it"), max_length=15, choices=Audience, default=Audience.PARTICIPANTS)
    release = models.CharField(_("from when"), max_length=10, choices=RELEASES, default=Release.AFTER.value)
    released_on = models.DateField(_("day"), null=True, blank=True)
    added_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("added by"), editable=False
    )
    added_at = models.DateTimeField(_("added"), default=timezone.now, editable=False)

    objects = MaterialQuerySet.as_manager()

    class Meta:
        verbose_name = _("material")
        verbose_name_plural = _("materials")
        ordering = ["session", "added_at", "pk"]
        constraints = [
            *of_one_edition("session", "speaker"),
            models.CheckConstraint(
                condition=(Q(url="") & Q(size__gt=0)) | (~Q(url="") & Q(file="", size=None)),
                name="material_is_file_or_link",
                violation_error_message=_("Choose a file, or enter a link."),
            ),
            models.CheckConstraint(
                condition=Q(release="date", released_on__isnull=False)
                | (~Q(release="date") & Q(released_on__isnull=True)),
                name="material_has_day_of_release",
                violation_error_message=_("Enter the day from which it can be seen."),
            ),
        ]
        triggers = [renews_its_session()]

    def __str__(self) -> str:
        return self.title

    @property
    def deed(self) -> str:
        """Return the address of the licence's text; empty if all rights are reserved."""
        return self.DEEDS.get(self.licence, "")

    @property
    def is_public(self) -> bool:
        return self.audience == self.Audience.EVERYBODY

    def is_visible(self, now: dt.datetime, *, is_participant: bool) -> bool:
        """Return whether somebody sees it who takes part in the edition, or does not. Needs the session with its edition."""
        today = local_day(now, self.session.edition.zone)
        is_past = self.session.is_past(now)
        is_out = is_released(Release(self.release), self.released_on, today=today, is_past=is_past)
        return is_out and (self.is_public or is_participant)


@receiver(post_delete, sender=Material)
def delete_material_file(instance: Material, **_kwargs: Any) -> None:
    delete_with_row(instance)
