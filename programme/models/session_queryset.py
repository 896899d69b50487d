"""QuerySet of sessions: the sets that have a name."""

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING, Self

from django.apps import apps
from django.db import models
from django.db.models import Count, F, Q, Subquery
from django.db.models.functions import Coalesce, Least

if TYPE_CHECKING:
    from programme.models.participant import Participant
    from programme.models.session import Session


def waiting_position(*, session: str, seat: str) -> Subquery:
    """Return, for a waiting seat, its position on the waiting list, counted from 1.

    `session` and `seat` are the fields of the outer query that hold both.
    """
    waiting = apps.get_model("programme", "Seat").objects.waiting().order_by()
    before = waiting.filter(session=models.OuterRef(session), pk__lte=models.OuterRef(seat))
    return Subquery(before.values("session").annotate(n=Count("pk")).values("n"))


class SessionQuerySet(models.QuerySet["Session"]):
    def published(self) -> Self:
        return self.filter(is_published=True)

    def timed(self) -> Self:
        return self.filter(starts_at__isnull=False)

    def core(self) -> Self:
        """Return the core sessions that are not cancelled."""
        return self.filter(is_core=True).exclude(status="cancelled")

    def to_come(self, now: dt.datetime) -> Self:
        """Return timed sessions that are neither over nor cancelled, by start. See also `Session.is_ahead`."""
        return self.exclude(status="cancelled").filter(ends_at__gt=now).order_by("starts_at", "pk")

    def with_place(self) -> Self:
        """Select everything that a page or a calendar entry shows, in one query."""
        return self.select_related("edition__venue", "room__venue", "track")

    def parallel(self) -> Self:
        """Return sessions that take seats: with a track and a time, neither cancelled nor a break."""
        return self.timed().filter(track__isnull=False).exclude(Q(status="cancelled") | Q(format="break"))

    def open_to_choice(self, now: dt.datetime | models.Value) -> Self:
        """Return published parallel sessions that have not started."""
        return self.parallel().published().filter(starts_at__gt=now)

    def of(self, participant: "Participant | models.Value") -> Self:
        """Return the sessions in a participant's programme: those without a track, and those in which they hold a seat."""
        held = apps.get_model("programme", "Seat").objects.held().filter(participant=participant)
        return self.of_seats(held.values_list("session", flat=True))

    def of_seats(self, held: Iterable[int]) -> Self:
        """Return the sessions without a track, and those of the seats (primary keys of sessions)."""
        return self.filter(Q(track__isnull=True) | Q(pk__in=held))

    def not_over(self, now: dt.datetime | models.Value, today: dt.date | models.Value) -> Self:
        """Return sessions that are running, still to come, or without a time and a day. `today`: in UTC."""
        return self.filter(Q(ends_at__gt=now) | Q(held_on__gte=today) | Q(ends_at=None, held_on=None))

    def to_come_for(
        self, participant: "Participant | models.Value", now: dt.datetime | models.Value, today: dt.date | models.Value
    ) -> Self:
        """Return what is still to come in a participant's programme, and core sessions that are over: with places, core
        sessions first. Breaks are left out.
        """
        sessions = (self.not_over(now, today) | self.core()).published().of(participant)
        sessions = sessions.exclude(Q(status="cancelled") | Q(format="break"))
        return sessions.select_related("room__venue", "track").order_by("-is_core", "starts_at", "held_on", "pk")

    def with_seats(self) -> Self:
        """Annotate with n_seats (the capacity; None: no limit), n_held and n_waiting, in one query.

        The capacity is the smaller one of the session's and its room's. The numbers are kept by triggers (`SeatCount`).
        """
        return self.annotate(
            n_seats=Least("capacity", "room__capacity"),
            n_held=Coalesce("seat_count__n_held", 0),
            n_waiting=Coalesce("seat_count__n_waiting", 0),
        )

    def with_offers(self) -> Self:
        """Annotate as `with_seats`, and with n_offered: how many on the waiting list were offered a free seat."""
        return self.with_seats().annotate(n_offered=Coalesce("seat_count__n_offered", 0))

    def overfull(self) -> Self:
        """Return sessions with more held seats than their capacity, annotated as by `with_seats`."""
        return self.with_seats().filter(n_held__gt=F("n_seats"))

    def parallel_to(self, session: "Session") -> Self:
        """Return the other sessions that overlap with it and are not cancelled, with their tracks."""
        if session.starts_at is None or session.ends_at is None:
            return self.none()
        return (
            self.filter(starts_at__lt=session.ends_at, ends_at__gt=session.starts_at)
            .exclude(Q(pk=session.pk) | Q(status="cancelled"))
            .select_related("track")
        )

    def before(self, session: "Session") -> "Session | None":
        """Return the last session to end before it starts, breaks left out."""
        return (
            self.exclude(format="break")
            .filter(ends_at__lte=session.starts_at)
            .order_by("-starts_at", "track__position")
            .first()
            if session.starts_at
            else None
        )

    def after(self, session: "Session") -> "Session | None":
        """Return the first session to start after it ends, breaks left out."""
        return (
            self.exclude(format="break")
            .filter(starts_at__gte=session.ends_at)
            .order_by("starts_at", "track__position")
            .first()
            if session.ends_at
            else None
        )

    def in_programme_order(self) -> Self:
        """Order by time; within a day sessions without a time first; date hints last."""
        return self.order_by(
            models.functions.Coalesce(
                "starts_at",
                models.functions.Cast("held_on", models.DateTimeField()),
                output_field=models.DateTimeField(),
            ).asc(nulls_last=True),
            "track__position",
            "slug",
        )
