from django.db import models
from django.utils import timezone

from programme.models.delegation import Delegation
from programme.models.edition import Edition
from programme.models.invitation import Invitation
from udtacademy.accounts.models.user import User


class RegistrationDraft(models.Model):
    """A registration form that was started and not sent. Deleted once the registration is sent.

    `answers` maps names of form fields to the strings as entered, not validated.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="drafts")
    edition = models.ForeignKey(Edition, models.CASCADE, related_name="drafts")
    invitation = models.ForeignKey(Invitation, models.SET_NULL, null=True, related_name="drafts")
    answers = models.JSONField(default=dict)
    # Not used since cities have waiting lists; to be deleted one release later.
    told_coordinator_of = models.ForeignKey(Delegation, models.SET_NULL, null=True, related_name="+")
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "edition"], name="draft_once_in_edition")]

    def __str__(self) -> str:
        return f"{self.user}, {self.edition}"
