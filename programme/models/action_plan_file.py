"""Files of Action Plans (decision 69). The row holds what the file is called; the file is in the storage."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from programme.models.action_plan import ActionPlanPart
from programme.models.answer_file import new_token
from programme.models.stored_file import StoredFile, delete_with_row
from programme.rules.files import LONGEST_NAME
from udtacademy.accounts.models.user import User

PLAN_FOLDER = "action_plans"


def stored_plan_name(row: "ActionPlanFile", _name: str) -> str:
    """Return under which name the storage has a file: nothing of what people typed."""
    return f"{PLAN_FOLDER}/{row.token}.{row.kind}"


class ActionPlanFile(StoredFile):
    """A file of a part of a plan. Deleting the row deletes the file in the storage, once the transaction is committed."""

    is_technical: ClassVar[bool] = True

    token = models.CharField(max_length=22, unique=True, default=new_token, editable=False)
    part = models.ForeignKey(ActionPlanPart, models.CASCADE, related_name="files", verbose_name=_("part"))
    uploaded_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("uploaded by"))
    file = models.FileField(upload_to=stored_plan_name, max_length=100)
    name = models.CharField(_("name"), max_length=LONGEST_NAME)
    kind = models.CharField(_("kind"), max_length=4)
    size = models.PositiveIntegerField(_("size (bytes)"))
    uploaded_at = models.DateTimeField(_("uploaded"), default=timezone.now)

    class Meta:
        verbose_name = _("file of an Action Plan")
        verbose_name_plural = _("files of Action Plans")
        ordering = ["part", "pk"]
        constraints = [models.CheckConstraint(condition=Q(size__gt=0), name="plan_file_not_empty")]

    def __str__(self) -> str:
        return self.name


@receiver(post_delete, sender=ActionPlanFile)
def delete_plan_file(instance: ActionPlanFile, **_kwargs: Any) -> None:
    delete_with_row(instance)
