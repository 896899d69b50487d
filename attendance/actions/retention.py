"""Delete unmatched people in meeting reports and live meetings, what files and platforms say of them, and people's own links."""

import datetime as dt
from contextlib import AbstractContextManager

import pgtrigger
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from attendance.models import MeetingIdentity, PlatformEvent, PlatformPerson, Report, ReportedPerson, WayIn
from attendance.triggers import APPEND_ONLY, CERTIFICATES_STAY, NOT_EMPTIED, SEALED_STAYS
from programme.models import Participant


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


FOREIGN_KEPT = dt.timedelta(days=1)  # events of meetings that are no session's


@transaction.atomic
def delete_unmatched_in_meetings() -> tuple[int, int, int]:
    """Delete events of meetings that are not ours, and after UNMATCHED_KEPT_DAYS unmatched people, what was
    decided about them, and the events' texts.

    Return how many of each. What remains of an event says what happened when, and hashes of whose it was.
    """
    now = timezone.now()
    old = now - dt.timedelta(days=settings.UNMATCHED_KEPT_DAYS)
    n_foreign, _by_model = PlatformEvent.objects.foreign().filter(received_at__lt=now - FOREIGN_KEPT).delete()
    n_people, _by_model = PlatformPerson.objects.unmatched().filter(changed_at__lt=old).delete()
    MeetingIdentity.objects.filter(participant__isnull=True, decided_at__lt=old).delete()
    n_texts = PlatformEvent.objects.filter(received_at__lt=old).exclude(payload="").update(payload="")
    return n_foreign, n_people, n_texts


def forget_ways_in() -> int:
    """Empty people's own links into meetings: UNMATCHED_KEPT_DAYS after the session, or once they take no part. Return how many.

    The platform's number for them stays: the evidence was matched by it.
    """
    old = timezone.now() - dt.timedelta(days=settings.UNMATCHED_KEPT_DAYS)
    is_over = Q(session__ends_at__lt=old) | Q(session__ends_at__isnull=True, made_at__lt=old)
    takes_no_part = Q(participant__state__in=[Participant.State.WITHDRAWN, Participant.State.DECLINED])
    return WayIn.objects.exclude(url="").filter(is_over | takes_no_part).update(url="")


GUARDED = (
    *("attendance.Evidence", "attendance.Decision"),
    *("attendance.CertificateSession", "attendance.CertificateFile", "attendance.Seal", "attendance.StatusListEntry"),
)


def deletion_allowed() -> AbstractContextManager[None]:
    """Allow deleting evidence, decisions, and certificates with what they rest on, in this context.

    Only for a task that deletes evidence when an edition's retention ends. There is none yet: nothing deletes evidence.
    """
    keeping = (f"{model}:{trigger}" for model in GUARDED for trigger in (APPEND_ONLY, NOT_EMPTIED))
    others = (f"attendance.Certificate:{CERTIFICATES_STAY}", f"attendance.SealedRecord:{SEALED_STAYS}")
    return pgtrigger.ignore(*keeping, *others)
