"""Forgetting those in meeting reports whom nobody knows, and the files they are in."""

import datetime as dt
from contextlib import AbstractContextManager

import pgtrigger
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from attendance.models import Report, ReportedPerson
from attendance.triggers import APPEND_ONLY, NOT_EMPTIED


@transaction.atomic
def forget_strangers() -> tuple[int, int]:
    """In reports older than STRANGERS_KEPT_DAYS: how many people were forgotten, and how many files.

    Who was matched, and who is noted as having been beside somebody, stays: attendance rests on it.
    """
    now = timezone.now()
    old = Report.objects.filter(
        forgotten_at__isnull=True, uploaded_at__lt=now - dt.timedelta(days=settings.STRANGERS_KEPT_DAYS)
    )
    pks = list(old.select_for_update().values_list("pk", flat=True))
    strangers = ReportedPerson.objects.unmatched().filter(report__in=pks, shared__isnull=True)
    n_people, _by_model = strangers.delete()
    Report.objects.filter(pk__in=pks).update(content=b"", meta={}, forgotten_at=now)
    return n_people, len(pks)


GUARDED = ("attendance.Evidence", "attendance.Decision")


def forgetting() -> AbstractContextManager[None]:
    """Inside, evidence and decisions can be deleted. For the task that carries out an edition's retention, and no other."""
    return pgtrigger.ignore(*(f"{model}:{trigger}" for model in GUARDED for trigger in (APPEND_ONLY, NOT_EMPTIED)))
