import datetime as dt
import secrets
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from programme.models.delegation import Delegation
from programme.models.edition import Edition
from programme.models.participant_queryset import ParticipantQuerySet
from programme.models.plain_name_triggers import gets_plain_name
from programme.triggers import ends_hand_over, frees_seats, keeps_to_quota
from udtacademy.accounts.models.user import User
from udtacademy.db.composite_keys import of_one_edition
from udtacademy.db.encrypted_fields import EncryptedCharField, EncryptingModel, HashField
from udtacademy.db.fields import validate_readable
from udtacademy.db.history import tracked
from udtacademy.db.prepared import Parameter, prepared
from udtacademy.db.ranges import int_range

if TYPE_CHECKING:
    from programme.models.session import Session
    from programme.models.session_queryset import SessionQuerySet


LEAVES_TOO_EARLY = _("Enter a departure that is not before the arrival.")
FEED_OUTLIVES = dt.timedelta(days=180)  # after a withdrawal, so that subscribed calendars see the cancellations


def new_calendar_token() -> str:
    return secrets.token_urlsafe(24)


@tracked(leaving_out=["dietary_needs", "accessibility_needs", "calendar_token", "calendar_hash"])
class Participant(EncryptingModel):
    """One person in one delegation. The edition is the delegation's; a composite foreign key enforces it.

    Only registered participants count towards the quota of the database. Whom it has no room for is on the city's waiting
    list, in order of `waiting_number`, and keeps the number when their turn comes while they need approval: until that is
    decided, nobody else is registered in their stead. Dietary and accessibility needs are health data: the history
    leaves them out, so that they are gone once they are removed here.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("waiting for approval")
        WAITING = "waiting", _("on the city’s waiting list")
        REGISTERED = "registered", _("registered")
        DECLINED = "declined", _("declined")
        WITHDRAWN = "withdrawn", _("withdrawn")

    class ExpoPass(models.TextChoices):
        NOT_ASKED = "not_asked", _("not asked")
        WANTED = "wanted", _("wanted")
        DECLINED = "declined", _("not wanted")
        ISSUED = "issued", _("issued")

    user = models.ForeignKey(User, models.PROTECT, related_name="participations", verbose_name=_("person"))
    delegation = models.ForeignKey(
        Delegation, models.PROTECT, related_name="participants", verbose_name=_("delegation")
    )
    edition = models.ForeignKey(
        Edition, models.PROTECT, related_name="participants", verbose_name=_("edition"), editable=False
    )
    is_coordinator = models.BooleanField(_("coordinator"), default=False)

    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PENDING)
    state_at = models.DateTimeField(_("since"), default=timezone.now, editable=False)
    state_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("decided by"), editable=False
    )
    state_reason = models.TextField(_("reason"), max_length=1000, blank=True)

    waiting_number = models.PositiveIntegerField(_("number on the city’s waiting list"), null=True, editable=False)
    needs_approval = models.BooleanField(
        _("needs approval"),
        default=False,
        db_default=False,
        editable=False,
        help_text=_("When their turn comes, they are not registered but wait for approval."),
    )
    is_out_of_turn = models.BooleanField(_("registered out of turn"), default=False, db_default=False, editable=False)

    job_title = models.CharField(_("job title"), max_length=120, blank=True, validators=[validate_readable])
    department = models.CharField(_("department"), max_length=120, blank=True, validators=[validate_readable])
    hopes = models.TextField(_("hopes to learn"), max_length=2000, blank=True, validators=[validate_readable])
    dietary_needs = models.CharField(_("dietary needs"), max_length=500, blank=True, validators=[validate_readable])
    accessibility_needs = models.CharField(
        _("accessibility needs"), max_length=500, blank=True, validators=[validate_readable]
    )
    expo_pass = models.CharField(_("Expo pass"), max_length=10, choices=ExpoPass, default=ExpoPass.NOT_ASKED)
    photo_consent = models.BooleanField(
        _("may be photographed"), null=True, blank=True, help_text=_("Unknown until the person is asked.")
    )

    # To and from the place of the in-person days. Typed and shown in the edition's zone.
    arrives_at = models.DateTimeField(_("arrival"), null=True, blank=True)
    leaves_at = models.DateTimeField(_("departure"), null=True, blank=True)

    mutes_optional = models.BooleanField(
        _("no reminders for optional sessions"),
        default=False,
        help_text=_("Reminders for core sessions are always sent."),
    )

    # Encrypted rather than hashed because their page shows it again; looked up by the hash, which survives a change of keys.
    calendar_token = EncryptedCharField(max_length=200, unique=True, default=new_calendar_token, editable=False)
    calendar_hash = HashField(of="calendar_token", max_length=64, unique=True, null=True, editable=False)

    # Kept until they are registered again: then a trigger empties it.
    handed_over_to = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="predecessors",
        verbose_name=_("place taken over by"),
        editable=False,
    )
    took_over_at = models.DateTimeField(_("took over a place"), null=True, blank=True, editable=False)

    held_in: list[int]  # set by `with_held_seats`
    has_applied: bool  # set by `with_other_application`
    position: int | None  # set by `with_position`
    is_asked_about: bool  # set by `with_asked_about`
    left_out: str  # set by `queries.exclusions.with_reason`

    objects = ParticipantQuerySet.as_manager()

    class Meta:
        verbose_name = _("participant")
        verbose_name_plural = _("participants")
        ordering = ["delegation", "user"]
        constraints = [
            *of_one_edition("delegation", "handed_over_to"),
            models.UniqueConstraint(
                fields=["user", "edition"],
                name="participant_once_in_edition",
                violation_error_message=_("This person already takes part in the edition."),
            ),
            models.UniqueConstraint(fields=["id", "edition"], name="participant_with_edition"),  # what seats refer to
            models.CheckConstraint(
                condition=Q(is_coordinator=False) | Q(state="registered"),
                name="participant_coordinator_is_registered",
                violation_error_message=_("A coordinator must be registered."),
            ),
            models.CheckConstraint(
                condition=Q(handed_over_to=None) | (~Q(state="registered") & ~Q(handed_over_to=F("id"))),
                name="participant_hands_over_by_leaving",
            ),
            ExclusionConstraint(  # rather than a unique index, which can refuse what old code writes while it is added
                name="participant_one_waiting_number",
                expressions=[
                    (int_range("delegation"), RangeOperators.OVERLAPS),
                    (int_range("waiting_number"), RangeOperators.OVERLAPS),
                ],
                condition=Q(waiting_number__isnull=False),
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", waiting_number__isnull=False)
                | (~Q(state="waiting") & Q(needs_approval=False) & (Q(waiting_number=None) | Q(state="pending"))),
                name="participant_waits_with_a_number",
            ),
            models.CheckConstraint(
                condition=Q(arrives_at=None) | Q(leaves_at=None) | Q(leaves_at__gte=F("arrives_at")),
                name="participant_leaves_after_arriving",
                violation_error_message=LEAVES_TOO_EARLY,
            ),
            models.CheckConstraint(
                condition=Q(is_out_of_turn=False) | Q(state="registered"), name="participant_out_of_turn_is_registered"
            ),
        ]
        triggers = [keeps_to_quota(), frees_seats(), ends_hand_over(), gets_plain_name()]

    def __str__(self) -> str:
        return str(self.user)

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.edition_id = self.delegation.edition_id
        super().save(*args, **kwargs)

    def clean(self) -> None:
        super().clean()
        if self.delegation_id:
            self.edition_id = self.delegation.edition_id

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """Validate as Django does, including fields that are on no form: edition, state and is_coordinator."""
        super().validate_constraints(exclude=set(exclude or ()) - {"edition", "state", "is_coordinator"})

    def coming_sessions(self) -> "list[Session]":
        """Return what is still to come in their programme, core sessions first. Needs `with_people`. One query."""
        now = timezone.now()
        return [it for it in self.coming_and_core_sessions() if not (it.is_core and it.is_past(now))]

    def coming_and_core_sessions(self) -> "list[Session]":
        """Return what is still to come in their programme, and core sessions that are over. As `coming_sessions`."""
        now = timezone.now()
        sessions = _coming_sessions(participant=self.pk, edition=self.edition_id, now=now, today=now.date())
        for session in sessions:
            session.edition = self.edition
        return sessions

    @property
    def is_registered(self) -> bool:
        return self.state == self.State.REGISTERED

    @property
    def registered_at(self) -> dt.datetime | None:
        """Return since when they have been registered; None unless they are."""
        return self.state_at if self.is_registered else None

    def is_feed_gone(self, now: dt.datetime) -> bool:
        """Return whether their private calendar has ended, 180 days after they were withdrawn."""
        return not self.is_registered and self.state_at <= now - FEED_OUTLIVES

    @property
    def is_pending(self) -> bool:
        return self.state == self.State.PENDING

    @property
    def is_waiting(self) -> bool:
        """Return whether they are on the waiting list of their city."""
        return self.state == self.State.WAITING

    @property
    def is_next(self) -> bool:
        """Return whether their turn on the waiting list has come and they wait for approval."""
        return self.is_pending and self.waiting_number is not None

    @property
    def was_sent_away(self) -> bool:
        """Return whether somebody else withdrew this person."""
        return self.state == self.State.WITHDRAWN and self.state_by_id not in {None, self.user_id}

    def predecessor(self) -> "Participant | None":
        """Return whose place, with the seats, they took over when they registered; None if they registered otherwise.

        Nobody who had left before, or is back, or stayed in another city. No query for somebody who took over none.
        """
        if self.took_over_at is None or self.took_over_at != self.state_at:
            return None
        here = self.predecessors.select_related("user").filter(delegation=self.delegation_id)
        return here.filter(state_at=self.state_at).first()

    @property
    def has_left_before(self) -> bool:
        """Return whether they had left, with their seats, when somebody took over their place."""
        heir = self.handed_over_to
        return heir is not None and heir.took_over_at is not None and self.state_at < heir.took_over_at


@prepared
def _coming_sessions() -> "SessionQuerySet":
    sessions: SessionQuerySet = apps.get_model("programme", "Session").objects.filter(edition=Parameter("edition"))
    return sessions.to_come_for(Parameter("participant"), Parameter("now"), Parameter("today"))
