"""The mailbox of returned mail, read from a real IMAP server in a thread."""

import time
from dataclasses import replace

import pytest
from django.db import DataError, OperationalError
from django.utils import timezone

from tests.factories.people import MessageFactory
from tests.imap_server import PASSWORD, Folder, imap_server
from tests.returned_mail import dsn
from tests.threads import in_threads
from udtacademy.outbox.configuration import MailboxAddress
from udtacademy.outbox.models import MailboxProgress, ReturnedMail, StoppedAddress
from udtacademy.outbox.returns import collecting, imap
from udtacademy.outbox.returns.collecting import read_mailbox
from udtacademy.outbox.status import outbox_state
from udtacademy.outbox.tasks import read_returned_mail

pytestmark = pytest.mark.django_db


@pytest.fixture
def messages(db):
    return [MessageFactory(state="sent", sent_at=timezone.now()) for _number in range(3)]


@pytest.fixture
def folder(messages, settings):
    folder = Folder(
        dsn(messages[0]), b"From: ana@city.example\nSubject: Re: hello\n\nThanks", dsn(messages[1], status="4.2.2")
    )
    with imap_server(folder) as port:
        address = MailboxAddress("127.0.0.1", port, "bounces", PASSWORD, "INBOX", "none")
        settings.MAIL = replace(settings.MAIL, mailbox=address)
        yield folder


def fetched(folder):
    return [command.split()[2] for command in folder.commands if "FETCH" in command]


def kinds():
    return [*ReturnedMail.objects.order_by("pk").values_list("message_id", "kind", "source")]


def test_each_mail_is_read_once(folder, messages):
    read_returned_mail()
    read_returned_mail()

    assert kinds() == [(messages[0].pk, "hard", "mailbox"), (messages[1].pk, "soft", "mailbox")]
    assert [*StoppedAddress.objects.values_list("address", flat=True)] == [messages[0].to]
    assert fetched(folder) == ["1", "2", "3"]
    folder.mails[4] = dsn(messages[2])
    assert read_mailbox() == 1
    assert fetched(folder) == ["1", "2", "3", "4"]


def test_nothing_in_the_mailbox_is_changed(folder):
    read_mailbox()

    assert {command.split()[0] for command in folder.commands} == {"CAPABILITY", "LOGIN", "EXAMINE", "UID"}


def test_after_a_crash_the_next_mail_is_read(folder, messages, monkeypatch):
    def crash(*_arguments, **_values):
        monkeypatch.undo()
        raise KeyboardInterrupt

    monkeypatch.setattr(collecting, "record", crash)
    with pytest.raises(KeyboardInterrupt):
        read_mailbox()
    assert kinds() == []

    MailboxProgress.objects.update(leased_until=None)  # a killed worker's lease ends by itself
    assert read_mailbox() == 2
    assert fetched(folder) == ["1", "1", "2", "3"]


@pytest.mark.parametrize(
    ("charset", "damage"), [("utf-7", b"+2AA-"), ("unicode_escape", rb"\ud800"), ("unicode_escape", rb"\0")]
)
def test_mail_with_characters_that_cannot_be_stored_is_recorded(folder, messages, charset, damage):
    ours = str(messages[2].message_id).encode()
    folder.mails[4] = (
        b"From: MAILER-DAEMON@mx.example\nContent-Type: text/plain; charset=%s\n\n"
        b"User%s unknown\nMessage-ID: <%s@testserver>\n"
    ) % (charset.encode(), damage, ours)

    assert (read_mailbox(), MailboxProgress.objects.get().problem) == (3, "")

    assert messages[2].returned.get().answer.startswith("User unknown")


def test_mail_that_cannot_be_recorded_keeps_no_other_mail_from_being_read(folder, messages, monkeypatch, caplog):
    def fail_at_first(*_arguments, **_values):
        monkeypatch.undo()
        raise DataError

    monkeypatch.setattr(collecting, "record", fail_at_first)

    assert read_mailbox() == 1

    assert kinds() == [(messages[1].pk, "soft", "mailbox")]
    progress = MailboxProgress.objects.get()
    assert (progress.last_uid, progress.read_at) == (3, None)
    (problem,) = outbox_state().problems(timezone.now())
    assert "Mail 1 was left out (DataError)" in problem
    assert [record.levelname for record in caplog.records if record.exc_info] == ["ERROR"]


def test_mail_that_is_broken_keeps_no_other_mail_from_being_read(folder, messages):
    folder.mails[2] = b"From: =?utf-8?b?a?= <a@x.example>\nSubject: =?utf-8?b?a?=\n\nhello"
    half_a_pair = dsn(messages[2]).replace(b"delivery-status\n\n", b"delivery-status; charset=unicode_escape\n\n")
    folder.mails[4] = half_a_pair.replace(b"so it is", rb"so it is \ud800")

    assert read_mailbox() == 3
    assert read_mailbox() == 0
    assert MailboxProgress.objects.get().last_uid == 4


def test_no_mail_is_left_out_while_the_database_is_away(folder, monkeypatch):
    def away(*_arguments, **_values):
        raise OperationalError

    monkeypatch.setattr(collecting, "record", away)
    with pytest.raises(OperationalError):
        read_mailbox()

    progress = MailboxProgress.objects.get()
    assert (progress.last_uid, progress.read_at) == (0, None)
    assert progress.problem in outbox_state().mailbox_problem != ""


def test_a_mailbox_numbered_anew_is_read_again_and_recorded_once(folder):
    read_mailbox()
    folder.uid_validity = 8

    assert read_mailbox() == 0
    assert fetched(folder) == ["1", "2", "3"] * 2
    assert ReturnedMail.objects.count() == 2


@pytest.mark.parametrize("at", ["LOGIN", "EXAMINE", "SEARCH", "FETCH 3"])
@pytest.mark.parametrize("fault", ["hang", "drip"])
def test_a_mailbox_that_hangs_holds_no_worker(folder, monkeypatch, at, fault):
    monkeypatch.setattr(imap, "REPLY_SECONDS", 0.3)
    monkeypatch.setattr(imap, "CONVERSATION_SECONDS", 0.8)
    folder.fault = (at, fault)
    began = time.monotonic()

    n_returned = read_mailbox()

    assert time.monotonic() - began < 4
    progress = MailboxProgress.objects.get()
    assert progress.problem == "The server does not answer in time."
    assert progress.leased_until > timezone.now()  # it is left alone for a while
    assert (n_returned, progress.last_uid) == ((1, 2) if "FETCH" in at else (0, 0))
    folder.fault = ("", "")
    assert read_mailbox() == 0
    MailboxProgress.objects.update(leased_until=timezone.now())
    assert read_mailbox() == 2 - n_returned
    assert MailboxProgress.objects.get().problem == ""


def test_a_wrong_password_is_shown_to_operators_without_it(folder, settings):
    settings.MAIL = replace(settings.MAIL, mailbox=replace(settings.MAIL.mailbox, password="wrong"))

    read_mailbox()

    (problem,) = outbox_state().problems(timezone.now())
    assert "AUTHENTICATIONFAILED" in problem
    assert "wrong" not in repr(settings.MAIL)


def test_a_server_that_is_away_is_a_problem_and_no_error(settings, db):
    address = MailboxAddress("127.0.0.1", 1, "bounces", PASSWORD, "INBOX", "none")
    settings.MAIL = replace(settings.MAIL, mailbox=address)

    assert read_mailbox() == 0
    assert "ConnectionRefusedError" in MailboxProgress.objects.get().problem


def test_without_a_mailbox_nothing_is_read(db):
    read_returned_mail()

    assert not MailboxProgress.objects.exists()


def test_only_the_beginning_of_a_huge_mail_is_read(folder, messages):
    folder.mails[4] = dsn(messages[2]) + b"x" * 5_000_000

    assert read_mailbox() == 3


@pytest.mark.django_db(transaction=True)
def test_two_workers_read_a_mailbox_one_at_a_time(folder):
    results = in_threads([read_mailbox, read_mailbox, read_mailbox])

    assert sorted(results) == [0, 0, 2], results
    assert sorted(fetched(folder)) == ["1", "2", "3"]
