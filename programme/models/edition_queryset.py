"""QuerySet of editions."""

import datetime as dt
from typing import TYPE_CHECKING, Any, Self

from django.apps import apps
from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models.functions import JSONObject

from programme.models.counts import count_of, sum_of
from programme.rules.editions import current_edition
from udtacademy.accounts.models.visitor import Visitor

if TYPE_CHECKING:
    from programme.models.edition import Edition


def is_assigned(*, user: Any, **editions: Any) -> models.Q:
    """Return the condition that a member of staff works in an edition: they have no assignment, or one with the edition.

    Superusers work in all. `user`: a primary key, or an OuterRef to one; `editions`: the lookup to the edition, likewise.
    """
    assignments = apps.get_model("programme", "StaffAssignment").objects.filter(user=user)
    return models.Q(models.Exists(assignments.filter(**editions))) | ~models.Q(models.Exists(assignments))


class EditionQuerySet(models.QuerySet["Edition"]):
    def published(self) -> Self:
        return self.filter(is_published=True)

    def open_to(self, user: Visitor) -> Self:
        """Return the editions that a member of staff works in (`StaffAssignment`); none for others."""
        if user.is_superuser:
            return self
        if not user.is_staff:
            return self.none()
        return self.assigned_to(user.pk)

    def assigned_to(self, user: "int | models.Value") -> Self:
        """Return the editions of a user's `StaffAssignment`, all without one. `user`: the primary key."""
        return self.filter(is_assigned(user=user, editions=models.OuterRef("pk")))

    def latest_first(self) -> Self:
        return self.order_by("-first_on", "slug")

    def not_over(self, now: dt.datetime) -> Self:
        """Return editions whose last day has not passed, with a day of slack for time zones."""
        return self.filter(last_on__gte=now.date() - dt.timedelta(days=1))

    def following(self, first_on: dt.date | models.F, now: dt.datetime) -> Self:
        """Return published editions that start after a day and are not over, the first to start first."""
        return self.published().not_over(now).filter(first_on__gt=first_on).order_by("first_on", "slug")

    def with_session_days(self) -> Self:
        """Annotate with `session_starts` and `session_days`: when the published sessions with and without a time are held."""
        sessions = apps.get_model("programme", "Session").objects.published().filter(edition=models.OuterRef("pk"))
        timed, dated = sessions.filter(starts_at__isnull=False), sessions.filter(held_on__isnull=False)
        return self.annotate(
            session_starts=ArraySubquery(timed.order_by().values("starts_at")),
            session_days=ArraySubquery(dated.order_by().values("held_on")),
        )

    def with_draft_of(self, user: Visitor) -> Self:
        """Annotate with `has_draft`: whether the user has begun to register."""
        drafts = apps.get_model("programme", "RegistrationDraft").objects.filter(
            user=user.pk, edition=models.OuterRef("pk")
        )
        return self.annotate(has_draft=models.Exists(drafts))

    def with_application_of(self, user: Visitor) -> Self:
        """Annotate with `application`: the state of the user's application, as they know it; None without one."""
        sent = apps.get_model("programme", "Application").objects.filter(contact=user.pk, edition=models.OuterRef("pk"))
        return self.annotate(application=models.Subquery(sent.values("told_state")[:1]))

    def for_public_page(self, now: dt.datetime) -> Self:
        """Read with the venue and the logo without its file, and annotate with next_edition: {name, slug} or None."""
        following = apps.get_model("programme", "Edition").objects.following(models.OuterRef("first_on"), now)
        names = following.values(names=JSONObject(name="name", slug="slug"))
        editions = self.select_related("venue", "logo").defer("logo__content")
        return editions.annotate(next_edition=models.Subquery(names[:1]))

    def with_counts(self) -> Self:
        """Annotate with counts in one query: n_sessions and n_tentative (without breaks), n_unpublished and n_parallel
        sessions, n_participants (registered), n_pending and n_listed (on waiting lists of cities) people, n_held and n_waiting
        seats.
        """
        is_no_break = ~models.Q(format="break")
        return self.annotate(
            n_sessions=count_of("programme.Session", "edition", is_no_break),
            n_tentative=count_of("programme.Session", "edition", is_no_break, status="tentative"),
            n_unpublished=count_of("programme.Session", "edition", is_published=False),
            n_participants=count_of("programme.Participant", "edition", state="registered"),
            n_pending=count_of("programme.Participant", "edition", state="pending"),
            n_listed=count_of("programme.Participant", "edition", state="waiting"),
            n_parallel=count_of("programme.Session", "edition", track__isnull=False),
            n_held=sum_of("programme.SeatCount", "session__edition", "n_held"),
            n_waiting=sum_of("programme.SeatCount", "session__edition", "n_waiting"),
        )

    def with_next_session(self, now: dt.datetime) -> Self:
        """Annotate with `next_session`: the primary key of the session to come that starts first; None without one."""
        coming = apps.get_model("programme", "Session").objects.to_come(now).filter(edition=models.OuterRef("pk"))
        return self.annotate(next_session=models.Subquery(coming.values("pk")[:1]))

    def current(self, now: dt.datetime) -> "Edition | None":
        """Return the published edition that runs now, or the next one, or None (`rules.editions.current_edition`)."""
        return current_edition(self.published().not_over(now), now)
