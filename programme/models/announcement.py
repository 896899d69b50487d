import datetime as dt
from typing import NamedTuple, Self

from django.db import models
from django.db.models import Exists, ExpressionWrapper, F, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from programme.models.edition import Edition
from programme.models.participant import Participant
from programme.models.seat import Seat
from programme.models.session import Session
from programme.triggers import keeps_sequences, marks_announcements, outdates_messages
from udtacademy.db.composite_keys import of_one_edition
from udtacademy.outbox.models import Message


class SessionFacts(NamedTuple):
    """The facts about a session that people are told; a change of one of them is news. Datetimes are aware."""

    title: str
    starts_at: dt.datetime | None
    ends_at: dt.datetime | None
    held_on: dt.date | None
    date_hint: str
    status: str
    place: str
    is_core: bool

    def is_coming(self, now: dt.datetime, zone: dt.tzinfo) -> bool:
        """Return whether it has a time or a day and is not over. `zone`: the edition's."""
        if self.ends_at:
            return self.ends_at > now
        return bool(self.held_on and self.held_on >= now.astimezone(zone).date())

    def may_come(self, now: dt.datetime, zone: dt.tzinfo) -> bool:
        """Return whether it is not over; a session with neither time nor day may come at any time."""
        return self.is_coming(now, zone) or not (self.ends_at or self.held_on)

    def has_begun(self, moment: dt.datetime, zone: dt.tzinfo) -> bool:
        if self.starts_at:
            return self.starts_at <= moment
        return bool(self.held_on and self.held_on <= moment.astimezone(zone).date())


def facts_of(session: Session) -> SessionFacts:
    """Return the facts about a session as they are now. Needs `SessionQuerySet.with_place`."""
    return SessionFacts(*(getattr(session, name) for name in SessionFacts._fields))


class AnnouncementQuerySet(models.QuerySet["Announcement"]):
    def effective(self) -> Self:
        """Return announcements that count as told: sent, on their way or waived, rather than overtaken by a change."""
        return self.exclude(state=Announcement.State.OUTDATED)

    def sent(self) -> Self:
        return self.filter(state=Announcement.State.SENT)

    def queued(self) -> Self:
        return self.filter(state=Announcement.State.QUEUED)

    def last_of_each(self) -> Self:
        """Return the latest announcement for each pair of participant and session."""
        return self.order_by("participant_id", "session_id", "-pk").distinct("participant_id", "session_id")

    def perhaps_untrue(self, now: dt.datetime) -> Self:
        """Leave out announcements that certainly still hold: the session and the person's part in it are unchanged.

        Selects session and participant, and annotates: `has_seat`: they hold a seat in it; `is_asked`: they were offered
        one before this was written; `is_superseded`: another was sent since (this one is being retried by hand);
        `is_of_notice`: it belongs to a notice of changes, where all of them must hold; `last_file`: the method of the
        calendar file written before it (REQUEST, CANCEL or None); `useless_from`: when the message expires.
        """
        pair = {"participant": OuterRef("participant"), "session": OuterRef("session")}
        arrives = Q(state__in=[Announcement.State.QUEUED, Announcement.State.SENT])
        arrives |= Q(state=Announcement.State.UNSURE, method=Announcement.Method.REQUEST)
        files = Announcement.objects.filter(arrives, **pair, pk__lt=OuterRef("pk")).exclude(method="").order_by("-pk")
        is_on = (
            Q(participant__state=Participant.State.REGISTERED, session__is_published=True)
            & ~Q(session__format=Session.Format.BREAK)
            & ~Q(session__status=Session.Status.CANCELLED)
        )
        theirs = is_on & (Q(session__track=None) | Q(has_seat=True))
        return (
            self.annotate(
                has_seat=Exists(Seat.objects.held().filter(**pair)),
                is_asked=Exists(Seat.objects.waiting().filter(**pair, offered_at__lte=OuterRef("written_at"))),
                useless_from=F("message__expires_at"),
                is_superseded=Exists(
                    Announcement.objects.sent().filter(**pair, pk__gt=OuterRef("pk"), is_repeat=False)
                ),
                is_of_notice=ExpressionWrapper(Q(message__kind="changed"), models.BooleanField()),
            )
            .filter(
                ~Q(version=F("session__calendar_sequence"))
                | Q(is_theirs=True) & ~theirs
                | Q(is_theirs=False) & theirs
                | Q(is_theirs=False, is_repeat=True) & (Q(is_asked=False) | ~is_on)
                | Q(method=Announcement.Method.CANCEL)
                | Q(useless_from__lte=now)
                | Q(is_superseded=True)
            )
            .annotate(last_file=Subquery(files.values("method")[:1]))
            .select_related("participant", "session__edition__venue", "session__room__venue")
        )


class Announcement(models.Model):
    """What one message tells one participant about one session.

    The last one sent is what the person was last told. A trigger on the message sets `state` and `told_at`. A row without
    a message is older than the outbox, or was `waived`: an organiser decided to tell nobody.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("being sent")
        SENT = "sent", _("sent")
        FAILED = "failed", _("not delivered")
        CANCELLED = "cancelled", _("cancelled")
        OUTDATED = "outdated", _("out of date before it was sent")
        UNSURE = "unsure", _("out of date, but may have arrived")
        STOPPED = "stopped", _("not sent, as the address is stopped")
        WAIVED = "waived", _("marked as known, no email sent")

    class Method(models.TextChoices):
        REQUEST = "REQUEST", _("adds or updates the entry")
        CANCEL = "CANCEL", _("cancels the entry")

    participant = models.ForeignKey(
        Participant, models.CASCADE, related_name="announcements", verbose_name=_("participant"), db_constraint=False
    )
    session = models.ForeignKey(
        Session, models.PROTECT, related_name="announcements", verbose_name=_("session"), db_constraint=False
    )
    edition = models.ForeignKey(Edition, models.CASCADE, related_name="+", editable=False)
    message = models.ForeignKey(
        Message, models.CASCADE, null=True, blank=True, related_name="announcements", verbose_name=_("email")
    )

    title = models.CharField(_("title"), max_length=200)
    starts_at = models.DateTimeField(_("starts"), null=True)
    ends_at = models.DateTimeField(_("ends"), null=True)
    held_on = models.DateField(_("day"), null=True)
    date_hint = models.CharField(_("date in words"), max_length=60, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Session.Status)
    place = models.CharField(_("place"), max_length=400, blank=True)
    is_core = models.BooleanField(_("core"))

    version = models.PositiveIntegerField(
        _("session version"), help_text=_("The session's calendar sequence when this was written.")
    )
    is_theirs = models.BooleanField(
        _("in their programme"), help_text=_("Whether the session is in the person's programme, as they were told.")
    )
    is_repeat = models.BooleanField(
        _("repeat"), default=False, help_text=_("Repeats what the person already knows, such as a reminder.")
    )
    moves = models.BooleanField(
        _("new start"), default=False, help_text=_("The session starts at another time than the person knew.")
    )
    method = models.CharField(_("calendar file"), max_length=10, choices=Method, blank=True)
    sequence = models.PositiveIntegerField(
        _("SEQUENCE"),
        null=True,
        blank=True,
        help_text=_("Of the calendar file. It grows with each file for the person."),
    )

    state = models.CharField(_("state"), max_length=10, choices=State, default=State.QUEUED)
    written_at = models.DateTimeField(_("written"), default=timezone.now)
    told_at = models.DateTimeField(_("sent"), null=True, blank=True)

    has_seat: bool  # set by `perhaps_untrue`
    is_asked: bool
    is_of_notice: bool
    is_superseded: bool
    last_file: str | None
    useless_from: dt.datetime | None

    objects = AnnouncementQuerySet.as_manager()

    class Meta:
        verbose_name = _("announcement")
        verbose_name_plural = _("announcements")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["participant", "session", "-id"], name="announcement_last"),
            models.Index(fields=["participant", "session"], condition=Q(state="queued"), name="announcement_queue"),
            models.Index(fields=["session", "-id"], name="announcement_of_session"),
        ]
        constraints = [
            *of_one_edition("participant", "session"),
            models.CheckConstraint(
                condition=Q(method="", sequence__isnull=True) | (~Q(method="") & Q(sequence__isnull=False)),
                name="announcement_file_has_sequence",
            ),
            models.UniqueConstraint(fields=["message", "participant", "session"], name="announcement_once_in_message"),
        ]
        triggers = [outdates_messages(), keeps_sequences()]

    def __str__(self) -> str:
        return f"{self.participant}, {self.session}"

    @property
    def is_cancelled(self) -> bool:
        """Return whether it says that the session is cancelled."""
        return self.status == Session.Status.CANCELLED

    @property
    def is_offer(self) -> bool:
        """Return whether it offers a free seat; it does not change what is in their programme."""
        return self.is_repeat and not self.is_theirs

    @property
    def facts(self) -> SessionFacts:
        return SessionFacts(*(getattr(self, name) for name in SessionFacts._fields))


class SpentSequence(models.Model):
    """The largest SEQUENCE of a session's calendar files that was sent to somebody who has been deleted since.

    Their calendar remembers it, so that if they register again their next file needs a larger one. It names nobody;
    everybody's numbers start above it, which does no harm. Written by a trigger.
    """

    session = models.OneToOneField(
        Session, models.CASCADE, primary_key=True, related_name="spent_sequence", verbose_name=_("session")
    )
    sequence = models.PositiveIntegerField(_("SEQUENCE"))

    class Meta:
        verbose_name = _("spent SEQUENCE")
        verbose_name_plural = _("spent SEQUENCEs")
        ordering = ["session"]

    def __str__(self) -> str:
        return f"{self.session}, {self.sequence}"


class AnnouncingMessage(Message):
    """Proxy of Message that carries the trigger which updates its announcements."""

    class Meta:
        proxy = True
        triggers = [marks_announcements()]


def would_overtake() -> Exists:
    """Return a condition on messages: an older one to the same person about the same session is still queued."""
    older = Announcement.objects.queued().filter(
        participant=OuterRef("participant"), session=OuterRef("session"), message__lt=OuterRef("message")
    )
    return Exists(Announcement.objects.filter(Exists(older), message=OuterRef("pk")))
