import datetime as dt
import re
import threading
import uuid

import pytest
from django.db import IntegrityError
from django.utils import timezone

from attendance.actions import nudges
from attendance.actions.check_ins import Scan, check_in
from attendance.actions.decisions import decide
from attendance.actions.evidence import record_join, retract
from attendance.actions.excuses import approve_excuse, ask_excuse
from attendance.actions.nudges import nudge_missing
from attendance.models import Nudge
from attendance.personal_links import join_links
from programme.actions.sessions import cancel_session
from programme.models import Session
from programme.models.session_queryset import SessionQuerySet
from tests.factories.people import DelegationFactory, ParticipantFactory, SeatFactory
from tests.refusals import refused
from tests.threads import in_threads
from udtacademy.outbox.models import Message


@pytest.fixture
def crew(delegation):
    """Four more of Girona, by name."""
    delegation.quota = 10
    delegation.save()
    names = ["Bo Berg", "Cai Carr", "Dea Diaz", "Eli Egan"]
    return [ParticipantFactory(delegation=delegation, user__name=name) for name in names]


def written_to():
    return sorted(Message.objects.filter(kind="nudge").values_list("user__name", flat=True))


def test_everybody_who_is_missing_is_written_to_once(running, ana, crew, organiser):
    assert [nudge_missing(session=running, by=organiser) for _ in range(2)] == [5, 0]

    assert written_to() == ["Ana Anaya", "Bo Berg", "Cai Carr", "Dea Diaz", "Eli Egan"]
    assert set(Nudge.objects.values_list("by", flat=True)) == {organiser.pk}
    assert set(Message.objects.values_list("sent_by", flat=True)) == {organiser.pk}


def test_who_was_seen_excused_or_decided_about_is_left_in_peace(running, ana, crew, organiser, desk):
    bo, cai, dea, _eli = crew
    record_join(participant=ana, session=running, by=ana.user)
    check_in(person=bo.pk, session=running, scan=Scan(uuid.uuid4()), by=desk)
    excuse = ask_excuse(participant=cai, session=running, kind="excuse", reason="Ill", by=cai.user)
    approve_excuse(excuse=excuse, by=organiser)
    decide(cells=[(dea, running)], outcome="absent", reason="Said so", by=organiser)

    assert nudge_missing(session=running, by=organiser) == 1

    assert written_to() == ["Eli Egan"]


def test_who_has_only_asked_to_be_excused_is_written_to(running, ana, organiser):
    ask_excuse(participant=ana, session=running, kind="excuse", reason="Ill", by=ana.user)

    assert nudge_missing(session=running, by=organiser) == 1


def test_who_was_checked_in_by_mistake_is_written_to(running, ana, organiser, desk):
    piece = check_in(person=ana.pk, session=running, scan=Scan(uuid.uuid4()), by=desk).evidence
    retract(evidence=piece, reason="The wrong badge", by=desk)

    assert nudge_missing(session=running, by=organiser) == 1


@pytest.mark.parametrize("state", ["pending", "declined", "withdrawn"])
def test_who_is_not_registered_here_is_not_written_to(running, delegation, organiser, state):
    ParticipantFactory(delegation=delegation, state=state)
    ParticipantFactory()

    assert nudge_missing(session=running, by=organiser) == 0

    assert written_to() == []


def test_of_a_parallel_session_those_with_a_seat_are_written_to(running, tracks, ana, crew, organiser):
    session = tracks["governance-morning"]
    starts_at, ends_at = running.starts_at, running.ends_at
    running.delete()
    session.starts_at, session.ends_at = starts_at, ends_at
    session.save()
    SeatFactory(participant=ana, session=session)
    SeatFactory(participant=crew[0], session=session, state="waiting")

    assert nudge_missing(session=session, by=organiser) == 1

    assert written_to() == ["Ana Anaya"]


@pytest.mark.parametrize("what", ["over", "not begun", "cancelled", "without a time"])
def test_nobody_is_written_to_about_a_session_that_does_not_run(running, ana, organiser, what):
    if what == "over":
        running.ends_at = running.starts_at + dt.timedelta(minutes=1)
    elif what == "not begun":
        running.starts_at, running.ends_at = (
            it + dt.timedelta(minutes=30) for it in (running.starts_at, running.ends_at)
        )
    elif what == "cancelled":
        running.status = "cancelled"
    else:
        running.status, running.starts_at, running.ends_at = "tentative", None, None
    running.save()

    with refused("session_not_running"):
        nudge_missing(session=running, by=organiser)

    assert written_to() == []
    assert not Nudge.objects.exists()


def test_the_message_has_ones_own_link_to_join(running, ana, organiser):
    nudge_missing(session=running, by=organiser)

    message = Message.objects.get()
    assert message.subject == "We have not seen you yet: Peer-learning"
    assert message.is_sensitive
    (key,) = re.findall(
        r"^→ Join now: http://testserver/join/academy/peer-learning/\?key=(\S+)$", message.text, re.MULTILINE
    )
    assert join_links.read(key) == (ana.pk, running.pk)


def test_the_message_has_the_badge_where_there_is_no_meeting(running, ana, organiser):
    running.meeting_url = ""
    running.save()

    nudge_missing(session=running, by=organiser)

    text = Message.objects.get().text
    assert "→ Open your badge: http://testserver/me/academy/badge/" in text
    assert "Join now" not in text


def test_the_database_refuses_a_nudge_to_somebody_of_another_edition(running, organiser, fire_deferred_triggers):
    Nudge.objects.create(participant=ParticipantFactory(), session=running, by=organiser)

    with pytest.raises(IntegrityError, match="attendance_nudge_participant_id_same_edition"):
        fire_deferred_triggers()


def test_the_database_refuses_a_second_nudge(running, ana, organiser):
    Nudge.objects.create(participant=ana, session=running, by=organiser)

    with pytest.raises(IntegrityError, match="nudge_once"):
        Nudge.objects.create(participant=ana, session=running, by=organiser)


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_write_once(running, ana, crew, organiser):
    outcomes = in_threads([lambda: nudge_missing(session=running, by=organiser)] * 4)

    assert sorted(outcomes) == [0, 0, 0, 5]
    assert len(written_to()) == 5


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_that_both_look_first_are_an_error(running, ana, organiser, monkeypatch):
    """The negative control: the same clicks collide where nothing keeps them from looking at the same moment."""
    looked, look = threading.Barrier(2), nudges.unseen_at

    def look_together(session):
        people = look(session)
        looked.wait()
        return people

    monkeypatch.setattr(nudges, "unseen_at", look_together)
    monkeypatch.setattr(SessionQuerySet, "select_for_update", lambda sessions, **_how: sessions)

    outcomes = in_threads([lambda: nudge_missing(session=running, by=organiser)] * 2)

    assert sorted(type(it).__name__ for it in outcomes) == ["IntegrityError", "int"]


def test_nudging_looks_with_the_same_queries_for_one_and_for_many(running, ana, organiser, django_assert_num_queries):
    nudge_missing(session=running, by=organiser)

    for n in (1, 10):
        city = DelegationFactory(edition=running.edition, quota=n)
        ParticipantFactory.create_batch(n, delegation=city)
        with django_assert_num_queries(7):
            nudge_missing(session=running, by=organiser)


def test_nobody_is_written_to_about_a_session_cancelled_meanwhile(running, ana, organiser):
    stale = Session.objects.get(pk=running.pk)
    cancel_session(session=running, by=organiser)

    with refused("session_not_running"):
        nudge_missing(session=stale, by=organiser)

    assert not Nudge.objects.exists()


def test_nobody_is_emailed_before_the_start_though_joining_is_open(running, organiser):
    running.starts_at, running.ends_at = (it + dt.timedelta(minutes=20) for it in (running.starts_at, running.ends_at))
    running.save()
    assert running.starts_at - running.edition.join_opens_before < timezone.now() < running.starts_at

    with refused("session_not_running"):
        nudge_missing(session=running, by=organiser)

    assert not Message.objects.exists()
