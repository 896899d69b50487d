"""Certificates as PDF files: PDF/A-2b, to be kept, and PDF/UA-1, for everybody to read."""

from collections.abc import Sequence
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import override

from attendance.models import Certificate, CertificateSession
from attendance.personal_links.badges import qr_file
from attendance.queries.certificate_grounds import minutes_of, sessions_of
from programme.calendars.files import absolute
from programme.models import CertificateLayout, Edition
from programme.rules.certificate_words import in_sentence
from udtacademy.pdf.compiling import PdfValues, compile_pdfs
from udtacademy.pdf.letters import printable

STANDARDS = ("a-2b", "ua-1")
SAMPLE_CODE = "00000000000000000000"


def certificates_pdf(certificates: Sequence[Certificate]) -> list[bytes]:
    """Return the file of each certificate; `sessions` and `edition` are read. Raises PdfError."""
    files = [values_of(it, [row for row in it.sessions.all() if row.is_listed]) for it in certificates]
    return compile_pdfs("certificate", files, standards=STANDARDS)


def sample_pdf(edition: Edition, layout: CertificateLayout, language: str) -> bytes:
    """Return a certificate of nobody, with the edition's core sessions. Raises PdfError."""
    frozen = layout.frozen(language)
    sessions = [
        CertificateSession(title=it.title, held_on=it.local_day, minutes=minutes_of(it), counted_as="attended")
        for it in sessions_of(edition)
        if it.is_core
    ]
    sample = Certificate(
        edition=edition,
        kind="completed",
        code=SAMPLE_CODE,
        name="Ana Àngels Kovačević-Παπαδοπούλου",
        city="Girona",
        edition_name=edition.name,
        organiser_name=edition.organiser_name,
        logo=edition.logo,
        language=language,
        layout=frozen,
        minutes=sum(it.minutes for it in sessions),
    )
    return compile_pdfs("certificate", [values_of(sample, sessions)], standards=STANDARDS)[0]


def values_of(certificate: Certificate, listed: Sequence[CertificateSession]) -> PdfValues:
    """Return what a certificate prints, in its own language, with days in the edition's zone. `listed`: its sessions."""
    words, zone = certificate.layout["words"], certificate.edition.zone
    with override(certificate.language), timezone.override(zone):
        values: dict[str, Any] = {
            "heading": words["heading"],
            "name": printable(certificate.name) or certificate.code_in_groups,
            "city": certificate.city,
            "sentence": in_sentence(words[certificate.kind], certificate.edition_name),
            "closing": words["closing"],
            "columns": [words["session"], words["date"], words["duration"]],
            "sessions": printed_sessions(certificate, listed),
            "total": printed_total(certificate),
            "issued": f"{words['issued']} {date_format(timezone.localtime(certificate.issued_at), 'j F Y')}",
            "signatories": certificate.layout["signatories"],
            "organiser": certificate.organiser_name,
            "logo": logo_of(certificate),
        }
    url = absolute(certificate.get_absolute_url())
    check = {"check": words["check"], "url": url, "code": certificate.code_in_groups, "qr": qr_file(url)}
    title = f"{words['heading']}: {certificate.name}, {certificate.edition_name}"
    return PdfValues(values | check, title, certificate.language)


def printed_sessions(certificate: Certificate, listed: Sequence[CertificateSession]) -> list[dict[str, str]]:
    """Return the sessions as a certificate says them, in its own language."""
    made_up = certificate.layout["words"]["made_up"]
    with override(certificate.language):
        return [
            {
                "title": f"{it.title} ({made_up})" if it.is_made_up else it.title,
                "day": date_format(it.held_on, "j F Y") if it.held_on else "",
                "duration": it.duration,
            }
            for it in listed
        ]


def printed_total(certificate: Certificate) -> list[str]:
    return [certificate.layout["words"]["total"], certificate.duration]


def logo_of(certificate: Certificate) -> dict[str, Any] | None:
    """Return the logo's kind, and its bytes as numbers."""
    logo = certificate.logo
    return {"kind": logo.kind, "content": list(bytes(logo.content))} if logo else None
