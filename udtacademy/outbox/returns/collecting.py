"""Read the mailbox of returned mail: each mail once, by its UID, also after a crash.

A lease lets one worker read at a time. What a mail says and how far the mailbox is read are saved in one transaction; no transaction is
open while the server is waited for.
"""

import datetime as dt
import hashlib
import logging

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from udtacademy.outbox.models import MailboxProgress, ReturnedMail
from udtacademy.outbox.returns.imap import CONVERSATION_SECONDS, Mailbox, MailboxError, opened_mailbox
from udtacademy.outbox.returns.reading import read_mail
from udtacademy.outbox.returns.recording import record

logger = logging.getLogger(__name__)

LEASE = dt.timedelta(seconds=2 * CONVERSATION_SECONDS)
NOT_AGAIN_FOR = dt.timedelta(minutes=10)  # after it could not be read
INTERRUPTED = "Reading it was interrupted. The log of the worker says why."


class UnreadableMailError(Exception):
    """A mail cannot be read or recorded, and is left out; the text says so, for operators."""


def read_mailbox() -> int:
    """Read the new mails of the configured mailbox. Return how many of our emails came back. Raises nothing for its errors."""
    address = settings.MAIL.mailbox
    if address is None or (progress := leased(address.name)) is None:
        return 0
    n_returned, problem, left_out = 0, INTERRUPTED, ""
    try:
        with opened_mailbox(address) as mailbox:
            start_again_if_renumbered(progress, mailbox.uid_validity())
            for uid in mailbox.uids_after(progress.last_uid):
                try:
                    n_returned += take_in(progress, uid, mailbox)
                except UnreadableMailError as error:
                    left_out = str(error)
        problem = left_out
    except MailboxError as error:
        problem = str(error)
        logger.warning("The mailbox for returned mail cannot be read: %s", problem)
    finally:
        release(progress, problem)
    return n_returned


def leased(name: str) -> MailboxProgress | None:
    """Return how far the mailbox is read, leased; None if another worker reads it, or it could not be read a moment ago."""
    MailboxProgress.objects.get_or_create(name=name)
    free = MailboxProgress.objects.filter(Q(leased_until=None) | Q(leased_until__lte=Now()), name=name)
    if not free.update(leased_until=Now() + LEASE):
        return None
    return MailboxProgress.objects.get(name=name)


def start_again_if_renumbered(progress: MailboxProgress, uid_validity: int) -> None:
    """Begin at the first mail if the server has numbered them anew (RFC 3501, 2.3.1.1). What was recorded is not recorded again."""
    if progress.uid_validity != uid_validity:
        progress.uid_validity, progress.last_uid = uid_validity, 0
        progress.save(update_fields=["uid_validity", "last_uid"])


def take_in(progress: MailboxProgress, uid: int, mailbox: Mailbox) -> bool:
    """Read one mail, and record what it says together with its UID. Return whether one of our emails came back.

    Raises UnreadableMailError for a mail that is in the way: the next one is read all the same.
    """
    content = mailbox.mail(uid)
    try:
        reading = read_mail(content)
        with transaction.atomic():
            recorded = record(reading, source=ReturnedMail.Source.MAILBOX, report=hashlib.sha256(content).hexdigest())
            save_progress(progress, uid)
    except (OperationalError, InterfaceError):
        raise  # of the database, not of the mail
    except Exception as error:
        logger.exception("Mail %s in the mailbox for returned mail cannot be read, and is left out", uid)
        save_progress(progress, uid)
        message = f"Mail {uid} was left out ({type(error).__name__}). The worker’s log says why."
        raise UnreadableMailError(message) from error
    return recorded.returned is not None


def save_progress(progress: MailboxProgress, uid: int) -> None:
    progress.last_uid = uid
    progress.save(update_fields=["last_uid"])


def release(progress: MailboxProgress, problem: str) -> None:
    """End the lease, or keep others away for a while if it could not be read."""
    now = timezone.now()
    MailboxProgress.objects.filter(pk=progress.pk).update(
        leased_until=now + NOT_AGAIN_FOR if problem else None,
        problem=problem[:300],
        read_at=progress.read_at if problem else now,
    )
