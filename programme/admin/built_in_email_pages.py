"""The emails that leave by themselves: the list, and the page on which an edition gets its own words in one."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from programme.access import staff_edition
from programme.actions.email_words import save_words, send_words_test
from programme.admin.campaign_pages import WRITE, rendered
from programme.admin.campaign_parts import SEE
from programme.admin.email_words_parts import differences_of, version_of, versions_of
from programme.built_in_emails import BUILT_IN, LABELS, WHY_FIXED, BuiltInEmail
from programme.errors import NotAsReadError, ProgrammeError
from programme.forms.email_words import EmailWordsForm
from programme.models import Edition
from programme.queries.email_samples import BuiltInWords, built_in_words, examples_of, written_sample
from programme.queries.email_words import saved_words
from programme.rules.email_words import NO_WORDS, Words
from programme.views import form_recovery
from udtacademy.accounts.requests import signed_in
from udtacademy.admin.confirmation import FIELD as AGREED_TO
from udtacademy.errors import form_error
from udtacademy.http.parameters import whole_number
from udtacademy.outbox.kinds import kind_label
from udtacademy.outbox.models import Message
from udtacademy.outbox.views import mail_page

TYPED = form_recovery.typed_fields("subject", "opening", "closing", AGREED_TO)  # of the form


@dataclass(frozen=True)
class EmailPage:
    """A kind of email in an edition and a language."""

    edition: Edition
    kind: str
    language: str

    @property
    def email(self) -> BuiltInEmail:
        return BUILT_IN[self.kind]

    @property
    def key(self) -> dict[str, Any]:
        return {"edition": self.edition, "kind": self.kind, "language": self.language}

    @cached_property
    def built_in(self) -> BuiltInWords:
        return built_in_words(self.kind, self.language)

    @cached_property
    def saved(self) -> Words:
        return saved_words(self.edition).get((self.kind, self.language), NO_WORDS)

    @property
    def query(self) -> str:
        """Return what comes after the address of its pages: the language, unless it is the site's only one."""
        return f"?{urlencode({'language': self.language})}" if len(settings.LANGUAGES) > 1 else ""

    @property
    def url(self) -> str:
        return reverse("programme-staff:built-in-email", args=[self.edition.slug, self.kind]) + self.query

    @property
    def examples(self) -> dict[str, str]:
        """Return an example of each placeholder by name."""
        return examples_of(self.kind, self.language, self.edition)

    def sample(self, words: Words) -> Message:
        """Return a sample with some words, of this edition."""
        return written_sample(self.kind, self.language, words, self.edition)

    @property
    def sent(self) -> Words:
        """Return what is sent and can be changed: the saved words, and where there are none what is built in."""
        return self.saved.over(self.built_in.words)


@never_cache
@require_safe
def built_in_emails(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """List every kind of email of an edition by who gets it, and say which ones have words of the edition's own."""
    edition = staff_edition(request.user, edition_slug, SEE)
    languages: dict[str, list[str]] = defaultdict(list)
    for kind, language in saved_words(edition):
        languages[kind].append(str(dict(settings.LANGUAGES).get(language, language)))
    groups: dict[str, list[Any]] = defaultdict(list)
    for kind, email in BUILT_IN.items():
        groups[str(email.to)].append((kind, kind_label(kind), email, languages[kind]))
    context = {
        "groups": list(groups.items()),
        "fixed": [(kind_label(kind), why) for kind, why in WHY_FIXED.items()],
        "names_languages": len(settings.LANGUAGES) > 1,
    }
    return rendered(request, "built_in_emails", edition, _("Built-in emails"), context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def built_in_email(request: HttpRequest, edition_slug: str, kind: str) -> HttpResponse:
    """Show what is built in, the edition's own words, and a sample. Do what a button says."""
    page = email_page(request, edition_slug, kind)
    if request.method != "POST":
        return first_page(request, page)
    if not request.user.has_perm(WRITE):
        raise PermissionDenied
    name = next((it for it in BUTTONS if it in request.POST), "save")
    return BUTTONS[name](request, page)


def first_page(request: HttpRequest, page: EmailPage) -> HttpResponse:
    """Return the page with the words that are sent, or with those that were typed and are kept, and their sample."""
    typed = form_recovery.saved_answers(request, signed_in(request))
    form = EmailWordsForm(typed or None, built_in=page.email, initial=vars(page.sent))
    read = {"agreed_to": typed.get(AGREED_TO, page.saved.token)}
    if typed and form.is_valid():
        return preview_page(request, page, form, **read)
    return words_page(request, page, form, **read)


def email_page(request: HttpRequest, edition_slug: str, kind: str) -> EmailPage:
    """Return the page that is asked for; 404 for a kind or language that there is not."""
    edition = staff_edition(request.user, edition_slug, SEE)
    language = request.GET.get("language", settings.LANGUAGE_CODE)
    if kind not in BUILT_IN or language not in dict(settings.LANGUAGES):
        raise Http404
    return EmailPage(edition, kind, language)


def words_page(
    request: HttpRequest,
    page: EmailPage,
    form: EmailWordsForm,
    *,
    status: int = 200,
    shown: Words | None = None,
    **more: Any,
) -> HttpResponse:
    """Return the page with a form. `shown`: the words of the sample, if not the saved ones.

    A form that comes back is still about the words that were read, unless the page shows a colleague's (409).
    """
    can_write = request.user.has_perm(WRITE)
    is_as_read = request.method == "POST" and status != HTTPStatus.CONFLICT
    context = {
        "page": page,
        "form": form if can_write else None,
        "agreed_to": request.POST.get(AGREED_TO, "") if is_as_read else page.saved.token,
        "typed_by": form_recovery.signature_of(signed_in(request)),
        "sample": page.sample(page.saved if shown is None else shown),
        "differences": differences_of(
            page.built_in.words, page.sent if shown is None else shown.over(page.built_in.words)
        ),
        "placeholders": [(name, LABELS[name], page.examples[name]) for name in page.email.names],
        "languages": settings.LANGUAGES,
        "versions": versions_of(page),
        "can_write": can_write,
        **more,
    }
    return rendered(request, "built_in_email", page.edition, kind_label(page.kind), context, status=status)


def save(request: HttpRequest, page: EmailPage) -> HttpResponse:
    """Save what was typed; without saving if a colleague has changed the words meanwhile, whose words are then shown beside."""
    form = EmailWordsForm(request.POST, built_in=page.email)
    if not form.is_valid():
        return words_page(request, page, form, status=422)
    typed = form.words.unlike(page.built_in.words)
    agreed_to = request.POST.get(AGREED_TO, "")
    try:
        is_new = save_words(**page.key, words=typed, agreed_to=agreed_to, by=signed_in(request))
    except NotAsReadError as error:
        form.add_error(None, form_error(error))
        conflict = differences_of(page.sent, typed.over(page.built_in.words))
        return words_page(request, page, form, status=409, shown=typed, conflict=conflict)
    form_recovery.forget(request)
    text = _("Saved. Emails written from now on have these words.") if is_new else _("Nothing was changed.")
    messages.success(request, text)
    return redirect(page.url)


def preview(request: HttpRequest, page: EmailPage) -> HttpResponse:
    """Show a sample with what was typed. Nothing is saved."""
    form = EmailWordsForm(request.POST, built_in=page.email)
    if not form.is_valid():
        return words_page(request, page, form, status=422)
    return preview_page(request, page, form)


def preview_page(request: HttpRequest, page: EmailPage, form: EmailWordsForm, **more: Any) -> HttpResponse:
    """Return the page with a valid form, its sample and what differs."""
    is_preview = form.words.unlike(page.built_in.words) != page.saved
    return words_page(request, page, form, shown=form.words, is_preview=is_preview, **more)


def revert(request: HttpRequest, page: EmailPage) -> HttpResponse:
    return put_back(
        request, page, NO_WORDS, _("The email is as built in again. The words you had are under “Earlier words”.")
    )


def restore(request: HttpRequest, page: EmailPage) -> HttpResponse:
    """Use words again that were saved earlier."""
    words = version_of(page, whole_number(request.POST["restore"]) or 0)
    return put_back(request, page, words, _("These words are used again, from now on."))


def put_back(request: HttpRequest, page: EmailPage, words: Words, success: str) -> HttpResponse:
    try:
        save_words(**page.key, words=words, agreed_to=request.POST.get(AGREED_TO, ""), by=signed_in(request))
    except ProgrammeError as error:
        messages.error(request, str(error))
    else:
        form_recovery.forget(request)
        messages.success(request, success)
    return redirect(page.url)


def test(request: HttpRequest, page: EmailPage) -> HttpResponse:
    """Send the visitor a sample with what was typed, and lead back to it. Nothing is saved."""
    form, user = EmailWordsForm(request.POST, built_in=page.email), signed_in(request)
    if not form.is_valid():
        return words_page(request, page, form, status=422)
    send_words_test(**page.key, words=form.words, by=user)
    text = _("A test with the words in the form is being sent to %(email)s. Nothing is saved by that.")
    messages.success(request, text % {"email": user.email})
    if form.words.unlike(page.built_in.words) != page.saved:
        form_recovery.keep_answers(request, TYPED(request.POST), user.pk, form_recovery.place_of(page.url))
    else:
        form_recovery.forget(request, page.url)
    return redirect(page.url)


BUTTONS: dict[str, Callable[[HttpRequest, EmailPage], HttpResponse]] = {
    "preview": preview,
    "revert": revert,
    "restore": restore,
    "test": test,
    "save": save,
}


@never_cache
@require_safe
def built_in_email_mail(request: HttpRequest, edition_slug: str, kind: str) -> HttpResponse:
    """Show a sample with the saved words, as mail programs show it. Nothing is sent."""
    page = email_page(request, edition_slug, kind)
    return mail_page(page.sample(page.saved))
