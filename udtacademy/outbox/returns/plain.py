"""Mail of a mail server without a report for machines: read by its form and its words. And replies of absent people."""

import re
from dataclasses import dataclass
from email.utils import parseaddr

from udtacademy.outbox.returns.parts import Mail
from udtacademy.outbox.returns.reports import addresses_in
from udtacademy.outbox.returns.verdicts import REPLY_CODE, STATUS, Failure
from udtacademy.outbox.returns.words import (
    AUTO_REPLY_SUBJECT,
    COPY_BEGINS,
    DELAY,
    FAILURE,
    FAILURE_SUBJECT,
    FULL,
    NO_SUCH_ADDRESS,
)

SERVER = re.compile(
    r"(?:mailer-?daemon|post-?master|mail(?:-| )?delivery(?:[-. ]?(?:system|subsystem|service))?|microsoftexchange[0-9a-f]+|mmdf|bounces?)",
    re.IGNORECASE,
)
QMAIL = re.compile(
    r"^(?:hi|bonjour|hallo|hola|ciao)\b.{0,20}this is the .{0,60}(?:program|server)", re.IGNORECASE | re.DOTALL
)
QMAIL_RECIPIENT = re.compile(r"^<([^<>\s]+@[^<>\s]+)>:[ \t]*$", re.MULTILINE)
AUTO_HEADERS = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-vacation", "x-auto-reply")
LONGEST_ANSWER = 500
SHORT_ROW = 30  # characters
# Rows that name who did not get the mail:
REASON_LINES = re.compile(
    r"^(?:<[^<>\s]+@[^<>\s]+>.*|[^\s<>@]+@[^\s<>@]+|.*recipient.{0,40}:.*@.*|.*\b(?:to|an|à|para|a):? .{0,10}<?[^\s<>@]+@\S+)$",
    re.MULTILINE | re.IGNORECASE,
)
# Where a server that warns of a delay says that it has given up instead:
FINAL = re.compile(
    r"permanent|giving up|gave up|will not be retried|has failed|endgültig|définitiv|définitive|definitiv|(?<![\d.])5\.\d\.\d|(?<![\d.])55\d[ -]",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class PlainReport:
    """What a mail server says in words. `is_delay`: it only warns, and still tries."""

    is_delay: bool = False
    failures: tuple[Failure, ...] = ()

    def __bool__(self) -> bool:
        return self.is_delay or bool(self.failures)


def is_from_mail_server(mail: Mail) -> bool:
    """Return whether a mail server wrote it: by the sender's name, by the form, or by a subject about a failure."""
    if mail.header("x-failed-recipients") or QMAIL.match(mail.text.lstrip()):
        return True
    subject = mail.header("subject")
    if AUTO_REPLY_SUBJECT.match(subject):  # an absent postmaster
        return False
    name, address = parseaddr(mail.header("from"))
    local = address.rpartition("@")[0] or address
    return bool(SERVER.fullmatch(local) or SERVER.search(name) or FAILURE_SUBJECT.search(subject))


def is_auto_reply(mail: Mail) -> bool:
    submitted = mail.header("auto-submitted").lower()
    return (
        (bool(submitted) and submitted != "no")
        or any(mail.header(name) for name in AUTO_HEADERS)
        or mail.header("precedence").lower() in {"auto_reply", "auto-reply"}
        or bool(AUTO_REPLY_SUBJECT.search(mail.header("subject")))
    )


def plain_report(mail: Mail) -> PlainReport:
    """Return what a mail server says about a mail; without failures if it says nothing of the kind."""
    text = own_text(mail)
    if QMAIL.match(text.lstrip()):
        return PlainReport(failures=tuple(qmail_failures(text)))
    line = " ".join(text.split())
    failed = addresses_in(mail.header("x-failed-recipients"))
    is_failure = bool(
        failed or FAILURE.search(line) or FAILURE_SUBJECT.search(mail.header("subject")) or NO_SUCH_ADDRESS.search(line)
    )
    if DELAY.search(f"{mail.header('subject')} {line}") and not FINAL.search(line):
        return PlainReport(is_delay=True)
    if not is_failure:
        return PlainReport()
    named = failed or addresses_in(*REASON_LINES.findall(without_spaces(text))) or addresses_in(line)[:1]
    status = STATUS.search(line)
    return PlainReport(failures=(Failure(named, status[1] if status else "", reason_in(text)),))


def without_spaces(text: str) -> str:
    """Return the rows without spaces around and repeated in them, which patterns would try one by one."""
    return "\n".join(" ".join(row.split()) for row in text.splitlines())


def own_text(mail: Mail) -> str:
    """Return what the server itself wrote: the text up to the copy of the original."""
    text = mail.text.replace("\r\n", "\n")
    match = COPY_BEGINS.search(text)
    return text[: match.start()] if match else text


def qmail_failures(text: str) -> list[Failure]:
    """Return the failures of qmail's form (QSBMF): a paragraph for each, which begins with the address."""
    failures = []
    for paragraph in re.split(r"\n\s*\n", text):
        match = QMAIL_RECIPIENT.match(paragraph.strip())
        if match:
            answer = paragraph.strip()[match.end() :].strip()
            status = STATUS.search(answer)
            failures.append(Failure(addresses_in(match[1]), status[1] if status else "", answer))
    return failures


def reason_in(text: str) -> str:
    """Return the lines that say why: those with a code, or with words for a missing or full mailbox, and what continues them."""
    rows = [" ".join(row.split()) for row in text.splitlines()]
    for number, row in enumerate(rows):
        if STATUS.search(row) or (REPLY_CODE.search(row) and len(row) > len("550 no")):
            begins = max(0, number - 1) if len(row) < SHORT_ROW else number  # a code apart from its sentence
            return " ".join(rows[begins : number + 4]).strip()[:LONGEST_ANSWER]
    line = " ".join(row for row in rows if row)
    for pattern in (NO_SUCH_ADDRESS, FULL, FAILURE):
        if match := pattern.search(line):
            begins = max(line.rfind(". ", 0, match.start()) + 2, match.start() - 200, 0) if match.start() > 1 else 0
            return line[begins : match.end() + 200][:LONGEST_ANSWER]
    return line[:LONGEST_ANSWER]
