"""Who the people in a session's meeting are, as organisers decide: live and in its reports alike."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from programme.models import Edition, Participant, Session
from udtacademy.accounts.models import User
from udtacademy.db.composite_keys import of_one_edition


class MeetingIdentity(models.Model):
    """An organiser's decision about a name and an address in a session's meeting. Keys are folded; one may be empty.

    It holds for this session only, so that "iPad" can be somebody today and somebody else in the next session: what holds for the whole
    edition is an `Alias`. The retention task deletes decisions about people who are no participants.
    """

    class Verdict(models.TextChoices):
        PARTICIPANT = "person", _("a participant")
        NOBODY = "nobody", _("not a participant")
        OPEN = "open", _("left open")  # nothing automatic matches them again

    session = models.ForeignKey(Session, models.CASCADE, related_name="+", verbose_name=_("session"))
    edition = models.ForeignKey(Edition, models.CASCADE, related_name="+", editable=False)
    name_key = models.CharField(_("name"), max_length=700, blank=True)
    email_key = models.CharField(_("email"), max_length=300, blank=True)
    verdict = models.CharField(_("decided"), max_length=10, choices=Verdict)
    participant = models.ForeignKey(
        Participant, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("participant")
    )
    decided_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("decided by"))
    decided_at = models.DateTimeField(_("decided at"), default=timezone.now)

    class Meta:
        verbose_name = _("decision about somebody in a meeting")
        verbose_name_plural = _("decisions about people in meetings")
        ordering = ["session", "pk"]
        constraints = [
            *of_one_edition("session", "participant"),
            models.UniqueConstraint(fields=["session", "name_key", "email_key"], name="meeting_identity_once"),
            models.CheckConstraint(condition=~Q(name_key="", email_key=""), name="meeting_identity_is_of_somebody"),
            models.CheckConstraint(
                condition=Q(verdict="person", participant__isnull=False)
                | (~Q(verdict="person") & Q(participant__isnull=True)),
                name="meeting_identity_names_a_participant",
            ),
        ]

    def __str__(self) -> str:
        return self.name_key or self.email_key
