"""QuerySet of participants."""

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING, Self

from django.apps import apps
from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import Case, Count, F, Q, When
from django.db.models.functions import Coalesce

from programme.models.edition import Edition
from udtacademy.db.encrypted_fields import hash_of

if TYPE_CHECKING:
    from programme.models.participant import Participant  # noqa: F401 - named by the base class
    from programme.models.session import Session


class ParticipantQuerySet(models.QuerySet["Participant"]):
    def registered(self) -> Self:
        return self.filter(state="registered")

    def coordinating(self) -> Self:
        """Return the coordinators. A city may have several; the first to have been added comes first."""
        return self.registered().filter(is_coordinator=True).order_by("pk")

    def pending(self) -> Self:
        return self.filter(state="pending")

    def waiting(self) -> Self:
        """Return the people on the waiting lists of their cities."""
        return self.filter(state="waiting")

    def served(self) -> Self:
        """Return who uses the quota of their city: registered, or next to be registered once they are approved."""
        return self.filter(Q(state="registered") | Q(state="pending", waiting_number__isnull=False))

    def claiming_quota(self) -> Self:
        """Return who comes before a newcomer in the quota of their city: those served, and its waiting list."""
        return self.filter(Q(state="registered") | Q(waiting_number__isnull=False))

    def with_position(self) -> Self:
        """Annotate with `position` on the waiting list of their city, counted from 1; None for people not on it."""
        return self.annotate(position=Case(When(state="waiting", then=position_in_city())))

    def with_other_application(self) -> Self:
        """Annotate with `has_applied`: whether they have applied for a city to take part in another edition."""
        sent = apps.get_model("programme", "Application").objects.filter(
            contact=models.OuterRef("user"), edition__takes_applications=True
        )
        return self.annotate(has_applied=models.Exists(sent.exclude(edition=models.OuterRef("edition"))))

    def next_in_turn(self, now: dt.datetime) -> Self:
        """Return the people on waiting lists for whom the quota of their city has room, unless the edition is over."""
        in_city = all_people().served().filter(delegation=models.OuterRef("delegation")).order_by()
        n_served = models.Subquery(in_city.values("delegation").annotate(n=Count("pk")).values("n"))
        n_free = F("delegation__quota") - Coalesce(n_served, 0)
        waiting = self.waiting().filter(edition__in=Edition.objects.not_over(now)).with_position()
        return waiting.filter(position__lte=n_free)

    def of_calendar_token(self, token: str) -> Self:
        return self.filter(calendar_hash=hash_of(token))

    def with_people(self) -> Self:
        """Select everything that a page shows of a participant, in one query."""
        return self.select_related("user", "delegation__city", "edition__venue")

    def with_held_seats(self) -> Self:
        """Annotate with `held_in`: the primary keys of the sessions in which they hold a seat."""
        seats = apps.get_model("programme", "Seat").objects.held().filter(participant=models.OuterRef("pk"))
        return self.annotate(held_in=ArraySubquery(seats.order_by("session").values("session")))

    def with_left_out(self, reason: Case) -> Self:
        """Annotate with `left_out`: see `queries.exclusions.with_reason`, which gives the reason."""
        return self.annotate(left_out=reason)

    def concerned_by(self, sessions: Iterable["Session"]) -> Self:
        """Return registered participants whom a change of any of the sessions concerns.

        For a parallel session those with a seat or on the waiting list; for any other everybody in its edition.
        """
        sessions = list(sessions)
        parallel = [it.pk for it in sessions if it.takes_seats]
        everybody = {it.edition_id for it in sessions if not it.takes_seats}
        seated = all_people().filter(seats__session__in=parallel).values("pk")
        return self.registered().filter(Q(edition__in=everybody) | Q(pk__in=seated))

    def with_asked_about(self) -> Self:
        """Annotate each with `is_asked_about`: their edition has questions for coordinators about the people of their city."""
        questions = apps.get_model("programme", "Question").objects.open()
        about_them = questions.filter(edition=models.OuterRef("edition"), asked_when="coordinators")
        return self.annotate(is_asked_about=models.Exists(about_them))

    def n_people(self) -> int:
        """Count the users: one person may take part in several editions."""
        return self.values("user").distinct().count()


def position_in_city() -> models.Subquery:
    """Return the position of somebody in the outer query on the waiting list of their city, counted from 1."""
    before = (
        all_people()
        .waiting()
        .filter(delegation=models.OuterRef("delegation"), waiting_number__lte=models.OuterRef("waiting_number"))
    )
    return models.Subquery(before.order_by().values("delegation").annotate(n=Count("pk")).values("n"))


def all_people() -> ParticipantQuerySet:
    people: ParticipantQuerySet = apps.get_model("programme", "Participant").objects.all()
    return people
