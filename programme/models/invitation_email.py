import secrets

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from programme.models.invitation import Invitation
from udtacademy.accounts.models.user import User
from udtacademy.db.encrypted_fields import hash_of
from udtacademy.outbox.models import Message


class InvitationEmail(models.Model):
    """One email to the person an invitation is for: the first, or a reminder. Never changed.

    A reminder has a link of its own, because only the hash of the first one is stored; both work. The database refuses a
    second reminder that nobody asked for.
    """

    invitation = models.ForeignKey(Invitation, models.CASCADE, related_name="emails", verbose_name=_("invitation"))
    message = models.OneToOneField(
        Message, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("message")
    )
    is_reminder = models.BooleanField(_("reminder"), default=False)
    is_by_hand = models.BooleanField(_("by hand"), default=True)
    token_hash = models.CharField(max_length=64, blank=True, editable=False)
    written_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("written by")
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    token: str = ""  # set by `make_token`, never stored

    class Meta:
        verbose_name = _("email of an invitation")
        verbose_name_plural = _("emails of invitations")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["invitation"], condition=Q(is_by_hand=False), name="invitation_reminded_once_by_itself"
            ),
            models.UniqueConstraint(
                fields=["token_hash"], condition=~Q(token_hash=""), name="invitation_email_one_of_a_token"
            ),
            models.CheckConstraint(
                condition=Q(is_by_hand=True) | Q(is_reminder=True), name="invitation_first_email_is_by_hand"
            ),
        ]

    def __str__(self) -> str:
        return str(self.invitation)

    def make_token(self) -> str:
        """Set and return the token of its own link. Does not save."""
        self.token = secrets.token_urlsafe(32)
        self.token_hash = hash_of(self.token)
        return self.token
