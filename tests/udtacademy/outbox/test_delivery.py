import datetime as dt
import re
import smtplib
import threading

import pytest
import time_machine
from django.core import serializers
from django.core.mail import get_connection
from django.core.mail.backends.smtp import EmailBackend
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from programme import emails
from tests.factories.people import MessageFactory, SeatFactory, UserFactory
from tests.mailbox import Mailbox, smtp_server
from tests.refusals import refused
from udtacademy.accounts.models import User
from udtacademy.outbox import delivery, queue
from udtacademy.outbox.delivery import WAITS, Delivery, as_answer, claim, deliver_messages, release, settle
from udtacademy.outbox.mime import HeaderError, content_of
from udtacademy.outbox.models import KEPT, Message
from udtacademy.outbox.queue import cancel_message, retry_message
from udtacademy.outbox.render import html_of
from udtacademy.outbox.smtp import SmtpConnection
from udtacademy.outbox.tasks import deliver_messages as deliver_task
from udtacademy.outbox.tasks import empty_messages as empty_task

pytestmark = pytest.mark.django_db


@pytest.fixture
def mailbox(settings):
    with smtp_server(handler := Mailbox()) as port:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        yield handler


def test_a_message_arrives_with_both_parts(mailbox):
    message = MessageFactory(to="ana@city.example", subject="Grüße", reply_to="contact@academy.example")

    deliver_task()

    (received,) = mailbox.mails
    assert (received["To"], received["Subject"], received["Reply-To"]) == (
        "ana@city.example",
        "Grüße",
        "contact@academy.example",
    )
    assert received["Auto-Submitted"] == "auto-generated"
    assert received["Message-ID"].startswith(f"<{message.message_id}@")
    assert received.get_body(["plain"]).get_content().startswith("Dear Pia,")
    html = received.get_body(["html"]).get_content()
    assert re.search(r'<a class="button-link" href="http://testserver/portal/" style="[^"]+">Open your page</a>', html)
    message = Message.objects.get()
    assert (message.state, message.n_attempts) == ("sent", 1)
    assert message.text


def test_a_sensitive_text_is_gone_once_it_is_sent(mailbox):
    MessageFactory(is_sensitive=True, text="123456")

    deliver_messages()

    assert "123456" in mailbox.mails[0].get_body(["plain"]).get_content()
    assert Message.objects.get().text == ""


def test_a_code_to_sign_in_is_in_the_subject_received_and_not_in_the_stored_one(client, mailbox):
    user = UserFactory()
    asked = client.post("/accounts/login/code/", {"email": user.email})
    (queued,) = Message.objects.values()

    deliver_messages()

    (received,) = mailbox.mails
    code, _colon, subject = received["Subject"].partition(": ")
    (stored,) = Message.objects.values()
    assert code.isdigit()
    assert (queued["subject"], stored["subject"], stored["text"]) == (subject, subject, "")
    assert code not in f"{queued | {'text': ''}} {stored}"
    assert client.post(asked.url, {"code": code}).url == "/portal/"


def test_a_refusal_for_now_is_tried_again_later(mailbox):
    mailbox.answer = "451 try later"
    message = MessageFactory()

    assert deliver_messages() == 0
    assert deliver_messages() == 0  # not due

    message.refresh_from_db()
    assert (message.state, message.n_attempts) == ("queued", 1)
    assert "451" in message.last_error
    mailbox.answer = "250 OK"
    Message.objects.update(due_at=timezone.now())
    assert deliver_messages() == 1


def test_a_refusal_for_good_fails(mailbox):
    mailbox.answer = "554 no"
    message = MessageFactory()

    deliver_messages()

    message.refresh_from_db()
    assert message.state == "failed"


@pytest.mark.parametrize(
    "error",
    [ConnectionRefusedError(), smtplib.SMTPAuthenticationError(535, b"no"), smtplib.SMTPConnectError(554, b"no")],
)
def test_a_server_that_does_not_let_us_in_costs_no_attempt(monkeypatch, error):
    def refuse(self):
        raise error

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.open", refuse)
    MessageFactory.create_batch(2)

    assert deliver_messages() == 0

    assert list(Message.objects.values_list("state", "n_attempts")) == [("queued", 0)] * 2


def test_an_hour_without_a_mail_server_costs_nothing_but_the_hour(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    begun = timezone.now()
    MessageFactory.create_batch(3)
    MessageFactory(subject="A code", expires_at=begun + dt.timedelta(minutes=15))

    for minute in range(61):
        with time_machine.travel(begun + dt.timedelta(minutes=minute)):
            assert deliver_messages() == 0
    with time_machine.travel(begun + dt.timedelta(minutes=61)), smtp_server(mailbox := Mailbox()) as port:
        settings.EMAIL_PORT = port
        assert [deliver_messages(), deliver_messages()] == [3, 0]

    assert len({it["Message-ID"] for it in mailbox.mails}) == len(mailbox.mails) == 3
    assert set(Message.objects.exclude(subject="A code").values_list("state", "n_attempts")) == {("sent", 1)}
    assert Message.objects.get(subject="A code").state == "failed"


def test_a_connection_that_is_lost_ends_the_round(monkeypatch):
    def lose(self):
        raise smtplib.SMTPServerDisconnected

    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", lose)
    MessageFactory.create_batch(2)

    deliver_messages()

    assert sorted(Message.objects.values_list("state", "n_attempts")) == [("queued", 0), ("queued", 1)]


def test_a_code_that_comes_too_late_is_not_sent_and_gone(mailbox):
    MessageFactory(is_sensitive=True, text="123456", expires_at=timezone.now())

    deliver_messages()

    assert mailbox.mails == []
    assert Message.objects.values_list("state", "text").get() == ("failed", "")


def test_what_is_refused_again_and_again_ends_in_failure(mailbox):
    mailbox.answer = "451 try later"
    message = MessageFactory(is_sensitive=True)

    for _ in WAITS:
        Message.objects.update(due_at=timezone.now())
        deliver_messages()

    message.refresh_from_db()
    assert (message.state, message.n_attempts, message.text) == ("failed", len(WAITS), "")


def test_recipients_refused_for_good_fail(monkeypatch):
    def refuse(self):
        raise smtplib.SMTPRecipientsRefused({"x@y.example": (550, b"unknown")})

    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", refuse)
    message = MessageFactory()

    deliver_messages()

    message.refresh_from_db()
    assert message.state == "failed"


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_each_message_once(mailbox):
    MessageFactory.create_batch(20)

    def work():
        try:
            deliver_messages()
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert len(mailbox.mails) == 20
    assert Message.objects.filter(state="sent", n_attempts=1).count() == 20


@pytest.mark.django_db(transaction=True)
def test_a_message_of_a_transaction_that_fails_does_not_exist():
    def write_and_fail():
        with transaction.atomic():
            queue.queue_text(to="a@b.example", kind="x", subject="x", text="x", is_sensitive=False)
            raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - our own
        write_and_fail()

    assert not Message.objects.exists()


def test_a_broker_that_is_away_loses_nothing(monkeypatch, caplog):
    def fail(**_options):
        raise queue.BrokerError

    monkeypatch.setattr(deliver_task, "apply_async", fail)

    queue.ask_for_delivery()

    assert "outbox.deliver_messages waits until beat starts it" in caplog.text


def test_what_people_wrote_is_text_and_never_markup():
    message = MessageFactory.build(
        text='<script>alert("x")</script> <b>bold</b>\n\nhttp://testserver/?a=1&b=2\n\n→ Open: https://evil.example/'
    )

    html = html_of(message)

    assert "<script>" not in html
    assert "<b>" not in html
    assert '<a href="http://testserver/?a=1&amp;b=2" style=' in html
    assert 'href="https://evil.example' not in html  # what others typed is no link of ours


# What servers do


def state_of(message):
    message.refresh_from_db()
    return message.state, message.n_attempts, message.last_error


@pytest.mark.parametrize("kind", [OSError, HeaderError])
def test_answers_can_be_stored(kind):
    answer = as_answer(kind("a\ud800\0" + "b" * 400))

    assert len(answer) == 300
    assert "ab" in answer


@pytest.mark.parametrize(
    ("answer", "state", "minutes"),
    [
        ("450 4.2.0 greylisted", "queued", 5),
        ("451 4.3.0 try later", "queued", 5),
        ("452 4.2.2 mailbox full", "queued", 60),
        ("552 5.2.2 mailbox full", "queued", 60),
        ("421 4.3.2 closing", "queued", 1),
        ("550 5.1.1 unknown", "failed", None),
    ],
)
def test_each_kind_of_refusal_waits_as_long_as_it_needs(mailbox, answer, state, minutes):
    mailbox.recipient_answer = answer
    message, before = MessageFactory(), timezone.now()

    deliver_messages()

    assert state_of(message) == (state, 1, answer)
    if minutes:
        assert round((message.due_at - before).total_seconds() / 60) == minutes


def test_a_server_that_refuses_the_sender_has_something_against_us_and_nothing_is_lost(mailbox):
    mailbox.sender_answer = "550 5.7.1 not you"
    messages = MessageFactory.create_batch(2)

    deliver_messages()

    assert [state_of(it) for it in messages] == [("queued", 0, "550 5.7.1 not you")] * 2
    mailbox.sender_answer = "250 OK"
    assert deliver_messages() == 2


def test_a_server_that_closes_costs_the_others_nothing(mailbox):
    mailbox.answers = ["421 closing"]
    first, second = MessageFactory.create_batch(2)

    deliver_messages()

    assert (state_of(first)[:2], state_of(second)[:2]) == (("queued", 1), ("queued", 0))
    assert deliver_messages() == 1


def test_a_server_that_hangs_or_drops_the_line_is_asked_again_with_the_same_identity(mailbox, settings):
    settings.EMAIL_TIMEOUT = 0.5
    mailbox.answers = ["hang"]
    message = MessageFactory()
    deliver_messages()
    assert state_of(message)[:2] == ("queued", 1)
    mailbox.answers = ["drop"]
    Message.objects.update(due_at=timezone.now())
    deliver_messages()
    assert state_of(message)[:2] == ("queued", 2)
    Message.objects.update(due_at=timezone.now())

    assert deliver_messages() == 1

    assert len(mailbox.mails) == 2  # the first was taken before the line dropped
    assert len({it["Message-ID"] for it in mailbox.mails}) == 1


def test_a_message_that_is_none_fails_alone(mailbox):
    bad = MessageFactory(to="a@city.example>\r\nRCPT TO:<other@city.example")
    good = MessageFactory()

    deliver_messages()

    assert state_of(good)[0] == "sent"
    assert state_of(bad)[0] == "failed"
    assert [it["To"] for it in mailbox.mails] == [good.to]


def test_what_expires_goes_first(mailbox):
    MessageFactory.create_batch(3)
    MessageFactory(to="code@city.example", expires_at=timezone.now() + WAITS[2])

    deliver_messages()

    assert mailbox.mails[0]["To"] == "code@city.example"


def test_what_our_own_code_cannot_render_waits_for_the_next_attempt(mailbox, monkeypatch, caplog):
    """A release with a mistake in a template must not make a whole queue fail."""
    message, before = MessageFactory(), timezone.now()

    def fail(_message):
        raise TypeError("a mistake")

    with monkeypatch.context() as broken:
        broken.setattr("udtacademy.outbox.delivery.html_of", fail)
        assert deliver_messages() == 0

    assert state_of(message) == ("queued", 1, "TypeError: a mistake")
    assert round((message.due_at - before) / WAITS[0]) == 1
    assert f"Message {message.pk} cannot be sent as an email" in caplog.text
    Message.objects.update(due_at=timezone.now())
    assert deliver_messages() == 1


def test_a_batch_is_claimed_with_the_readers(mailbox, django_assert_num_queries):
    MessageFactory.create_batch(2, user=UserFactory())

    batch = claim()

    with django_assert_num_queries(0):
        for message in batch:
            html_of(message)
    assert len(batch) == 2


def test_what_was_released_by_a_server_that_is_back_says_no_more_that_it_is_away():
    never_tried = MessageFactory(last_error="ConnectionRefusedError")
    tried = MessageFactory(last_error="451 try later", n_attempts=1, due_at=timezone.now())

    release(claim())

    assert state_of(never_tried) == ("queued", 0, "")
    assert state_of(tried) == ("queued", 1, "451 try later")


# Leases


def test_what_is_leased_is_not_taken_by_others_until_the_lease_ends(mailbox):
    message = MessageFactory()
    (leased,) = claim()

    assert deliver_messages() == 0
    assert leased.lease is not None
    Message.objects.update(due_at=timezone.now())
    assert deliver_messages() == 1
    settle(leased, state="failed")  # whoever had it before has no say any more
    assert state_of(message)[0] == "sent"


@pytest.fixture
def clock(monkeypatch):
    """The monotonic clock of deliveries: add seconds to its only item."""
    clock = [0.0]
    monkeypatch.setattr("udtacademy.outbox.delivery.monotonic", lambda: clock[0])
    return clock


def is_taken_by_others():
    """The leases of all messages end, and another worker leases them."""
    Message.objects.update(due_at=timezone.now())
    claim()


def test_a_batch_that_others_took_while_the_connection_was_opened_is_left_to_them(mailbox, monkeypatch, clock):
    MessageFactory.create_batch(3)
    open_line = EmailBackend.open

    def open_slowly(self):
        clock[0] += 1000
        is_taken_by_others()
        return open_line(self)

    monkeypatch.setattr(EmailBackend, "open", open_slowly)

    assert deliver_messages() == 0

    assert mailbox.mails == []
    assert Message.objects.exclude(lease=None).count() == 3


def test_a_worker_that_stood_still_between_two_emails_sends_no_other(mailbox, monkeypatch, clock):
    """Its lease has ended: others send the rest."""
    MessageFactory.create_batch(3)
    record = delivery.settle

    def record_slowly(message, **values):
        record(message, **values)
        clock[0] += 1000
        is_taken_by_others()

    monkeypatch.setattr(delivery, "settle", record_slowly)

    assert deliver_messages() == 1

    assert len(mailbox.mails) == 1


def test_a_batch_whose_check_takes_long_leaves_what_others_took(mailbox, monkeypatch, clock):
    MessageFactory.create_batch(3)
    batch = claim()
    taken = batch[2]

    def check_slowly(leased):
        clock[0] += 100
        Message.objects.filter(pk=taken.pk).update(lease=taken.message_id)  # somebody else's
        return list(leased)

    monkeypatch.setattr(delivery, "still_true", check_slowly)

    Delivery(SmtpConnection(get_connection())).send_batch(batch, leased_at=0)

    assert Message.objects.get(pk=taken.pk).lease == taken.message_id
    assert (batch, len(mailbox.mails)) == ([], 2)


def test_a_batch_is_sent_for_a_second_then_a_code_comes_before_the_rest(mailbox, monkeypatch, clock):
    """A mail server that takes its time over each message."""
    expires_at = timezone.now() + dt.timedelta(minutes=5)
    MessageFactory.create_batch(4, expires_at=expires_at)
    begin = SmtpConnection.begin
    write_code = [lambda: MessageFactory(subject="A code", is_urgent=True)]

    def take_long(self, to, content, return_path):
        begin(self, to, content)
        clock[0] += 0.6
        if write_code:
            write_code.pop()()

    monkeypatch.setattr(SmtpConnection, "begin", take_long)

    assert deliver_messages() == 5

    in_order = Message.objects.order_by("sent_at").values_list("is_urgent", "n_attempts", "lease")
    assert list(in_order) == [(it == 2, 1, None) for it in range(5)]


def test_claims_read_the_queue_in_order_whatever_the_statistics_say():
    """Sorting the whole queue for each batch would take half a second of 100,000 messages."""
    MessageFactory.create_batch(3)
    with connection.cursor() as cursor, CaptureQueriesContext(connection) as asked:
        claim()
        (query,) = [it["sql"] for it in asked if it["sql"].startswith("SELECT")]
        cursor.execute(f"EXPLAIN {query}")
        steps = "\n".join(row[0] for row in cursor.fetchall())

    assert "Index Scan using message_turn" in steps
    assert "Sort" not in steps


def test_a_batch_whose_check_takes_long_renews_its_lease_before_it_is_sent(mailbox, monkeypatch, clock):
    """The lease runs while it is compared with the programme: otherwise others take it from a worker that is alive."""
    MessageFactory.create_batch(2)
    batch, renewed = claim(), []

    def check_slowly(leased):
        clock[0] += 100
        return list(leased)

    monkeypatch.setattr(delivery, "still_true", check_slowly)
    monkeypatch.setattr(delivery, "renew", lambda leased: renewed.append(len(leased)))

    Delivery(SmtpConnection(get_connection())).send_batch(batch, leased_at=0)

    assert renewed == [2]
    assert batch == []  # the time for a batch begins once it is checked


# What people wrote, in headers and links


def test_names_and_subjects_add_no_headers(mailbox, delegation):
    message = queue.message_of(
        to="ana@city.example", kind="x", subject="Hello\r\nBcc: all@city.example", text="Dear\r\nBcc: x@y.example"
    )
    queue.post([message])

    deliver_messages()

    (received,) = mailbox.mails
    assert received["Subject"] == "Hello Bcc: all@city.example"
    assert received["Bcc"] is None


@pytest.mark.parametrize("name", ["https://evil.example/x", "www.evil.example", "http://testserver.evil.example/a"])
def test_a_name_that_looks_like_a_link_is_none(participant, name):
    User.objects.filter(pk=participant.user_id).update(name=name)
    participant.user.refresh_from_db()

    message = emails.written_to(participant, "registered")

    assert name in message.text
    html = html_of(message)
    assert f'href="{name}' not in html
    assert "evil.example</a>" not in html


def test_a_zone_that_does_not_exist_is_left_out(participant, session):
    User.objects.filter(pk=participant.user_id).update(time_zone="Mars/Olympus")
    participant.user.refresh_from_db()
    seat = SeatFactory.build(participant=participant, session=session)

    message = emails.written_to(participant, "seat_promoted", sessions=[seat.session], given_up="")

    assert "16:00–17:30 CEST (Madrid)" in message.text
    assert "for you" not in message.text


# Parts and headers


def test_an_e_mail_with_calendars_has_the_first_as_a_part_and_all_as_files(mailbox):
    files = [
        {"name": f"{name}.ics", "method": "REQUEST", "text": f"BEGIN:VCALENDAR\r\nX:{name} é\r\n"} for name in "ab"
    ]
    MessageFactory(calendars=files, unsubscribe_url="http://testserver/me/reminders/x/")

    deliver_messages()

    (received,) = mailbox.mails
    parts = [(it.get_content_type(), it.get_param("method"), it.get_filename()) for it in received.walk()]
    assert parts == [
        ("multipart/mixed", None, None),
        ("multipart/alternative", None, None),
        ("text/plain", None, None),
        ("text/html", None, None),
        ("text/calendar", "REQUEST", None),
        ("text/calendar", "REQUEST", "a.ics"),
        ("text/calendar", "REQUEST", "b.ics"),
    ]
    assert [it.get_content().splitlines()[1] for it in received.walk() if it.get_content_type() == "text/calendar"] == [
        "X:a é",
        "X:a é",
        "X:b é",
    ]
    assert received["List-Unsubscribe"] == "<http://testserver/me/reminders/x/>"
    assert received["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_an_email_stored_by_an_older_version_is_sent_as_it_is_stored(mailbox, participant, session):
    """Its announcement has a file, too, which is not made again."""
    message = emails.queue_to_participant("registered", participant, enters=[session])
    files = [{"name": "old.ics", "method": "REQUEST", "text": "BEGIN:VCALENDAR\r\nX:old\r\n"}]
    stored = content_of(message, html_of(message), files)
    Message.objects.update(content=stored)

    assert deliver_messages() == 1

    assert mailbox.contents == [stored]
    assert bytes(Message.objects.get().content) == stored


def test_a_message_of_the_same_key_is_written_once():
    for is_once in (False, True):
        message = queue.message_of(to="a@b.example", kind="x", subject="x", text="x", dedupe_key="digest:1")
        queue.post([message], is_once=is_once)

    assert Message.objects.count() == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        queue.post([queue.message_of(to="a@b.example", kind="x", subject="x", text="x", dedupe_key="digest:1")])


def test_words_are_removed_in_the_end_and_the_rest_is_kept(settings):
    old = timezone.now() - KEPT - WAITS[0]
    for state in ("sent", "failed", "queued"):
        MessageFactory(state=state, created_at=old, content=b"x")
    MessageFactory(state="sent")

    empty_task()

    assert list(Message.objects.order_by("pk").values_list("state", "text"))[:2] == [("sent", ""), ("failed", "")]
    assert Message.objects.filter(content=b"").count() == 3
    assert Message.objects.exclude(text="").count() == 2


# Secrets


@pytest.fixture
def another_key(settings):
    """Call it: SECRET_KEY is another one from then on."""

    def change():
        settings.SECRET_KEY = "another-key-" + "y" * 40

    return change


@pytest.mark.parametrize("state", ["sent", "failed", "cancelled"])
def test_a_secret_is_gone_whoever_says_that_it_waits_no_more(state):
    secret = MessageFactory(is_sensitive=True, text="123456", content=b"x", unsubscribe_url="http://x/")
    other = MessageFactory(text="Dear Ana,", content=b"x", unsubscribe_url="http://x/")

    Message.objects.update(state=state)

    for message, values in ((secret, ("", b"", "")), (other, ("Dear Ana,", b"x", "http://x/"))):
        message.refresh_from_db()
        assert (message.text, message.content, message.unsubscribe_url) == values


def test_a_secret_that_is_held_back_is_gone_and_not_sent_again():
    message = MessageFactory(is_sensitive=True, text="123456")

    assert cancel_message(message=message)

    message.refresh_from_db()
    assert (message.state, message.text) == ("cancelled", "")
    with refused("text_erased"):
        retry_message(message=message)


def test_a_secret_that_waits_for_its_next_attempt_is_kept_and_sent(mailbox):
    mailbox.answer = "451 try later"
    message = MessageFactory(is_sensitive=True, text="123456")
    deliver_messages()
    mailbox.answer = "250 OK"
    assert retry_message(message=message)

    assert deliver_messages() == 1

    assert "123456" in mailbox.mails[0].get_body(["plain"]).get_content()


def test_a_secret_that_another_key_has_encrypted_fails_alone_and_says_why(mailbox, another_key):
    lost = MessageFactory(is_sensitive=True, text="123456")
    waiting = MessageFactory(is_sensitive=True, text="123456")
    Message.objects.filter(pk=waiting.pk).update(due_at=timezone.now() + KEPT, n_attempts=1)
    another_key()
    others = [MessageFactory(is_sensitive=True, text="654321"), MessageFactory()]

    assert deliver_messages() == 2

    reason = "It is encrypted with a SECRET_KEY that this site does not have."
    assert state_of(lost) == ("failed", 1, reason)
    assert [state_of(it)[0] for it in others] == ["sent", "sent"]
    with refused("text_erased"):
        retry_message(message=waiting)


def test_secrets_are_encrypted_however_they_are_written(mailbox):
    files = [{"name": "a.ics", "method": "REQUEST", "text": "BEGIN:VCALENDAR"}]
    made = queue.message_of(to="a@b.example", kind="x", subject="x", text="123456", is_sensitive=True, calendars=files)
    queue.post([made])
    message = Message.objects.get()
    message.save()  # once encrypted, it stays so
    raw = Message.objects.values_list("text", "content").get()

    assert raw[0].startswith("encrypted:")
    assert bytes(raw[1]).startswith(b"encrypted:")
    assert "123456" not in serializers.serialize("json", [made, message])
    assert Message.objects.defer("text").get().text == "123456"
    assert deliver_messages() == 1
    assert "123456" in mailbox.mails[0].get_body(["plain"]).get_content()
