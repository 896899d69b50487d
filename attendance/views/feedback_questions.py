"""What an edition asks about its sessions, and about one of them, for organisers."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from attendance import access
from attendance.forms.feedback import SetForm
from attendance.models import FeedbackTally
from attendance.queries.feedback import sets_of
from attendance.queries.sessions import attended_sessions
from attendance.views.board import page_context
from programme.access import staff_edition
from programme.formats import title_with_time
from programme.models import Edition, FeedbackSet, Session
from programme.rules.session_feedback import usual_questions
from udtacademy.accounts.requests import signed_in
from udtacademy.db.history import acting


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def feedback_questions(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Show and save the questions about all sessions that have none of their own; the usual ones are offered first."""
    edition = staff_edition(request.user, edition_slug, access.SET_FEEDBACK)
    row = sets_of(edition).get(None)
    form = SetForm(
        request.POST if request.method == "POST" else None,
        row=row or FeedbackSet(edition=edition),
        questions=row.asked if row else usual_questions(),
    )
    if form.is_valid():
        with acting(signed_in(request)):
            form.save()
        messages.success(request, _("The questions have been saved."))
        return redirect("attendance-staff:feedback", edition_slug)
    return questions_page(request, edition, form, None, is_saved=row is not None)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def feedback_session_questions(request: HttpRequest, edition_slug: str, session_slug: str) -> HttpResponse:
    """Show and save the questions about one session, or take them back, so that it has those of the edition."""
    session = access.staff_session(request.user, edition_slug, session_slug, access.SET_FEEDBACK)
    sets = sets_of(session.edition)
    own, usual = sets.get(session.pk), sets.get(None)
    if request.method == "POST" and "usual" in request.POST:
        with acting(signed_in(request)):
            FeedbackSet.objects.filter(session=session).delete()
        messages.success(request, _("People are asked the questions of the edition about this session."))
        return redirect("attendance-staff:feedback", edition_slug)
    shown = own or usual
    row = own or FeedbackSet(
        edition=session.edition, session=session, **({"open_days": usual.open_days} if usual else {})
    )
    form = SetForm(
        request.POST if request.method == "POST" else None,
        row=row,
        questions=shown.asked if shown else usual_questions(),
    )
    if form.is_valid():
        with acting(signed_in(request)):
            form.save()
        messages.success(request, _("The questions have been saved."))
        return redirect("attendance-staff:feedback", edition_slug)
    return questions_page(request, session.edition, form, session, is_saved=own is not None)


def questions_page(
    request: HttpRequest, edition: Edition, form: SetForm, session: Session | None, *, is_saved: bool
) -> HttpResponse:
    title = _("Questions about %(session)s") % {"session": session} if session else _("Questions about sessions")
    context = page_context(request, title) | {
        "edition": edition,
        "session": session,
        "form": form,
        "is_saved": is_saved,
        "sessions": [] if session else sessions_with_sets(edition),
        "is_fixed": session is not None and FeedbackTally.objects.filter(session=session).exists(),
    }
    return render(request, "admin/attendance/feedback_questions.html", context, status=422 if form.is_bound else 200)


def sessions_with_sets(edition: Edition) -> list[tuple[Session, str, FeedbackSet | None]]:
    """Return the sessions that can have questions of their own, each with what it is called and its set. Two queries."""
    sets = sets_of(edition)
    sessions = attended_sessions(edition).exclude(status=Session.Status.CANCELLED).in_programme_order()
    return [(it, title_with_time(it), sets.get(it.pk)) for it in sessions]
