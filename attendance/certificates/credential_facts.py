"""Whether a credential that the site has signed says what its certificate says (decision 71).

Its facts are compared, not its words: a credential stays with its holder for years, while our wording and the addresses of schemas change.
"""

import datetime as dt
import re
from collections.abc import Sequence
from typing import Any

from attendance.certificates.credentials import CREDENTIAL, KINDS, achievement_id
from attendance.models import Certificate, CertificateSession
from attendance.rules.certificates import read_code

NUMBER = re.compile(r"\d+")


def says_the_same(payload: dict[str, Any], certificate: Certificate, listed: Sequence[CertificateSession]) -> bool:
    """Return whether a payload of ours (`read_token`) is of this certificate, and says its facts. `status_entry` is read."""
    return (
        CREDENTIAL in payload.get("type", ())
        and is_of(payload, certificate)
        and says_who_and_what(payload["credentialSubject"], certificate)
        and says_when(payload, certificate)
        and says_sessions(payload["evidence"], listed)
    )


def is_of(payload: dict[str, Any], certificate: Certificate) -> bool:
    """Return whether a credential names the code of a certificate, and its number among those that can be revoked."""
    codes = {read_code(last_part(payload[name])) for name in ("id", "jti")}
    status, entry = payload["credentialStatus"], certificate.status_entry
    at = (last_part(status["statusListCredential"]), status["statusListIndex"])
    return codes == {certificate.code} and at == (str(entry.list_number), str(entry.index))


def says_who_and_what(subject: dict[str, Any], certificate: Certificate) -> bool:
    names = [it["identityHash"] for it in subject["identifier"]]
    achievement = subject["achievement"]
    return (
        names == [certificate.name]
        and (achievement["id"], achievement["achievementType"])
        == (achievement_id(certificate), KINDS[certificate.kind])
        and certificate.edition_name in achievement["name"]
        and numbers_in(subject["narrative"]) >= parts_of(certificate.minutes)
    )


def says_when(payload: dict[str, Any], certificate: Certificate) -> bool:
    issued = certificate.issued_at.replace(microsecond=0)
    return dt.datetime.fromisoformat(payload["validFrom"]) == issued and payload["nbf"] == int(issued.timestamp())


def says_sessions(evidence: Sequence[dict[str, Any]], listed: Sequence[CertificateSession]) -> bool:
    """Return whether a credential lists these sessions, each with its day and duration."""
    return len(evidence) == len(listed) and all(
        row.title in said["name"] and numbers_in(said["narrative"]) >= day_of(row) | parts_of(row.minutes)
        for said, row in zip(evidence, listed, strict=True)
    )


def last_part(address: str) -> str:
    return address.rstrip("/").rpartition("/")[2]


def numbers_in(text: str) -> set[int]:
    return {int(it) for it in NUMBER.findall(text)}


def day_of(session: CertificateSession) -> set[int]:
    """Return the numbers of a day. Its month is a word in most languages."""
    return {session.held_on.day, session.held_on.year} if session.held_on else set()


def parts_of(minutes: int) -> set[int]:
    """Return the numbers of a duration, which is said in hours and minutes."""
    return {it for it in divmod(minutes, 60) if it}
