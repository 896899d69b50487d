"""Emails about attendance are sent again while they hold."""

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from attendance.actions.chasers import send_chase, send_digest
from attendance.actions.decisions import decide
from attendance.actions.evidence import record_join
from attendance.actions.excuses import approve_excuse, ask_excuse
from attendance.actions.missing import ask_coordinators
from attendance.actions.nudges import nudge_missing
from attendance.actions.reminders import send_due_reminders
from programme.actions.emails_again import rehearse_again, send_again
from programme.actions.session_changes import take_as_known
from programme.actions.sessions import cancel_session
from programme.models import Participant
from tests.factories.people import ParticipantFactory
from tests.factories.programme import SessionFactory
from udtacademy.outbox.models import Message


def the(kind):
    """The email of this kind, sent."""
    Message.objects.update(state="sent")
    return Message.objects.filter(kind=kind).earliest("pk")


@pytest.fixture
def coming(open_edition, ana):
    starts_at = timezone.now() + dt.timedelta(hours=20)
    session = SessionFactory(
        edition=open_edition,
        title="Peer-learning",
        status="confirmed",
        starts_at=starts_at,
        ends_at=starts_at + dt.timedelta(hours=1),
    )
    take_as_known(open_edition)
    return session


def test_a_reminder_has_a_new_link_and_no_second_record(coming, ana, organiser):
    send_due_reminders()
    message = the("reminder")

    seen = rehearse_again(message=message, by=organiser)
    again = send_again(message=message, by=organiser)

    assert "Peer-learning" in seen.text
    assert "/join/" not in seen.text
    assert "/join/" in again.text
    assert again.unsubscribe_url


def test_a_reminder_is_refused_once_the_session_has_begun_or_is_off(coming, ana, organiser):
    send_due_reminders()
    message = the("reminder")
    with time_machine.travel(coming.starts_at, tick=False):
        assert rehearse_again(message=message, by=organiser).refusal.code == "session_started"
    Participant.objects.update(mutes_optional=True)
    assert rehearse_again(message=message, by=organiser).refusal.code == "no_reminder"
    cancel_session(session=coming, by=organiser, reason="Ill")
    assert rehearse_again(message=message, by=organiser).refusal.code == "session_gone"


def test_a_nudge_is_sent_again_while_they_are_missing(running, ana, organiser):
    nudge_missing(session=running, by=organiser)
    message = the("nudge")
    assert rehearse_again(message=message, by=organiser).text

    record_join(participant=ana, session=running, by=ana.user)

    assert rehearse_again(message=message, by=organiser).refusal.code == "person_not_missing"


def test_emails_after_a_core_session_are_sent_again_while_it_is_missed(over, ana, coordinator, organiser):
    send_chase(over)
    person, city = the("missed"), the("missed_city")

    assert send_again(message=person, by=organiser).dedupe_key.startswith("again:")
    assert "Ana Anaya" in send_again(message=city, by=organiser).text

    people = [ana, coordinator]
    decide(cells=[(it, over) for it in people], outcome="present", reason="Seen", by=organiser)
    assert rehearse_again(message=person, by=organiser).refusal.code == "session_not_missed"
    assert rehearse_again(message=city, by=organiser).refusal.code == "session_not_missed"


def test_an_email_about_a_missed_session_is_sent_again_from_the_one_sent_again(over, ana, coordinator, organiser):
    send_chase(over)
    for kind in ("missed", "missed_city"):
        again = send_again(message=the(kind), by=organiser)
        Message.objects.update(state="sent", created_at=timezone.now() - dt.timedelta(hours=1))
        again.refresh_from_db()

        once_more = send_again(message=again, by=organiser)
        Message.objects.update(state="sent")
        once_more.refresh_from_db()

        assert "From challenge to use case" in rehearse_again(message=once_more, by=organiser).text

    Message.objects.filter(kind="missed", dedupe_key__startswith="missed").delete()
    message = Message.objects.filter(kind="missed").first()
    assert rehearse_again(message=message, by=organiser).refusal.code == "session_gone"


def test_a_question_to_a_coordinator_is_asked_again_about_who_is_missing_today(over, ana, coordinator, organiser):
    other = ParticipantFactory(delegation=ana.delegation, user__name="Bo Bø")
    ask_coordinators(session=over, cities=[ana.delegation_id], by=organiser)
    message = the("missed_question")
    decide(cells=[(other, over)], outcome="present", reason="Seen", by=organiser)

    again = send_again(message=message, by=organiser)

    assert "Ana Anaya" in again.text
    assert "Bo Bø" not in again.text
    assert again.dedupe_key == f"again:{message.pk}:1"
    decide(cells=[(ana, over)], outcome="present", reason="Seen", by=organiser)
    assert rehearse_again(message=message, by=organiser).refusal.code == "nobody_to_ask"
    Participant.objects.update(is_coordinator=False)
    assert rehearse_again(message=message, by=organiser).refusal.code == "not_coordinator"


def test_a_question_is_composed_again_for_its_own_reader(over, ana, coordinator, organiser):
    ParticipantFactory(delegation=ana.delegation, user__name="Bo Bø")
    Participant.objects.filter(pk=ana.pk).update(is_coordinator=True)
    ask_coordinators(session=over, cities=[ana.delegation_id], by=organiser)
    Message.objects.update(state="sent")

    again = [send_again(message=it, by=organiser) for it in Message.objects.filter(sent_by=organiser).order_by("pk")]

    assert [it.to for it in again] == [person.user.email for person in sorted([ana, coordinator], key=lambda it: it.pk)]
    assert [f"Dear {it.user}," in it.text for it in again] == [True, True]


def test_the_answer_to_a_request_is_sent_again(running, ana, organiser):
    excuse = ask_excuse(participant=ana, session=running, kind="excuse", reason="Ill", by=ana.user)
    approve_excuse(excuse=excuse, by=organiser, reason="Get well")
    message = the("excuse_approved")

    assert rehearse_again(message=message, by=organiser).text

    message.kind = "excuse_declined"
    assert rehearse_again(message=message, by=organiser).refusal.code == "decision_changed"


def test_a_digest_is_worked_out_anew_for_who_still_gets_it(open_edition, ana, over, organiser):
    send_digest(open_edition, timezone.now())
    message = the("digest")
    ParticipantFactory(delegation=ana.delegation)

    assert rehearse_again(message=message, by=organiser).text
    message.to = "gone@city.example"
    assert rehearse_again(message=message, by=organiser).refusal.code == "no_digest"
