"""The pages on which organisers give the built-in emails of an edition their own words."""

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext

from programme.actions.email_words import save_words
from programme.built_in_emails import BUILT_IN
from programme.models import EmailWords
from programme.rules.email_words import NO_WORDS, Words
from tests.client import text
from tests.factories.people import UserFactory
from udtacademy.outbox.models import Message

LIST = "/admin/editions/academy/messages/built-in/"
PAGE = f"{LIST}registered/"
BUILT_IN_WORDS = {
    "subject": "You are registered: {edition}",
    "opening": "You are registered for {edition} in the team of {city}.",
}
TYPED = BUILT_IN_WORDS | {"subject": "Welcome, {name}", "closing": "Olga"}


@pytest.fixture
def organiser(client, open_edition):
    organiser = UserFactory(name="Olga Organiser", email="olga@academy.example", is_staff=True)
    organiser.groups.add(Group.objects.get(name="organiser"))
    client.force_login(organiser)
    return organiser


@pytest.fixture
def save(open_edition, organiser):
    def save(words, *, kind="registered", by=organiser):
        row = EmailWords.objects.filter(kind=kind).values_list("subject", "opening", "closing").first()
        before = Words(*row) if row else NO_WORDS
        return save_words(edition=open_edition, kind=kind, language="en", words=words, agreed_to=before.token, by=by)

    return save


def press(client, button, *, page=PAGE, **fields):
    return client.post(page, {button: "1", "agreed_to": client.get(page).context["agreed_to"], **fields})


def test_the_list_says_which_emails_have_own_words(client, organiser, save):
    save(Words("Welcome"))

    groups = client.get(LIST).context["groups"]

    rows = {kind: languages for _to, emails in groups for kind, _label, _email, languages in emails}
    assert rows == {kind: [] for kind in BUILT_IN} | {"registered": ["English"]}


def test_the_list_costs_the_same_whatever_was_changed(client, organiser, save):
    counts = []
    for kind in ("registered", "approved", "declined"):
        with CaptureQueriesContext(connection) as queries:
            client.get(LIST)
        counts.append(len(queries))
        save(Words("Welcome"), kind=kind)

    assert len(set(counts)) == 1


def test_the_form_begins_with_the_built_in_words(client, organiser):
    response = client.get(PAGE)

    assert response.context["form"].initial == BUILT_IN_WORDS | {"closing": ""}
    assert response.context["differences"] == []
    assert press(client, "save", **BUILT_IN_WORDS).status_code == 302
    assert not EmailWords.objects.exists()


def test_saving_seeing_what_differs_and_going_back(client, organiser):
    assert press(client, "save", **TYPED).url == PAGE

    saved = EmailWords.objects.get()
    assert (saved.subject, saved.opening, saved.closing) == (
        "Welcome, {name}",
        "",
        "Olga",
    )  # the opening follows the built-in one
    page = client.get(PAGE)
    assert [part for part, _rows in page.context["differences"]] == ["subject", "closing"]
    assert page.context["sample"].subject == "Welcome, Aino Virtanen"
    assert [(it.actor, it.is_revert) for it in page.context["versions"]] == [("Olga Organiser", False)]

    press(client, "revert")

    assert not EmailWords.objects.exists()
    versions = client.get(PAGE).context["versions"]
    assert [it.is_revert for it in versions] == [True, False]
    press(client, "restore", restore=versions[1].pk)  # the way back
    assert EmailWords.objects.get().subject == "Welcome, {name}"


def test_a_mistake_keeps_what_was_typed_and_saves_nothing(client, organiser):
    for button in ("save", "preview", "test"):
        response = press(client, button, **TYPED | {"opening": "Dear {nmae}"})

        assert response.status_code == 422
        assert response.context["form"]["opening"].value() == "Dear {nmae}"
        assert response.context["form"].has_error("opening", "unknown_placeholder")
    assert not EmailWords.objects.exists()
    assert not Message.objects.exists()


def test_seeing_it_first_saves_nothing(client, organiser):
    response = press(client, "preview", **TYPED)

    assert response.context["sample"].subject == "Welcome, Aino Virtanen"
    assert [part for part, _rows in response.context["differences"]] == ["subject", "closing"]
    assert response.context["form"]["closing"].value() == "Olga"
    assert not EmailWords.objects.exists()


def test_two_at_once_see_both_and_nothing_is_overwritten(client, organiser, save):
    old = client.get(PAGE).context["agreed_to"]
    save(Words("Theirs"))

    response = client.post(PAGE, TYPED | {"save": "1", "agreed_to": old})

    assert response.status_code == 409
    assert EmailWords.objects.get().subject == "Theirs"
    assert response.context["form"]["subject"].value() == "Welcome, {name}"
    (subject, (row,)), *_closing = response.context["conflict"]
    assert (subject, *("".join(it.text for it in side) for side in (row.before, row.after))) == (
        "subject",
        "Theirs",
        "Welcome, {name}",
    )
    client.post(PAGE, TYPED | {"save": "1", "agreed_to": response.context["agreed_to"]})  # after reading theirs
    assert EmailWords.objects.get().subject == "Welcome, {name}"


@pytest.mark.parametrize("button", ["revert", "restore"])
def test_going_back_from_an_old_page_changes_nothing(client, organiser, save, button):
    save(Words("First"))
    old = client.get(PAGE).context
    save(Words("Theirs"))

    client.post(PAGE, {button: str(old["versions"][0].pk), "agreed_to": old["agreed_to"]})

    assert EmailWords.objects.get().subject == "Theirs"


def test_a_test_is_sent_to_oneself_once(client, organiser, save):
    """With what is typed, not with what is saved; and loading the page again sends nothing."""
    save(Words("Saved, {name}"))
    old = client.get(PAGE).context["agreed_to"]

    sent = press(client, "test", **TYPED)
    page = client.get(sent.url)

    assert (sent.status_code, sent.url) == (302, PAGE)
    assert [(it.to, it.subject) for it in Message.objects.all()] == [(organiser.email, "Test: Welcome, Aino Virtanen")]
    assert page.context["form"]["closing"].value() == "Olga"
    assert (page.context["is_preview"], page.context["agreed_to"]) == (True, old)
    assert "This is what you had entered. It is not saved yet." in text(page)
    assert EmailWords.objects.get().subject == "Saved, {name}"
    press(client, "save", **TYPED)
    assert client.get(PAGE).context["form"].initial["subject"] == "Welcome, {name}"


def test_the_sample_as_sent(client, organiser, save):
    save(Words("", "Hello {city} <script>alert(1)</script>"))

    response = client.get(f"{PAGE}mail/")

    assert "Hello Tampere &lt;script&gt;" in response.content.decode()
    assert "sandbox" in response.headers["Content-Security-Policy"]


def test_words_of_another_edition_or_email_are_not_found(client, organiser, save):
    save(Words("Welcome"), kind="approved")
    event = EmailWords.pgh_event_model.objects.get()

    assert press(client, "restore", restore=event.pk).status_code == 404
    assert press(client, "restore", restore="x").status_code == 404
    assert [client.get(f"{LIST}{kind}/").status_code for kind in ("address_replaced", "login_code", "x")] == [404] * 3
    assert client.get(f"{PAGE}?language=xx").status_code == 404
    assert list(EmailWords.objects.values_list("kind", flat=True)) == ["approved"]


def test_a_viewer_reads_and_changes_nothing(client, organiser, save):
    save(Words("Welcome"))
    viewer = UserFactory(is_staff=True)
    viewer.groups.add(Group.objects.get(name="viewer"))
    client.force_login(viewer)

    page = client.get(PAGE)

    assert (page.status_code, page.context["form"], len(page.context["versions"])) == (200, None, 1)
    for button in ("save", "revert", "test", "preview"):
        assert client.post(PAGE, {button: "1"}).status_code == 403
    assert EmailWords.objects.get().subject == "Welcome"
    assert not Message.objects.exists()


def test_several_languages_each_have_their_page(client, organiser, settings):
    settings.LANGUAGES = [("en", "English"), ("fr", "French")]
    french = f"{PAGE}?language=fr"

    press(client, "save", page=french, **TYPED)

    assert EmailWords.objects.get().language == "fr"
    assert client.get(french).context["sample"].subject == "Welcome, Aino Virtanen"
    assert client.get(PAGE).context["sample"].subject.startswith("You are registered")


def test_what_was_typed_before_signing_in_again_stays_with_its_language(client, organiser, settings):
    settings.LANGUAGES = [("en", "English"), ("fr", "French")]
    french = f"{PAGE}?language=fr"
    typed = TYPED | {"save": "1", "typed_by": client.get(french).context["typed_by"]}

    client.logout()
    client.post(french, typed)
    client.force_login(organiser)

    assert client.get(PAGE).context["form"]["closing"].value() == ""
    assert client.get(french).context["form"]["closing"].value() == "Olga"
    client.post("/accounts/discard-answers/", {"page": french})
    assert client.get(french).context["form"]["closing"].value() == ""


def test_built_in_email_wording(client, organiser, save):
    save(Words("Welcome"))

    shown = text(client.get(PAGE))

    assert (
        "New words are in emails written after you save. Emails that already wait to be sent keep their words" in shown
    )
    assert "city, such as Tampere" in shown


def test_a_mistake_does_not_let_one_overwrite_a_colleague(client, organiser, save):
    old = client.get(PAGE).context["agreed_to"]
    save(Words("Theirs"))

    mistaken = TYPED | {"opening": "Dear {nmae}", "agreed_to": old}
    again = [client.post(PAGE, mistaken | {button: "1"}).context["agreed_to"] for button in ("save", "preview")]

    assert again == [old, old]
    assert client.post(PAGE, TYPED | {"save": "1", "agreed_to": again[0]}).status_code == 409
    assert EmailWords.objects.get().subject == "Theirs"
