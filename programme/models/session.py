import datetime as dt
import uuid
from collections.abc import Collection

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, BigIntegerRangeField, RangeOperators
from django.db import models
from django.db.models import Case, F, Func, Q, Value, When
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from programme.models.edition import Edition
from programme.models.session_queryset import SessionQuerySet
from programme.models.speaker_triggers import adds_speakers
from programme.models.track import Track
from programme.models.venue import Room
from programme.rules.editions import SLUG_PATTERN
from programme.rules.local_times import FIRST_DAY, FIRST_MOMENT, LAST_DAY, LAST_MOMENT, local_day
from programme.rules.sessions import LARGEST_ROOM
from programme.triggers import counts_calendar_changes, moves_seats
from udtacademy.db.composite_keys import of_one_edition
from udtacademy.db.fields import LineField, ParagraphsField, WebAddressField
from udtacademy.db.history import tracked
from udtacademy.db.ranges import int_range, time_range


def track_range() -> Case:
    """Return the session's tracks as an int8range: its own track, or all tracks when it has none."""
    everything = Func(
        Value(None, output_field=models.BigIntegerField()),
        Value(None, output_field=models.BigIntegerField()),
        function="int8range",
        output_field=BigIntegerRangeField(),
    )
    return Case(When(track__isnull=True, then=everything), default=int_range("track"))


# More people read the history than may join, and speakers may withdraw.
@tracked(leaving_out=["changed_at", "meeting_url", "recording_url", "shown_speakers"])
class Session(models.Model):
    """One item of the programme.

    Its time is given in one of three ways: `starts_at` and `ends_at` (aware), or only the day (`held_on`), or only a
    `date_hint` such as "December", which may be empty.
    """

    class Format(models.TextChoices):
        ONLINE = "online", _("online")
        IN_PERSON = "in_person", _("in person")
        EXTERNAL = "external", _("hosted by somebody else")
        BREAK = "break", _("break")

    class Status(models.TextChoices):
        TENTATIVE = "tentative", _("to be confirmed")
        CONFIRMED = "confirmed", _("confirmed")
        CANCELLED = "cancelled", _("cancelled")

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="sessions", verbose_name=_("edition"))
    slug = models.SlugField(_("web address"), max_length=80, help_text=_("The last part of its page's address."))
    title = LineField(_("title"), max_length=200)
    description = ParagraphsField(_("description"), blank=True)
    format = models.CharField(_("format"), max_length=10, choices=Format, default=Format.ONLINE)
    is_core = models.BooleanField(_("core"), default=False, help_text=_("Attendance is mandatory."))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.TENTATIVE)
    status_reason = LineField(
        _("reason"),
        max_length=500,
        blank=True,
        db_default="",
        default="",
        help_text=_("Why it is cancelled or postponed. Shown on its page and in the emails about it."),
    )
    is_published = models.BooleanField(_("published"), default=False)
    track = models.ForeignKey(
        Track, models.RESTRICT, null=True, blank=True, related_name="sessions", verbose_name=_("track")
    )
    room = models.ForeignKey(
        Room, models.PROTECT, null=True, blank=True, related_name="sessions", verbose_name=_("room")
    )
    capacity = models.PositiveIntegerField(
        _("capacity"),
        null=True,
        blank=True,
        help_text=_("How many seats it has, if it is a parallel session. If empty, as many as its room holds."),
    )
    location = LineField(
        _("place"), max_length=200, blank=True, help_text=_("If it is neither online nor at the venue.")
    )
    starts_at = models.DateTimeField(_("starts"), null=True, blank=True)
    ends_at = models.DateTimeField(_("ends"), null=True, blank=True)
    held_on = models.DateField(_("day"), null=True, blank=True, help_text=_("If the day is known, but not the time."))
    date_hint = LineField(
        _("date in words"),
        max_length=60,
        blank=True,
        help_text=_("If not even the day is known, for example “December”."),
    )
    meeting_url = WebAddressField(
        _("meeting link"),
        max_length=500,
        blank=True,
        help_text=_("Shown only to its participants, once joining is open."),
    )
    recording_url = WebAddressField(
        _("recording link"), max_length=500, blank=True, help_text=_("For participants who make up the session.")
    )
    make_up_question = LineField(
        _("question about the recording"),
        max_length=300,
        blank=True,
        help_text=_("People who make up the session answer it briefly. If empty: what their city takes from it."),
    )
    reminder_minutes = ArrayField(
        models.PositiveIntegerField(),
        verbose_name=_("reminders"),
        null=True,
        blank=True,
        help_text=_("How long before it reminders are sent, if different from the edition."),
    )
    calendar_uid = models.UUIDField(_("calendar identity"), default=uuid.uuid4, unique=True, editable=False)
    calendar_sequence = models.PositiveIntegerField(_("calendar sequence"), default=0, editable=False)
    changed_at = models.DateTimeField(_("last change"), default=timezone.now, editable=False)
    # Whom it shows, by a trigger (`adds_speakers`): a list of name, organisation and part
    shown_speakers = models.JSONField(default=list, db_default=Value([], models.JSONField()), editable=False)

    # Set by `with_seats`
    n_seats: int | None
    n_held: int
    n_waiting: int
    n_offered: int  # set by `with_offers`

    objects = SessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        ordering = ["edition", "starts_at", "held_on", "slug"]
        constraints = [
            *of_one_edition("track"),
            models.UniqueConstraint(
                fields=["edition", "slug"],
                name="session_slug_unique_in_edition",
                violation_error_message=_("The edition already has a session with this web address."),
            ),
            models.CheckConstraint(
                condition=Q(slug__regex=SLUG_PATTERN),
                name="session_slug_is_lower_case",
                violation_error_message=_("Use only lower-case letters, digits and single hyphens in a web address."),
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")) | Q(starts_at__isnull=True),
                name="session_ends_after_it_starts",
                violation_error_message=_("The session must end after it starts."),
            ),
            models.CheckConstraint(
                condition=(
                    Q(starts_at__isnull=False, ends_at__isnull=False, held_on__isnull=True, date_hint="")
                    | Q(starts_at__isnull=True, ends_at__isnull=True, held_on__isnull=False, date_hint="")
                    | Q(starts_at__isnull=True, ends_at__isnull=True, held_on__isnull=True)
                ),
                name="session_says_when_in_one_way",
                violation_error_message=_("Enter a start and an end, or only a day, or only the date in words."),
            ),
            models.CheckConstraint(
                condition=~Q(status="confirmed") | Q(starts_at__isnull=False),
                name="session_confirmed_has_time",
                violation_error_message=_("A confirmed session needs a start and an end."),
            ),
            models.CheckConstraint(
                condition=(
                    (Q(held_on__isnull=True) | Q(held_on__range=(FIRST_DAY, LAST_DAY)))
                    & (Q(starts_at__isnull=True) | Q(starts_at__gte=FIRST_MOMENT))
                    & (Q(ends_at__isnull=True) | Q(ends_at__lt=LAST_MOMENT))
                ),
                name="session_is_of_our_time",
                violation_error_message=_("Enter times between 2000 and 2099."),
            ),
            models.CheckConstraint(
                condition=~Q(format="break", is_core=True),
                name="session_break_is_not_core",
                violation_error_message=_("A break cannot be core, because nobody attends it."),
            ),
            models.CheckConstraint(
                condition=Q(capacity__lte=LARGEST_ROOM),
                name="session_is_not_endless",
                violation_error_message=_("Enter a capacity of at most 100,000."),
            ),
            models.UniqueConstraint(fields=["id", "edition"], name="session_with_edition"),  # what seats refer to
            ExclusionConstraint(
                name="session_parallel_only_across_tracks",
                expressions=[
                    (int_range("edition"), RangeOperators.OVERLAPS),
                    (time_range(), RangeOperators.OVERLAPS),
                    (track_range(), RangeOperators.OVERLAPS),
                ],
                condition=Q(starts_at__isnull=False) & ~Q(status="cancelled"),
                deferrable=models.Deferrable.IMMEDIATE,
                violation_error_message=_(
                    "Another session takes place at this time. Only sessions of different tracks can overlap."
                ),
            ),
        ]
        triggers = [adds_speakers(), counts_calendar_changes(), moves_seats()]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("programme:session-detail", args=[self.edition.slug, self.slug])

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """Validate as Django does, including status and edition where a form leaves them out."""
        super().validate_constraints(exclude=set(exclude or ()) - {"status", "edition"})

    @property
    def is_cancelled(self) -> bool:
        return self.status == self.Status.CANCELLED

    @property
    def is_tentative(self) -> bool:
        return self.status == self.Status.TENTATIVE

    @property
    def is_unconfirmed(self) -> bool:
        """Return whether it is tentative and not past, so that pages say so."""
        return self.is_tentative and not self.is_past(timezone.now())

    @property
    def stated_reason(self) -> str:
        """Return the organisers' reason for cancelling or postponing it; empty for a confirmed session."""
        return self.status_reason if self.is_cancelled or self.is_tentative else ""

    @property
    def is_online(self) -> bool:
        return self.format == self.Format.ONLINE

    @property
    def is_break(self) -> bool:
        return self.format == self.Format.BREAK

    @property
    def takes_seats(self) -> bool:
        """Return whether it is parallel, see `SessionQuerySet.parallel`."""
        return bool(self.track_id and self.starts_at) and not self.is_cancelled and not self.is_break

    @property
    def has_free_seat(self) -> bool:
        """Return whether fewer seats are held than its capacity. Needs `with_seats`."""
        return self.n_seats is None or self.n_held < self.n_seats

    @property
    def is_free_to_take(self) -> bool:
        """Return whether a seat is free and was offered to everybody on the waiting list. Needs `with_offers`."""
        return self.has_free_seat and self.n_waiting == self.n_offered

    @property
    def n_free(self) -> int | None:
        """Return how many seats are free; None without a limit. Needs `with_seats`."""
        return None if self.n_seats is None else max(0, self.n_seats - self.n_held)

    @property
    def local_day(self) -> dt.date | None:
        """Return the day in the edition's zone; None when unknown."""
        return self.starts_at.astimezone(self.edition.zone).date() if self.starts_at else self.held_on

    @property
    def track_position(self) -> int:
        """Return its track's position, from left to right; 0 without a track."""
        return self.track.position if self.track else 0

    @property
    def place(self) -> str:
        """Return where it is held: its room, its location or the edition's venue; empty when online or unknown."""
        if self.room:
            return f"{self.room.name}, {self.room.venue.name}"
        if self.location or self.is_online or self.format == self.Format.EXTERNAL or not self.edition.venue:
            return self.location
        return self.edition.venue.name

    @property
    def address(self) -> str:
        """Return the postal address of the place; empty where none is known."""
        venue = self.room.venue if self.room else None
        if venue is None and self.place and not self.location:
            venue = self.edition.venue
        return venue.address if venue else ""

    def is_over(self, now: dt.datetime) -> bool:
        return self.ends_at is not None and self.ends_at <= now

    def is_past(self, now: dt.datetime) -> bool:
        """Return whether it is over: its end or its day has passed or, if neither is known, the edition's last day."""
        if self.ends_at is not None:
            return self.is_over(now)
        return (self.held_on or self.edition.last_on) < local_day(now, self.edition.zone)

    def is_ahead(self, now: dt.datetime) -> bool:
        """Return whether it has a time, is running or still to come, and is neither cancelled nor a break."""
        return self.ends_at is not None and self.ends_at > now and not self.is_cancelled and not self.is_break
