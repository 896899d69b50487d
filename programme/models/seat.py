from typing import Any, Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import Case, F, Q, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from programme.models.edition import Edition
from programme.models.participant import Participant
from programme.models.seat_count_triggers import counts_seats
from programme.models.session import Session
from programme.models.session_queryset import waiting_position
from programme.triggers import keeps_to_capacity, seats_only_those_registered
from udtacademy.accounts.models.user import User
from udtacademy.db.composite_keys import of_one_edition
from udtacademy.db.fields import validate_readable
from udtacademy.db.history import tracked
from udtacademy.db.ranges import int_range, time_range


class SeatQuerySet(models.QuerySet["Seat"]):
    def held(self) -> Self:
        return self.filter(state=Seat.State.HELD)

    def waiting(self) -> Self:
        return self.filter(state=Seat.State.WAITING)

    def waiting_list(self) -> Self:
        """Return the waiting list, first come first.

        Ordered by primary key, which is assigned one at a time; clocks of several servers may disagree.
        """
        return self.waiting().order_by("pk")

    def without_session(self) -> Self:
        """Return seats in sessions that no longer take seats: cancelled, without a time or without a track."""
        return self.exclude(session__in=Session.objects.parallel())

    def with_position(self) -> Self:
        """Annotate with `position` on the waiting list, counted from 1; None for a held seat."""
        position = waiting_position(session="session", seat="pk")
        return self.annotate(position=Case(When(state="waiting", then=position)))

    def with_people(self) -> Self:
        """Select everything that a list or an email shows, in one query."""
        people = ("participant__user", "participant__delegation__city", "participant__edition__venue")
        return self.select_related(
            *people, "session__edition__venue", "session__track", "session__room__venue", "moved_from"
        )


@tracked(leaving_out=["starts_at", "ends_at"])
class Seat(models.Model):
    """A participant's seat in one parallel session, held or on the waiting list. A seat given up is deleted.

    `starts_at` and `ends_at` are copied from the session by a trigger, so that the database can refuse two seats at the
    same time; they are null while the session is cancelled or has no time. The waiting list is in order of primary key.
    """

    class State(models.TextChoices):
        HELD = "held", _("has a seat")
        WAITING = "waiting", _("on the waiting list")

    participant = models.ForeignKey(
        Participant, models.CASCADE, related_name="seats", verbose_name=_("participant"), editable=False
    )
    session = models.ForeignKey(
        Session, models.RESTRICT, related_name="seats", verbose_name=_("session"), editable=False
    )
    edition = models.ForeignKey(Edition, models.CASCADE, related_name="seats", editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State, editable=False)
    chosen_at = models.DateTimeField(_("chosen"), default=timezone.now, editable=False)
    held_at = models.DateTimeField(_("seat since"), null=True, blank=True, editable=False)
    is_promoted = models.BooleanField(_("from the waiting list"), default=False, editable=False)
    moved_from = models.ForeignKey(
        Session,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("moved from"),
        editable=False,
        help_text=_("The session in which they gave up their seat when one became free here."),
    )
    offered_at = models.DateTimeField(
        _("offered"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("When a free seat was offered. Shortly before a session, nobody is moved without being asked."),
    )
    assigned_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("given by"), editable=False
    )
    is_overbooked = models.BooleanField(_("beyond capacity"), default=False, editable=False)
    reason = models.TextField(_("reason"), max_length=1000, blank=True, validators=[validate_readable], editable=False)
    starts_at = models.DateTimeField(null=True, editable=False)
    ends_at = models.DateTimeField(null=True, editable=False)

    position: int | None  # set by `with_position`

    objects = SeatQuerySet.as_manager()

    class Meta:
        verbose_name = _("seat")
        verbose_name_plural = _("seats")
        ordering = ["session", "state", "pk"]
        constraints = [
            *of_one_edition("participant", "session"),
            models.UniqueConstraint(
                fields=["participant", "session"],
                name="seat_once_in_session",
                violation_error_message=_("This person already has a seat in the session or is on its waiting list."),
            ),
            models.CheckConstraint(
                condition=Q(state="held", held_at__isnull=False) | Q(state="waiting", held_at__isnull=True),
                name="seat_is_held_since",
            ),
            models.CheckConstraint(
                condition=Q(is_overbooked=False) | (Q(state="held") & ~Q(reason="")),
                name="seat_is_overbooked_with_a_reason",
                violation_error_message=_("Enter a reason for a seat beyond capacity."),
            ),
            ExclusionConstraint(
                name="seat_one_at_a_time",
                expressions=[
                    (int_range("participant"), RangeOperators.OVERLAPS),
                    (time_range(), RangeOperators.OVERLAPS),
                ],
                condition=Q(state="held") & Q(starts_at__isnull=False),
                deferrable=models.Deferrable.IMMEDIATE,
                violation_error_message=_("This person has a seat in another session at the same time."),
            ),
        ]
        indexes = [
            models.Index(fields=["session", "state"], name="seat_counts"),
            models.Index(F("session"), F("id"), condition=Q(state="waiting"), name="seat_waiting_list"),
        ]
        triggers = [keeps_to_capacity(), seats_only_those_registered(), *counts_seats()]

    def __str__(self) -> str:
        return f"{self.participant}, {self.session}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.edition_id = self.session.edition_id
        super().save(*args, **kwargs)

    @property
    def is_held(self) -> bool:
        return self.state == self.State.HELD

    def hold(self) -> None:
        """Turn a waiting seat into a held one. Does not save."""
        self.state, self.held_at, self.is_promoted, self.offered_at = self.State.HELD, timezone.now(), True, None
