"""Whether cities apply for a place in an edition, and when (decision 57)."""

import datetime as dt

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from programme.rules.applications import LONGEST_KEPT
from programme.rules.windows import Window, window


class EditionApplications(models.Model):
    """The settings of an edition about applications of cities."""

    takes_applications = models.BooleanField(
        _("cities apply"),
        default=False,
        db_default=False,
        help_text=_("Cities apply with a form, and you decide which of them take part."),
    )
    applications_open_at = models.DateTimeField(
        _("applications open"), null=True, blank=True, help_text=_("If empty, nobody can apply.")
    )
    applications_close_at = models.DateTimeField(
        _("applications close"), null=True, blank=True, help_text=_("If empty, cities can apply until the last day.")
    )
    applications_kept_days = models.PositiveSmallIntegerField(
        _("delete applications after (days)"),
        default=180,
        db_default=180,
        help_text=_("Applications that were declined or withdrawn, this many days later."),
    )

    class Meta:
        abstract = True

    def applications_window(self, now: dt.datetime) -> Window:
        return window(self.applications_open_at, self.applications_close_at, now)


APPLICATION_CONSTRAINTS = [  # of Edition
    models.CheckConstraint(
        condition=Q(applications_close_at__gt=F("applications_open_at"))
        | Q(applications_open_at__isnull=True)
        | Q(applications_close_at__isnull=True),
        name="edition_applications_close_after_they_open",
        violation_error_message=_("Applications must close after they open."),
    ),
    models.CheckConstraint(
        condition=Q(applications_kept_days__lte=LONGEST_KEPT),
        name="edition_applications_not_kept_for_ever",
        violation_error_message=_("Applications are kept for at most 3,650 days."),
    ),
]
