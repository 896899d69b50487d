"""Badges and sign-in sheets as PDF files."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from attendance.personal_links.badges import code_of, printed_qr
from attendance.queries.badge_people import Badge, badges_of
from attendance.queries.sign_in_sheets import Line, cities_of
from programme.formats import zoned_moment
from programme.models import Edition, Participant, Session
from udtacademy.pdf.compiling import compile_pdf
from udtacademy.pdf.letters import printable

TEMPLATES = {"a4": "badges_a4", "label": "badges_label"}  # by the paper
N_EMPTY = 6  # lines for people who are not on the list


def badges_pdf(edition: Edition, people: Sequence[Participant], paper: str) -> bytes:
    """Return the badges of people, who have `held_in`, on a paper of TEMPLATES. Raises PdfError."""
    values = {"people": [badge_values(it, edition) for it in badges_of(edition, people)]}
    return compile_pdf(TEMPLATES[paper], values, title=_("Badges: %(edition)s") % {"edition": edition})


def badge_values(badge: Badge, edition: Edition) -> dict[str, Any]:
    code = code_of(badge.participant)
    return {
        "edition": str(edition),
        "name": printable(str(badge.participant)) or code,
        "city": str(badge.participant.delegation),
        "answers": [it for it in badge.answers if printable(it)],
        "seats": badge.seats,
        "code": code,
        "qr": printed_qr(badge.participant),
    }


def session_sheet(session: Session, people: Iterable[Participant]) -> bytes:
    """Return the sign-in sheet of a session. Raises PdfError."""
    edition = session.edition
    lines = [when(session), str(session.place or "")]
    title = _("Sign-in sheet: %(session)s") % {"session": session}
    return sheet(edition, people, title, [it for it in lines if it])


def day_sheet(edition: Edition, day: dt.date, people: Iterable[Participant]) -> bytes:
    """Return the sign-in sheet of a day in person. Raises PdfError."""
    title = _("Sign-in sheet: %(day)s") % {"day": date_format(day, "l j F Y")}
    return sheet(edition, people, title, [str(edition.venue)] if edition.venue else [])


def sheet(edition: Edition, people: Iterable[Participant], title: str, lines: Sequence[str]) -> bytes:
    cities = cities_of(map(Line, people))
    values = {
        "head": f"{edition} · {title}",
        "heading": title,
        "lines": lines,
        "columns": [_("No."), _("Here"), _("Name"), _("Signature")],
        "page_of": _("Page {page} of {pages}"),
        "printed": _("Printed %(time)s") % {"time": zoned_moment(timezone.now(), edition.zone)},
        "cities": [
            *({"name": str(it.delegation), "people": [line_values(line) for line in it.lines]} for it in cities),
            {"name": _("Not on the list"), "people": [{"number": "", "name": ""}] * N_EMPTY},
        ],
    }
    return compile_pdf("sign_in_sheet", values, title=title)


def line_values(line: Line) -> dict[str, str]:
    return {"number": str(line.number), "name": str(line.participant)}


def when(session: Session) -> str:
    """Return the time of a session in its edition's zone: "Thursday 6 November 2025, 11:30–13:00"; its day without one."""
    if session.local_day is None:
        return ""
    day = date_format(session.local_day, "l j F Y")
    if session.starts_at is None or session.ends_at is None:
        return day
    start, end = (timezone.localtime(it, session.edition.zone) for it in (session.starts_at, session.ends_at))
    return f"{day}, {start:%H:%M}–{end:%H:%M}"
