"""Give an edition its own words in built-in emails, take them back, and test them."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from programme import emails
from programme.built_in_emails import BUILT_IN
from programme.errors import NotAsReadError, ProgrammeError
from programme.models import Edition, EmailWords
from programme.queries.email_samples import written_sample
from programme.queries.email_words import forget_words, saved_words
from programme.queries.last_changes import last_change
from programme.rules.email_words import NO_WORDS, Words
from udtacademy.accounts.models import User
from udtacademy.db.history import acting
from udtacademy.outbox.models import Message
from udtacademy.outbox.queue import post
from udtacademy.outbox.render import FOOTER


@transaction.atomic
def save_words(*, edition: Edition, kind: str, language: str, words: Words, agreed_to: str, by: User) -> bool:
    """Save an edition's words in emails of a kind, or none of its own if they are empty. Return whether that changed anything.

    They apply to emails written from now on. `agreed_to`: the token of the words that the organiser changed. Raises
    NotAsReadError if somebody has changed them since, ProgrammeError for a placeholder that the email does not have.
    """
    Edition.objects.select_for_update(no_key=True).get(
        pk=edition.pk
    )  # one change at a time, also of words not there yet
    present = saved_words(edition).get((kind, language), NO_WORDS)
    if words == present:
        return False
    if agreed_to != present.token:
        who = last_change(EmailWords, edition, by, kind=kind, language=language)
        text = _("These words have changed since you opened the page. Nothing was overwritten.")
        raise NotAsReadError(f"{text} {who}".strip())
    check_names(kind, words)
    with acting(by):
        write(edition, kind, language, words)
    forget_words(edition)
    return True


def write(edition: Edition, kind: str, language: str, words: Words) -> None:
    if words.is_empty:
        edition.email_words.filter(kind=kind, language=language).delete()
        return
    values = vars(words) | {"changed_at": timezone.now()}
    edition.email_words.update_or_create(kind=kind, language=language, defaults=values)


def check_names(kind: str, words: Words) -> None:
    """Raise ProgrammeError for a placeholder that there no longer is: forms let no other one in."""
    if unknown := [name for name in words.names() if name not in BUILT_IN[kind].names]:
        text = _("“%(placeholder)s” is no longer a placeholder of this email. Change the text.")
        raise ProgrammeError(text % {"placeholder": f"{{{unknown[0]}}}"}, code="unknown_placeholder")


@transaction.atomic
def send_words_test(*, edition: Edition, kind: str, language: str, words: Words, by: User) -> Message:
    """Email the organiser a sample of a kind of email with words that need not be saved."""
    sample = written_sample(kind, language, words, edition)
    text = sample.text.rpartition(FOOTER)[0]
    test = emails.written("campaign_test", to=by.email, user=by, edition=edition, subject=sample.subject, text=text)
    post([test], by=by)
    return test
