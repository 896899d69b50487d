"""The HTML of an email without its text: the frame and its pieces, with their styles in their tags.

Styles are put into tags once in a process: doing so for each email took as long as all else in rendering it.
"""

import re
from functools import cache
from typing import TYPE_CHECKING

from django.template.loader import render_to_string

if TYPE_CHECKING:
    from css_inline import CSSInliner

GAP = "\ue000"  # stands for a text in the frame; no text has this character
PIECES = {  # name → format string
    "paragraph": "<p>{}</p>",
    "list": "<ul>{}</ul>",
    "item": "<li>{}</li>",
    "link": '<a href="{}">{}</a>',
    # A cell, as Outlook for Windows pads no link; the link is padded elsewhere, so that all of the button can be pressed.
    "button": """
        <table role="presentation" cellpadding="0" cellspacing="0" border="0" class="action"><tr>
        <td class="button" align="center"><a class="button-link" href="{}">{}</a></td>
        </tr></table>
    """,
    "code": '<p class="code">{}</p>',
    "core": '<span class="core">{}</span>',
    "footer": '<div class="footer">{}</div>',
    "small": '<p class="small">{}</p>',
    "small link": '<a class="small-link" href="{}">{}</a>',
}


@cache
def piece(name: str) -> str:
    """Return a piece as a format string for `format_html`."""
    page = f"<html><head>{render_to_string('emails/_style.html')}</head><body>{PIECES[name]}</body></html>"
    match = re.search(r"<body[^>]*>(.*)</body>", inliner().inline(page), re.DOTALL)
    assert match  # noqa: S101 - it is in the page
    return re.sub(r"\s*\n\s*", "", match[1].strip())


@cache
def frame(language: str) -> list[str]:
    """Return what stands around subject, preview, subject, body and footer of an email, in this order."""
    gaps = dict.fromkeys(("subject", "preview", "body", "footer"), GAP)
    return packed(inliner().inline(render_to_string("emails/base.html", {"language": language, **gaps}))).split(GAP)


def packed(html: str) -> str:
    """Return HTML without indentation, a rule of its style on a line: each line of an email costs time when it is built."""
    html = re.sub(
        r"<style.*?</style>", lambda match: " ".join(match[0].split()).replace("} ", "}\n"), html, flags=re.DOTALL
    )
    return re.sub(r"\n\s*", "\n", html).strip()


@cache
def inliner() -> "CSSInliner":
    from css_inline import CSSInliner  # noqa: PLC0415 - heavy library rarely needed

    return CSSInliner(load_remote_stylesheets=False)
