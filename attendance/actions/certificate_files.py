"""Make the PDF files of certificates, some at a time, number them, and tell their holders. What is to be done has no file yet."""

import hashlib
import logging

from django.db import transaction

from attendance.actions.status_lists import number
from attendance.certificates.files import certificates_pdf
from attendance.models import Certificate, CertificateFile
from programme import emails
from udtacademy.pdf.compiling import PdfError

logger = logging.getLogger(__name__)

AT_A_TIME = 25  # in one process and one transaction: half a megabyte


def make_files() -> int:
    """Make the files of all certificates that have none. Return how many. Two processes at once make different ones."""
    n_made, last = 0, 0
    while True:
        certificates = without_file_after(last)
        if not certificates:
            return n_made
        n_made += make_each(certificates)
        last = certificates[-1]


def without_file_after(pk: int) -> list[int]:
    return list(
        Certificate.objects.without_file().filter(pk__gt=pk).order_by("pk").values_list("pk", flat=True)[:AT_A_TIME]
    )


def make_each(certificates: list[int]) -> int:
    """Make the files of some certificates together; should that fail, each on its own, so that one does not hold up the others."""
    try:
        return make_some(certificates)
    except PdfError:
        if len(certificates) == 1:
            logger.exception("The file of certificate %s could not be made", certificates[0])
            return 0
    return sum(make_each([pk]) for pk in certificates)


@transaction.atomic
def make_some(certificates: list[int]) -> int:
    """Make the files of those certificates that have none and that nobody else works on. Return how many. Raises PdfError."""
    rows = Certificate.objects.without_file().filter(pk__in=certificates).with_people()
    rows = rows.select_related("status_entry").prefetch_related("sessions")
    locked = list(rows.select_for_update(of=["self"], skip_locked=True, no_key=True).order_by("pk"))
    if not locked:
        return 0
    contents = certificates_pdf(locked)
    CertificateFile.objects.bulk_create(
        CertificateFile(certificate=it, content=content, digest=digest_of(content))
        for it, content in zip(locked, contents, strict=True)
    )
    number([it for it in locked if not hasattr(it, "status_entry")])
    for certificate in locked:
        tell_issued(certificate)
    return len(locked)


def file_of(certificate: Certificate) -> CertificateFile | None:
    """Return the file of a certificate, made now if it is valid and the task has not come to it. Raises PdfError."""
    made = CertificateFile.objects.filter(certificate=certificate)
    if (file := made.first()) or certificate.is_revoked:
        return file
    make_some([certificate.pk])
    return made.first()


def digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def tell_issued(certificate: Certificate) -> None:
    emails.queue_to_participant(
        "certificate_issued",
        certificate.participant,
        certificate=certificate,
        is_again=certificate.replaces_id is not None,
        dedupe_key=f"certificate_issued:{certificate.pk}",
    )
