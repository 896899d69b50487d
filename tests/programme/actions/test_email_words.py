"""An edition's own words in the emails that are sent."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from programme import emails
from programme.actions.email_words import save_words, send_words_test
from programme.models import EmailWords, Participant
from programme.queries.email_words import words_of
from programme.rules.email_words import NO_WORDS, Words
from tests.factories.people import ParticipantFactory, UserFactory
from tests.factories.programme import EditionFactory
from tests.refusals import refused
from udtacademy.outbox.models import Message

OWN = Words("Welcome to {edition}", "Hello {name} of {city}!", "Bring a map.\n\nOlga")


@pytest.fixture
def save(edition, organiser):
    def save(words=OWN, kind="registered", before=NO_WORDS, language="en", by=organiser):
        values = {"edition": edition, "kind": kind, "language": language, "words": words}
        return save_words(**values, agreed_to=before.token, by=by)

    return save


def test_emails_written_from_now_on_have_the_words(participant, save):
    waiting = emails.queue_to_participant("registered", participant)

    assert save()
    message = emails.queue_to_participant("registered", participant)

    assert message.subject == f"Welcome to {participant.edition.name}"
    assert f"\n\nHello {participant.user} of {participant.delegation.city.name}!\n\n" in f"\n\n{message.text}"
    assert "\n\nBring a map.\n\nOlga\n\n-- \n" in message.text
    assert "You are registered for" not in message.text
    assert "→ Open your page: " in message.text
    waiting.refresh_from_db()
    assert "You are registered for" in waiting.text


def test_other_editions_kinds_and_languages_stay_as_built_in(participant, save):
    other = ParticipantFactory(delegation__edition=EditionFactory())
    save(language="fr")
    save(kind="approved")

    messages = [emails.written_to(it, "registered") for it in (participant, other)]

    assert ["You are registered for" in it.text for it in messages] == [True, True]


def test_each_language_has_its_words(participant, save, settings):
    settings.LANGUAGES = [("en", "English"), ("fr", "Français")]
    save(Words("Welcome"))
    save(Words("Bienvenue"), language="fr")

    participant.user.language = "fr"
    assert emails.written_to(participant, "registered").subject == "Bienvenue"
    participant.user.language = ""
    assert emails.written_to(participant, "registered").subject == "Welcome"


def test_saving_the_same_again_changes_nothing(save):
    save()

    assert not save()
    assert EmailWords.pgh_event_model.objects.count() == 1


def test_nobody_overwrites_what_a_colleague_saved(save):
    save(Words("Theirs"))

    with refused("changed_meanwhile"):
        save(Words("Mine"))

    assert EmailWords.objects.get().subject == "Theirs"


def test_who_changed_the_words_meanwhile_wording(save, organiser):
    """It may have been oneself, in another window."""
    save(Words("First"))
    with refused("changed_meanwhile") as own:
        save(Words("Second"))
    with refused("changed_meanwhile") as theirs:
        save(Words("Second"), by=UserFactory())

    assert "You changed it yourself, in another window: " in str(own.value)
    assert f"Changed by {organiser}: " in str(theirs.value)


def test_going_back_removes_the_words_and_keeps_the_history(save, participant):
    save()

    assert save(NO_WORDS, before=OWN)

    assert not EmailWords.objects.exists()
    assert [it.pgh_label for it in EmailWords.pgh_event_model.objects.order_by("pgh_id")] == ["insert", "delete"]
    assert "You are registered for" in emails.written_to(participant, "registered").text


def test_a_placeholder_that_there_no_longer_is(save, participant, edition):
    with refused("unknown_placeholder"):
        save(Words("", "Hello {phone}"))

    edition.email_words.create(kind="registered", language="en", opening="Hello {phone}", subject="Hello")
    message = emails.written_to(participant, "registered")

    assert message.subject == f"You are registered: {edition.name}"
    assert "You are registered for" in message.text


def test_a_name_is_text_and_nothing_else(participant, save):
    participant.user.name = "{city}\nBcc: all@academy.example\n\n-- \n<b>Eve</b>"
    save(Words("Hello {name}", "Hello {name}"))

    message = emails.written_to(participant, "registered")

    assert message.subject == "Hello {city} Bcc: all@academy.example -- <b>Eve</b>"
    assert "\n\nHello {city} Bcc: all@academy.example -- <b>Eve</b>\n\n" in message.text


def test_people_registered_at_once_get_them_with_their_names(participant, save):
    save()
    people = [participant, ParticipantFactory(delegation=participant.delegation, user__name="Ana Anaya")]

    messages = emails.written_alike("registered", people, core_sessions=[], has_calendars=False)

    assert [f"Hello {it.user} of" in message.text for it, message in zip(people, messages, strict=True)] == [True, True]


def statements_of(people, kind):
    """How many statements a transaction needs to write to people as a batch reads them: each row has an edition of its own."""
    rows = list(Participant.objects.filter(pk__in=[it.pk for it in people]).with_people())
    with transaction.atomic(), CaptureQueriesContext(connection) as queries:
        for it in rows:
            emails.written_to(it, kind)
    return len([it for it in queries if "SAVEPOINT" not in it["sql"]])


@pytest.mark.django_db(transaction=True)
def test_a_batch_reads_the_words_once(participant, save):
    people = [participant, *ParticipantFactory.create_batch(3, delegation__edition=participant.edition)]

    assert [statements_of(people[:n], "made_coordinator") for n in (1, 4)] == [1, 1]
    save(Words("", "{name} {city} {edition} {portal_link}"), kind="made_coordinator")
    assert [statements_of(people[:n], "made_coordinator") for n in (1, 4)] == [1, 1]
    with CaptureQueriesContext(connection) as queries:
        emails.written("campaign", to="a@b.example", edition=participant.edition, subject="News", text="News")
    assert len(queries) == 0  # is not one of them


@pytest.mark.django_db(transaction=True)
def test_a_transaction_reads_what_was_saved_before_it(edition, save):
    with transaction.atomic():
        assert words_of(edition) == {}
        save()
        assert words_of(edition) == {("registered", "en"): OWN}  # also its own change
        transaction.set_rollback(True)

    with transaction.atomic():
        assert words_of(edition) == {}
    save()
    with transaction.atomic():
        assert words_of(edition) == {("registered", "en"): OWN}
    edition.email_words.all().delete()
    assert words_of(edition) == {}  # outside of one


def test_a_test_goes_to_the_organiser(save, edition, organiser):
    save()

    message = send_words_test(edition=edition, kind="registered", language="en", words=OWN, by=organiser)

    assert (message.to, message.kind, message.user) == (organiser.email, "campaign_test", organiser)
    assert message.subject == f"Test: Welcome to {edition.name}"
    assert "Hello Aino Virtanen of Tampere!" in message.text
    assert message.text.count("\n-- \n") == 1
    assert Message.objects.count() == 1


def test_a_row_says_something(edition):
    with pytest.raises(IntegrityError, match="email_words_say_something"):
        edition.email_words.create(kind="registered", language="en")


def test_words_are_there_once(edition):
    edition.email_words.create(kind="registered", language="en", subject="News")

    with pytest.raises(IntegrityError, match="email_words_once"):
        edition.email_words.create(kind="registered", language="en", subject="Other news")
