"""What meeting platforms report while a meeting is held: their events, the people in them, and people's own ways in."""

import datetime as dt
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendance.meeting_reports.matching import MatchBasis, MatchGroup
from attendance.models.report import PLATFORMS
from attendance.rules.meeting_events import EventKind, Stay
from attendance.triggers import keeps_columns
from programme.models import Edition, Participant, Session
from udtacademy.accounts.models import User
from udtacademy.db.composite_keys import of_one_edition
from udtacademy.db.encrypted_fields import EncryptedTextField, EncryptingModel

SENT = ("platform", "identity", "meeting", "instance", "kind", "connection", "person", "occurred_at", "received_at")
AROUND = dt.timedelta(hours=12)  # before and after a session, in which events of its meeting can concern it


class PlatformEventQuerySet(models.QuerySet["PlatformEvent"]):
    def unread(self) -> Self:
        return self.filter(read_at__isnull=True)

    def foreign(self) -> Self:
        """Return the events of meetings that are no session's."""
        return self.filter(read_at__isnull=False, is_ours=False)

    def in_meeting(self, platform: str, meeting: str, session: Session) -> Self:
        """Return the events of a meeting in the hours around a session that has a time."""
        assert session.starts_at  # noqa: S101 - the caller's
        assert session.ends_at  # noqa: S101
        around = (session.starts_at - AROUND, session.ends_at + AROUND)
        return self.filter(platform=platform, meeting=meeting, occurred_at__range=around)


class PlatformEvent(EncryptingModel):
    """One event as a platform sent it, once. Rows are added and never changed, except that the text is emptied in time.

    `identity`: what is the same when it is sent again. `connection`, `person`: hashed, so that they say nothing without the text.
    """

    class Kind(models.TextChoices):
        JOINED = EventKind.JOINED, _("joined")
        LEFT = EventKind.LEFT, _("left")
        WAITING = EventKind.WAITING, _("in the waiting room")
        STOPPED_WAITING = EventKind.STOPPED_WAITING, _("left the waiting room")
        ENDED = EventKind.ENDED, _("meeting ended")
        OTHER = EventKind.OTHER, _("something else")

    platform = models.CharField(_("platform"), max_length=20)
    identity = models.CharField(max_length=64)
    payload = EncryptedTextField(blank=True)
    meeting = models.CharField(_("meeting"), max_length=200, blank=True)
    instance = models.CharField(max_length=200, blank=True)
    kind = models.CharField(_("event"), max_length=10, choices=Kind)
    connection = models.CharField(max_length=64, blank=True)
    person = models.CharField(max_length=64, blank=True)
    occurred_at = models.DateTimeField(_("happened"))
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    read_at = models.DateTimeField(null=True, blank=True)
    is_ours = models.BooleanField(default=False, db_default=False)

    objects = PlatformEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event of a meeting platform")
        verbose_name_plural = _("events of meeting platforms")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["platform", "identity"], name="platform_event_once")]
        indexes = [
            models.Index(fields=["platform", "meeting", "occurred_at"], name="platform_event_of_meeting"),
            models.Index(fields=["id"], condition=Q(read_at__isnull=True), name="platform_event_unread"),
            models.Index(
                fields=["received_at"], condition=Q(read_at__isnull=False, is_ours=False), name="platform_event_foreign"
            ),
        ]
        triggers = keeps_columns(*SENT, may_be_deleted="NOT OLD.is_ours")

    def __str__(self) -> str:
        return f"{self.platform}: {self.kind}"


class PlatformPersonQuerySet(models.QuerySet["PlatformPerson"]):
    def unmatched(self) -> Self:
        return self.filter(participant__isnull=True)

    def to_choose(self) -> Self:
        """Return the people about whom an organiser has to decide."""
        return self.filter(group__in=[MatchGroup.TO_CHOOSE, MatchGroup.UNKNOWN])

    def there_now(self) -> Self:
        return self.filter(Q(is_inside=True) | Q(is_waiting=True))

    def with_participants(self) -> Self:
        return self.select_related("participant__user", "participant__delegation__city", "chosen_by")


class PlatformPerson(models.Model):
    """One person whom a platform reports at a session, when they were there, and the participant they are matched to.

    Follows from the events, and is updated with them. The retention task deletes unmatched people.
    """

    class Group(models.TextChoices):
        TO_CHOOSE = MatchGroup.TO_CHOOSE, _("to match")
        UNKNOWN = MatchGroup.UNKNOWN, _("unknown")
        MATCHED = MatchGroup.MATCHED, _("matched")
        IGNORED = MatchGroup.IGNORED, _("ignored")

    class How(models.TextChoices):
        LINK = "link", _("by their own link")
        EMAIL = MatchBasis.EMAIL, _("by email address")
        ALIAS = MatchBasis.ALIAS, _("by alias")
        CHOSEN = "chosen", _("chosen")
        NOBODY = "nobody", _("not a participant")
        OPEN = "open", _("left open")  # by an organiser: nothing automatic matches them again

    session = models.ForeignKey(Session, models.PROTECT, related_name="+")
    edition = models.ForeignKey(Edition, models.PROTECT, related_name="+", editable=False)
    platform = models.CharField(_("platform"), max_length=20)
    meeting = models.CharField(max_length=200)
    key = models.CharField(max_length=64)
    name = models.CharField(_("name"), max_length=700, blank=True)
    email = models.CharField(_("email"), max_length=300, blank=True)
    own_id = models.CharField(max_length=200, blank=True)
    intervals = models.JSONField(default=list)
    is_inside = models.BooleanField(default=False)
    is_waiting = models.BooleanField(default=False)
    group = models.CharField(max_length=10, choices=Group, default=Group.UNKNOWN)
    how = models.CharField(max_length=10, choices=How, blank=True)
    participant = models.ForeignKey(Participant, models.PROTECT, null=True, blank=True, related_name="+")
    suggestions = models.JSONField(default=list)
    chosen_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    chosen_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(default=timezone.now)

    objects = PlatformPersonQuerySet.as_manager()

    class Meta:
        verbose_name = _("person in a meeting")
        verbose_name_plural = _("people in meetings")
        ordering = ["session", "pk"]
        constraints = [
            *of_one_edition("session", "participant"),
            models.UniqueConstraint(fields=["session", "platform", "meeting", "key"], name="platform_person_once"),
            models.CheckConstraint(
                condition=Q(group="matched", participant__isnull=False)
                | (~Q(group="matched") & Q(participant__isnull=True)),
                name="platform_person_is_matched_to_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email or str(_("somebody without a name"))

    @property
    def stays(self) -> list[Stay]:
        """Return when they were there."""
        moment = dt.datetime.fromisoformat
        return [
            Stay(moment(start), moment(end) if end else None, is_estimated)
            for start, end, is_estimated in self.intervals
        ]

    @property
    def platform_name(self) -> str:
        return str(PLATFORMS.get(self.platform, self.platform))


class WayIn(EncryptingModel):
    """A participant's own link into a session's meeting, which the platform has given for them alone. `url`: emptied in time."""

    participant = models.ForeignKey(Participant, models.CASCADE, related_name="+")
    session = models.ForeignKey(Session, models.CASCADE, related_name="+")
    edition = models.ForeignKey(Edition, models.CASCADE, related_name="+", editable=False)
    platform = models.CharField(max_length=20)
    meeting = models.CharField(max_length=200)
    own_id = models.CharField(max_length=200)
    url = EncryptedTextField()
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("own way into a meeting")
        verbose_name_plural = _("own ways into meetings")
        ordering = ["pk"]
        constraints = [
            *of_one_edition("session", "participant"),
            models.UniqueConstraint(fields=["session", "participant", "platform", "meeting"], name="way_in_once"),
        ]
        indexes = [models.Index(fields=["platform", "own_id"], name="way_in_by_own_id")]

    def __str__(self) -> str:
        return f"{self.participant}, {self.session}"
