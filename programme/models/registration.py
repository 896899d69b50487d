from django.db import models
from django.utils import timezone

from programme.models.delegation import Delegation
from programme.models.edition import Edition
from programme.models.invitation import Invitation
from udtacademy.accounts.models.user import User


class RegistrationDraft(models.Model):
    """What somebody has typed into the registration form and not sent yet, as it was typed.

    `answers` maps names of the form's fields to what was typed: strings, unchecked. Gone once the registration is sent.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="drafts")
    edition = models.ForeignKey(Edition, models.CASCADE, related_name="drafts")
    invitation = models.ForeignKey(Invitation, models.SET_NULL, null=True, related_name="drafts")
    answers = models.JSONField(default=dict)
    told_coordinator_of = models.ForeignKey(Delegation, models.SET_NULL, null=True, related_name="+")
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "edition"], name="draft_once_in_edition")]

    def __str__(self) -> str:
        return f"{self.user}, {self.edition}"
