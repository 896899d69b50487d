"""Certificates in the European Learning Model (ELM 3), to be sealed by the organisation (decision 71 has the mapping)."""

from collections.abc import Sequence
from typing import Any

from attendance.certificates.credentials import NOBODY, begun, listed_sessions, sentence_of, title_of
from attendance.models import Certificate, CertificateSession
from programme.calendars.files import absolute

CONTEXT = ["https://www.w3.org/2018/credentials/v1", "http://data.europa.eu/snb/model/context/edc-ap"]
SCHEMA = {"id": "http://data.europa.eu/snb/model/ap/edc-generic-full", "type": "ShaclValidator2017"}
LANGUAGES = "http://publications.europa.eu/resource/authority/language"
CODES = {  # the three letters of our languages in that list
    "bg": "BUL",
    "ca": "CAT",
    "cs": "CES",
    "da": "DAN",
    "de": "DEU",
    "el": "ELL",
    "en": "ENG",
    "es": "SPA",
    "et": "EST",
    "eu": "EUS",
    "fi": "FIN",
    "fr": "FRA",
    "ga": "GLE",
    "gl": "GLG",
    "hr": "HRV",
    "hu": "HUN",
    "it": "ITA",
    "lt": "LIT",
    "lv": "LAV",
    "mt": "MLT",
    "nl": "NLD",
    "pl": "POL",
    "pt": "POR",
    "ro": "RON",
    "sk": "SLK",
    "sl": "SLV",
    "sv": "SWE",
    "tr": "TUR",
    "uk": "UKR",
    "sr": "SRP",
    "nb": "NOB",
    "is": "ISL",
}


def learning_model_of(certificate: Certificate) -> dict[str, Any]:
    """Return a certificate as a European Digital Credential, without a seal. One query."""
    return document_of(certificate, listed_sessions(certificate))


def document_of(certificate: Certificate, listed: Sequence[CertificateSession]) -> dict[str, Any]:
    """Return it with these sessions. Who issues and where they are registered is the seal's: we know neither."""
    issued = certificate.issued_at.replace(microsecond=0).isoformat()
    return {
        "@context": CONTEXT,
        "id": part(certificate),
        "type": ["VerifiableCredential", "EuropeanDigitalCredential"],
        "credentialSchema": SCHEMA,
        "credentialProfiles": concept(
            "http://data.europa.eu/snb/credential/e34929035b", "http://data.europa.eu/snb/credential/25831c2", "Generic"
        ),
        "displayParameter": display_of(certificate),
        "issuanceDate": issued,
        "issued": issued,
        "validFrom": issued,
        "credentialSubject": {
            "id": part(certificate, "person"),
            "type": "Person",
            "fullName": words(certificate, certificate.name),
            "hasClaim": achievement_of(certificate, listed),
        },
    }


def achievement_of(certificate: Certificate, listed: Sequence[CertificateSession]) -> dict[str, Any]:
    return {
        "id": part(certificate, "achievement"),
        "type": "LearningAchievement",
        "title": words(certificate, title_of(certificate)),
        "description": words(certificate, begun(sentence_of(certificate))),
        "awardedBy": awarding_of(certificate),
        "influencedBy": [activity_of(certificate, it, n) for n, it in enumerate(listed, 1)],
        "supplementaryDocument": {
            "id": part(certificate, "check"),
            "type": "WebResource",
            "contentURL": absolute(certificate.get_absolute_url()),
        },
    }


def activity_of(certificate: Certificate, session: CertificateSession, n: int) -> dict[str, Any]:
    """Return a session as a learning activity. `workload`: how long it took."""
    day = {"startDate": f"{session.held_on:%Y-%m-%d}T00:00:00Z"} if session.held_on else {}
    when = {"temporal": {"id": part(certificate, f"period:{n}"), "type": "PeriodOfTime", **day}} if day else {}
    return {
        "id": part(certificate, f"activity:{n}"),
        "type": "LearningActivity",
        "title": words(certificate, session.title),
        "awardedBy": awarding_of(certificate),
        "workload": f"PT{session.minutes}M",
        **when,
    }


def awarding_of(certificate: Certificate) -> dict[str, Any]:
    return {
        "id": part(certificate, "awarding"),
        "type": "AwardingProcess",
        "awardingDate": certificate.issued_at.replace(microsecond=0).isoformat(),
        "awardingBody": {
            "id": part(certificate, "organisation"),
            "type": "Organisation",
            "legalName": words(certificate, certificate.organiser_name or NOBODY),
        },
    }


def display_of(certificate: Certificate) -> dict[str, Any]:
    code = CODES.get(certificate.language, CODES["en"])
    language = concept(f"{LANGUAGES}/{code}", LANGUAGES, certificate.language)
    return {
        "id": part(certificate, "display"),
        "type": "DisplayParameter",
        "language": language,
        "primaryLanguage": language,
        "title": words(certificate, title_of(certificate)),
    }


def concept(address: str, scheme: str, label: str) -> dict[str, Any]:
    return {
        "id": address,
        "type": "Concept",
        "inScheme": {"id": scheme, "type": "ConceptScheme"},
        "prefLabel": {"en": label},
    }


def words(certificate: Certificate, text: str) -> dict[str, str]:
    return {certificate.language: text}


def part(certificate: Certificate, name: str = "") -> str:
    """Return the address of a part of the document; of the document itself without a name."""
    return ":".join(it for it in ("urn:credential", certificate.code_in_groups, name) if it)
