from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from programme.models.edition import Edition
from programme.models.session import Session
from udtacademy.db.composite_keys import of_one_edition


class SessionDraft(models.Model):
    """How organisers want to change a session, or one they want to add (`session` is empty), before they publish it.

    `values`: what differs from the session, by the names of `SessionRow`, as its `as_json` returns it; `base`: what the
    session had there when it was drafted. Both are local times, so that they say what organisers typed.
    """

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="session_drafts", verbose_name=_("edition"))
    session = models.OneToOneField(Session, models.CASCADE, null=True, related_name="draft", verbose_name=_("session"))
    token = models.UUIDField(null=True, unique=True, editable=False)  # of the page that added the session
    values = models.JSONField(_("values"), default=dict)
    base = models.JSONField(_("values before"), default=dict)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("changed by")
    )
    changed_at = models.DateTimeField(_("last change"), auto_now=True)

    class Meta:
        verbose_name = _("drafted change")
        verbose_name_plural = _("drafted changes")
        ordering = ["pk"]
        constraints = [*of_one_edition("session")]

    def __str__(self) -> str:
        return str(self.session or self.values.get("title", ""))
