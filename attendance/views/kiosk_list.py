"""The kiosks of an edition, for organisers: add one, see when each was last used, revoke."""

from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from attendance import access
from attendance.actions.kiosks import add_kiosk, revoke_kiosk
from attendance.forms.kiosks import KioskForm
from attendance.personal_links.badges import svg_of
from attendance.queries.kiosks import kiosks_of
from attendance.queries.sessions import sessions_in_person
from attendance.views.board import page_context
from programme.access import staff_edition
from programme.calendars.files import absolute
from programme.errors import ProgrammeError
from programme.rules.local_times import local_day
from udtacademy.accounts.requests import signed_in
from udtacademy.errors import form_error


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables("token", "link")
def kiosk_list(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Show the kiosks; on POST, add one and show its link. The link is shown this once, as only its hash is stored."""
    edition = staff_edition(request.user, edition_slug, access.SET_KIOSKS)
    now, link = timezone.now(), ""
    new_form = partial(KioskForm, sessions=sessions_in_person(edition), today=local_day(now, edition.zone))
    form = new_form(request.POST if request.method == "POST" else None, initial={"door": request.GET.get("door", "")})
    if request.method == "POST" and form.is_valid():
        day, session = form.door_chosen()
        name, asked = form.cleaned_data["name"], form.cleaned_data["asked"]
        try:
            kiosk, token = add_kiosk(
                edition=edition, name=name, day=day, session=session, by=signed_in(request), asked=asked
            )
            form = new_form()
            if kiosk.can_be_opened(now):
                link = absolute(reverse("attendance:kiosk-open", args=[token]))
            else:  # the form was sent again
                text = _("%(name)s has been added before, and its link works no longer.")
                messages.warning(request, text % {"name": kiosk.name})
        except ProgrammeError as error:
            form.add_error("name" if error.code == "kiosk_name_taken" else "door", form_error(error))
    context = page_context(request, _("Kiosks of %(edition)s") % {"edition": edition}) | {
        "edition": edition,
        "form": form,
        "kiosks": [(it, it.has_expired(now)) for it in kiosks_of(edition)],
        "link": link,
        "qr": svg_of(link) if link else "",
    }
    with timezone.override(edition.zone):
        return render(request, "admin/attendance/kiosks.html", context, status=422 if form.is_bound else 200)


@require_POST
def kiosk_revoke(request: HttpRequest, edition_slug: str, pk: int) -> HttpResponse:
    """Revoke a kiosk. A second time changes nothing."""
    edition = staff_edition(request.user, edition_slug, access.SET_KIOSKS)
    kiosk = get_object_or_404(kiosks_of(edition), pk=pk)
    if revoke_kiosk(kiosk=kiosk, by=signed_in(request)):
        messages.success(request, _("%(name)s can no longer check people in.") % {"name": kiosk.name})
    return redirect("attendance-staff:kiosks", edition_slug)
