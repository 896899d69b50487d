"""Each kind of email has a sample, and what holds for all of them."""

import re

import pytest
from django.urls import include, path

from udtacademy import urls
from udtacademy.devtools.email_pages import sample
from udtacademy.outbox.kinds import KINDS
from udtacademy.outbox.mime import code_of, content_of, subject_of
from udtacademy.outbox.queue import message_of
from udtacademy.outbox.render import BUTTON, html_of

urlpatterns = [path("styleguide/", include("udtacademy.devtools.urls")), *urls.urlpatterns]  # as where DEBUG is on

# What somebody is told there that they can do, if anything, is to write to the organisers.
WITHOUT_BUTTON = {"address_replaced", "application_declined", "declined", "withdrawn", "account_already_exists"}
WITHOUT_BUTTON |= {"seal"}  # something to keep
LARGEST = 20_000  # bytes; Gmail cuts off at 102,400


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_email_is_whole(kind):
    message = sample(kind)  # without a database
    html = html_of(message)

    assert message.kind == kind
    assert len(content_of(message, html)) < LARGEST
    assert html.count('class="button"') == (not code_of(message) and kind not in WITHOUT_BUTTON)
    assert html.count("<h1") == html.count('class="footer"') == 1
    assert "<p></p>" not in html
    text, _mark, footer = message.text.partition("\n\n-- \n")
    assert footer.startswith("You get ")
    assert "academy@girona.example" in footer
    assert not re.search(r"\{|\}|\n\n\n|[ \t]\n", text)
    buttons = [match["url"] for block in text.split("\n\n") if (match := BUTTON.match(block.strip()))]
    assert all(f'href="{url}"' in html for url in buttons)


def test_a_code_is_large_and_in_the_subject_but_not_in_the_stored_one():
    message = sample("login_code")

    html = html_of(message)

    assert (message.subject, subject_of(message)) == (
        "Your code to sign in to UDT Academy",
        "482913: Your code to sign in to UDT Academy",
    )
    assert re.search(r'<p class="code" [^>]*>482913</p>', html)
    assert html.count("482913") == 1


@pytest.mark.parametrize(
    ("text", "is_sensitive"), [("482913\n\nIs how many came.", False), ("٤٨٢٩١٣", True), ("482913 people", True)]
)
def test_what_only_looks_like_a_code_stays_out_of_the_subject(text, is_sensitive):
    message = message_of(to="a@b.example", kind="changed", subject="News", text=text, is_sensitive=is_sensitive)

    assert subject_of(message) == "News"
    assert 'class="code"' not in html_of(message)


@pytest.mark.django_db
@pytest.mark.urls(__name__)
def test_the_style_guide_lists_each_kind_and_shows_it_as_sent(client):
    page = client.get("/styleguide/emails/")

    assert {kind for _label, kind, _subject in page.context["rows"]} == set(KINDS)
    assert "→ Join now: http://" in client.get("/styleguide/emails/nudge/").context["text"]
    html = client.get("/styleguide/emails/nudge/html/")
    assert "frame-ancestors 'self'" in html.headers["Content-Security-Policy"]
    assert client.get("/styleguide/emails/nonsense/").status_code == 404
