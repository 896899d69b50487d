"""The page of the changes in an edition: who is told what. Organisers send a notice now, add a note, or discard it."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from programme.access import staff_edition
from programme.actions.session_changes import drop_notice, notice_mails, send_notice, write_notice
from programme.errors import NotAsReadError
from programme.forms.notices import NoteForm
from programme.models import Edition, Notice
from programme.queries.announcements import Difference, news_to_tell
from programme.queries.session_changes import GATHERED_FOR, SessionChange, counted, fingerprint
from udtacademy.admin.confirmation import FIELD as AGREED_TO
from udtacademy.outbox.models import Message


def edition_notice(request: HttpRequest, edition_slug: str) -> HttpResponse:
    edition = staff_edition(request.user, edition_slug, "programme.view_notice")
    if request.method == "POST":
        if not request.user.has_perm("programme.change_notice"):
            raise PermissionDenied
        return answer(request, edition)
    return notice_page(request, edition)


def answer(request: HttpRequest, edition: Edition) -> HttpResponse:
    """Do what the button says, or show the page again with the reason why not and the note that was typed."""
    form = NoteForm(request.POST)
    if not {"send", "drop", "save"} & request.POST.keys():
        raise Http404
    if "drop" not in request.POST and not form.is_valid():  # a notice that is discarded needs no note
        return notice_page(request, edition, form, status=422)
    try:
        refusal = carry_out(request, edition, form)
    except NotAsReadError as error:
        return notice_page(request, edition, form, status=409, refusal=str(error))
    if refusal:
        return notice_page(request, edition, form, status=422, refusal=refusal)
    return HttpResponseRedirect(reverse("programme-staff:changes", args=[edition.slug]))


def carry_out(request: HttpRequest, edition: Edition, form: NoteForm) -> str:
    """Return why it was not done; empty if it was done, or if there was nothing to do."""
    by: Any = request.user
    agreed_to = request.POST.get(AGREED_TO, "")
    if "drop" in request.POST:
        if drop_notice(edition=edition, by=by, agreed_to=agreed_to):
            text = _(
                "Nobody will be emailed. Pages and subscribed calendars show the changes."
                " Calendar entries sent by email stay as they are."
            )
            messages.success(request, text)
        else:
            messages.info(request, _("There was nothing left to discard."))
    elif "send" in request.POST:
        n = send_notice(edition=edition, note=form.cleaned_data["note"], by=by, agreed_to=agreed_to)
        text = ngettext("%(n)s email is being sent.", "%(n)s emails are being sent.", n) % {"n": n}
        messages.success(request, text) if n else messages.info(request, _("There was nothing left to send."))
    elif write_notice(edition=edition, note=form.cleaned_data["note"]):
        messages.success(request, _("Your note is saved. It will be sent with the changes."))
    else:
        return _("Your note was not saved, because there is no change to send. Write it once something has changed.")
    return ""


def notice_page(
    request: HttpRequest,
    edition: Edition,
    form: NoteForm | None = None,
    *,
    status: int = 200,
    refusal: str = "",
) -> HttpResponse:
    now = timezone.now()
    news = news_to_tell(edition, now)
    notice = Notice.objects.open().filter(edition=edition).first()
    if form is None:
        form = NoteForm(initial={"note": notice.note_about({it.session.pk for it in news}) if notice else ""})
    last = max((it.session.changed_at for it in news), default=now)
    due_at = notice.due_at if notice else last + GATHERED_FOR
    context = {
        **admin.site.each_context(request),
        "title": _("Changes in %(edition)s") % {"edition": edition},
        "edition": edition,
        "form": form,
        "refusal": refusal,
        "agreed_to": fingerprint(news),
        "can_drop": any(not it.is_owed for it in news),
        "changes": [(it.session, it.in_words(), n) for it, n in counted(news)],
        "n_people": len({it.participant_id for it in news}),
        "sample": sample(edition, news, form["note"].value() or ""),
        "due_at": due_at,
        "is_night": edition.quiet_hours.is_quiet(max(due_at, now), edition.zone),
        "goes_now": due_at <= now or all(SessionChange.of(it).cannot_wait(due_at, now=now) for it in news),
        "earlier": Notice.objects.filter(edition=edition).exclude(state="open").select_related("by")[:10],
        "can_change": request.user.has_perm("programme.change_notice"),
    }
    with timezone.override(edition.zone):
        return TemplateResponse(request, "admin/programme/notice_edition.html", context, status=status).render()


def sample(edition: Edition, news: Sequence[Difference], note: str) -> Message | None:
    """Return the email to the first person concerned as it would be sent now; None if there is none. It is not saved."""
    theirs = [it for it in news if it.participant_id == news[0].participant_id]
    return next(iter(notice_mails(edition, {it.participant_id: theirs for it in theirs}, note)), None)
