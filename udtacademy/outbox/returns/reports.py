"""Reports that machines read: of a delivery (RFC 3464) and of a complaint (RFC 5965)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from udtacademy.db.addresses import normalised_address
from udtacademy.outbox.returns.parts import Mail
from udtacademy.outbox.returns.verdicts import STATUS, Failure

FIELD = re.compile(r"^([A-Za-z][\w-]{0,60}):[ \t]*(.*(?:\n[ \t]+.*)*)", re.MULTILINE)
ADDRESS = re.compile(r"[^\s<>;,:\"()@]{1,64}@[^\s<>;,:\"()@]{1,255}")
COMPLAINTS = {
    "abuse",
    "fraud",
    "virus",
    "other",
    "opt-out",
    "opt-out-list",
    "miscategorized",
}  # not "not-spam", "auth-failure"
ACTIONS = {"failed", "delayed", "delivered", "relayed", "expanded"}


@dataclass(frozen=True)
class DeliveryReport:
    """What a report says about one recipient. `action`: of ACTIONS."""

    action: str
    failure: Failure


@dataclass(frozen=True)
class FeedbackReport:
    is_complaint: bool
    addresses: tuple[str, ...]
    answer: str


def delivery_reports(mail: Mail) -> list[DeliveryReport]:
    """Return what is reported about each recipient; empty if there is no such report."""
    texts = mail.texts_of("message/delivery-status", "message/global-delivery-status")
    return [report for text in texts for report in reports_in(text, mail.text)]


def reports_in(text: str, explanation: str) -> Iterator[DeliveryReport]:
    """Yield the report of each recipient. `explanation`: the part for people, used where the fields say nothing."""
    groups = [dict_of(group) for group in re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n"))]
    for fields in groups:
        action = fields.get("action", "").split(" ")[0].lower()
        if action not in ACTIONS:
            continue
        addresses = addresses_in(fields.get("final-recipient", ""), fields.get("x-actual-recipient", ""))
        original = addresses_in(fields.get("original-recipient", ""))
        answer = re.sub(r"^\s*(?:smtp|x-[\w-]+)\s*;\s*", "", fields.get("diagnostic-code", ""), flags=re.IGNORECASE)
        status = STATUS.search(fields.get("status", ""))
        answer = answer or explanation_for(addresses, explanation) or fields.get("status", "")
        yield DeliveryReport(action, Failure(addresses or original, status[1] if status else "", answer))


def explanation_for(addresses: tuple[str, ...], explanation: str) -> str:
    """Return the paragraph of the explanation about these addresses; empty if there is none."""
    paragraphs = re.split(r"\n\s*\n", explanation.replace("\r\n", "\n"))
    about = (" ".join(it.split()) for it in paragraphs if any(address in it.lower() for address in addresses))
    return next((it for it in about if len(it) > len(addresses[0]) + 4), "")


def feedback_report(mail: Mail) -> FeedbackReport | None:
    """Return the complaint; None if the mail is none."""
    texts = mail.texts_of("message/feedback-report")
    if not texts:
        return None
    fields = dict_of("\n".join(texts))
    kind = fields.get("feedback-type", "").strip().lower()
    addresses = addresses_in(fields.get("original-rcpt-to", ""), fields.get("removal-recipient", ""))
    return FeedbackReport(kind in COMPLAINTS, addresses, kind)


def dict_of(group: str) -> dict[str, str]:
    """Return the fields of a group by lower-case name, the first of each."""
    fields: dict[str, str] = {}
    for name, value in FIELD.findall(group.replace("\r\n", "\n")):
        fields.setdefault(name.lower(), " ".join(value.split()))
    return fields


def addresses_in(*texts: str) -> tuple[str, ...]:
    """Return the addresses in texts, normalised, each once. Their form by machines is understood: "rfc822; <ana@city.example>"."""
    return tuple(
        dict.fromkeys(normalised_address(match.strip(".'")) for text in texts for match in ADDRESS.findall(text))
    )
