"""What the page of a built-in email shows beside its form: what differs, and what was saved earlier."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.http import Http404

from programme.models import EmailWords
from programme.rules.email_words import Words
from programme.rules.text_differences import Row, differences
from udtacademy.accounts.models import User
from udtacademy.admin.history import actor_of

if TYPE_CHECKING:
    from programme.admin.built_in_email_pages import EmailPage

MOST_VERSIONS = 20  # on the page


@dataclass(frozen=True)
class Version:
    """Words that were saved, or taken back, with when and by whom."""

    pk: int
    at: Any
    actor: str
    words: Words
    is_revert: bool


def differences_of(before: Words, after: Words) -> list[tuple[str, Sequence[Row]]]:
    """Return what differs between words, by part, without the parts that are the same."""
    return [
        (str(EmailWords._meta.get_field(name).verbose_name), differences(vars(before)[name], text))  # type: ignore[union-attr]
        for name, text in vars(after).items()
        if text != vars(before)[name]
    ]


def events_of(page: "EmailPage") -> Any:
    events: Any = apps.get_model("programme", "EmailWordsEvent").objects
    return events.filter(edition=page.edition, kind=page.kind, language=page.language).order_by("-pgh_id")


def versions_of(page: "EmailPage") -> list[Version]:
    """Return what was saved last, newest first. Two queries."""
    events = list(events_of(page).select_related("pgh_context")[:MOST_VERSIONS])
    contexts = {it.pk: it.pgh_context.metadata if it.pgh_context else {} for it in events}
    ids = {it.get("user") for it in contexts.values()} - {None}
    people = {user.pk: str(user) for user in User.objects.filter(pk__in=ids)}
    return [
        Version(it.pk, it.pgh_created_at, actor_of(contexts[it.pk], people), words_in(it), it.pgh_label == "delete")
        for it in events
    ]


def version_of(page: "EmailPage", pk: int) -> Words:
    """Return the words of an earlier version of this email; 404 if it has none of that number."""
    event = events_of(page).filter(pk=pk).first()
    if event is None:
        raise Http404
    return words_in(event)


def words_in(event: Any) -> Words:
    return Words(event.subject, event.opening, event.closing)
