import datetime as dt
from zoneinfo import ZoneInfo

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from programme.models.edition_applications import APPLICATION_CONSTRAINTS, EditionApplications
from programme.models.edition_identity import EditionIdentity
from programme.models.edition_queryset import EditionQuerySet
from programme.models.question_triggers import asks_system_questions
from programme.models.quiet_edition import QuietEdition
from programme.models.venue import Venue
from programme.rules.coming import MOST_DAYS_BEFORE
from programme.rules.editions import LONGEST_TOLERANCE, RESERVED_SLUGS, SLUG_PATTERN, Phase
from programme.rules.local_times import FIRST_DAY, LAST_DAY, local_day
from programme.rules.reminder_offsets import MOST_REMINDERS
from programme.rules.seats import EARLIEST_END_OF_MOVES
from programme.rules.windows import Window, window
from programme.triggers import AT_THE_VENUE, moves_sessions, notes_changes
from udtacademy.db.address_fields import PlainAddressField
from udtacademy.db.fields import LineField, ParagraphsField, validate_time_zone
from udtacademy.db.history import tracked


def validate_free_slug(slug: str) -> None:
    """Raise ValidationError for a slug that is the first segment of another URL: such an edition could not be reached."""
    if slug in RESERVED_SLUGS:
        raise ValidationError(_("The site uses this web address. Enter another one, for example udt-2025."))


def default_reminders() -> list[int]:
    """Return the default reminder offsets in minutes: 7 days, 1 day and 1 hour."""
    return [10080, 1440, 60]


@tracked(leaving_out=["changed_at"])
class Edition(EditionApplications, EditionIdentity, QuietEdition):
    """One run of the programme. All its times are shown in its own zone."""

    class AttendanceRule(models.TextChoices):
        EACH_PARTICIPANT = "each_participant", _("every participant")
        EACH_CITY = "each_city", _("at least one participant from each city")

    class ClickCounts(models.TextChoices):
        UNTIL_REPORT = "until_report", _("until a meeting report is applied")
        NEVER = "never", _("never (an organiser decides)")
        ALWAYS = "always", _("always")

    slug = models.SlugField(
        _("web address"),
        max_length=60,
        unique=True,
        validators=[validate_free_slug],
        help_text=_("The first part of its pages' addresses, for example udt-2025. Calendars and links use it."),
        error_messages={"unique": _("Another edition has this web address.")},
    )
    name = LineField(_("name"), max_length=120)
    time_zone = models.CharField(
        _("time zone"),
        max_length=60,
        validators=[validate_time_zone],
        help_text=_("Its name, for example Europe/Madrid."),
    )
    first_on = models.DateField(_("first day"))
    last_on = models.DateField(_("last day"), help_text=_("The edition can be on the home page until this day."))
    venue = models.ForeignKey(
        Venue,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="editions",
        verbose_name=_("venue"),
        help_text=_("Where the in-person part takes place."),
    )
    summary = ParagraphsField(_("overview"), blank=True, help_text=_("Separate paragraphs with an empty line."))
    online_text = ParagraphsField(_("about the online sessions"), blank=True)
    in_person_text = ParagraphsField(_("about the in-person part"), blank=True)
    registration_opens_at = models.DateTimeField(
        _("registration opens"), null=True, blank=True, help_text=_("If empty, nobody can register.")
    )
    registration_closes_at = models.DateTimeField(
        _("registration closes"), null=True, blank=True, help_text=_("If empty, registration stays open.")
    )
    choice_opens_at = models.DateTimeField(
        _("track choice opens"), null=True, blank=True, help_text=_("If empty, nobody can choose tracks.")
    )
    choice_closes_at = models.DateTimeField(
        _("track choice closes"),
        null=True,
        blank=True,
        help_text=_("If empty, people can choose until each session starts."),
    )
    seat_moves_end_minutes = models.PositiveSmallIntegerField(
        _("automatic moves from the waiting list end (minutes before)"),
        default=60,
        db_default=60,
        help_text=_(
            "Until then, people on the waiting list get a free seat automatically. After that, people who have a seat"
            " at the same time are asked first."
        ),
    )
    coming_question_days = models.PositiveSmallIntegerField(
        _("ask people whether they still come (days before)"),
        default=7,
        db_default=0,  # editions from before, and those of processes that do not know the question: nobody decided to ask
        help_text=_("Before the first day in person. If 0 or empty, nobody is asked."),
    )
    contact_email = PlainAddressField(
        _("contact email address"),
        blank=True,
        help_text=_("Participants write to this address. Replies to our emails go there too."),
    )
    attendance_rule = models.CharField(
        _("who must attend core sessions"),
        max_length=16,
        choices=AttendanceRule,
        default=AttendanceRule.EACH_PARTICIPANT,
        help_text=_("Who must attend every core session for the programme to be completed."),
    )
    attendance_share = models.PositiveSmallIntegerField(
        _("share that counts as present (per cent)"),
        default=75,
        help_text=_("Share of the session's actual time. Less is partly present, for an organiser to decide."),
    )
    late_tolerance_minutes = models.PositiveSmallIntegerField(
        _("allowed lateness (minutes)"),
        default=10,
        help_text=_("People who arrive no later than this have missed nothing."),
    )
    join_opens_minutes = models.PositiveSmallIntegerField(
        _("joining opens (minutes before)"),
        default=15,
        help_text=_("From then on, participants find the meeting link on their page."),
    )
    click_counts = models.CharField(
        _("count a click on “Join” as attendance"),
        max_length=12,
        choices=ClickCounts,
        default=ClickCounts.UNTIL_REPORT,
        db_default=ClickCounts.UNTIL_REPORT,
        help_text=_(
            "Whether people who pressed “Join” count as present after the session, if there is no other evidence."
        ),
    )
    reminder_minutes = ArrayField(
        models.PositiveIntegerField(),
        verbose_name=_("reminders"),
        default=default_reminders,
        blank=True,
        help_text=_("How long before a session reminders are sent."),
    )
    sends_reminders = models.BooleanField(_("send reminders"), default=True)
    sends_notices = models.BooleanField(
        _("send notices of changes"), default=True, help_text=_("About times, places and statuses, 15 minutes later.")
    )
    sends_chasers = models.BooleanField(
        _("email people who missed a core session"),
        default=True,
        help_text=_("A day later, or as soon as you mark attendance as settled. Their coordinators get a list."),
    )
    sends_digest = models.BooleanField(
        _("email the organisers every Monday"), default=True, help_text=_("With the standing of each city.")
    )
    is_published = models.BooleanField(
        _("published"), default=False, help_text=_("Before that, only organisers see its pages.")
    )
    changed_at = models.DateTimeField(_("last change"), default=timezone.now, editable=False)

    next_session: int | None  # set by `with_next_session`
    session_starts: list[dt.datetime]  # set by `with_session_days`
    session_days: list[dt.date]
    has_draft: bool  # set by `with_draft_of`
    application: str | None  # set by `with_application_of`
    n_sessions: int  # set by `with_counts`
    next_edition: dict[str, str] | None  # set by `for_public_page`

    objects = EditionQuerySet.as_manager()

    class Meta:
        verbose_name = _("edition")
        verbose_name_plural = _("editions")
        ordering = ["-first_on", "slug"]
        constraints = [
            *APPLICATION_CONSTRAINTS,
            models.CheckConstraint(
                condition=models.Q(last_on__gte=models.F("first_on")),
                name="edition_ends_after_it_starts",
                violation_error_message=_("The last day must not be before the first day."),
            ),
            models.CheckConstraint(
                condition=models.Q(first_on__gte=FIRST_DAY, last_on__lte=LAST_DAY),
                name="edition_is_of_our_time",
                violation_error_message=_("Enter days between 2000 and 2099."),
            ),
            models.CheckConstraint(
                condition=models.Q(registration_closes_at__gt=models.F("registration_opens_at"))
                | models.Q(registration_opens_at__isnull=True)
                | models.Q(registration_closes_at__isnull=True),
                name="edition_registration_closes_after_it_opens",
                violation_error_message=_("Registration must close after it opens."),
            ),
            models.CheckConstraint(
                condition=models.Q(choice_closes_at__gt=models.F("choice_opens_at"))
                | models.Q(choice_opens_at__isnull=True)
                | models.Q(choice_closes_at__isnull=True),
                name="edition_choice_closes_after_it_opens",
                violation_error_message=_("Track choice must close after it opens."),
            ),
            models.CheckConstraint(
                condition=models.Q(attendance_share__range=(1, 100)),
                name="edition_attendance_share_is_per_cent",
                violation_error_message=_("Enter a share from 1 to 100 per cent."),
            ),
            models.CheckConstraint(
                condition=models.Q(late_tolerance_minutes__lte=LONGEST_TOLERANCE)
                & models.Q(join_opens_minutes__lte=LONGEST_TOLERANCE),
                name="edition_minutes_are_of_one_session",
                violation_error_message=_("Enter at most 120 minutes for lateness and for joining early."),
            ),
            models.CheckConstraint(
                condition=models.Q(seat_moves_end_minutes__lte=EARLIEST_END_OF_MOVES),
                name="edition_seat_moves_end_within_a_week",
                violation_error_message=_("Automatic moves can end at most a week (10,080 minutes) before."),
            ),
            models.CheckConstraint(
                condition=models.Q(coming_question_days__lte=MOST_DAYS_BEFORE),
                name="edition_asks_within_two_months",
                violation_error_message=_("Ask people at most 60 days before the days in person."),
            ),
            models.CheckConstraint(
                condition=models.Q(reminder_minutes__len__lte=MOST_REMINDERS),
                name="edition_reminders_are_few",
                violation_error_message=_("Enter at most 6 reminders."),
            ),
            models.CheckConstraint(
                condition=models.Q(slug__regex=SLUG_PATTERN),
                name="edition_slug_is_lower_case",
                violation_error_message=_(
                    "Use only lower-case letters, digits and single hyphens in a web address, for example udt-2025."
                ),
            ),
        ]
        triggers = [
            asks_system_questions(),
            notes_changes(),
            moves_sessions(fields=["venue"], where=f"edition_id = NEW.id AND {AT_THE_VENUE}"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("programme:edition-detail", args=[self.slug])

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def place_of_zone(self) -> str:
        """Return the zone's city: "Madrid" for Europe/Madrid."""
        return self.time_zone.rpartition("/")[2].replace("_", " ")

    @property
    def late_tolerance(self) -> dt.timedelta:
        return dt.timedelta(minutes=self.late_tolerance_minutes)

    @property
    def join_opens_before(self) -> dt.timedelta:
        return dt.timedelta(minutes=self.join_opens_minutes)

    @property
    def seat_moves_end_before(self) -> dt.timedelta:
        return dt.timedelta(minutes=self.seat_moves_end_minutes)

    def is_over(self, now: dt.datetime) -> bool:
        """Return whether the last day has passed in the edition's zone."""
        return self.last_on < local_day(now, self.zone)

    def phase(self, now: dt.datetime) -> Phase:
        if self.is_over(now):
            return Phase.OVER
        return Phase.ON if self.is_published else Phase.PREPARED

    def registration_window(self, now: dt.datetime) -> Window:
        return window(self.registration_opens_at, self.registration_closes_at, now)

    def choice_window(self, now: dt.datetime) -> Window:
        return window(self.choice_opens_at, self.choice_closes_at, now)

    def can_apply(self, now: dt.datetime) -> bool:
        return self.takes_applications and self.applications_window(now) is Window.OPEN and not self.is_over(now)

    def is_open(self, now: dt.datetime) -> bool:
        """Return whether registration is open and the edition not over."""
        return self.registration_window(now) is Window.OPEN and not self.is_over(now)
