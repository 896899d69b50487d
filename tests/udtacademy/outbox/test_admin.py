import datetime as dt
from dataclasses import replace

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from programme import emails
from tests.client import levels_of, text
from tests.factories.people import MessageFactory, StoppedAddressFactory, UserFactory
from tests.returned_mail import NoNames, reading_of
from udtacademy.outbox.configuration import MailboxAddress, Webhook
from udtacademy.outbox.contents import calendars_of
from udtacademy.outbox.models import Message
from udtacademy.outbox.returns.recording import record

OUTBOX = "/admin/outbox/message/"


@pytest.fixture
def admin(client, organiser):
    client.force_login(organiser)
    return client


def act(admin, verb, *messages):
    form = {"action": verb, "_selected_action": [it.pk for it in messages], "apply": "1"}
    return admin.post(OUTBOX, form, follow=True)


def test_a_failed_one_is_tried_again_and_who_did_it_is_kept(admin, organiser):
    message = MessageFactory(state="failed", n_attempts=6, last_error="550 unknown")

    response = act(admin, "retry", message)

    assert [it.message for it in response.context["messages"]] == ["Queued again: 1 message."]
    message.refresh_from_db()
    assert (message.state, message.n_attempts) == ("queued", 0)
    assert message.due_at <= timezone.now()
    assert LogEntry.objects.get().user == organiser
    assert "Queued again" in text(admin.get(f"{OUTBOX}{message.pk}/history/"))


def test_what_went_or_has_lost_its_words_is_not_sent_again(admin):
    sent, emptied = MessageFactory(state="sent"), MessageFactory(state="failed", text="")

    assert levels_of(act(admin, "retry", sent)) == ["info"]
    refused = act(admin, "retry", emptied)
    assert "The text of this message is no longer stored." in text(refused)
    assert sorted(Message.objects.values_list("state", flat=True)) == ["failed", "sent"]


def test_a_queued_one_is_held_back_but_not_one_on_its_way(admin):
    queued, leased = MessageFactory(), MessageFactory(lease="00000000-0000-0000-0000-000000000001")

    assert levels_of(act(admin, "cancel", queued, leased)) == ["success", "info"]
    assert [it.state for it in Message.objects.order_by("pk")] == ["cancelled", "queued"]


def test_the_list_says_times_in_utc(admin):
    MessageFactory(created_at="2026-05-01T12:00:00+02:00", state="sent", sent_at="2026-05-01T12:01:00+02:00")

    page = text(admin.get(OUTBOX))

    assert "Times are in UTC." in page
    assert "1 May 2026, 10:00" in page
    assert "1 May 2026, 10:01" in page


def test_a_message_is_shown_as_it_is_sent(admin):
    message = MessageFactory(calendars=[{"name": "peer-learning.ics", "method": "REQUEST", "text": "x"}])

    page = text(admin.get(f"{OUTBOX}{message.pk}/change/"))
    mail = admin.get(f"{OUTBOX}{message.pk}/mail/")

    assert "Dear Pia," in page
    assert "peer-learning.ics (REQUEST)" in page
    assert "Dear Pia," in text(mail)
    assert mail["Content-Security-Policy"].startswith("sandbox")


def test_an_email_with_a_link_that_acts_for_its_reader_says_so(admin, edition, participant):
    messages = [MessageFactory(user=participant.user, context=edition, kind=it) for it in ("campaign", "approved")]

    pages = [text(admin.get(f"{OUTBOX}{it.pk}/change/")) for it in messages]

    assert ["It acts for them, whoever follows it" in it for it in pages] == [True, False]


@pytest.mark.parametrize("values", [{"is_sensitive": True}, {"text": ""}])
def test_what_is_hidden_or_gone_is_not_shown(admin, values):
    message = MessageFactory(**values)

    assert admin.get(f"{OUTBOX}{message.pk}/mail/").status_code == 404
    assert "Dear Pia" not in text(admin.get(f"{OUTBOX}{message.pk}/change/"))


def test_an_e_mail_with_a_secret_shows_neither_its_subject_nor_its_links(admin):
    calendars = [{"name": "secret.ics", "method": "REQUEST", "text": "x"}]
    values = {"subject": "Of 123456", "unsubscribe_url": "http://testserver/me/reminders/key/", "calendars": calendars}
    message = MessageFactory(is_sensitive=True, **values)

    page = text(admin.get(f"{OUTBOX}{message.pk}/change/"))

    assert "only the recipient can see it" in page
    assert [it for it in ("123456", "me/reminders", "secret.ics") if it in page] == []


def test_the_outbox_shows_what_cannot_be_read_any_more(admin, settings):
    message = MessageFactory(is_sensitive=True)
    settings.SECRET_KEY = "another-key-" + "y" * 40
    admin.force_login(UserFactory(is_staff=True, is_superuser=True))

    assert admin.get(OUTBOX).status_code == 200
    assert admin.get(f"{OUTBOX}{message.pk}/change/").status_code == 200
    refused = act(admin, "retry", message)
    assert (refused.status_code, refused.context["form"].errors.keys()) == (422, {"__all__"})
    assert Message.objects.get().state == "queued"


def test_nobody_else_reads_e_mails(client, desk, participant):
    message = MessageFactory()
    for user, status in ((desk, 403), (participant.user, 302)):
        client.force_login(user)
        assert client.get(f"{OUTBOX}{message.pk}/mail/").status_code == status
        assert client.get("/admin/outbox/").status_code == status


def test_the_outbox_has_an_address_of_its_own(admin):
    assert admin.get("/admin/outbox/").url == OUTBOX


def test_it_is_searched_by_address_and_subject(admin):
    MessageFactory(to="ana@city.example", subject="You are registered")
    MessageFactory(to="bo@city.example", subject="Tomorrow: Peer-learning")

    assert "bo@city.example" not in text(admin.get(OUTBOX, {"q": "ana@city"}))
    assert "ana@city.example" not in text(admin.get(OUTBOX, {"q": "peer-learning"}))


# The banner


def test_when_all_is_well_there_is_no_banner(admin):
    MessageFactory(state="sent")
    MessageFactory()

    assert "academy-banner" not in text(admin.get("/admin/"))


def test_the_banner_says_what_is_wrong(admin):
    MessageFactory(created_at=timezone.now() - dt.timedelta(minutes=25), last_error="535 wrong password")
    MessageFactory(state="failed")

    page = text(admin.get("/admin/"))

    assert "The mail server does not accept emails: 535 wrong password" in page
    assert "The oldest email has been waiting for 25 minutes." in page
    assert "1 email failed within a day." in page


def test_the_banner_is_for_those_who_see_the_outbox(client, desk):
    MessageFactory(state="failed")
    client.force_login(desk)

    assert "academy-banner" not in text(client.get("/admin/"))


@pytest.mark.parametrize("state", ["sent", "failed", "cancelled", "outdated"])
def test_files_of_an_email_that_does_not_wait_are_those_stored_and_not_invented(participant, session, state):
    message = emails.queue_to_participant("registered", participant, enters=[session])
    assert [it["name"] for it in calendars_of(message)] == [f"{session.slug}.ics"]

    Message.objects.update(state=state)

    assert calendars_of(Message.objects.get()) == []


@pytest.mark.parametrize("is_sensitive", [False, True])
def test_trying_again_what_was_not_sent_also_tries_the_address(admin, is_sensitive):
    stopped = StoppedAddressFactory(address="ana@city.example")
    message = MessageFactory(to="ana@city.example", state="stopped", is_sensitive=is_sensitive)

    act(admin, "retry", message)

    message.refresh_from_db()
    stopped.refresh_from_db()
    assert stopped.tried_again_at
    assert message.state == ("stopped" if is_sensitive else "queued")  # the text of a sensitive one is gone


def test_emails_are_found_by_what_came_back(admin):
    arrived, returned = (MessageFactory(state="sent", sent_at=timezone.now()) for _number in range(2))
    record(reading_of(returned, answer="550 5.1.1 User unknown"), source="mailbox", report="1")

    assert [*admin.get(f"{OUTBOX}?came_back=hard").context["cl"].result_list] == [returned]
    assert [*admin.get(f"{OUTBOX}?came_back=any").context["cl"].result_list] == [returned]
    assert "550 5.1.1 User unknown" in text(admin.get(f"{OUTBOX}{returned.pk}/change/"))
    assert "550 5.1.1" not in text(admin.get(f"{OUTBOX}{arrived.pk}/change/"))


def test_the_sender_is_explained_to_superusers_wording(admin, client, settings, monkeypatch):
    monkeypatch.setattr("udtacademy.outbox.sender_page.DnsResolver", NoNames)
    settings.DEFAULT_FROM_EMAIL = "academy@academy.example"
    settings.MAIL = replace(
        settings.MAIL,
        mailbox=MailboxAddress("mail.example", 993, "bounces", "secret word", "INBOX", "tls"),
        webhook=Webhook("mailgun", "secret key"),
    )
    StoppedAddressFactory(address="gone@city.example")

    page = text(admin.get(f"{OUTBOX}sender/"))

    assert "_dmarc.academy.example" in page
    assert "v=DMARC1; p=none" in page
    assert "The mailbox bounces@mail.example/INBOX has not been read yet." in page
    assert "http://testserver/webhooks/email/mailgun/" in page
    assert "gone@city.example</a>: emails to it come back" in page
    assert "secret" not in page
    client.force_login(UserFactory(is_staff=True))
    assert client.get(f"{OUTBOX}sender/").status_code == 404
