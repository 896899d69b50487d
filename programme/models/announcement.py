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


class Facts(NamedTuple):
    """What people are told of a session, and a change of which is news. Moments are aware."""

    title: str
    starts_at: dt.datetime | None
    ends_at: dt.datetime | None
    held_on: dt.date | None
    date_hint: str
    status: str
    place: str
    is_core: bool

    def is_coming(self, now: dt.datetime, zone: dt.tzinfo) -> bool:
        """Whether it has a time, or a day in the edition's zone, and is not over."""
        if self.ends_at:
            return self.ends_at > now
        return bool(self.held_on and self.held_on >= now.astimezone(zone).date())

    def may_come(self, now: dt.datetime, zone: dt.tzinfo) -> bool:
        """Whether it is not over; what has neither time nor day may come at any time."""
        return self.is_coming(now, zone) or not (self.ends_at or self.held_on)

    def has_begun(self, moment: dt.datetime, zone: dt.tzinfo) -> bool:
        if self.starts_at:
            return self.starts_at <= moment
        return bool(self.held_on and self.held_on <= moment.astimezone(zone).date())


def facts_of(session: Session) -> Facts:
    """Return the facts as they are now. Needs `SessionQuerySet.with_place`."""
    return Facts(*(getattr(session, name) for name in Facts._fields))


class AnnouncementQuerySet(models.QuerySet["Announcement"]):
    def effective(self) -> Self:
        """Those after which there is nothing more to tell: sent, on their way, or not wished; not those overtaken."""
        return self.exclude(state=Announcement.State.OUTDATED)

    def sent(self) -> Self:
        return self.filter(state=Announcement.State.SENT)

    def queued(self) -> Self:
        return self.filter(state=Announcement.State.QUEUED)

    def last_of_each(self) -> Self:
        """The last to each participant of each session."""
        return self.order_by("participant_id", "session_id", "-pk").distinct("participant_id", "session_id")

    def perhaps_untrue(self, now: dt.datetime) -> Self:
        """Leave out those that surely hold: written of the session as it is now, and as much theirs as it is now.

        With the session and the person, and annotated: `has_seat` in the session, or `is_asked` to take one, since before
        this was written; whether it `is_superseded` by what was sent since (when it was tried again by hand), or is
        `is_of_notice` of changes, all of which has to hold; the `last_file` about it that was
        written before (REQUEST, CANCEL or None), and from when the message is useless.
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
    """What one message says of one session to one participant.

    The last one that was sent is what the person was last told. `state` and `told_at` follow the message's, by a trigger
    on it; a row without a message is from before messages were kept, or says that an organiser told nobody (`waived`).
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("on its way")
        SENT = "sent", _("told")
        FAILED = "failed", _("could not be delivered")
        CANCELLED = "cancelled", _("cancelled")
        OUTDATED = "outdated", _("overtaken by a change before it left")
        UNSURE = "unsure", _("overtaken by a change; it may have arrived")
        WAIVED = "waived", _("taken as known, without an e-mail")

    class Method(models.TextChoices):
        REQUEST = "REQUEST", _("adds or changes the entry")
        CANCEL = "CANCEL", _("takes the entry out")

    participant = models.ForeignKey(
        Participant, models.CASCADE, related_name="announcements", verbose_name=_("participant"), db_constraint=False
    )
    session = models.ForeignKey(
        Session, models.PROTECT, related_name="announcements", verbose_name=_("session"), db_constraint=False
    )
    edition = models.ForeignKey(Edition, models.CASCADE, related_name="+", editable=False)
    message = models.ForeignKey(
        Message, models.CASCADE, null=True, blank=True, related_name="announcements", verbose_name=_("e-mail")
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
        _("version of the facts"), help_text=_("The session's calendar sequence then.")
    )
    is_theirs = models.BooleanField(
        _("theirs"), help_text=_("Whether the session is in the person's programme, as they were told.")
    )
    is_repeat = models.BooleanField(_("repeats"), default=False, help_text=_("A reminder of what is known."))
    moves = models.BooleanField(_("another start"), default=False, help_text=_("Than the person knew."))
    method = models.CharField(_("calendar file"), max_length=10, choices=Method, blank=True)
    sequence = models.PositiveIntegerField(
        _("SEQUENCE"), null=True, blank=True, help_text=_("Of the calendar file; grows with each one to the person.")
    )

    state = models.CharField(_("state"), max_length=10, choices=State, default=State.QUEUED)
    written_at = models.DateTimeField(_("written"), default=timezone.now)
    told_at = models.DateTimeField(_("told"), null=True, blank=True)

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
        """Whether it says that the session is cancelled."""
        return self.status == Session.Status.CANCELLED

    @property
    def is_offer(self) -> bool:
        """Whether it asks them to take a free place; it says nothing new of what is theirs."""
        return self.is_repeat and not self.is_theirs

    @property
    def facts(self) -> Facts:
        return Facts(*(getattr(self, name) for name in Facts._fields))


class SpentSequence(models.Model):
    """The largest SEQUENCE of a session's calendar files that anybody was given who was removed since.

    Calendars keep it: whoever registers again needs a larger one. It names nobody, so whoever wants to be forgotten is; that
    others' numbers start above it, too, does them no harm. Written by a trigger.
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
    """A message, with what the database does by itself where it announces sessions."""

    class Meta:
        proxy = True
        triggers = [marks_announcements()]


def would_overtake() -> Exists:
    """Return, of messages: whether an older one to the same person about the same session is queued."""
    older = Announcement.objects.queued().filter(
        participant=OuterRef("participant"), session=OuterRef("session"), message__lt=OuterRef("message")
    )
    return Exists(Announcement.objects.filter(Exists(older), message=OuterRef("pk")))
