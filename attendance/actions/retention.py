"""Delete unmatched people in meeting reports, and the files."""

import datetime as dt
from contextlib import AbstractContextManager

import pgtrigger
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from attendance.models import Report, ReportedPerson
from attendance.triggers import APPEND_ONLY, NOT_EMPTIED


@transaction.atomic
def delete_unmatched_people() -> tuple[int, int]:
    """Delete unmatched people and files of reports older than UNMATCHED_KEPT_DAYS. Return how many of each.

    Matched people stay, and so do unmatched ones with a shared connection: attendance depends on them.
    """
    now = timezone.now()
    old = Report.objects.filter(
        forgotten_at__isnull=True, uploaded_at__lt=now - dt.timedelta(days=settings.UNMATCHED_KEPT_DAYS)
    )
    pks = list(old.select_for_update().values_list("pk", flat=True))
    unmatched = ReportedPerson.objects.unmatched().filter(report__in=pks, shared__isnull=True)
    n_people, _by_model = unmatched.delete()
    Report.objects.filter(pk__in=pks).update(content=b"", meta={}, forgotten_at=now)
    return n_people, len(pks)


GUARDED = ("attendance.Evidence", "attendance.Decision")


def deletion_allowed() -> AbstractContextManager[None]:
    """Allow deleting evidence and decisions in this context.

    Only for a task that deletes evidence when an edition's retention ends. There is none yet: nothing deletes evidence.
    """
    return pgtrigger.ignore(*(f"{model}:{trigger}" for model in GUARDED for trigger in (APPEND_ONLY, NOT_EMPTIED)))
