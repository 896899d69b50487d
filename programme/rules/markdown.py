"""The small Markdown that Action Plans are written in, as HTML. Pure: text in, text out (decision 68).

CommonMark with tables, without HTML and pictures. What the parser makes is cleaned once more, by a list of what may be there.
"""

import html
import re
from collections.abc import Iterator, Sequence
from functools import cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

TAGS = {
    *("p", "br", "hr", "em", "strong", "code", "pre", "blockquote", "ul", "ol", "li", "a"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}
SCHEMES = {"http", "https", "mailto"}
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
LOWEST_HEADING = 6
SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
SHOWN = 60  # characters of what is refused
MOST_COLUMNS = 20  # of a table; the parser fills each row up to as many cells as the first has


@cache
def reader() -> MarkdownIt:
    """Return the parser. It lets all HTML and links through, so that `refused_part` finds them; `to_html` shows text without any."""
    parser = MarkdownIt("commonmark", {"html": True}).enable("table").disable("image")
    parser.validateLink = is_taken  # type: ignore[method-assign]
    return parser


def is_taken(url: str) -> bool:  # noqa: ARG001 - the parser gives it
    """Take every link for one, so that it is found."""
    return True


def refused_part(text: str) -> str:
    """Return the first HTML tag or link to something else than web pages and addresses in a text; empty if it has none."""
    for token in all_tokens(reader().parse(text)):
        if token.type in {"html_block", "html_inline"}:
            return shortened(token.content)
        if token.type == "link_open" and not is_harmless(str(token.attrGet("href") or "")):
            return shortened(str(token.attrGet("href")))
    return ""


def has_wide_table(text: str) -> bool:
    """Return whether a line could begin a table of more than MOST_COLUMNS columns."""
    return any(line.count("|") > MOST_COLUMNS + 1 for line in text.splitlines())


def all_tokens(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from all_tokens(token.children or ())


def is_harmless(url: str) -> bool:
    """Return whether a link leads to a web page or an address. Browsers leave out spaces and control characters, and so do we."""
    plain = "".join(it for it in html.unescape(url) if it > " ")
    scheme = SCHEME.match(plain)
    return scheme is not None and scheme[1].lower() in SCHEMES


def shortened(text: str) -> str:
    first = text.strip().partition("\n")[0]
    return first if len(first) <= SHOWN else f"{first[:SHOWN]}…"


def to_html(text: str, *, heading: int = 3, keeps_lines: bool = False) -> str:
    """Return a text as HTML that is safe to show. `heading`: the level of its highest headings; none is skipped below.

    `keeps_lines`: each line of a paragraph is one, as in comments.
    """
    parser = reader()
    tokens = parser.parse(text)
    level_headings(tokens, heading)
    for token in all_tokens(tokens):
        if token.type in {"html_block", "html_inline"}:
            token.type = "text"  # in a plan, it was refused when it was saved
        elif token.type == "softbreak" and keeps_lines:
            token.type = "hardbreak"
    return nh3.clean(
        parser.renderer.render(tokens, parser.options, {}),
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        link_rel="nofollow noopener noreferrer",
    )


def level_headings(tokens: Sequence[Token], highest: int) -> None:
    """Move headings to levels that follow those of the page: the highest of the text to `highest`, none more than one below the last."""
    headings = [it for it in tokens if it.type == "heading_open"]
    levels = [int(it.tag[1]) for it in headings]
    last, ranks = highest - 1, []
    for level in levels:
        last = min(last + 1, highest + level - min(levels), LOWEST_HEADING)
        ranks.append(last)
    closing = iter(it for it in tokens if it.type == "heading_close")
    for token, rank in zip(headings, ranks, strict=True):
        token.tag = next(closing).tag = f"h{rank}"
