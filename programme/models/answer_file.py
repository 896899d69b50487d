"""Files that people gave as answers (decision 59). The answer holds the token and the name; the file is in the storage."""

import secrets
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from programme.models.participant import Participant
from programme.models.question import Question
from programme.models.stored_file import StoredFile, delete_with_row
from programme.rules.files import ANSWERS, LONGEST_NAME, FileAnswer
from udtacademy.accounts.models.user import User

FOLDER = "answers"


def new_token() -> str:
    return secrets.token_urlsafe(16)


def stored_name(row: "AnswerFile", _name: str) -> str:
    """Return under which name the storage has a file: nothing of what people typed."""
    return f"{FOLDER}/{row.token}.{row.kind}"


class AnswerFileQuerySet(models.QuerySet["AnswerFile"]):
    def unused(self) -> Self:
        """Return the files that are no answer yet: of a form that was not sent, or that was left."""
        return self.filter(participant=None)


class AnswerFile(StoredFile):
    """A file that somebody gave as the answer to a question. `participant`: whose answer it is; None until the form is sent.

    Deleting the row deletes the file in the storage, once the transaction is committed.
    """

    token = models.CharField(max_length=22, unique=True, default=new_token, editable=False)
    question = models.ForeignKey(Question, models.CASCADE, related_name="files")
    uploaded_by = models.ForeignKey(User, models.CASCADE, related_name="+")
    participant = models.ForeignKey(Participant, models.CASCADE, null=True, related_name="files")
    file = models.FileField(upload_to=stored_name, max_length=100)
    name = models.CharField(_("name"), max_length=LONGEST_NAME)
    kind = models.CharField(_("kind"), max_length=4, choices=[(it.key, it.name) for it in ANSWERS])
    size = models.PositiveIntegerField(_("size (bytes)"))
    uploaded_at = models.DateTimeField(default=timezone.now)

    objects = AnswerFileQuerySet.as_manager()

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(size__gt=0), name="answer_file_not_empty"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def answer(self) -> str:
        """Return what an answer holds."""
        return str(FileAnswer(self.token, self.name))


@receiver(post_delete, sender=AnswerFile)
def delete_file(instance: AnswerFile, **_kwargs: Any) -> None:
    delete_with_row(instance)
