"""Render the HTML of an email from its text.

The first paragraph such as "→ Open your page: https://…" becomes a button, later ones become links. "★ Core" at the start of
a line becomes the badge. Lines that start with "• " become a list. Six digits in the first paragraph are shown large, as a
code. What follows a line "-- " is the footer.
"""

import re
from functools import cache

from django.conf import settings
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from udtacademy.outbox.mime import code_of
from udtacademy.outbox.models import Message
from udtacademy.outbox.pieces import frame, piece

SITE_LINK = rf"{re.escape(settings.SITE_URL)}/\S*"  # other links may have been typed by anybody, and stay text
BUTTON = re.compile(rf"^→ (?P<label>.+): (?P<url>{SITE_LINK})$")
BULLET = "• "
CORE = "★ Core"  # the badge of core sessions
FOOTER = "\n\n-- \n"  # before the footer; mail programs know it, and leave out of a reply what follows
LONGEST_PREVIEW = 140  # characters; mail programs show fewer beside the subject


def html_of(message: Message) -> str:
    """Return the HTML part of a message."""
    text, _mark, footer = message.text.rpartition(FOOTER) if FOOTER in message.text else (message.text, "", "")
    blocks = [block.strip() for block in text.split("\n\n") if block.strip()]
    first_button = next((number for number, block in enumerate(blocks) if BUTTON.match(block)), -1)
    body = "\n".join(paragraph(block, is_button=number == first_button) for number, block in enumerate(blocks))
    if code := code_of(message):
        body = format_html(piece("code"), code) + body.partition("\n")[2]
    subject = escape(message.subject)
    values = (subject, escape(preview_of(blocks)), subject, body, footer_html(footer))
    first, *parts = frame(language_of(message.user.language if message.user else ""))
    return first + "".join(value + part for value, part in zip(values, parts, strict=True))


def with_footer(text: str, *rows: str) -> str:
    """Return the text of an email with its footer, a row for each thing it says."""
    return text.rstrip() + FOOTER + "\n".join(row for row in rows if row)


def preview_of(blocks: list[str]) -> str:
    """Return what mail programs show beside the subject: the first sentences, without the greeting and the code."""
    said = (block for block in blocks if not (block.endswith(",") or block.isdigit() or BUTTON.match(block)))
    return " ".join(next(said, "").split())[:LONGEST_PREVIEW]


def paragraph(block: str, *, is_button: bool) -> SafeString:
    rows = block.splitlines()
    if match := BUTTON.match(block):
        if is_button:
            return format_html(piece("button"), match["url"], match["label"])
        return format_html(piece("paragraph"), format_html(piece("link"), match["url"], match["label"]))
    if all(row.startswith(BULLET) for row in rows):
        items = "".join(format_html(piece("item"), inline(row.removeprefix(BULLET))) for row in rows)
        return format_html(piece("list"), mark_safe(items))  # noqa: S308 - escaped
    return format_html(piece("paragraph"), mark_safe("<br>".join(inline(row) for row in rows)))  # noqa: S308 - escaped


def inline(row: str) -> SafeString:
    """Return a line of text as HTML, escaped, with links to the site and the badge."""
    is_core = row.startswith(CORE)
    html = escape(row.removeprefix(CORE) if is_core else row)
    if settings.SITE_URL in row:
        html = mark_safe(re.sub(SITE_LINK, as_link, html))  # noqa: S308 - escaped
    return core_badge() + html if is_core else html


@cache
def core_badge() -> SafeString:
    return format_html(piece("core"), CORE)


def as_link(match: re.Match[str]) -> str:
    url = mark_safe(match.group())  # noqa: S308 - escaped by `inline`
    return format_html(piece("link"), url, url)


def footer_html(footer: str) -> SafeString:
    """Return the footer as HTML, its links by their labels."""
    rows = []
    for row in footer.splitlines():
        match = BUTTON.match(row)
        rows.append(format_html(piece("small link"), match["url"], match["label"]) if match else escape(row))
    html = mark_safe("".join(format_html(piece("small"), row) for row in rows))  # noqa: S308 - escaped
    return format_html(piece("footer"), html) if rows else html


def without_links(text: str) -> str:
    """Return a text with "(personal link)" instead of each link to the site, any of which may let somebody in."""
    return re.sub(SITE_LINK, _("(personal link)"), text)


def language_of(preferred: str) -> str:
    """Return the language of an email: the preferred one if the site has it, else the site's default."""
    return preferred if preferred in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
