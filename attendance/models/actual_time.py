"""The actual times of sessions, where they differ from the plan."""

from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from attendance.triggers import moves_its_session
from programme.models import Session
from udtacademy.db.history import tracked


def end_of(session: str = "") -> Coalesce:
    """Return a query expression for the end of a session: the actual one, else the planned one.

    `session`: the lookup that leads to the session, as in "session__". For `alias` or `annotate`: within `filter` Django
    would use an inner join, which loses the sessions without an actual time.
    """
    return Coalesce(f"{session}actual_time__ends_at", f"{session}ends_at")


@tracked()
class ActualTime(models.Model):
    """The actual start and end of a session, where they differ from the plan. Attendance is measured against them."""

    session = models.OneToOneField(Session, models.PROTECT, related_name="actual_time", verbose_name=_("session"))
    starts_at = models.DateTimeField(_("actual start"))
    ends_at = models.DateTimeField(_("actual end"))
    reason = models.CharField(_("reason"), max_length=300)

    class Meta:
        verbose_name = _("actual times of a session")
        verbose_name_plural = _("actual times of sessions")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")),
                name="actual_time_ends_after_it_starts",
                violation_error_message=_("The actual end must be after the actual start."),
            ),
        ]
        triggers = [moves_its_session()]

    def __str__(self) -> str:
        return str(self.session)


def held_at(session: Session) -> ActualTime | Session:
    """Return the object whose start and end count for `session`: its actual time, else the session itself.

    Costs one query for each session read without `select_related("actual_time")`.
    """
    return getattr(session, "actual_time", None) or session
