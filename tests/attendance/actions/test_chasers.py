import datetime as dt
import itertools

import pytest
import time_machine

from attendance.actions import chasers
from attendance.actions.actual_times import correct_actual_time
from attendance.actions.applied_reports import apply_report, undo_report
from attendance.actions.chasers import send_chasers, send_digests, settle_and_write, settle_attendance
from attendance.actions.decisions import decide
from attendance.actions.excuses import ask_excuse
from attendance.actions.reports import Choices, add_reports
from attendance.models import ActualTime, SettledSession
from programme.models import Session
from programme.queries.email_words import words_of
from tests.attendance.meeting_reports.reading import files
from tests.factories.people import DelegationFactory, ParticipantFactory, UserFactory
from tests.refusals import refused
from tests.threads import in_threads
from udtacademy.outbox.models import Message

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
EARLY = dt.datetime(2025, 8, 1, tzinfo=dt.UTC)
MONDAY = dt.datetime(2025, 9, 29, 6, 0, tzinfo=dt.UTC)  # eight o'clock in Madrid


@pytest.fixture
def girona(edition):
    return DelegationFactory(edition=edition, city__name="Girona", quota=20)


@pytest.fixture
def team(girona):
    """Carme, who coordinates, Ana and Bo."""
    names = ["Carme Coll", "Ana Anaya", "Bo Berg"]
    return [
        ParticipantFactory(delegation=girona, user__name=name, state_at=EARLY, is_coordinator=name.startswith("Carme"))
        for name in names
    ]


def at(moment, action):
    with time_machine.travel(moment, tick=False):
        return action()


def written():
    return sorted(
        Message.objects.filter(kind__startswith="missed").values_list("kind", "user__name"),
    )


def test_a_day_after_those_who_missed_it_and_their_coordinator_are_written_to_once(session, team, organiser):
    decide(cells=[(team[0], session)], outcome="present", reason="Seen", by=organiser)

    sent = [at(session.ends_at + it, send_chasers) for it in (HOUR, DAY, DAY + HOUR)]

    assert sent == [0, 3, 0]
    assert written() == [("missed", "Ana Anaya"), ("missed", "Bo Berg"), ("missed_city", "Carme Coll")]
    message = Message.objects.filter(kind="missed").earliest("pk")
    assert message.subject == "You missed: Peer-learning"
    path = f"/portal/{session.edition.slug}/attendance/peer-learning/request/"
    assert f"→ Make up the session: http://testserver{path}" in message.text
    assert "Thursday 25 September 2025, 16:00–17:30 CEST (Madrid)" in message.text
    listed = Message.objects.get(kind="missed_city")
    assert "• Ana Anaya\n• Bo Berg" in listed.text
    assert "/attendance/city/" in listed.text


def test_nobody_is_chased_at_night_so_that_what_is_corrected_until_the_morning_counts(session, team, organiser):
    edition, due = session.edition, session.ends_at + DAY
    edition.quiet_from, edition.quiet_until = ((due + it).astimezone(edition.zone).time() for it in (-HOUR, 2 * HOUR))
    edition.save()

    assert at(due, send_chasers) == 0
    decide(cells=[(team[1], session)], outcome="present", reason="Seen", by=organiser)
    at(due + 2 * HOUR, send_chasers)

    assert ("missed", "Bo Berg") in written()
    assert ("missed", "Ana Anaya") not in written()


def test_rehearsing_names_whom_settling_writes_to_in_eight_queries(
    session, girona, team, organiser, django_assert_num_queries
):
    def rehearse():
        read = Session.objects.select_related("edition", "actual_time").get(pk=session.pk)
        with django_assert_num_queries(8):
            return chasers.rehearse_settling(session=read)

    words_of(session.edition)  # read once a transaction, as which a test counts
    few = at(session.ends_at + HOUR, rehearse)
    more = ParticipantFactory.create_batch(9, delegation=girona, state_at=EARLY)
    many = at(session.ends_at + HOUR, rehearse)
    at(session.ends_at + HOUR, lambda: settle_and_write(session=session, by=organiser))

    carme = team[0].pk
    assert set(few.emails) == {*(("missed", it.pk) for it in team), ("missed_city", carme)}
    assert set(many.emails) == {*(("missed", it.pk) for it in [*team, *more]), ("missed_city", carme)}
    sent = Message.objects.values_list("kind", "user__participations")
    assert sorted(many.emails) == sorted(sent)


def test_each_coordinator_of_a_city_gets_the_list_once(session, team):
    team[2].is_coordinator = True
    team[2].save()
    few = at(session.ends_at + HOUR, lambda: chasers.rehearse_settling(session=session))

    sent = [at(session.ends_at + DAY, send_chasers) for _again in range(2)]

    assert sent == [len(few.emails), 0]
    assert [name for kind, name in written() if kind == "missed_city"] == ["Bo Berg", "Carme Coll"]


def test_nobody_excused_or_waiting_for_an_answer_partly_there_or_registered_later_is_chased(
    session, girona, team, organiser
):
    carme, ana, bo = team
    decide(cells=[(carme, session)], outcome="excused", reason="Ill", by=organiser)
    decide(cells=[(bo, session)], outcome="absent", reason="Left", by=organiser)
    ask_excuse(participant=ana, session=session, kind="excuse", reason="Ill", by=ana.user)
    ParticipantFactory(delegation=girona, state_at=session.ends_at)

    at(session.ends_at + DAY, send_chasers)

    assert written() == [("missed", "Bo Berg"), ("missed_city", "Carme Coll")]
    assert "Ana" not in Message.objects.get(kind="missed_city").text


def test_where_each_city_is_to_be_represented_only_those_of_the_others_are_written_to(session, team, organiser):
    session.edition.attendance_rule = "each_city"
    session.edition.save()
    lone = ParticipantFactory(delegation__edition=session.edition, user__name="Lone Lind", state_at=EARLY)
    decide(cells=[(team[0], session)], outcome="present", reason="Seen", by=organiser)

    at(session.ends_at + DAY, send_chasers)

    assert written() == [("missed", "Lone Lind")]
    assert lone.user.messages.count() == 1


def test_cities_are_written_to_some_at_a_time_and_each_once(session, team, monkeypatch):
    monkeypatch.setattr(chasers, "CITIES_AT_A_TIME", 2)
    for name in ("Ada", "Ben", "Cid", "Dan"):
        ParticipantFactory(delegation__edition=session.edition, user__name=name, state_at=EARLY)

    sent = [at(session.ends_at + DAY, send_chasers) for _again in range(2)]

    assert sent == [8, 0]
    assert [name for kind, name in written() if kind == "missed_city"] == ["Carme Coll"]
    assert "• Ana Anaya\n• Bo Berg\n• Carme Coll" in Message.objects.get(kind="missed_city").text


def test_a_coordinator_who_alone_missed_it_gets_one_e_mail(session, team, organiser):
    decide(cells=[(it, session) for it in team[1:]], outcome="present", reason="Seen", by=organiser)

    assert at(session.ends_at + DAY, send_chasers) == 1


@pytest.mark.parametrize(
    "changes", [{"is_core": False}, {"status": "cancelled"}, {"is_published": False}, {"sends_chasers": False}]
)
def test_nobody_is_chased_about(session, team, changes):
    model = type(session.edition) if "sends_chasers" in changes else Session
    model.objects.update(**changes)

    assert at(session.ends_at + DAY, send_chasers) == 0


def test_nobody_is_chased_while_a_report_waits_to_be_applied(session, team, organiser):
    content = files.zoom([("Ana Anaya", "", 0, 90)], session.starts_at, session.edition.zone)
    (report,), _new = add_reports(
        edition=session.edition, name="zoom.csv", content=content, choices=Choices(session=session), by=organiser
    )
    assert at(session.ends_at + DAY, send_chasers) == 0

    apply_report(report=report, is_confirmed=False, by=organiser)

    at(session.ends_at + DAY, send_chasers)
    assert "Ana Anaya" not in dict(it[::-1] for it in written())
    settle_attendance(session=session, by=organiser)
    undo_report(report=report, by=organiser)
    assert not SettledSession.objects.exists()
    assert at(session.ends_at + 2 * DAY, send_chasers) == 0


def test_what_ended_more_than_a_week_ago_is_left_alone(session, team):
    assert at(session.ends_at + 8 * DAY, send_chasers) == 0


def test_nothing_is_settled_before_the_planned_end_whatever_was_said_of_the_time_taught(session, team, organiser):
    earlier = {"starts_at": session.starts_at - 2 * HOUR, "ends_at": session.starts_at - HOUR}
    with time_machine.travel(session.starts_at - HOUR / 2):
        with refused("session_not_started"):
            correct_actual_time(session=session, reason="Typed wrongly", by=organiser, **earlier)
        ActualTime.objects.create(session=session, reason="Before this was refused", **earlier)
        with refused("session_not_ended"):
            settle_attendance(session=session, by=organiser)

    assert written() == []


def test_settled_attendance_is_told_of_at_once(session, team, organiser):
    with time_machine.travel(session.ends_at - HOUR), refused("session_not_ended"):
        settle_attendance(session=session, by=organiser)

    news = [at(session.ends_at + HOUR, lambda: settle_attendance(session=session, by=organiser)) for _again in range(2)]

    assert news == [True, False]
    assert at(session.ends_at + HOUR, send_chasers) == 4


@pytest.mark.django_db(transaction=True)
def test_two_beats_at_once_chase_once(session, team):
    with time_machine.travel(session.ends_at + DAY, tick=False):
        sent = in_threads([send_chasers] * 3)

    assert sorted(sent) == [0, 0, 4]


@pytest.mark.django_db(transaction=True)
def test_settling_that_is_interrupted_keeps_what_was_sent_and_the_task_sends_the_rest(
    session, team, organiser, monkeypatch
):
    monkeypatch.setattr(chasers, "CITIES_AT_A_TIME", 1)
    ParticipantFactory(delegation__edition=session.edition, user__name="Ada", state_at=EARLY)
    messages_of, n_portions = chasers.messages_of, itertools.count()

    def interrupted(session, cities):
        if next(n_portions) == 1:
            raise KeyboardInterrupt
        return messages_of(session, cities)

    def settle():
        return settle_and_write(session=session, by=organiser)

    monkeypatch.setattr(chasers, "messages_of", interrupted)
    with pytest.raises(KeyboardInterrupt):
        at(session.ends_at + HOUR, settle)

    n_sent = Message.objects.count()
    assert n_sent in {1, 4}  # of the first city
    assert SettledSession.objects.exists()
    assert at(session.ends_at + HOUR, send_chasers) == 5 - n_sent


# On Mondays


def test_on_mondays_the_organisers_read_how_the_cities_stand(session, team):
    session.edition.contact_email = "organisers@academy.example"
    session.edition.save()

    sent = [at(MONDAY + it, send_digests) for it in (-HOUR, dt.timedelta(), 3 * HOUR, DAY, 7 * DAY)]

    assert sent == [0, 1, 0, 0, 1]
    message = Message.objects.filter(kind="digest").earliest("pk")
    assert message.to == "organisers@academy.example"
    assert "• at risk: 1" in message.text
    assert "• Girona (ES): missed Peer-learning on 25 September" in message.text


def test_without_a_contact_it_goes_to_the_organisers_themselves(session, team, organiser, desk):
    UserFactory(is_staff=True, is_superuser=True, is_active=False)

    assert at(MONDAY, send_digests) == 1
    assert Message.objects.get(kind="digest").user == organiser


def test_cities_are_read_once_for_all_organisers_and_not_at_all_once_it_is_sent(session, team, organiser, monkeypatch):
    UserFactory.create_batch(2, is_staff=True, is_superuser=True)
    n_read, cities_of = [], chasers.standing.cities_of

    def counted(*args, **kwargs):
        n_read.append(1)
        return cities_of(*args, **kwargs)

    monkeypatch.setattr(chasers.standing, "cities_of", counted)

    assert [at(MONDAY, send_digests) for _run in range(2)] == [3, 0]
    assert len(n_read) == 1


def test_no_digest_before_the_first_core_session_nor_where_it_is_switched_off(session, team, organiser):
    assert at(MONDAY - 7 * DAY, send_digests) == 0
    session.edition.sends_digest = False
    session.edition.save()
    assert at(MONDAY, send_digests) == 0
