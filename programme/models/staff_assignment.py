from django.db import models
from django.utils.translation import gettext_lazy as _

from programme.models.edition import Edition
from udtacademy.accounts.models.user import User
from udtacademy.db.history import tracked


@tracked()
class StaffAssignment(models.Model):
    """The editions that a member of staff works in, and no others. Staff without an assignment work in all of them.

    It stays when its last edition is deleted: then there is none left to work in.
    """

    user = models.OneToOneField(User, models.CASCADE, related_name="assignment", verbose_name=_("user"))
    editions = models.ManyToManyField(Edition, related_name="assignments", verbose_name=_("editions"), blank=True)

    class Meta:
        verbose_name = _("assignment of staff")
        verbose_name_plural = _("assignments of staff")

    def __str__(self) -> str:
        return str(self.user)


@tracked(obj_field=None)
class AssignedEdition(StaffAssignment.editions.through):  # type: ignore[name-defined,misc]
    """One edition of an assignment, for its history."""

    class Meta:
        proxy = True
