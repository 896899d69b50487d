"""Template tags for dates, times, structured data and panels. Times are shown in the active time zone."""

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from django import template
from django.template.base import Parser, Token
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from programme import formats
from programme.access import is_allowed
from programme.calendars import files as calendars
from programme.models import Announcement, Session
from programme.panels import FOOTER_LINKS, PANELS, PageLink
from programme.portal_areas import tabs_of
from programme.queries.email_words import SAMPLE
from programme.queries.session_changes import SessionChange
from programme.rules.markdown import to_html
from udtacademy import time_zones
from udtacademy.outbox.status import outbox_state

register = template.Library()
register.simple_tag(calendars.absolute)
register.simple_tag(formats.clock_range)
register.simple_tag(formats.days_between)
register.simple_tag(formats.duration)
register.simple_tag(formats.months_between)
register.simple_tag(formats.local_time)
register.simple_tag(formats.session_time)
register.filter(calendars.mailto)
register.filter(time_zones.offset)
register.filter("short_date", formats.short_date)
register.filter(formats.speaker_sentences)

HARMLESS_IN_SCRIPT = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}


@register.inclusion_tag("admin/programme/_outbox_banner.html", takes_context=True)
def outbox_banner(context: dict[str, Any]) -> dict[str, Any]:
    """Return the outbox's problems for users who may see messages. One query."""
    request = context.get("request")
    if request is None or not is_allowed(request.user, "outbox.view_message"):
        return {}
    state = outbox_state()
    return {"problems": state.problems(timezone.now()), "n_failed": state.n_failed}


@register.tag
def opening(parser: Parser, _token: Token) -> "OpeningNode":
    """Begin what is built in as the opening of an email, up to `endopening`, in place of which an edition can have its own."""
    nodes = parser.parse(["endopening"])
    parser.delete_first_token()
    return OpeningNode(nodes)


class OpeningNode(template.Node):
    def __init__(self, built_in: template.NodeList) -> None:
        self.built_in = built_in

    def render(self, context: template.Context) -> str:
        """Return the edition's own opening as paragraphs, else the built-in one, which a sample keeps."""
        if context["words"].opening:
            return f"{context['words'].opening}\n\n"
        text = self.built_in.render(context)
        if sample := SAMPLE.get():
            sample.opening = text.strip()
        return text


@register.simple_tag
def footer_links() -> list[PageLink]:
    return FOOTER_LINKS


@register.simple_tag
def announced_time(announcement: Announcement, session: Session) -> str:
    """Return when a session was to be held, as announced."""
    return formats.session_time(
        SessionChange(session, announcement.facts, was_theirs=True, is_theirs=True).session_before
    )


@register.simple_tag(takes_context=True)
def panels(context: template.RequestContext, name: str, *values: Any) -> SafeString:
    """Render the panels of this name (see `programme.panels`), passing `values` to their context functions."""
    engine, token = template.Engine.get_default(), {"csrf_token": context.get("csrf_token")}
    parts = (
        engine.get_template(panel.template).render(context.new(panel.context(*values) | token))
        for panel in PANELS[name]
    )
    return mark_safe("".join(parts))  # noqa: S308 - from templates


@register.inclusion_tag("programme/_portal_tabs.html", takes_context=True)
def portal_tabs(context: dict[str, Any], area: str) -> dict[str, Any]:
    """Show the tabs of the reader's pages. `area`: the name of the one that the page belongs to.

    A page about another person, as behind a personal link, shows no tabs. A page without a participant is for registered people
    only, and shows all.
    """
    participant, user = context.get("participant"), context["request"].user
    if participant is not None and participant.user_id != user.pk:
        return {}
    is_registered = participant is None or participant.is_registered
    return {"tabs": tabs_of(context["edition"], area, is_registered=is_registered)}


@register.filter
def markdown(text: str, heading: int = 3) -> SafeString:
    """Return a text of an Action Plan as HTML, its headings below those of level 2, or of the level before `heading`."""
    return mark_safe(to_html(text, heading=heading))  # noqa: S308 - cleaned by nh3


@register.filter
def comment_markdown(text: str, heading: int = 4) -> SafeString:
    """Return a comment or feedback on an Action Plan as HTML, line by line."""
    return mark_safe(to_html(text, heading=heading, keeps_lines=True))  # noqa: S308 - cleaned by nh3


@register.filter
def utc(moment: dt.datetime) -> str:
    """Format in UTC for attributes: 2025-09-25T14:00:00Z."""
    return f"{moment.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"


@register.filter
def get(mapping: Mapping[str, Any], name: str) -> Any:
    """Return the value of a key composed in the template; None if missing."""
    return mapping.get(name)


@register.filter
def zone_name(moment: dt.datetime) -> str:
    """Return the short name of the active zone at that moment, such as CEST."""
    return time_zones.zone_name(timezone.localtime(moment))


@register.filter
def json_ld(value: dict[str, Any]) -> SafeString:
    """Render structured data for search engines as JSON-LD."""
    body = json.dumps(value, ensure_ascii=False).translate(HARMLESS_IN_SCRIPT)
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(body))  # noqa: S308 - escaped above
