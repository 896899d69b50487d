import datetime as dt
from functools import partial

import pytest
import time_machine
from django.utils import timezone

from programme.actions.registrations import approve
from programme.actions.session_changes import drop_notice, follow_changes, follow_edition, send_notice, write_notice
from programme.actions.sessions import cancel_session, confirm_session, postpone_session
from programme.models import Announcement, Edition, Notice, Session
from programme.queries.announcements import news_to_tell
from programme.queries.session_changes import fingerprint
from tests.factories.people import DelegationFactory, ParticipantFactory, SeatFactory, everybody_was_told
from tests.factories.programme import RoomFactory, SessionFactory
from tests.refusals import refused
from tests.threads import in_threads
from udtacademy.outbox.contents import calendars_of
from udtacademy.outbox.delivery import deliver_messages
from udtacademy.outbox.models import Message

MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)


@pytest.fixture
def coming(open_edition):
    """Confirmed, in a week, known to everybody."""
    starts_at = timezone.now().replace(hour=14, minute=0, second=0, microsecond=0) + 7 * DAY
    return SessionFactory(
        edition=open_edition,
        slug="peer-learning",
        title="Peer-learning",
        is_core=True,
        status="confirmed",
        starts_at=starts_at,
        ends_at=starts_at + 90 * MINUTE,
    )


@pytest.fixture
def ana(open_edition, coming):
    person = ParticipantFactory(delegation=DelegationFactory(edition=open_edition, quota=20), user__name="Ana Anaya")
    everybody_was_told(open_edition)
    return person


def move(session, hours=1):
    session.starts_at += dt.timedelta(hours=hours)
    session.ends_at += dt.timedelta(hours=hours)
    session.save()


def later(minutes=16):
    with time_machine.travel(timezone.now() + minutes * MINUTE):
        n = follow_changes()
        deliver_messages()
        return n


def change_messages():
    return list(Message.objects.filter(kind="changed").order_by("pk"))


def test_what_people_know_is_no_news(coming, ana):
    assert follow_changes() == later() == 0
    assert not Notice.objects.exists()


def test_a_new_session_is_news(coming, ana, open_edition):
    SessionFactory(edition=open_edition, title="Other", starts_at=coming.starts_at + DAY, ends_at=coming.ends_at + DAY)

    assert follow_changes() == 0
    assert later() == 1

    (message,) = change_messages()
    assert message.subject == "New session: Other"
    assert "“Other” is now in the programme:" in message.text
    assert calendars_of(message) == []  # an optional session comes by the calendar that is subscribed to


def test_changes_of_a_quarter_of_an_hour_are_one_e_mail(open_edition, coming, ana, organiser):
    other = SessionFactory(
        edition=open_edition, title="Other", starts_at=coming.starts_at + DAY, ends_at=coming.ends_at + DAY
    )
    everybody_was_told(open_edition)
    move(coming)
    confirm_session(session=other, by=organiser)

    assert follow_changes() == 0
    assert later(14) == 0
    assert later() == 1
    assert later(40) == 0

    (message,) = change_messages()
    assert message.subject == "Changes in the programme: Academy"
    assert "• ★ Core · “Peer-learning” has moved to " in message.text
    assert "“Other” is confirmed:" in message.text
    assert [(it["name"], it["method"]) for it in calendars_of(message)] == [
        ("peer-learning.ics", "REQUEST"),
        (f"{other.slug}.ics", "REQUEST"),
    ]
    notice = Notice.objects.get()
    assert (notice.state, notice.n_people, len(notice.changes)) == ("sent", 1, 2)


def test_another_change_meanwhile_waits_for_a_quarter_of_an_hour_of_its_own(coming, ana):
    move(coming)
    follow_changes()
    with time_machine.travel(timezone.now() + 10 * MINUTE):
        follow_changes()
    Session.objects.update(changed_at=timezone.now())
    with time_machine.travel(timezone.now() + 10 * MINUTE, tick=False):
        Session.objects.filter(pk=coming.pk).update(location="Elsewhere")  # noted by the database at its own time
        follow_changes()

    assert Notice.objects.get().due_at >= Session.objects.get().changed_at + 15 * MINUTE


def test_what_was_changed_back_is_no_news(coming, ana):
    move(coming)
    follow_changes()
    move(coming, hours=-1)

    assert later() == 0
    assert Notice.objects.get().state == "dropped"
    assert Announcement.objects.get().version == Session.objects.get().calendar_sequence == 2


def test_a_cancelled_session_is_taken_out_of_calendars(coming, ana, organiser):
    cancel_session(session=coming, by=organiser)
    follow_changes()
    later()

    (message,) = change_messages()
    assert message.subject == "Cancelled: Peer-learning"
    assert calendars_of(message)[0]["method"] == "CANCEL"
    assert "is cancelled. It was planned for" in message.text


def test_one_put_off_to_a_day_not_known_is_taken_out_too(coming, ana, organiser):
    postpone_session(session=coming, date_hint="December", by=organiser)
    follow_changes()
    later()

    (message,) = change_messages()
    assert "has moved to December." in message.text
    assert "still to be confirmed" in message.text
    assert calendars_of(message)[0]["method"] == "CANCEL"


def test_what_is_on_again_and_in_another_room_says_so(coming, ana, organiser, open_edition):
    cancel_session(session=coming, by=organiser)
    follow_changes()
    later()
    confirm_session(session=coming, by=organiser)
    Session.objects.update(format="in_person", room=RoomFactory(name="Blue room", venue=open_edition.venue))
    follow_changes()
    later()

    text = change_messages()[-1].text
    assert "“Peer-learning” will take place after all:" in text
    assert "Location: Blue room" in text


def test_a_parallel_session_concerns_whoever_has_a_seat_in_it(tracks, open_edition, delegation):
    sitting, other = ParticipantFactory.create_batch(2, delegation=delegation)
    SeatFactory(participant=sitting, session=tracks["technical-morning"])
    SeatFactory(participant=other, session=tracks["technical-morning"], state="waiting")
    everybody_was_told(open_edition)
    Session.objects.filter(pk=tracks["technical-morning"].pk).update(location="Blue room")
    follow_changes()
    later()

    assert [it.user for it in change_messages()] == [sitting.user]
    assert other.user.messages.count() == 0


def test_who_registered_after_the_change_knows_no_other_state(coming, ana):
    move(coming)
    approve(participant=ParticipantFactory(delegation=ana.delegation, state="pending"), by=ana.user)
    follow_changes()
    later()

    assert [it.user for it in change_messages()] == [ana.user]


def test_what_is_over_is_no_news(coming, ana):
    Session.objects.update(starts_at=coming.starts_at - 30 * DAY, ends_at=coming.ends_at - 30 * DAY)
    Announcement.objects.all().delete()
    Session.objects.update(location="Elsewhere")

    assert (follow_changes(), later()) == (0, 0)
    assert not Notice.objects.exists()


def test_an_edition_that_tells_nobody(coming, ana, open_edition):
    open_edition.sends_notices = False
    open_edition.save()
    move(coming)

    assert (follow_changes(), later()) == (0, 0)
    assert Announcement.objects.latest("pk").state == "waived"


def test_an_organiser_puts_words_before_it_and_sends_it_now(coming, ana, open_edition, organiser):
    move(coming)
    write_notice(edition=open_edition, note="The speaker's flight is late.")
    note = "The speaker's train is late."

    assert send_notice(edition=open_edition, note=note, by=organiser) == 1
    assert send_notice(edition=open_edition, note="Again", by=organiser) == 0
    assert Notice.objects.get().state == "sent"

    (message,) = change_messages()
    assert f"{note}\n\nThe programme has changed:" in message.text
    notice = Notice.objects.filter(state="sent").get()
    assert (notice.by, notice.n_people) == (organiser, 1)


def test_an_organiser_drops_it(coming, ana, open_edition, organiser):
    move(coming)

    assert drop_notice(edition=open_edition, by=organiser) is True
    assert drop_notice(edition=open_edition, by=organiser) is False
    assert (later(), change_messages()) == (0, [])
    assert Notice.objects.get().by == organiser


def test_what_was_not_agreed_to_is_not_done(coming, ana, open_edition, organiser):
    move(coming)
    agreed_to = fingerprint(news_to_tell(open_edition, timezone.now()))
    move(coming)

    for act in (partial(send_notice, note="Sorry!"), drop_notice):
        with refused("changed_meanwhile"):
            act(edition=open_edition, by=organiser, agreed_to=agreed_to)

    assert not Notice.objects.exists()
    assert change_messages() == []
    agreed_to = fingerprint(news_to_tell(open_edition, timezone.now()))
    assert send_notice(edition=open_edition, note="Sorry!", by=organiser, agreed_to=agreed_to) == 1


def test_an_edition_that_is_not_published_tells_and_waives_nothing(coming, ana, open_edition, organiser):
    move(coming)
    Edition.objects.update(is_published=False)

    assert write_notice(edition=open_edition, note="Sorry!") is False
    assert send_notice(edition=open_edition, note="Sorry!", by=organiser) == 0
    assert drop_notice(edition=open_edition, by=organiser) is False
    assert follow_edition(open_edition) == 0  # read before it was taken off the pages
    assert not Notice.objects.exists()

    Edition.objects.update(is_published=True)
    assert later() == 1


@pytest.mark.django_db(transaction=True)
def test_two_beats_at_once_tell_once(coming, ana):
    move(coming)
    follow_changes()
    with time_machine.travel(timezone.now() + 16 * MINUTE, tick=False):
        sent = in_threads([follow_changes] * 3)

    assert sorted(sent) == [0, 0, 1]
    assert len(change_messages()) == 1


def test_following_costs_the_same_for_one_and_for_many(coming, ana, open_edition, django_assert_max_num_queries):
    n_queries = 22
    for n in (1, 15):
        ParticipantFactory.create_batch(n, delegation=ana.delegation)
        everybody_was_told(open_edition)
        move(coming)
        follow_changes()
        with time_machine.travel(timezone.now() + 16 * MINUTE), django_assert_max_num_queries(n_queries):
            assert follow_changes() >= n
