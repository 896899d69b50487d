"""Sign emails (DKIM, RFC 6376), where an operator wants the site to do it rather than the mail server."""

import logging

import dkim
from django.conf import settings

logger = logging.getLogger(__name__)

# What must not be changed on the way. Providers show "unsubscribe" only if its headers are signed too (RFC 8058, 4).
SIGNED = (
    *("from", "to", "reply-to", "subject", "date", "message-id", "auto-submitted", "mime-version", "content-type"),
    *("list-unsubscribe", "list-unsubscribe-post"),
)


def signed(content: bytes) -> bytes:
    """Return an email with its signature in front; unchanged without a key, or if it cannot be signed, which is logged.

    Takes about 20 ms with a key of 2,048 bits, so a mailer process sends fifty emails a second at most.
    """
    key = settings.MAIL.dkim
    if key is None:
        return content
    present = {line.partition(b":")[0].lower() for line in content.partition(b"\r\n\r\n")[0].split(b"\r\n")}
    names = [name.encode() for name in SIGNED if name.encode() in present]
    try:
        header: bytes = dkim.sign(
            content,
            key.selector.encode(),
            key.domain.encode(),
            key.private_key.encode(),
            canonicalize=(b"relaxed", b"relaxed"),
            include_headers=names,
        )
    except dkim.DKIMException:
        logger.exception("An email cannot be signed, and is sent without a signature")
        return content
    return header + content
