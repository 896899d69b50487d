"""Speakers and moderators of sessions: people without an account, who answer by a personal link (decision 74)."""

import datetime as dt
import hashlib
import secrets
from typing import Any, ClassVar, Self

import pgtrigger
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from programme.models.edition import Edition
from programme.models.session import Session
from programme.models.speaker_triggers import renews_its_session, renews_sessions_of
from programme.rules.local_times import local_day
from udtacademy.accounts.models.user import User
from udtacademy.db.address_fields import AddressField
from udtacademy.db.composite_keys import of_one_edition
from udtacademy.db.encrypted_fields import EncryptedCharField, EncryptingModel, HashField, hash_of
from udtacademy.db.fields import LineField, ParagraphsField, validate_name
from udtacademy.outbox.models import Message

LONGEST_ABOUT = 1500  # characters


def new_link_token() -> str:
    return secrets.token_urlsafe(32)


class SpeakerQuerySet(models.QuerySet["Speaker"]):
    def of_link(self, token: str) -> Self:
        return self.filter(link_hash=hash_of(token))

    def unanswered(self, edition: Edition, now: dt.datetime) -> Self:
        """Return the speakers of an edition who have not said whether they come to a session that is still to come."""
        return self.filter(is_unanswered(edition, now), edition=edition)


def is_unanswered(edition: Edition, now: dt.datetime) -> Q:
    """Return the condition of `SpeakerQuerySet.unanswered` on speakers of an edition."""
    return speaks_to_come(edition, now, confirmed_at=None, declined_at=None)


def has_declined(edition: Edition, now: dt.datetime) -> Q:
    """Return the condition on a speaker of an edition that they said no to a session that is still to come."""
    return speaks_to_come(edition, now, declined_at__isnull=False)


def speaks_to_come(edition: Edition, now: dt.datetime, **answer: Any) -> Q:
    """Return the condition on a speaker that they gave this answer about a session to come: one that is not `Session.is_past`."""
    given = SessionSpeaker.objects.filter(speaker=OuterRef("pk"), **answer)
    untimed, today = Q(session__ends_at=None), local_day(now, edition.zone)
    coming = Q(session__ends_at__gt=now) | untimed & Q(session__held_on__gte=today)
    if not edition.is_over(now):
        coming |= untimed & Q(session__held_on=None)
    return Q(Exists(given.filter(coming).exclude(session__status="cancelled")))


class Speaker(EncryptingModel):
    """Somebody who speaks or moderates in an edition. Pages and calendars show them once they consented, and confirmed a session.

    The link is encrypted, as each email has the same one; a new one ends it.
    """

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="speakers", verbose_name=_("edition"))
    name = LineField(_("name"), max_length=200, validators=[validate_name])
    email = AddressField(_("email address"))
    role = LineField(
        _("role"), max_length=200, blank=True, help_text=_("What they do, such as “Head of urban planning”.")
    )
    organisation = LineField(_("organisation"), max_length=200, blank=True)
    about = ParagraphsField(_("about the person"), blank=True)
    consented_at = models.DateTimeField(_("consented"), null=True, blank=True, editable=False)
    link_token = EncryptedCharField(max_length=200, unique=True, default=new_link_token, editable=False)
    link_hash = HashField(of="link_token", max_length=64, unique=True, null=True, editable=False)
    invited_at = models.DateTimeField(_("asked"), null=True, blank=True, editable=False)
    reminded_at = models.DateTimeField(_("reminded"), null=True, blank=True, editable=False)
    asked_for_materials_at = models.DateTimeField(_("asked for materials"), null=True, blank=True, editable=False)
    message = models.ForeignKey(
        Message, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("last email"), editable=False
    )

    objects = SpeakerQuerySet.as_manager()

    class Meta:
        verbose_name = _("speaker")
        verbose_name_plural = _("speakers")
        ordering = ["edition", "name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["edition", "email"],
                name="speaker_email_unique_in_edition",
                violation_error_message=_("Another speaker of this edition has this address."),
            ),
            models.UniqueConstraint(fields=["id", "edition"], name="speaker_with_edition"),  # what sessions refer to
        ]
        triggers = [renews_sessions_of("id", pgtrigger.Update)]

    def __str__(self) -> str:
        return self.name

    @property
    def seen(self) -> str:
        """Return a token of what organisers read of the person, by which who changes it says what they have read."""
        read = (self.name, self.email, self.role, self.organisation, self.about, self.consented_at is not None)
        return hashlib.sha256(repr(read).encode()).hexdigest()[:16]


class SpeakerPicture(models.Model):
    """A speaker's picture: a small JPEG or PNG file without metadata, in the database, so that it goes with the person."""

    is_technical: ClassVar[bool] = True

    speaker = models.OneToOneField(Speaker, models.CASCADE, primary_key=True, related_name="picture")
    digest = models.CharField(max_length=32)
    kind = models.CharField(max_length=4)
    content = models.BinaryField()

    class Meta:
        verbose_name = _("picture of a speaker")
        verbose_name_plural = _("pictures of speakers")
        triggers = [renews_sessions_of("speaker_id", pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return str(self.speaker)

    @property
    def name(self) -> str:
        """Return what the file is called when it is given to the person."""
        return f"picture.{self.kind}"


class SessionSpeakerQuerySet(models.QuerySet["SessionSpeaker"]):
    def shown(self) -> Self:
        """Return whom pages and calendars show, in order."""
        shown = self.filter(confirmed_at__isnull=False, speaker__consented_at__isnull=False)
        return shown.order_by("position", "pk")


class SessionSpeaker(models.Model):
    """What somebody does in a session, and whether they said that they come. They may have answered neither way."""

    class Part(models.TextChoices):
        SPEAKER = "speaker", _("speaker")
        MODERATOR = "moderator", _("moderator")

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="+", verbose_name=_("edition"))
    session = models.ForeignKey(Session, models.CASCADE, related_name="speakers", verbose_name=_("session"))
    speaker = models.ForeignKey(Speaker, models.CASCADE, related_name="sessions", verbose_name=_("speaker"))
    part = models.CharField(_("part"), max_length=10, choices=Part, default=Part.SPEAKER)
    position = models.PositiveIntegerField(_("position"), default=0)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    declined_at = models.DateTimeField(_("declined"), null=True, blank=True)
    added_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("added by"))
    added_at = models.DateTimeField(_("added"), default=timezone.now)

    objects = SessionSpeakerQuerySet.as_manager()

    class Meta:
        verbose_name = _("speaker of a session")
        verbose_name_plural = _("speakers of sessions")
        ordering = ["session", "position", "pk"]
        constraints = [
            *of_one_edition("session", "speaker"),
            models.UniqueConstraint(
                fields=["session", "speaker"],
                name="speaker_once_in_session",
                violation_error_message=_("This person is a speaker of the session already."),
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at=None) | Q(declined_at=None), name="speaker_confirms_or_declines"
            ),
        ]
        triggers = [renews_its_session()]

    def __str__(self) -> str:
        return f"{self.speaker}: {self.session}"

    @property
    def is_open(self) -> bool:
        """Return whether the person has answered neither way."""
        return self.confirmed_at is None and self.declined_at is None
