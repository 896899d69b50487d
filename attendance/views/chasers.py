"""For organisers: who gets an email after a core session, and settling its attendance."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from attendance import access
from attendance.actions.chasers import (
    SettlingEmails,
    digest_readers,
    digests_of,
    messages_of,
    rehearse_settling,
    settle_and_write,
)
from attendance.queries.attendance_records import reported
from attendance.queries.chasers import (
    MissedCity,
    absent,
    by_city,
    due_at,
    late,
    missed,
    sessions_of_long_ago,
    sessions_to_chase,
    with_waiting_report,
)
from attendance.views.board import page_context
from programme.access import staff_edition
from programme.errors import ProgrammeError
from programme.models import Session
from udtacademy.accounts.models import User
from udtacademy.accounts.requests import signed_in
from udtacademy.admin.confirmation import Confirmation
from udtacademy.outbox.models import Message
from udtacademy.outbox.views import mail_page

SHOWN = 30  # people beside a session


@dataclass(frozen=True)
class ChaseCard:
    """A core session that ended lately, as shown: how many missed it, the first of them, and one email as a sample."""

    session: Session
    n_people: int
    n_late: int
    cities: Sequence[MissedCity]
    sample: Sequence[Message]

    @property
    def due_at(self) -> dt.datetime:
        return due_at(self.session)

    @property
    def n_more(self) -> int:
        return self.n_people - sum(len(it.people) for it in self.cities)


def card_of(session: Session) -> ChaseCard:
    """Read what is shown of a session."""
    people = missed(session)
    n = absent(session, with_late=True).aggregate(
        people=Count("pk", filter=Q(pk__in=people.order_by().values("pk"))), late=Count("pk", filter=late(session))
    )
    cities = by_city(session, people[:SHOWN])
    sample = messages_of(session, [replace(it, people=it.people[:1]) for it in cities[:1]])[:1]
    return ChaseCard(session, n["people"], n["late"], cities, sample)


@never_cache
@require_safe
def chasers_preview(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Show how many people get an email after core sessions, and who gets the next digest."""
    edition = staff_edition(request.user, edition_slug, access.SEE_REMINDERS)
    now = timezone.now()
    sessions = sessions_to_chase(now, edition)
    waiting, with_report = with_waiting_report(sessions), reported(it.pk for it in sessions)
    context = page_context(request, _("Emails after core sessions of %(edition)s") % {"edition": edition}) | {
        "edition": edition,
        "chases": [(card_of(it), it.pk in waiting) for it in sessions],
        "without_report": {it for it in sessions if it.is_online and it.pk not in with_report},
        "old": [(it, missed(it).count()) for it in sessions_of_long_ago(edition, now)],
        "digest_readers": [to for to, _user in digest_readers(edition)],
        "now": now,
        "can_settle": request.user.has_perm(access.SETTLE),
    }
    with timezone.override(edition.zone):
        return render(request, "admin/attendance/chasers.html", context)


@never_cache
@require_safe
def digest_sample(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Show the digest as it would be sent now."""
    edition = staff_edition(request.user, edition_slug, access.SEE_REMINDERS)
    digests = digests_of(edition, timezone.now(), digest_readers(edition)[:1])
    if not digests:
        access.not_found()
    return mail_page(digests[0])


@require_POST
def chasers_settle(request: HttpRequest, edition_slug: str, session_slug: str) -> HttpResponse:
    """Settle a session and email people who missed it, once the emails are agreed to; with `anyway` the others too."""
    session = access.staff_session(request.user, edition_slug, session_slug, access.SETTLE)
    writes_anyway = "anyway" in request.POST
    rehearsed = rehearse_settling(session=session, writes_anyway=writes_anyway)
    emails = tuple(rehearsed.emails)
    confirmation = Confirmation(sentences_of(rehearsed), emails, n_emails=len(emails))
    if confirmation.is_agreed_to(request.POST):
        settle(request, session, signed_in(request), writes_anyway=writes_anyway)
        return redirect("attendance-staff:chasers", edition_slug)
    context = page_context(request, _("Settle session and send emails")) | {
        "edition": session.edition,
        "session": session,
        "confirmation": confirmation,
        "sample": rehearsed.sample,
        "writes_anyway": writes_anyway,
    }
    with timezone.override(session.edition.zone):
        return render(request, "admin/attendance/settle.html", context)


def sentences_of(rehearsed: SettlingEmails) -> tuple[str, ...]:
    """Return how many people get which email; empty if nobody gets one."""
    to_people = ngettext(
        "%(n)s person gets an email about the session they missed.",
        "%(n)s people get an email about the session they missed.",
        len(rehearsed.people),
    )
    to_coordinators = ngettext(
        "%(n)s coordinator gets the list of their city’s people who missed it.",
        "%(n)s coordinators get the list of their city’s people who missed it.",
        len(rehearsed.coordinators),
    )
    counted = ((to_people, rehearsed.people), (to_coordinators, rehearsed.coordinators))
    return tuple(text % {"n": len(readers)} for text, readers in counted if readers)


def settle(request: HttpRequest, session: Session, by: User, *, writes_anyway: bool) -> None:
    """Settle a session, and add a message with the number of emails or the reasons for none."""
    try:
        settled = settle_and_write(session=session, by=by, writes_anyway=writes_anyway)
    except ProgrammeError as error:
        messages.error(request, str(error))
        return
    n, reasons = settled.n_messages, {"reasons": " ".join(settled.why_nobody)}
    if n:
        text = ngettext("Session settled. Sending %(n)s email.", "Session settled. Sending %(n)s emails.", n)
        messages.success(request, text % {"n": n})
    elif settled.is_new:
        text = _("Session settled. No emails are sent. %(reasons)s") % reasons
        messages.success(request, text if settled.why_nobody else _("Session settled."))
    elif settled.why_nobody:
        messages.info(request, _("This session was already settled. No emails are sent. %(reasons)s") % reasons)
    else:
        messages.info(request, _("This session was already settled."))
