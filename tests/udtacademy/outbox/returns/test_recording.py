"""What came back is recorded with our email, once, and stops an address only if the email was sent there."""

import datetime as dt
import uuid
from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from tests.factories.people import MessageFactory, StoppedAddressFactory, UserFactory
from tests.returned_mail import dsn, reading_of
from tests.threads import in_threads
from udtacademy.outbox.models import Message, ReturnedMail, StoppedAddress
from udtacademy.outbox.returns.reading import Kind, Reading, read_mail
from udtacademy.outbox.returns.recording import LATEST, MOST_OF_ONE_EMAIL, record
from udtacademy.outbox.returns.return_paths import number_in, return_path
from udtacademy.outbox.stopped import note_that_it_works, try_again
from udtacademy.outbox.tasks import empty_messages

pytestmark = pytest.mark.django_db


@pytest.fixture
def message(db):
    return MessageFactory(to="ana@city.example", state="sent", sent_at=timezone.now())


@pytest.fixture
def _verp(settings):
    settings.MAIL = replace(settings.MAIL, bounce_address="bounces+*@academy.example")


def recorded(reading, report="1"):
    return record(reading, source="mailbox", report=report)


def stopped():
    return set(StoppedAddress.objects.active().values_list("address", "cause"))


def nothing_changed():
    return not ReturnedMail.objects.exists() and not StoppedAddress.objects.exists()


@pytest.mark.parametrize(
    ("kind", "stops"),
    [
        (Kind.HARD, {("ana@city.example", "bounce")}),
        (Kind.SOFT, set()),
        (Kind.COMPLAINT, {("ana@city.example", "complaint")}),
    ],
)
def test_what_came_back_is_a_row_and_may_stop_the_address(message, kind, stops):
    recorded(reading_of(message, kind, answer="so it is"))

    returned = ReturnedMail.objects.get()
    assert (returned.message, returned.kind, returned.address) == (message, kind, "ana@city.example")
    assert (returned.status, returned.answer, stopped()) == ("5.1.1", "so it is", stops)


@pytest.mark.parametrize("kind", [Kind.AUTO_REPLY, Kind.RECEIPT, Kind.DELAYED, Kind.NONE])
def test_other_mail_changes_nothing(message, kind):
    recorded(reading_of(message, kind))

    assert nothing_changed()


def test_a_report_that_matches_no_email_of_ours_changes_nothing(message):
    MessageFactory(state="queued")  # never left
    for reading in (
        Reading(Kind.HARD, ("ana@city.example",), (f"{uuid.uuid4()}@testserver",), status="5.1.1"),
        Reading(Kind.HARD, ("ana@city.example",), ("nonsense@testserver",), ("ana@city.example",)),
        Reading(Kind.COMPLAINT, ("ana@city.example",)),
        reading_of(Message.objects.get(state="queued")),
    ):
        recorded(reading)

    assert nothing_changed()


def test_a_report_about_an_old_email_changes_nothing(message):
    Message.objects.update(created_at=timezone.now() - LATEST - dt.timedelta(days=1))

    recorded(reading_of(message))

    assert nothing_changed()


def test_the_address_stopped_is_the_one_written_to_whatever_a_report_names(message):
    recorded(reading_of(message, addresses=("bo@city.example",)))  # one of a list behind it, or made up

    assert (ReturnedMail.objects.get().kind, stopped()) == ("soft", set())


@pytest.mark.usefixtures("_verp")
def test_the_return_path_is_enough(message, settings):
    path = return_path(message.pk)
    mail = dsn(message, to=f"prvs=123={path.upper()}").replace(str(message.message_id).encode(), b"lost")

    recorded(read_mail(mail))

    assert stopped() == {("ana@city.example", "bounce")}
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another" * 10
    assert number_in([path]) == message.pk
    assert return_path(message.pk) != path


@pytest.mark.usefixtures("_verp")
@pytest.mark.parametrize("kind", [Kind.HARD, Kind.COMPLAINT])
def test_where_there_are_return_paths_who_knows_the_message_id_forges_nothing(message, kind):
    other = return_path(MessageFactory().pk + 1)
    for sent_to in ((), ("bounces@academy.example",), (other[:-20] + "a" * 6 + other[-14:],)):
        recorded(reading_of(message, kind, sent_to=sent_to))

    assert nothing_changed()
    record(reading_of(message), source="webhook", report="2")  # the provider has shown its key
    assert stopped() == {("ana@city.example", "bounce")}


@pytest.mark.usefixtures("_verp")
def test_a_complaint_names_the_return_path_of_the_email(message):
    complaint = f"""From: fbl@provider.example
To: abuse@academy.example
Content-Type: multipart/report; report-type=feedback-report; boundary="="

--=
Content-Type: message/feedback-report

Feedback-Type: abuse
Original-Mail-From: <{return_path(message.pk)}>
--=--
""".encode()

    recorded(read_mail(complaint))

    assert stopped() == {("ana@city.example", "complaint")}


@pytest.mark.usefixtures("_verp")
def test_a_return_path_that_we_did_not_make_is_none(message):
    path = return_path(message.pk)
    for made_up in (return_path(message.pk + 1).replace("bounces+", "bounces+1"), path[:9] + "zz" + path[9:], "bounces+1-a@academy.example",
                    path.replace("@academy", "@other"), "bounces+@academy.example", "bounces+" + "z" * 40 + "-a@academy.example"):  # fmt: skip
        assert number_in([made_up]) is None, made_up


@pytest.mark.parametrize(("address", "expected"), [("", ""), ("back@academy.example", "back@academy.example")])
def test_without_a_place_for_it_nothing_is_signed(settings, address, expected):
    settings.MAIL = replace(settings.MAIL, bounce_address=address)

    assert return_path(1) == expected
    assert number_in(["back@academy.example", ""]) is None


def test_one_report_counts_once_and_a_loop_ends(message):
    for _time in range(2):
        recorded(reading_of(message, Kind.SOFT))
    assert ReturnedMail.objects.count() == 1

    for number in range(2 * MOST_OF_ONE_EMAIL):
        recorded(reading_of(message, Kind.SOFT), report=f"loop {number}")
    assert ReturnedMail.objects.count() == MOST_OF_ONE_EMAIL


@pytest.mark.django_db(transaction=True)
def test_two_workers_record_one_report_once():
    message = MessageFactory(to="ana@city.example", state="sent", sent_at=timezone.now())
    other = MessageFactory(to="ana@city.example", state="sent", sent_at=timezone.now())

    results = in_threads([lambda it=it: recorded(reading_of(it)) for it in [message, message, other, other] * 2])

    assert sum(result.returned is not None for result in results) == 2, results
    assert stopped() == {("ana@city.example", "bounce")}


def test_rows_are_only_added_and_lose_the_servers_words_with_time(message, settings):
    returned = recorded(reading_of(message, Kind.SOFT, answer="so it is")).returned
    StoppedAddressFactory(stopped_at=timezone.now() - dt.timedelta(days=settings.MESSAGES_KEPT_DAYS + 1))

    with pytest.raises(IntegrityError), transaction.atomic():
        ReturnedMail.objects.update(kind="hard")
    ReturnedMail.objects.filter(pk=returned.pk).delete()
    recorded(reading_of(message, Kind.SOFT, answer="so it is"))
    record(reading_of(message, Kind.SOFT, answer="long ago"), source="mailbox", report="2",
           now=timezone.now() - dt.timedelta(days=settings.MESSAGES_KEPT_DAYS + 1))  # fmt: skip
    empty_messages()

    assert set(ReturnedMail.objects.values_list("answer", flat=True)) == {"so it is", ""}
    assert not StoppedAddress.objects.exists()


def test_an_address_tried_again_is_stopped_by_later_emails_only(message):
    recorded(reading_of(message))
    assert try_again(address="Ana@City.example", by=UserFactory()) == 0
    assert try_again(address="ana@city.example", by=UserFactory()) is None

    recorded(reading_of(message), report="the same email came back once more")
    assert stopped() == set()

    later = MessageFactory(to="ana@city.example", state="sent", sent_at=timezone.now())
    recorded(reading_of(later))
    assert stopped() == {("ana@city.example", "bounce")}


def test_a_complaint_outlasts_bounces_and_codes(message):
    recorded(reading_of(message))
    note_that_it_works("ana@city.example")
    assert stopped() == set()

    later = MessageFactory(to="ana@city.example", state="sent", sent_at=timezone.now())
    recorded(reading_of(later, Kind.COMPLAINT))
    recorded(reading_of(later), report="2")
    note_that_it_works("ana@city.example")

    assert stopped() == {("ana@city.example", "complaint")}


def test_the_first_complaint_counts_also_about_an_email_from_before(message):
    recorded(reading_of(message))
    note_that_it_works("ana@city.example")
    recorded(reading_of(message, Kind.COMPLAINT), report="2")
    assert stopped() == {("ana@city.example", "complaint")}

    try_again(address="ana@city.example", by=UserFactory())
    recorded(reading_of(message, Kind.COMPLAINT), report="3")
    assert stopped() == set()


def test_what_was_not_sent_is_sent_once_the_address_is_tried_again(django_capture_on_commit_callbacks):
    StoppedAddressFactory(address="ana@city.example")
    now = timezone.now()
    values = {"to": "ana@city.example", "state": "stopped"}
    lately = MessageFactory(**values)
    MessageFactory(**values, created_at=now - dt.timedelta(days=15))
    MessageFactory(**values, expires_at=now)
    MessageFactory(**values, is_sensitive=True)  # its text is gone
    MessageFactory(to="bo@city.example", state="stopped")

    assert try_again(address="ana@city.example", by=UserFactory()) == 1

    assert [*Message.objects.queued()] == [lately]
