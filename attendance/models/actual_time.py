from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from attendance.triggers import moves_its_session
from programme.models import Session
from udtacademy.db.history import tracked


def end_of(session: str = "") -> Coalesce:
    """In a query, when a session ended, as taught or else as planned; `session`: how it is reached, as in "session__".

    For `alias` or `annotate`: within `filter` Django would join in a way that leaves out sessions without a taught time.
    """
    return Coalesce(f"{session}taught__ends_at", f"{session}ends_at")


@tracked()
class TaughtTime(models.Model):
    """When a session was really taught, where that differs from the plan: attendance is measured against it."""

    session = models.OneToOneField(Session, models.PROTECT, related_name="taught", verbose_name=_("session"))
    starts_at = models.DateTimeField(_("began"))
    ends_at = models.DateTimeField(_("ended"))
    reason = models.CharField(_("reason"), max_length=300)

    class Meta:
        verbose_name = _("taught time")
        verbose_name_plural = _("taught times")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")),
                name="taught_time_ends_after_it_starts",
                violation_error_message=_("It ended after it began."),
            ),
        ]
        triggers = [moves_its_session()]

    def __str__(self) -> str:
        return str(self.session)
