"""What somebody says about a session that they attended. The form is on the page of a personal link, so that no account stands beside it."""

from http import HTTPStatus

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from attendance import access
from attendance.actions.feedback import give_feedback
from attendance.forms.feedback import AnswersForm
from attendance.models import FeedbackGiven
from attendance.personal_links.feedback_links import feedback_path
from attendance.queries.feedback import AskedSession
from programme.errors import NotAsReadError, ProgrammeError
from programme.models import Participant
from udtacademy.errors import form_error
from udtacademy.http.error_pages import says_link_is_incomplete


@never_cache
@require_safe
@login_required
def own_feedback(request: HttpRequest, edition_slug: str, session_slug: str) -> HttpResponse:
    """Lead from the portal to the page of the personal link."""
    participant, asked = access.own_feedback(request.user, edition_slug, session_slug)
    return redirect(feedback_path(participant, asked.session))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@says_link_is_incomplete
def feedback(request: HttpRequest, key: str) -> HttpResponse:
    """Show the questions, and take the answers. Only a POST changes anything: email scanners follow links."""
    participant, asked = access.feedback_of_link(key)
    form = AnswersForm(request.POST if request.method == "POST" else None, list(asked.questions))
    is_done = has_answered(participant, asked)
    if form.is_bound and not is_done and form.is_valid():
        try:
            give_feedback(participant=participant, session=asked.session, answers=form.answers())
        except NotAsReadError:
            participant, asked = access.feedback_of_link(key)
            form = AnswersForm(request.POST, list(asked.questions))
        except ProgrammeError as error:
            form.add_error(None, form_error(error))
        else:
            return redirect("attendance:feedback", key)
    context = {
        "edition": participant.edition,
        "session": asked.session,
        "closes_on": asked.closes_on,
        "is_done": is_done,
        "is_open": asked.is_open(timezone.now()),
        "form": form,
    }
    with timezone.override(participant.edition.zone):
        response = render(request, "attendance/feedback.html", context, status=200 if is_done else status_of(form))
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def status_of(form: AnswersForm) -> HTTPStatus:
    if not form.is_bound:
        return HTTPStatus.OK
    return HTTPStatus.CONFLICT if form.is_outdated else HTTPStatus.UNPROCESSABLE_ENTITY


def has_answered(participant: Participant, asked: AskedSession) -> bool:
    return FeedbackGiven.objects.filter(participant=participant, session=asked.session).exists()
