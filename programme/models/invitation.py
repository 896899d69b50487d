import datetime as dt
import secrets
from typing import Self

from django.apps import apps
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import Case, F, OuterRef, Q, Subquery, Value, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from programme.models.delegation import Delegation
from programme.models.participant import Participant
from programme.rules.invitations import Stage
from udtacademy.accounts.models.user import User
from udtacademy.db.address_fields import AddressField
from udtacademy.db.addresses import normalised_address
from udtacademy.db.encrypted_fields import hash_of
from udtacademy.db.history import tracked
from udtacademy.db.ranges import int_range
from udtacademy.outbox.models import is_stopped


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self, now: dt.datetime) -> Self:
        """Return invitations that can be used."""
        return self.filter(revoked_at=None, accepted_at=None, expires_at__gt=now)

    def unused(self) -> Self:
        """Return invitations neither revoked nor used; they may have expired."""
        return self.filter(revoked_at=None, accepted_at=None)

    def of_mailbox(self, email: str) -> Self:
        """Return invitations for an address, compared in normalised form; for "" the links to forward."""
        email = normalised_address(email)
        pks = [pk for pk, written in self.values_list("pk", "email") if normalised_address(written) == email]
        return self.filter(pk__in=pks)

    def of_token(self, token: str) -> "Invitation | None":
        """Return the invitation with this token, whatever its state; None where there is none."""
        hashed = hash_of(token)
        of_reminder = apps.get_model("programme", "InvitationEmail").objects.filter(token_hash=hashed)
        invitations = self.select_related(
            "delegation__city", "delegation__edition__venue", "accepted_by", "replaces__user"
        )
        return invitations.filter(Q(token_hash=hashed) | Q(pk__in=of_reminder.values("invitation"))).first()

    def with_emails(self) -> Self:
        """Annotate with the last email of each: its state, the server's answer, when it was written and when it left;
        and when the person was last reminded. None where no email is on record.
        """
        emails = apps.get_model("programme", "InvitationEmail").objects.filter(invitation=OuterRef("pk"))
        last, reminders = emails.order_by("-pk"), emails.filter(is_reminder=True).order_by("-pk")
        return self.annotate(
            email_state=Subquery(last.values("message__state")[:1]),
            email_answer=Subquery(last.values("message__last_error")[:1]),
            emailed_at=Subquery(last.values("created_at")[:1]),
            sent_at=Subquery(last.filter(message__state="sent").values("message__sent_at")[:1]),
            reminded_at=Subquery(reminders.values("created_at")[:1]),
        )

    def with_stage(self, now: dt.datetime) -> Self:
        """Annotate with `stage` (`rules.invitations.Stage`), and as `with_emails`."""
        return self.with_emails().annotate(
            stage=Case(
                When(accepted_at__isnull=False, then=Value(Stage.USED.value)),
                When(revoked_at__isnull=False, then=Value(Stage.REVOKED.value)),
                When(expires_at__lte=now, then=Value(Stage.EXPIRED.value)),
                When(opened_at__isnull=False, then=Value(Stage.OPENED.value)),
                When(email_state__in=["failed", "cancelled", "outdated", "stopped"], then=Value(Stage.FAILED.value)),
                When(is_stopped("email"), then=Value(Stage.FAILED.value)),
                When(email_state="queued", then=Value(Stage.QUEUED.value)),
                When(email_state="sent", then=Value(Stage.SENT.value)),
                default=Value(Stage.OPEN.value),
                output_field=models.CharField(),
            )
        )


STAGES = {
    Stage.OPEN: _("open"),
    Stage.QUEUED: _("being sent"),
    Stage.SENT: _("sent"),
    Stage.FAILED: _("not delivered"),
    Stage.OPENED: _("page opened"),
    Stage.USED: _("used"),
    Stage.REVOKED: _("revoked"),
    Stage.EXPIRED: _("expired"),
}


@tracked(leaving_out=["token_hash"])
class Invitation(models.Model):
    """An invitation to one delegation: with an address for one person, once; without, a link to forward to colleagues.

    Only the hash of its token is stored: the link is in the email, or shown once on the page that made it.
    """

    class State(models.TextChoices):
        OPEN = "open", _("open")
        USED = "used", _("used")
        REVOKED = "revoked", _("revoked")
        EXPIRED = "expired", _("expired")

    delegation = models.ForeignKey(Delegation, models.CASCADE, related_name="invitations", verbose_name=_("delegation"))
    email = AddressField(
        _("email address"), blank=True, help_text=_("If empty, it is a link for the coordinator to forward.")
    )
    name = models.CharField(_("name"), max_length=200, blank=True)
    is_for_coordinator = models.BooleanField(_("for the coordinator"), default=False)
    replaces = models.ForeignKey(
        Participant,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="offers",
        verbose_name=_("takes over from"),
        editable=False,
        help_text=_("Whose place the person takes over by registering."),
    )
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("invited by")
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires"))
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    opened_at = models.DateTimeField(
        _("page opened"),
        null=True,
        blank=True,
        editable=False,
        help_text=_(
            "When the button on its page was first pressed. Mail scanners open pages, too, so that does not count."
        ),
    )
    accepted_at = models.DateTimeField(_("used"), null=True, blank=True)
    accepted_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("used by")
    )

    token: str = ""  # set by `renew_token`, never stored

    # Set by `with_emails` and `with_stage`
    email_state: str | None
    email_answer: str | None
    emailed_at: dt.datetime | None
    sent_at: dt.datetime | None
    reminded_at: dt.datetime | None
    stage: str

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["delegation", "email"],
                condition=Q(revoked_at=None, accepted_at=None),
                name="invitation_one_open_per_address",
                violation_error_message=_("This address has already been invited."),
            ),
            ExclusionConstraint(  # a unique one cannot be added while old code runs
                name="invitation_one_open_per_place",
                expressions=[(int_range("replaces"), RangeOperators.OVERLAPS)],
                condition=Q(revoked_at=None, accepted_at=None, replaces__isnull=False),
                violation_error_message=_("This place has already been offered to somebody."),
            ),
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="invitation_lasts_a_while"),
            models.CheckConstraint(
                condition=~Q(email="") | Q(is_for_coordinator=False, accepted_at=None), name="invitation_link_is_plain"
            ),
        ]

    def __str__(self) -> str:
        return self.email or str(_("link to forward"))

    def renew_token(self) -> str:
        """Set and return a new token, so that the old link no longer works. Does not save."""
        self.token = secrets.token_urlsafe(32)
        self.token_hash = hash_of(self.token)
        return self.token

    def is_for(self, user: User) -> bool:
        """Return whether this user may use it. Addresses are compared in normalised form."""
        return not self.email or normalised_address(self.email) == normalised_address(user.email)

    @property
    def place(self) -> Participant | None:
        """Return the participant whose place the person takes over by registering; None if they have left it or the city."""
        holder = self.replaces
        return holder if holder and holder.is_registered and holder.delegation_id == self.delegation_id else None

    @property
    def stage_label(self) -> str:
        """Return `stage` in words. Needs `with_stage`."""
        return str(STAGES[Stage(self.stage)])

    def is_open(self, now: dt.datetime) -> bool:
        return self.state(now) is self.State.OPEN

    def state(self, now: dt.datetime) -> "Invitation.State":
        if self.accepted_at:
            return self.State.USED
        if self.revoked_at:
            return self.State.REVOKED
        return self.State.OPEN if self.expires_at > now else self.State.EXPIRED
