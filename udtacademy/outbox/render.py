"""Render the HTML of an email from its text.

The first paragraph such as "→ Open your page: https://…" becomes a button, later ones become links. "★ Core" at the start of
a line becomes the badge. Lines that start with "• " become a list.
"""

import re
from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from udtacademy.outbox.models import Message

if TYPE_CHECKING:
    from css_inline import CSSInliner

SITE_LINK = rf"{re.escape(settings.SITE_URL)}/\S*"  # other links may have been typed by anybody, and stay text
BUTTON = re.compile(rf"^→ (?P<label>.+): (?P<url>{SITE_LINK})$")
BULLET = "• "
CORE = "★ Core"  # the badge of core sessions


def html_of(message: Message) -> str:
    """Return the HTML part of a message."""
    blocks = [block.strip() for block in message.text.split("\n\n") if block.strip()]
    first_button = next((number for number, block in enumerate(blocks) if BUTTON.match(block)), -1)
    body = mark_safe(  # noqa: S308 - escaped
        "\n".join(
            paragraph(block, css="button" if number == first_button else "") for number, block in enumerate(blocks)
        )
    )
    language = language_of(message.user.language if message.user else "")
    context = {"subject": message.subject, "body": body, "language": language}
    return inliner().inline(render_to_string("emails/base.html", context))


@cache
def inliner() -> "CSSInliner":
    from css_inline import CSSInliner  # noqa: PLC0415 - heavy library rarely needed

    return CSSInliner(
        keep_style_tags=True, load_remote_stylesheets=False
    )  # the dark colours stay in their style element


def as_link(match: re.Match[str]) -> str:
    return f'<a href="{match.group()}">{match.group()}</a>'


def paragraph(block: str, css: str) -> SafeString:
    rows = block.splitlines()
    if match := BUTTON.match(block):
        return format_html('<p><a class="{css}" href="{url}">{label}</a></p>', css=css, **match.groupdict())
    if all(line.startswith(BULLET) for line in rows):
        items = mark_safe("".join(f"<li>{inline(line.removeprefix(BULLET))}</li>" for line in rows))  # noqa: S308 - escaped
        return format_html("<ul>{}</ul>", items)
    return format_html("<p>{}</p>", mark_safe("<br>".join(inline(line) for line in rows)))  # noqa: S308 - escaped


def inline(line: str) -> str:
    """Return a line of text as HTML, escaped, with links to the site and the badge."""
    html = re.sub(SITE_LINK, as_link, escape(line))
    return re.sub(f"^{CORE}", f'<span class="core">{CORE}</span>', html)


def without_links(text: str) -> str:
    """Return a text with "(personal link)" instead of each link to the site, any of which may let somebody in."""
    return re.sub(SITE_LINK, _("(personal link)"), text)


def language_of(preferred: str) -> str:
    """Return the language of an email: the preferred one if the site has it, else the site's default."""
    return preferred if preferred in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
