"""What each person was told of each session: written when it is sent, compared with what is so now."""

import datetime as dt
from types import SimpleNamespace

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.db.models import ProtectedError
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from programme import emails
from programme.actions.registrations import approve, withdraw
from programme.actions.session_changes import follow_changes
from programme.actions.sessions import cancel_session, save_session
from programme.models import Announcement, Session, SpentSequence
from programme.queries.announcements import differences_in, people_with_untold_change
from programme.queries.calendar_entries import entries_of
from tests.factories.people import DelegationFactory, ParticipantFactory, everybody_was_told
from tests.factories.programme import SessionFactory
from tests.refusals import refused
from udtacademy.outbox.contents import calendars_of
from udtacademy.outbox.delivery import deliver_messages
from udtacademy.outbox.models import Message
from udtacademy.outbox.queue import cancel_message, retry_message
from udtacademy.outbox.render import html_of

pytestmark = pytest.mark.django_db

MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.fixture
def coming(open_edition):
    starts_at = timezone.now().replace(microsecond=0) + 7 * DAY
    return SessionFactory(
        edition=open_edition,
        slug="peer-learning",
        title="Peer-learning",
        is_core=True,
        status="confirmed",
        starts_at=starts_at,
        ends_at=starts_at + HOUR,
    )


@pytest.fixture
def pia(open_edition, coming, organiser):
    """Approved; the email is queued."""
    person = ParticipantFactory(delegation=DelegationFactory(edition=open_edition, quota=50), state="pending")
    approve(participant=person, by=organiser)
    person.refresh_from_db()
    return person


def change(session, by, **values):
    session.refresh_from_db()
    for name, value in values.items():
        setattr(session, name, value)
    save_session(session=session, by=by)


def states():
    return list(Message.objects.order_by("pk").values_list("kind", "state"))


def test_what_is_said_is_told_once_it_is_sent(coming, pia):
    announcement = Announcement.objects.get()
    assert (announcement.state, announcement.told_at, announcement.method, announcement.sequence) == (
        "queued",
        None,
        "REQUEST",
        0,
    )

    deliver_messages()

    announcement.refresh_from_db()
    assert announcement.state == "sent"
    assert announcement.told_at == announcement.message.sent_at
    assert announcement.facts.starts_at == coming.starts_at


def test_what_was_changed_before_it_left_is_overtaken_and_written_anew(coming, pia, organiser):
    change(coming, organiser, starts_at=coming.starts_at + HOUR, ends_at=coming.ends_at + HOUR)

    deliver_messages()

    assert states() == [("approved", "outdated"), ("approved", "sent")]
    assert Message.objects.earliest("pk").last_error == "“Peer-learning” was changed after this message was written."
    assert len(mail.outbox) == 1
    assert Announcement.objects.latest("pk").sequence == 1
    assert not differences_in(coming.edition, timezone.now()).news


def test_somebody_who_withdrew_before_is_told_of_no_session(coming, pia):
    withdraw(participant=pia, by=pia.user)

    deliver_messages()

    assert states() == [("approved", "outdated"), ("withdrawn", "outdated"), ("withdrawn", "sent")]
    assert calendars_of(Message.objects.latest("pk")) == []


def test_one_who_was_told_gets_the_entry_taken_out(coming, pia):
    deliver_messages()
    withdraw(participant=pia, by=pia.user)
    deliver_messages()

    assert [it["method"] for it in calendars_of(Message.objects.latest("pk"))] == ["CANCEL"]
    assert list(Announcement.objects.order_by("pk").values_list("sequence", flat=True)) == [0, 1]


def test_nothing_overtakes_an_older_message_about_the_same_session(coming, pia):
    approved = Message.objects.get()
    Message.objects.update(due_at=timezone.now() + HOUR, n_attempts=1)  # as after a grey list
    emails.queue_to_participant("registered", pia, enters=[coming])
    other = emails.queue_to_participant("registered", pia)

    assert list(Message.objects.due()) == [other]
    Message.objects.filter(pk=approved.pk).update(due_at=timezone.now())
    assert approved in Message.objects.due()
    Message.objects.filter(pk=approved.pk).update(state="sent")
    assert Message.objects.due().count() == 2


def test_the_comparison_before_handing_over_is_one_query_for_a_batch(open_edition, coming, pia, organiser):
    for n in (1, 9):
        for person in ParticipantFactory.create_batch(n, delegation=pia.delegation):
            emails.queue_to_participant("registered", person, enters=[coming])
        with CaptureQueriesContext(connection) as captured:
            deliver_messages()
        asked = [
            query["sql"]
            for query in captured
            if 'FROM "programme_announcement"' in query["sql"] and "has_seat" in query["sql"]
        ]
        assert len(asked) == 1


def test_what_an_organiser_cancelled_is_not_told_again_and_what_was_overtaken_not_tried_again(coming, pia, organiser):
    message = Message.objects.get()
    cancel_message(message=message)
    assert not differences_in(coming.edition, timezone.now()).news

    Message.objects.update(state="outdated")
    with refused("message_outdated"):
        retry_message(message=message)
    assert len(differences_in(coming.edition, timezone.now()).news) == 1


def test_numbers_of_calendar_files_only_grow(coming, pia, organiser):
    for _again in range(3):
        change(coming, organiser, location=f"Room {_again}")
        deliver_messages()
        withdraw(participant=pia, by=organiser)
        approve(participant=pia, by=organiser)
        pia.refresh_from_db()
    deliver_messages()

    sequences = Announcement.objects.exclude(method="").order_by("pk").values_list("sequence", flat=True)
    assert list(sequences) == sorted(set(sequences))
    assert entries_of([pia], [coming])[pia.pk, coming.pk].exists


class Counted(int):
    """A primary key that counts how often it is looked up."""

    n = 0

    def __hash__(self):
        Counted.n += 1
        return int.__hash__(self)


def test_reading_entries_looks_nobody_up_again_for_each_announcement_of_others(coming, pia):
    session = coming
    SpentSequence.objects.update_or_create(session=session, defaults={"sequence": 7})
    people = [pia, *ParticipantFactory.create_batch(2, delegation=pia.delegation)]
    values = {"edition": session.edition, "session": session, "title": session.title, "status": session.status}
    values |= {
        "is_core": True,
        "version": 1,
        "is_theirs": True,
        "is_repeat": False,
        "state": "sent",
        "method": "REQUEST",
    }

    def cost():
        Announcement.objects.bulk_create(
            Announcement(participant=it, sequence=8, starts_at=session.starts_at, ends_at=session.ends_at, **values)
            for it in people
        )
        before = Counted.n
        entries = entries_of([SimpleNamespace(pk=Counted(it.pk)) for it in people], [session])
        assert {entries[it.pk, session.pk].sequence for it in people} == {8}
        return Counted.n - before

    assert cost() == cost() > 0


def test_imminent_news_goes_at_once_and_the_rest_is_gathered(open_edition, coming, pia, organiser):
    soon = SessionFactory(
        edition=open_edition,
        title="Soon",
        status="confirmed",
        starts_at=timezone.now() + 10 * MINUTE,
        ends_at=timezone.now() + HOUR,
    )
    deliver_messages()
    everybody_was_told(open_edition)
    change(coming, organiser, title="Peers")
    cancel_session(session=soon, by=organiser, reason="No power")

    assert follow_changes() == 1
    text = Message.objects.latest("pk").text
    assert "“Soon” is cancelled." in text
    assert "Reason: No power" in text
    assert "Peers" not in text
    assert follow_changes() == 0
    with time_machine.travel(timezone.now() + 16 * MINUTE):
        assert follow_changes() == 1
    assert "“Peer-learning” is now called “Peers”." in Message.objects.latest("pk").text


def test_taken_off_core_and_made_core_again_is_told(coming, pia, organiser):
    deliver_messages()
    for values, sentence in (
        ({"is_core": False}, "“Peer-learning” is no longer a core session"),
        ({"is_core": True}, "“Peer-learning” is now a core session: attendance is mandatory."),
        ({"is_published": False}, "“Peer-learning” is no longer in the programme."),
    ):
        change(coming, organiser, **values)
        with time_machine.travel(timezone.now() + 16 * MINUTE):
            assert follow_changes() == 1
            deliver_messages()
        assert sentence in Message.objects.latest("pk").text
    assert [it["method"] for it in calendars_of(Message.objects.latest("pk"))] == ["CANCEL"]


def test_a_session_of_which_somebody_was_told_is_not_deleted(coming, pia):
    with pytest.raises(ProtectedError):
        coming.delete()


def test_those_who_know_it_otherwise_or_not_yet_have_an_untold_change(coming, pia, organiser):
    newcomer = ParticipantFactory(delegation=pia.delegation)
    deliver_messages()
    now = timezone.now()
    assert set(people_with_untold_change(coming.edition, now, [coming.pk])) == {(coming.pk, newcomer.pk)}

    change(coming, organiser, location="Elsewhere")
    session = Session.objects.with_place().get()

    untold = set(people_with_untold_change(session.edition, now, [coming.pk]))
    assert untold == {(coming.pk, pia.pk), (coming.pk, newcomer.pk)}
    assert not set(people_with_untold_change(session.edition, now, [coming.pk + 1]))
    news = differences_in(coming.edition, now).news
    assert {it.participant_id for it in news} == {pia.pk, newcomer.pk}


def test_no_part_of_an_e_mail_says_what_is_relative(coming, pia, organiser):
    deliver_messages()
    change(coming, organiser, starts_at=coming.starts_at + HOUR, ends_at=coming.ends_at + HOUR)
    with time_machine.travel(timezone.now() + 16 * MINUTE):
        follow_changes()

    message = Message.objects.latest("pk")
    assert "tomorrow" not in html_of(message).lower()
