"""Certificates as Open Badges 3.0: credentials that anybody can check without us (decision 71).

A credential says what the certificate says. It is made for each download, and not stored.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from attendance.certificates.files import printed_sessions, printed_total
from attendance.certificates.issuer import VERIFIABLE_CREDENTIALS, did, signed
from attendance.certificates.status_lists import status_of
from attendance.models import Certificate, CertificateSession
from programme.calendars.files import absolute
from programme.rules.certificate_words import in_sentence

OPEN_BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
SCHEMA = "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json"
CREDENTIAL = "OpenBadgeCredential"
KINDS = {"completed": "CertificateOfCompletion", "attended": "Certificate"}
NOBODY = "UDT Academy"  # where the edition has no organiser


def credential_of(certificate: Certificate) -> str:
    """Return a certificate as a signed credential. It has a number; `edition` and `status_entry` are read, and one query."""
    return signed(payload_of(certificate, listed_sessions(certificate)))


def listed_sessions(certificate: Certificate) -> list[CertificateSession]:
    return list(certificate.sessions.filter(is_listed=True))


def payload_of(certificate: Certificate, listed: Sequence[CertificateSession]) -> dict[str, Any]:
    """Return what is signed: the credential, and what a JWT names again (Open Badges 3.0, 8.2.4.1)."""
    issued = certificate.issued_at.astimezone(dt.UTC).replace(microsecond=0)
    address = absolute(certificate.get_absolute_url())
    return {
        "@context": [VERIFIABLE_CREDENTIALS, OPEN_BADGES],
        "id": address,
        "type": ["VerifiableCredential", CREDENTIAL],
        "name": title_of(certificate),
        "issuer": issuer_of(certificate),
        "validFrom": f"{issued:%Y-%m-%dT%H:%M:%SZ}",
        "credentialSubject": subject_of(certificate),
        "evidence": evidence_of(certificate, listed),
        "credentialStatus": status_of(certificate.status_entry),
        "credentialSchema": [{"id": SCHEMA, "type": "1EdTechJsonSchemaValidator2019"}],
        "iss": did(),
        "jti": address,
        "nbf": int(issued.timestamp()),
    }


def title_of(certificate: Certificate) -> str:
    return f"{certificate.layout['words']['heading']}: {certificate.edition_name}"


def issuer_of(certificate: Certificate) -> dict[str, Any]:
    return {"id": did(), "type": ["Profile"], "name": certificate.organiser_name or NOBODY, "url": absolute("/")}


def subject_of(certificate: Certificate) -> dict[str, Any]:
    """Return who has achieved what. The name is the holder's only identifier: no address, not even as a hash."""
    sentence = sentence_of(certificate)
    return {
        "type": ["AchievementSubject"],
        "identifier": [
            {"type": "IdentityObject", "identityType": "name", "identityHash": certificate.name, "hashed": False}
        ],
        "narrative": f"{certificate.name} {sentence}. {': '.join(printed_total(certificate))}",
        "achievement": {
            "id": achievement_id(certificate),
            "type": ["Achievement"],
            "achievementType": KINDS[certificate.kind],
            "inLanguage": certificate.language,
            "name": title_of(certificate),
            "description": begun(sentence),
            "criteria": {"narrative": begun(sentence)},
        },
    }


def sentence_of(certificate: Certificate) -> str:
    """Return what comes after the name: "has completed UDT 2025"."""
    return in_sentence(certificate.layout["words"][certificate.kind], certificate.edition_name)


def begun(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def achievement_id(certificate: Certificate) -> str:
    """Return what all certificates of a kind and an edition share. It stays when the edition's address changes."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"{did()}/{certificate.edition_id}/{certificate.kind}").urn


def evidence_of(certificate: Certificate, listed: Sequence[CertificateSession]) -> list[dict[str, Any]]:
    """Return the sessions that the certificate lists."""
    return [
        {
            "type": ["Evidence"],
            "genre": certificate.layout["words"]["session"],
            "name": it["title"],
            "narrative": ", ".join(part for part in (it["day"], it["duration"]) if part),
        }
        for it in printed_sessions(certificate, listed)
    ]
