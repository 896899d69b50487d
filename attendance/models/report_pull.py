"""How fetching a session's report from its platform went."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from attendance.models.report import PLATFORMS, Report
from attendance.rules.report_pulls import Problem
from programme.models import Edition, Session
from udtacademy.db.composite_keys import of_one_edition

SENTENCES = {
    Problem.NOT_YET: _("%(platform)s has no report of this meeting yet."),
    Problem.NOT_FOUND: _(
        "%(platform)s does not know this meeting, or it is of another account. Check the session’s meeting link."
    ),
    Problem.NOT_ALLOWED: _(
        "%(platform)s does not allow this site to read reports. Ask an operator to give its app the permissions."
    ),
    Problem.REFUSED: _(
        "%(platform)s refuses this site’s credentials. Ask an operator to check them: a secret may have expired."
    ),
    Problem.BUSY: _("%(platform)s asks this site to come again later."),
    Problem.UNREACHABLE: _("%(platform)s cannot be reached at the moment."),
    Problem.UNREADABLE: _("%(platform)s answered with something that this site cannot read."),
}


class ReportPull(models.Model):
    """The tries to fetch one session's report. `ended_at`: the session's end that they are counted from; if it changes, they start again.

    `report`: what came. `problem`: why nothing came at the last try; "" before, and once a report came. The row is changed before a try, so
    that a crash costs one try and two processes do not ask at once. `asked_at`: when an organiser asked for a try at once; None once it began.
    """

    session = models.OneToOneField(Session, models.CASCADE, related_name="report_pull", verbose_name=_("session"))
    edition = models.ForeignKey(Edition, models.CASCADE, related_name="+", editable=False)
    platform = models.CharField(_("platform"), max_length=20)
    ended_at = models.DateTimeField(_("session ended"))
    n_tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    tried_at = models.DateTimeField(_("last try"), null=True, blank=True)
    not_before = models.DateTimeField(_("not before"), null=True, blank=True)
    asked_at = models.DateTimeField(_("asked for"), null=True, blank=True)
    problem = models.CharField(_("problem"), max_length=20, blank=True)
    came_at = models.DateTimeField(_("report came"), null=True, blank=True)
    report = models.ForeignKey(
        Report, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("meeting report")
    )

    class Meta:
        verbose_name = _("fetched report")
        verbose_name_plural = _("fetched reports")
        ordering = ["-ended_at", "pk"]
        constraints = [*of_one_edition("session")]

    def __str__(self) -> str:
        return f"{self.session}: {self.platform_name}"

    @property
    def platform_name(self) -> str:
        return str(PLATFORMS.get(self.platform, self.platform))

    @property
    def sentence(self) -> str:
        """Return why no report came, for organisers; "" if there is nothing to say."""
        return str(SENTENCES[Problem(self.problem)]) % {"platform": self.platform_name} if self.problem else ""
