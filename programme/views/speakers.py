"""What speakers do by their personal link, without an account (decision 74). A GET changes nothing, as mail scanners open links."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from programme import material_access
from programme.actions.materials import add_material, remove_material
from programme.actions.speaker_answers import answer_as_speaker, remove_picture, save_picture, withdraw_consent
from programme.errors import ProgrammeError
from programme.forms.materials import NewMaterialForm
from programme.forms.speakers import SpeakerAnswerForm
from programme.models import Material, Session, SessionSpeaker, Speaker, SpeakerPicture
from programme.queries.materials import uploaded_by
from programme.queries.speakers import sessions_of
from programme.views.answer_files import as_download
from programme.views.pictures import NOTHING_IN_IT, who_keeps
from udtacademy.errors import form_error

PICTURE_KEPT = 5 * 60  # seconds, in browsers: somebody may withdraw


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def speaker(request: HttpRequest, token: str) -> HttpResponse:
    """Show a speaker what is asked, and save the answer."""
    person = material_access.speaker_of_link(token)
    if request.method != "POST":
        return speaker_page(request, token, person)
    rows = rows_to_answer(sessions_of(person))
    form = SpeakerAnswerForm(request.POST, request.FILES, speaker=person, rows=rows)
    is_valid = form.is_valid()
    chosen = request.FILES.get("picture")
    try:  # also beside another mistake: so nobody has to choose it again. Without consent no picture is kept.
        if chosen is not None and "picture" not in form.errors and form.cleaned_data["consents"]:
            save_picture(speaker=person, content=chosen.read())
        elif "remove_picture" in request.POST:
            remove_picture(speaker=person)
    except ProgrammeError as error:
        form.add_error("picture", form_error(error))
    if not is_valid or form.errors:
        return speaker_page(request, token, person, form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    consents = form.cleaned_data["consents"]
    try:
        answer_as_speaker(speaker=person, about=form.values, consents=consents, answers=form.answers)
    except ProgrammeError as error:
        raise Http404 from error  # the link has ended meanwhile, or the speaker was removed
    messages.success(request, _("Thank you, your answer is saved. You can change it on this page."))
    return redirect("programme:speaker", token)


def rows_to_answer(rows: list[SessionSpeaker]) -> list[SessionSpeaker]:
    """Return the sessions about which somebody can still say something."""
    now = timezone.now()
    return [it for it in rows if not it.session.is_past(now) and not it.session.is_cancelled]


def speaker_page(
    request: HttpRequest,
    token: str,
    person: Speaker,
    *,
    form: SpeakerAnswerForm | None = None,
    material_form: tuple[Session, NewMaterialForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    """Show the page. `material_form`: one with mistakes, and its session."""
    rows, uploaded = sessions_of(person), uploaded_by(person)
    wrong, wrong_form = material_form or (None, None)
    context: dict[str, Any] = {
        "edition": person.edition,
        "speaker": person,
        "token": token,
        "rows": rows,
        "form": form or SpeakerAnswerForm(speaker=person, rows=rows_to_answer(rows)),
        "picture": SpeakerPicture.objects.filter(speaker=person).defer("content").first(),
        "sessions": [
            {
                "row": it,
                "materials": [one for one in uploaded if one.session_id == it.session_id],
                "form": wrong_form
                if wrong and wrong.pk == it.session_id
                else NewMaterialForm(auto_id=f"id_{it.session_id}_%s"),
            }
            for it in rows
            if it.confirmed_at
        ],
        "wrong_form": wrong_form,
    }
    with timezone.override(person.edition.zone):
        return render(request, "programme/speaker.html", context, status=status)


@require_POST
def speaker_withdraw(request: HttpRequest, token: str) -> HttpResponse:
    """Take the consent to be shown back."""
    if withdraw_consent(speaker=material_access.speaker_of_link(token)):
        messages.success(request, _("You are no longer shown. Your picture and the text about you are deleted."))
    return redirect("programme:speaker", token)


@never_cache
@require_safe
def own_picture(request: HttpRequest, token: str) -> HttpResponse:  # noqa: ARG001 - as all views
    """Show speakers their picture, which others may not see yet."""
    person = material_access.speaker_of_link(token)
    return picture_response(material_access.own_picture(person))


@require_safe
def speaker_picture(request: HttpRequest, edition_slug: str, digest: str) -> HttpResponse:
    """Show the picture of a speaker who consented."""
    edition, picture = material_access.shown_picture(request.user, edition_slug, digest)
    response = picture_response(picture)
    patch_cache_control(response, **who_keeps(is_published=edition.is_published), max_age=PICTURE_KEPT)
    return response


def picture_response(picture: SpeakerPicture) -> HttpResponse:
    headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": NOTHING_IN_IT}
    return HttpResponse(bytes(picture.content), content_type=f"image/{picture.kind}", headers=headers)


@require_http_methods(["GET", "HEAD", "POST"])
def speaker_material_add(request: HttpRequest, token: str, session_slug: str) -> HttpResponse:
    """Add a file or a link. Who opens this address, as from the page that refuses a file that is too large, is led back."""
    person = material_access.speaker_of_link(token)
    session = material_access.own_session(person, session_slug)
    if request.method != "POST":
        return redirect("programme:speaker", token)
    material = Material(edition=person.edition, session=session, speaker=person)
    form = NewMaterialForm(request.POST, request.FILES, instance=material, auto_id=f"id_{session.pk}_%s")
    if form.is_valid() and is_added(form):
        messages.success(request, _("“%(material)s” has been added.") % {"material": material})
        return redirect("programme:speaker", token)
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    return speaker_page(request, token, person, material_form=(session, form), status=status)


def is_added(form: NewMaterialForm) -> bool:
    """Add the material of a valid form. Return whether that could be done; otherwise the form says why not."""
    chosen = form.cleaned_data["upload"]
    content, name = (chosen.read(), chosen.name or "") if chosen else (None, "")
    try:
        add_material(material=form.instance, content=content, name=name)
    except ProgrammeError as error:
        form.add_error("upload", form_error(error))
        return False
    return True


@never_cache
@require_safe
def speaker_material(request: HttpRequest, token: str, file_token: str) -> HttpResponse:  # noqa: ARG001 - as all views
    """Send speakers what they have uploaded."""
    return as_download(material_access.own_material(material_access.speaker_of_link(token), file_token))


@require_POST
def speaker_material_remove(request: HttpRequest, token: str, file_token: str) -> HttpResponse:
    person = material_access.speaker_of_link(token)
    material = material_access.own_material(person, file_token)
    if remove_material(material=material):
        messages.success(request, _("“%(material)s” has been removed.") % {"material": material})
    return redirect("programme:speaker", token)
