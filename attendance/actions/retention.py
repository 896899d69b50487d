"""Deleting people in meeting reports who were matched to nobody, and the files they are in."""

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
    """Delete unmatched people and files of reports older than STRANGERS_KEPT_DAYS. Return how many of each.

    People who were matched, or are recorded beside somebody, stay: attendance rests on them.
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
    """Allow deleting evidence and decisions inside this context. Only for the task that enforces an edition's
    retention.
    """
    return pgtrigger.ignore(*(f"{model}:{trigger}" for model in GUARDED for trigger in (APPEND_ONLY, NOT_EMPTIED)))
