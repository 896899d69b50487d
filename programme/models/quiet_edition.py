import datetime as dt

from django.db import models
from django.utils.translation import gettext_lazy as _

from programme.rules.quiet_hours import USUAL, QuietHours


class QuietEdition(models.Model):
    """When an edition's emails wait because it is night where their reader is (decision 56)."""

    quiet_from = models.TimeField(
        _("quiet hours begin"),
        default=USUAL.starts,
        db_default=dt.time(),  # editions from before have no quiet hours until an organiser sets them
        help_text=_("In each person’s time zone. Emails that can wait leave when quiet hours end."),
    )
    quiet_until = models.TimeField(_("quiet hours end"), default=USUAL.ends, db_default=dt.time())

    class Meta:
        abstract = True

    @property
    def quiet_hours(self) -> QuietHours:
        return QuietHours(self.quiet_from, self.quiet_until)
