from typing import Self

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from udtacademy.accounts.models.user import User


class AttemptCountQuerySet(models.QuerySet["AttemptCount"]):
    def to_tell(self, n: int) -> Self:
        """Return the counts of at least `n` attempts at an account whose owner has not been warned yet."""
        return self.filter(n__gte=n, is_told=False, user__is_active=True)

    def networks_stopped(self) -> Self:
        """Return the counts of network addresses that exceeded a limit in a period that has not ended."""
        return self.filter(user=None, is_told=True, ends_at__gt=Now())

    def over(self) -> Self:
        """Return the counts whose period has ended, by the database's clock."""
        return self.filter(ends_at__lte=Now())


class AttemptCount(models.Model):
    """The number of attempts in one period: at a code, an account, a mailbox or from a network address.

    Written by `udtacademy.accounts.attempts`. The key is a keyed hash: neither codes nor addresses are stored. `user` is set
    for guesses at an existing account. `is_told`: the user was warned, or the log named the network address.
    """

    key = models.CharField(_("key"), max_length=64, primary_key=True)
    n = models.PositiveIntegerField(_("attempts"))
    ends_at = models.DateTimeField(_("period ends"))
    # No constraint: during an upgrade, older code that deletes a user does not know this table.
    user = models.ForeignKey(
        User,
        models.CASCADE,
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name=_("user"),
    )
    is_told = models.BooleanField(_("reported"), default=False)

    objects = AttemptCountQuerySet.as_manager()

    class Meta:
        verbose_name = _("count of attempts")
        verbose_name_plural = _("counts of attempts")

    def __str__(self) -> str:
        return f"{self.n} until {self.ends_at:%Y-%m-%d %H:%M}"
