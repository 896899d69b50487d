"""Read a mail that came back: bytes to what it says, whatever the server that wrote it.

Pure: no database, clock or network. A report (RFC 3464, RFC 5965) is believed field by field; other mail of a mail server is read by
its words. Out-of-office replies, read receipts and warnings of a delay are none of these.
"""

import enum
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from udtacademy.outbox.returns.parts import Mail, opened
from udtacademy.outbox.returns.plain import is_auto_reply, is_from_mail_server, plain_report
from udtacademy.outbox.returns.reports import delivery_reports, feedback_report
from udtacademy.outbox.returns.verdicts import Failure, Severity, kind_of_failure

MOST_REFERENCES = 20
LONGEST_ANSWER = 500  # characters
UNSTORABLE = re.compile("[\0\ud800-\udfff]")  # NUL and lone surrogates, which PostgreSQL refuses


class Kind(enum.StrEnum):
    HARD = "hard"  # the address does not work
    SOFT = "soft"  # not delivered this time: mailbox full, refused as spam, server away
    COMPLAINT = "complaint"  # the reader marked it as spam
    DELAYED = "delayed"  # a warning: the server still tries
    RECEIPT = "receipt"  # delivered, relayed, read or deleted
    AUTO_REPLY = "auto reply"
    NONE = "none"


ABOUT_OURS = {Kind.HARD, Kind.SOFT, Kind.COMPLAINT}  # what is looked up and recorded


@dataclass(frozen=True)
class Reading:
    """What a mail says. `addresses`: that failed or complained, as named; empty if none is.

    `message_ids`: of the emails it is about, without angle brackets; `sent_to`: the addresses the mail itself was sent to, one of which
    may be a return path of ours; `status`: enhanced status code such as 5.1.1 (RFC 3463); `answer`: the server's words, on one line.
    All can be stored, whatever the mail says.
    """

    kind: Kind
    addresses: tuple[str, ...] = ()
    message_ids: tuple[str, ...] = ()
    sent_to: tuple[str, ...] = ()
    status: str = ""
    answer: str = ""

    def __post_init__(self) -> None:
        for name in ("addresses", "message_ids", "sent_to"):
            object.__setattr__(self, name, tuple(map(storable, getattr(self, name))))
        object.__setattr__(self, "status", storable(self.status))
        object.__setattr__(self, "answer", " ".join(storable(self.answer).split())[:LONGEST_ANSWER])


def storable(text: str) -> str:
    """Return a text without the characters that the database refuses."""
    return UNSTORABLE.sub("", text)


def read_mail(content: bytes) -> Reading:
    """Return what a mail says. Mail that cannot be understood is of kind NONE; raises nothing."""
    try:
        mail = opened(content)
        if mail.is_about_a_report():
            return Reading(Kind.NONE)  # mail about returned mail is answered by nobody
        reading = read_opened(mail)
        if reading.kind not in ABOUT_OURS:
            return Reading(reading.kind)
        message_ids, sent_to = mail.references()[:MOST_REFERENCES], mail.recipients()[:MOST_REFERENCES]
    except (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError):  # of Python's parser
        return Reading(Kind.NONE)
    return replace(reading, message_ids=tuple(message_ids), sent_to=tuple(sent_to))


def read_opened(mail: Mail) -> Reading:
    if feedback := feedback_report(mail):
        kind = Kind.COMPLAINT if feedback.is_complaint else Kind.NONE
        return Reading(kind, feedback.addresses, answer=feedback.answer)
    if mail.texts_of("message/disposition-notification") or mail.report_type == "disposition-notification":
        return Reading(Kind.RECEIPT)
    if reports := delivery_reports(mail):
        is_delay = any(report.action == "delayed" for report in reports)
        failures = [report.failure for report in reports if report.action == "failed"]
        return of_failures(failures, otherwise=Kind.DELAYED if is_delay else Kind.RECEIPT)
    if is_from_mail_server(mail):
        plain = plain_report(mail)
        return of_failures(plain.failures, otherwise=Kind.DELAYED if plain.is_delay else Kind.NONE)
    return Reading(Kind.AUTO_REPLY if is_auto_reply(mail) else Kind.NONE)


def of_failures(failures: Sequence[Failure], *, otherwise: Kind) -> Reading:
    """Return the worst of several failures, with the addresses that failed in this way; without any, `otherwise`."""
    if not failures:
        return Reading(otherwise)
    severities = [kind_of_failure(failure) for failure in failures]
    worst = Severity.HARD if Severity.HARD in severities else Severity.SOFT
    such = [failure for failure, severity in zip(failures, severities, strict=True) if severity is worst]
    addresses = dict.fromkeys(address for failure in such for address in failure.addresses)
    kind = Kind.HARD if worst is Severity.HARD else Kind.SOFT
    return Reading(kind, tuple(addresses), status=such[0].shown_status, answer=such[0].answer)
