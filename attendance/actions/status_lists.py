"""Give certificates their numbers in status lists (decision 71)."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Count, Max

from attendance.actions.locks import lock_numbers
from attendance.models import Certificate, StatusListEntry
from attendance.rules.status_lists import MOST_USED, drawn_numbers

AT_A_TIME = 500  # certificates in one transaction


def number_certificates() -> int:
    """Give a number to each valid certificate without one: those issued before there were credentials. Return how many."""
    n_numbered = 0
    while n := number_some():
        n_numbered += n
    return n_numbered


@transaction.atomic
def number_some() -> int:
    rows = Certificate.objects.without_number().order_by("pk")
    return number(list(rows.select_for_update(of=["self"], skip_locked=True, no_key=True)[:AT_A_TIME]))


def number(certificates: Sequence[Certificate]) -> int:
    """Give numbers to some certificates, which are locked and have none. Return how many."""
    if not certificates:
        return 0
    lock_numbers()
    entries = StatusListEntry.objects
    last = entries.aggregate(last=Max("list_number"))["last"] or 1
    if entries.filter(list_number=last).aggregate(n=Count("pk"))["n"] + len(certificates) > MOST_USED:
        last += 1
    taken = set(entries.filter(list_number=last).values_list("index", flat=True))
    entries.bulk_create(
        StatusListEntry(certificate=certificate, list_number=last, index=index)
        for certificate, index in zip(certificates, drawn_numbers(len(certificates), taken), strict=True)
    )
    return len(certificates)
