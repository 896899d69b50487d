"""The sets of sessions that have a name."""

import datetime as dt
from typing import TYPE_CHECKING, Self

from django.apps import apps
from django.db import models
from django.db.models import Count, F, Q, Subquery
from django.db.models.functions import Least

from programme.models.counts import count_of

if TYPE_CHECKING:
    from programme.models.participant import Participant
    from programme.models.session import Session


def position_in_line(*, session: str, seat: str) -> Subquery:
    """Of a seat that waits: how many wait in its session up to it. The fields of the outer query that hold both."""
    waiting = apps.get_model("programme", "Seat").objects.waiting().order_by()
    before = waiting.filter(session=models.OuterRef(session), pk__lte=models.OuterRef(seat))
    return Subquery(before.values("session").annotate(n=Count("pk")).values("n"))


class SessionQuerySet(models.QuerySet["Session"]):
    def published(self) -> Self:
        return self.filter(is_published=True)

    def timed(self) -> Self:
        return self.filter(starts_at__isnull=False)

    def to_come(self, now: dt.datetime) -> Self:
        """Neither over nor cancelled, in the order they start. See also `Session.is_ahead`."""
        return self.exclude(status="cancelled").filter(ends_at__gt=now).order_by("starts_at", "pk")

    def with_place(self) -> Self:
        """All that a page or a calendar entry says, in one query."""
        return self.select_related("edition__venue", "room__venue", "track")

    def parallel(self) -> Self:
        """Those in which people have a seat of their own: of a track, at a time that is known, not cancelled."""
        return self.timed().filter(track__isnull=False).exclude(Q(status="cancelled") | Q(format="break"))

    def open_to_choice(self, now: dt.datetime) -> Self:
        """The parallel ones that people see and that have not begun."""
        return self.parallel().published().filter(starts_at__gt=now)

    def of(self, participant: "Participant") -> Self:
        """What a participant's own agenda has: what is for everybody, and the parallel sessions they have a seat in."""
        held = apps.get_model("programme", "Seat").objects.held().filter(participant=participant).values("session")
        return self.filter(Q(track__isnull=True) | Q(pk__in=held))

    def not_over(self, now: dt.datetime) -> Self:
        """Those that are running or still to come, also without a time or a day."""
        return self.filter(Q(ends_at__gt=now) | Q(held_on__gte=now.date()) | Q(ends_at=None, held_on=None))

    def to_come_for(self, participant: "Participant", now: dt.datetime) -> Self:
        """What is in a participant's programme from now on, core sessions first."""
        own = self.filter(edition=participant.edition_id).not_over(now).published().of(participant)
        own = own.exclude(Q(status="cancelled") | Q(format="break"))
        return own.with_place().order_by("-is_core", "starts_at", "held_on", "pk")

    def with_seats(self) -> Self:
        """Annotated with n_places (None: no limit), n_held and n_waiting, in one query."""
        return self.annotate(
            n_places=Least("capacity", "room__capacity"),
            n_held=count_of("programme.Seat", "session", state="held"),
            n_waiting=count_of("programme.Seat", "session", state="waiting"),
        )

    def with_offers(self) -> Self:
        """Annotated as `with_seats` does, and with n_offered: how many of those who wait were asked to take a free place."""
        offered = count_of("programme.Seat", "session", state="waiting", offered_at__isnull=False)
        return self.with_seats().annotate(n_offered=offered)

    def overfull(self) -> Self:
        """Those with more people than places, annotated as `with_seats` does."""
        return self.with_seats().filter(n_held__gt=F("n_places"))

    def with_seat_of(self, participant: "Participant") -> Self:
        """Annotated with what the participant has there: own_state ("held", "waiting" or None), and own_position in the
        line, counted from 1, for those who wait.
        """
        position = position_in_line(session="pk", seat="seat_of__pk")
        return self.annotate(
            seat_of=models.FilteredRelation("seats", condition=Q(seats__participant=participant)),
            own_state=F("seat_of__state"),
            own_position=models.Case(models.When(seat_of__state="waiting", then=position)),
            own_is_promoted=F("seat_of__is_promoted"),
            own_offered_at=F("seat_of__offered_at"),
            own_moved_from_id=F("seat_of__moved_from"),
        )

    def parallel_to(self, session: "Session") -> Self:
        """Those that overlap with it in time, without itself and what is cancelled; with their tracks."""
        if session.starts_at is None or session.ends_at is None:
            return self.none()
        return (
            self.filter(starts_at__lt=session.ends_at, ends_at__gt=session.starts_at)
            .exclude(Q(pk=session.pk) | Q(status="cancelled"))
            .select_related("track")
        )

    def before(self, session: "Session") -> "Session | None":
        """The last to be over when it starts; breaks do not count."""
        return (
            self.exclude(format="break")
            .filter(ends_at__lte=session.starts_at)
            .order_by("-starts_at", "track__position")
            .first()
            if session.starts_at
            else None
        )

    def after(self, session: "Session") -> "Session | None":
        """The first to start once it is over; breaks do not count."""
        return (
            self.exclude(format="break")
            .filter(starts_at__gte=session.ends_at)
            .order_by("starts_at", "track__position")
            .first()
            if session.ends_at
            else None
        )

    def in_programme_order(self) -> Self:
        """By time; within a day those without a time first; hints last."""
        return self.order_by(
            models.functions.Coalesce(
                "starts_at",
                models.functions.Cast("held_on", models.DateTimeField()),
                output_field=models.DateTimeField(),
            ).asc(nulls_last=True),
            "track__position",
            "slug",
        )
