"""Sessions whose attendance is settled."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from programme.models import Session
from udtacademy.accounts.models import User
from udtacademy.db.history import tracked


@tracked()
class SettledSession(models.Model):
    """An organiser's statement that a session's attendance is settled, so people who missed it can be sent an email."""

    session = models.OneToOneField(Session, models.PROTECT, related_name="settled", verbose_name=_("session"))
    settled_at = models.DateTimeField(_("settled"), default=timezone.now)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("by"))

    class Meta:
        verbose_name = _("settled session")
        verbose_name_plural = _("settled sessions")

    def __str__(self) -> str:
        return str(self.session)
