"""What organisers read after they have changed sessions: who will be told, what is overfull, and why a session stays."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from programme.models import Session
from programme.models.session_queryset import SessionQuerySet
from programme.queries.announcements import news_to_tell
from programme.queries.session_changes import GATHERED_FOR, SessionChange


def warn_of_overfull(request: HttpRequest, sessions: SessionQuerySet) -> None:
    """Warn of sessions with more people than seats: a smaller capacity takes nobody's seat."""
    for session in sessions.overfull():
        text = _(
            "“%(session)s” has a capacity of %(capacity)s, and %(n)s people have seats. Nobody loses a seat, but nobody"
            " else gets one."
        )
        messages.warning(request, text % {"session": session, "n": session.n_held, "capacity": session.n_seats})


def announce_notices(request: HttpRequest, sessions: Sequence[Session]) -> None:
    """Show, after a change, how many people will be told and when, with a link to the notice."""
    now = timezone.now()
    for edition in {it.edition for it in sessions}:
        news = [it for it in news_to_tell(edition, now) if it.session in sessions]
        if not news:
            continue
        n_people = len({it.participant_id for it in news})
        due_at = max(it.session.changed_at for it in news) + GATHERED_FOR
        if all(SessionChange.of(it).cannot_wait(due_at, now=now) for it in news):
            text = ngettext(
                "%(n)s person will be told about this now.", "%(n)s people will be told about this now.", n_people
            )
            link = gettext("See the changes")
        else:
            text = ngettext(
                "%(n)s person will be told about this at %(time)s.",
                "%(n)s people will be told about this at %(time)s.",
                n_people,
            )
            link = gettext("See the changes, add a note or discard them")
        sentence = text % {"n": n_people, "time": f"{due_at.astimezone(edition.zone):%H:%M}"}
        page = reverse("programme-staff:changes", args=[edition.slug])
        messages.info(request, format_html('{} <a href="{}">{}</a>', sentence, page, link))


def reason_to_keep(session: Session) -> str:
    """Return why a session that was announced cannot be deleted, and what to do instead; otherwise empty."""
    n = session.announcements.values("participant").distinct().count()
    if not n:
        return ""
    if not session.is_published:
        text = ngettext(
            "“%(session)s” stays as a record: %(n)s person was told about it. It is already unpublished.",
            "“%(session)s” stays as a record: %(n)s people were told about it. It is already unpublished.",
            n,
        )
    elif session.is_cancelled:
        text = ngettext(
            "“%(session)s” stays as a record: %(n)s person was told about it. Unpublish it to remove it from the pages.",
            "“%(session)s” stays as a record: %(n)s people were told about it. Unpublish it to remove it from the pages.",
            n,
        )
    else:
        text = ngettext(
            "“%(session)s” stays as a record: %(n)s person was told about it. Unpublish or cancel it instead.",
            "“%(session)s” stays as a record: %(n)s people were told about it. Unpublish or cancel it instead.",
            n,
        )
    return text % {"session": session, "n": n}
