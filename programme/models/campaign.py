"""Emails that organisers write to a selection of people, and texts to start from (decision 55)."""

import datetime as dt
from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from programme.models.edition import Edition
from programme.models.participant import Participant
from udtacademy.accounts.models.user import User
from udtacademy.db.composite_keys import of_one_edition
from udtacademy.db.fields import LineField, ParagraphsField, validate_readable
from udtacademy.db.history import tracked
from udtacademy.outbox.models import Message

LONGEST_SUBJECT = 200  # characters, as of every message


class CampaignQuerySet(models.QuerySet["Campaign"]):
    def planned(self) -> Self:
        return self.filter(state=Campaign.State.PLANNED)

    def due(self, now: dt.datetime) -> Self:
        """Return the campaigns that are to leave by now, and those that have begun to. None of an unpublished edition."""
        begins = Q(state=Campaign.State.PLANNED, send_at__lte=now)
        due = self.filter(begins | Q(state=Campaign.State.SENDING), edition__is_published=True)
        return due.order_by("send_at", "pk")


@tracked(leaving_out=["token"])
class Campaign(models.Model):
    """One text to a selection of people, each of whom gets a message of their own.

    `selection`: see `programme.selections.Selection.as_json`; who belongs to it is worked out when the campaign leaves. How many
    emails were sent follows from its recipients. `by`: who planned it, or wrote the draft; `problem`: why it could not leave.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        PLANNED = "planned", _("planned")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        CANCELLED = "cancelled", _("cancelled")

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="campaigns", verbose_name=_("edition"))
    token = models.UUIDField(null=True, unique=True, editable=False)  # of the form with which it was written
    selection = models.JSONField(_("to"))
    subject = LineField(_("subject"), max_length=LONGEST_SUBJECT)
    text = ParagraphsField(_("text"), validators=[validate_readable])
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    send_at = models.DateTimeField(_("leaves"), null=True, blank=True)
    by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("by"))
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    began_at = models.DateTimeField(_("began to leave"), null=True, blank=True)
    ended_at = models.DateTimeField(_("sent or cancelled"), null=True, blank=True)
    problem = models.CharField(_("problem"), max_length=300, blank=True, default="")

    objects = CampaignQuerySet.as_manager()

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["id", "edition"], name="campaign_with_edition"),  # what recipients refer to
            models.CheckConstraint(
                condition=Q(state__in=["draft", "cancelled"]) | Q(send_at__isnull=False),
                name="campaign_leaves_at_some_time",
            ),
        ]
        indexes = [
            models.Index(fields=["send_at"], condition=Q(state__in=["planned", "sending"]), name="campaign_to_leave")
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def is_draft(self) -> bool:
        return self.state == self.State.DRAFT

    @property
    def is_planned(self) -> bool:
        return self.state == self.State.PLANNED

    @property
    def is_held(self) -> bool:
        """Return whether it waits for its edition to be published."""
        return self.state in {self.State.PLANNED, self.State.SENDING} and not self.edition.is_published

    @property
    def has_left(self) -> bool:
        """Return whether it has recipients that no longer change."""
        return self.state in {self.State.SENDING, self.State.SENT}

    def key_of(self, participant: int) -> str:
        """Return the deduplication key of the message to a participant (primary key): the database refuses a second one."""
        return f"{self.key_prefix}{participant}"

    @property
    def key_prefix(self) -> str:
        return f"campaign:{self.pk}:"


class RecipientQuerySet(models.QuerySet["CampaignRecipient"]):
    def to_write(self) -> Self:
        """Return those whose message is not written yet."""
        return self.filter(message=None, left_out="")


class CampaignRecipient(models.Model):
    """Somebody who was selected when a campaign left, with their message, or with why they get none.

    `left_out`: the name of one of the exclusions, or HELD_TOO_LONG; empty for those who are written to.
    """

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="recipients", verbose_name=_("campaign"))
    participant = models.ForeignKey(Participant, models.CASCADE, related_name="+", verbose_name=_("participant"))
    edition = models.ForeignKey(Edition, models.CASCADE, related_name="+", editable=False)
    left_out = models.CharField(_("left out"), max_length=20, blank=True, default="")
    message = models.OneToOneField(
        Message, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("message")
    )

    objects = RecipientQuerySet.as_manager()

    class Meta:
        verbose_name = _("recipient of a campaign")
        verbose_name_plural = _("recipients of campaigns")
        ordering = ["campaign", "pk"]
        constraints = [
            *of_one_edition("campaign", "participant"),
            models.UniqueConstraint(fields=["campaign", "participant"], name="campaign_recipient_once"),
            models.CheckConstraint(
                condition=Q(left_out="") | Q(message=None), name="campaign_recipient_left_out_gets_nothing"
            ),
        ]
        indexes = [
            models.Index(
                fields=["campaign"], condition=Q(message=None, left_out=""), name="campaign_recipient_to_write"
            )
        ]

    def __str__(self) -> str:
        return f"{self.participant}: {self.campaign}"


@tracked()
class SavedText(models.Model):
    """A text of an edition's library, from which campaigns start."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="saved_texts", verbose_name=_("edition"))
    name = LineField(_("name"), max_length=80, help_text=_("For the list of texts. Only organisers see it."))
    subject = LineField(_("subject"), max_length=LONGEST_SUBJECT)
    text = ParagraphsField(_("text"), validators=[validate_readable])
    changed_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("saved text")
        verbose_name_plural = _("saved texts")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                "edition",
                Lower("name"),
                name="saved_text_name_once_in_edition",
                violation_error_message=_("There is already a text with this name."),
            )
        ]

    def __str__(self) -> str:
        return self.name


@tracked()
class Unsubscription(models.Model):
    """Somebody's wish to get no campaigns of an edition. Emails about their own registration still come."""

    participant = models.OneToOneField(
        Participant, models.CASCADE, related_name="unsubscription", verbose_name=_("participant")
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("unsubscription")
        verbose_name_plural = _("unsubscriptions")
        ordering = ["participant"]

    def __str__(self) -> str:
        return str(self.participant)
