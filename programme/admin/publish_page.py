"""The page that publishes an edition: what becomes public, what is still open, and who is told."""

import datetime as dt
from collections.abc import Iterator

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from programme.access import staff_edition
from programme.actions.editions import publish_edition
from programme.admin.checklist_page import shown_checklist
from programme.admin.edition_tasks import publication_tasks
from programme.forms.publishing import PublishForm
from programme.models import ChecklistItem, Edition
from programme.queries.announcements import news_to_tell
from programme.queries.edition_work import counts_of
from udtacademy.accounts.requests import signed_in
from udtacademy.admin.confirmation import Confirmation

CHANGE = "programme.change_edition"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def edition_publish(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Show what publishing the edition means; do so once that was read."""
    edition, now = staff_edition(request.user, edition_slug, CHANGE), timezone.now()
    if edition.is_published:
        messages.info(request, _("“%(edition)s” is already published.") % {"edition": edition})
        return redirect("programme-staff:overview", edition.slug)
    n = counts_of(edition, now)
    checklist = [(it.item, str(it)) for it in shown_checklist(signed_in(request), edition, n)]
    items = [(it.pk, text) for it, text in checklist if not it.is_ticked and it.kind != ChecklistItem.Kind.PUBLICATION]
    form = PublishForm(request.POST if request.method == "POST" else None, items=items)
    confirmation = Confirmation(tuple(sentences(edition, now)))
    if form.is_valid() and confirmation.is_agreed_to(request.POST):
        publish_edition(edition=edition, done=form.cleaned_data.get("done", ()), by=signed_in(request))
        messages.success(request, _("“%(edition)s” is published.") % {"edition": edition})
        return redirect("programme-staff:overview", edition.slug)
    page = reverse("programme-staff:publish", args=[edition.slug])
    lacks = [task for task in publication_tasks(edition, n, now) if task.url != page]
    context = admin.site.each_context(request) | {
        "title": _("Publish this edition"),
        "edition": edition,
        "form": form,
        "lacks": lacks,
        "confirmation": confirmation,
    }
    status = 422 if form.is_bound else 200
    return TemplateResponse(request, "admin/programme/edition_publish.html", context, status=status).render()


def sentences(edition: Edition, now: dt.datetime) -> Iterator[str]:
    """Yield what becomes public, and how many people are told."""
    sessions = edition.sessions.exclude(format="break")
    n_public = sessions.published().count()
    text = ngettext("%(n)s session becomes public.", "%(n)s sessions become public.", n_public)
    yield text % {"n": n_public}
    if n_hidden := sessions.filter(is_published=False).count():
        text = ngettext("%(n)s session stays hidden.", "%(n)s sessions stay hidden.", n_hidden)
        yield text % {"n": n_hidden}
    edition.is_published = True  # as it will be; not saved
    n_people = len({it.participant_id for it in news_to_tell(edition, now)})
    edition.is_published = False
    text = ngettext(
        "%(n)s person will be emailed about the sessions.", "%(n)s people will be emailed about the sessions.", n_people
    )
    yield text % {"n": n_people} if n_people else _("Nobody is emailed.")
