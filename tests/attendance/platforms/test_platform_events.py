"""From what platforms report to evidence."""

import datetime as dt
import random

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from attendance.actions.evidence import retract
from attendance.actions.platform_events import keep_events, read_events
from attendance.actions.retention import delete_unmatched_in_meetings
from attendance.models import Alias, Attendance, Evidence, PlatformEvent, PlatformPerson
from attendance.platforms import zoom
from attendance.platforms.events import compact
from tests.attendance.meeting_reports.giving import choose_platform_person, leave_platform_person_open
from tests.attendance.platforms.messages import ZOOM_LINK, zoom_event
from tests.factories.people import ParticipantFactory
from tests.factories.programme import SessionFactory

pytestmark = pytest.mark.django_db

JOINED, LEFT = "meeting.participant_joined", "meeting.participant_left"


def keep(*values):
    keep_events("zoom", [zoom.read(compact(it)) for it in values])


def live_evidence(session):
    pieces = Evidence.objects.effective().filter(session=session, kind="live")
    found = (
        (it.participant_id, minute_of(session, it.observed_at), it.ended_at and minute_of(session, it.ended_at))
        for it in pieces
    )
    return sorted(found, key=str)


def minute_of(session, moment):
    return round((moment - session.starts_at).total_seconds() / 60)


@pytest.fixture
def mail(ana):
    return {"user_name": "Ana", "email": ana.user.email}


def test_who_comes_is_here_so_far_and_not_settled(zoomed, ana, minute, mail):
    keep(zoom_event(JOINED, minute(1), **mail))

    assert read_events() == 1
    row = Attendance.objects.get(participant=ana)
    assert (row.source, row.arrived_at, row.minutes) == ("live", minute(1), 0)
    person = PlatformPerson.objects.get()
    assert (person.participant, person.how, person.is_inside) == (ana, "email", True)
    assert live_evidence(zoomed)[0][:2] == (ana.pk, 1)


def test_events_read_in_any_order_repeated_and_late_give_the_same_evidence(zoomed, delegation, minute):
    delegation.quota = 30
    delegation.save()
    people = [ParticipantFactory(delegation=delegation) for _n in range(20)]
    sent = []
    for number, person in enumerate(people):
        who = {"user_name": person.user.name, "email": person.user.email}
        for stay in range(4):
            start = minute(-5 + 3 * stay) + dt.timedelta(seconds=number)
            sent.append(zoom_event(JOINED, start, f"{number}-{stay}", **who))
            sent.append(zoom_event(LEFT, start + dt.timedelta(minutes=2), f"{number}-{stay}", **who))
    shuffled = random.Random(25)
    batch = [*sent, *shuffled.sample(sent, len(sent) // 10)]
    shuffled.shuffle(batch)
    late = batch[: len(batch) // 20]
    for part in (batch[20:90], batch[90:], late, batch[:90]):
        keep(*part)
        read_events()

    stays = {
        (it.participant_id, tuple(minute_of(zoomed, stay.ends_at) for stay in it.stays))
        for it in PlatformPerson.objects.all()
    }
    assert stays == {(person.pk, (-3, 0, 3, 6)) for person in people}
    expected = {(person.pk, -5 + 3 * stay, -3 + 3 * stay) for person in people for stay in range(4)}
    found = set(live_evidence(zoomed))
    assert found >= expected
    for pk, start, end in found - expected:  # said meanwhile, and still true: it adds nothing
        assert [it for it in expected if it[0] == pk and it[1] <= start <= end <= it[2]]
    assert PlatformEvent.objects.count() == len(sent)
    assert not PlatformPerson.objects.filter(is_inside=True).exists()


@pytest.mark.nightly
def test_100000_events_in_any_order_a_tenth_repeated_and_a_twentieth_late_give_the_sorted_truth(zoomed, minute):
    """2,000 people come and go 25 times each, everybody at seconds of their own."""
    truth, sent = {}, []
    for person in range(2000):
        spans = [
            (minute(-60) + dt.timedelta(seconds=person % 97 + 300 * n), 40 + (person + n) % 200) for n in range(25)
        ]
        truth[f"P {person}"] = [(at, at + dt.timedelta(seconds=seconds)) for at, seconds in spans]
        for n, (start, end) in enumerate(truth[f"P {person}"]):
            who = {"user_name": f"P {person}", "email": f"p{person}@elsewhere.example"}
            sent.append(zoom_event(JOINED, start, f"{person}-{n}", **who))
            sent.append(zoom_event(LEFT, end, f"{person}-{n}", **who))
    shuffled = random.Random(25)
    batch = [*sent, *shuffled.sample(sent, len(sent) // 10)]
    shuffled.shuffle(batch)
    late = len(batch) // 20

    assert len(sent) == 100_000
    for part in (batch[late:], batch[:late]):
        keep(*part)
        read_events()

    found = {it.name: [(stay.starts_at, stay.ends_at) for stay in it.stays] for it in PlatformPerson.objects.all()}
    assert found == truth
    assert PlatformEvent.objects.count() == 100_000


@pytest.mark.parametrize("is_read_between", [True, False])
def test_who_left_before_the_session_was_not_at_it_whenever_that_is_read(zoomed, ana, minute, mail, is_read_between):
    for event, at in ((JOINED, minute(-40)), (LEFT, minute(-10))):
        keep(zoom_event(event, at, **mail))
        if is_read_between:
            read_events()
    read_events()

    assert live_evidence(zoomed) == [(ana.pk, -40, -10)]
    row = Attendance.objects.get(participant=ana)
    assert (row.status, row.source, row.arrived_at) == ("", "", None)


def test_what_was_believed_too_soon_is_retracted_by_the_platform_and_kept(zoomed, ana, minute, mail):
    keep(zoom_event(JOINED, minute(0), **mail), zoom_event(LEFT, minute(9), **mail))
    read_events()

    keep(zoom_event(LEFT, minute(2), **mail), zoom_event(JOINED, minute(6), **mail))  # they had been out in between
    read_events()

    assert live_evidence(zoomed) == [(ana.pk, 0, 2), (ana.pk, 6, 9)]
    retraction = Evidence.objects.get(kind="retraction")
    assert (retraction.by, retraction.platform, retraction.retracts.ended_at) == (None, "zoom", minute(9))


def test_nobody_is_matched_by_a_name(zoomed, ana, minute):
    keep(zoom_event(JOINED, minute(1), user_name=ana.user.name))

    read_events()

    person = PlatformPerson.objects.get()
    assert (person.group, person.participant, person.suggestions) == ("to_choose", None, [ana.pk])
    assert not Evidence.objects.exists()


def test_an_event_whose_text_is_lost_still_counts_and_holds_up_nothing(zoomed, ana, minute, mail):
    keep(zoom_event(JOINED, minute(1), **mail), zoom_event(JOINED, minute(2), "2", user_name="Bo"))
    lost = PlatformEvent.objects.order_by("pk").last()
    PlatformEvent.objects.filter(pk=lost.pk).update(payload="encrypted:with another key")

    assert read_events() == 2
    assert Attendance.objects.get(participant=ana).source == "live"
    assert PlatformPerson.objects.get(name="").is_inside


def test_a_choice_is_evidence_and_remembered_and_can_be_undone(zoomed, ana, minute, organiser):
    keep(
        zoom_event(JOINED, minute(1), user_name="A. Anaya i Puig"),
        zoom_event(LEFT, minute(5), user_name="A. Anaya i Puig"),
    )
    read_events()
    person = PlatformPerson.objects.get()

    choose_platform_person(person=person, participant=ana, by=organiser)

    assert live_evidence(zoomed) == [(ana.pk, 1, 5)]
    assert Alias.objects.get().participant == ana
    leave_platform_person_open(person=PlatformPerson.objects.get(), by=organiser)
    assert live_evidence(zoomed) == []
    assert not Alias.objects.exists()
    assert Attendance.objects.get().status == ""


def test_what_an_organiser_retracted_is_not_added_again(zoomed, ana, minute, mail, organiser):
    keep(zoom_event(JOINED, minute(0), **mail), zoom_event(LEFT, minute(5), **mail))
    read_events()
    for piece in Evidence.objects.effective():
        retract(evidence=piece, reason="It was her colleague", by=organiser)

    keep(zoom_event(JOINED, minute(0), "2", user_name="Somebody"))
    read_events()

    assert live_evidence(zoomed) == []


def test_a_stay_of_which_an_organiser_retracted_a_part_is_not_added_when_it_grows(
    zoomed, ana, minute, mail, organiser, time_machine
):
    keep(zoom_event(JOINED, minute(0), **mail))
    read_events()
    retract(evidence=Evidence.objects.effective().get(), reason="It was her colleague", by=organiser)

    time_machine.move_to(minute(20))
    keep(zoom_event(LEFT, minute(15), **mail))
    read_events()
    assert live_evidence(zoomed) == []

    keep(zoom_event(JOINED, minute(18), "2", **mail))  # herself
    read_events()
    assert live_evidence(zoomed) == [(ana.pk, 18, None)]


def test_the_sessions_end_ends_what_nothing_else_ended(zoomed, ana, minute, mail, time_machine):
    keep(zoom_event(JOINED, minute(1), **mail))
    read_events()
    time_machine.move_to(zoomed.ends_at + dt.timedelta(seconds=1))

    read_events()

    assert (ana.pk, 1, 60) in live_evidence(zoomed)
    assert Attendance.objects.get().status == "present"
    assert Evidence.objects.get(ended_at__isnull=False).note
    assert not PlatformPerson.objects.filter(is_inside=True).exists()


def test_a_link_that_is_entered_late_brings_what_was_reported_before(zoomed, ana, minute, mail):
    zoomed.meeting_url = ""
    zoomed.save()
    keep(zoom_event(JOINED, minute(1), **mail))
    assert read_events() == 1
    assert not PlatformEvent.objects.get().is_ours

    zoomed.meeting_url = ZOOM_LINK
    zoomed.save()
    read_events()

    assert PlatformEvent.objects.get().is_ours
    assert Attendance.objects.get(participant=ana).source == "live"


def test_a_link_of_two_sessions_shows_each_what_happened_around_it(zoomed, ana, minute, mail, open_edition):
    other = SessionFactory(
        edition=open_edition,
        meeting_url=ZOOM_LINK,
        status="confirmed",
        starts_at=minute(-4 * 24 * 60),
        ends_at=minute(-4 * 24 * 60 + 60),
    )
    keep(zoom_event(JOINED, minute(-4 * 24 * 60), instance="monday==", **mail), zoom_event(JOINED, minute(1), **mail))

    read_events()

    assert live_evidence(other) == [(ana.pk, 0, 60)]
    assert live_evidence(zoomed) == [(ana.pk, 1, None)]


def test_events_are_kept_as_they_were_sent(zoomed, minute, mail):
    keep(zoom_event(JOINED, minute(1), **mail))
    read_events()
    rows = PlatformEvent.objects.filter(is_ours=True)

    for change in (lambda: rows.update(person="x"), rows.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()

    assert rows.get().person


def test_strangers_are_forgotten_in_time_and_meetings_of_others_at_once(
    zoomed, ana, minute, mail, settings, time_machine
):
    keep(
        zoom_event(JOINED, minute(1), **mail),
        zoom_event(JOINED, minute(1), "2", user_name="Quirk"),
        zoom_event(JOINED, minute(1), "3", meeting="11111111111", user_name="Of another meeting"),
    )
    read_events()

    time_machine.move_to(timezone.now() + dt.timedelta(days=2))
    assert delete_unmatched_in_meetings() == (1, 0, 0)
    time_machine.move_to(timezone.now() + dt.timedelta(days=settings.UNMATCHED_KEPT_DAYS))
    read_events()
    PlatformPerson.objects.update(changed_at=minute(1))

    assert delete_unmatched_in_meetings() == (0, 1, 2)
    assert PlatformPerson.objects.get().participant == ana
    assert set(PlatformEvent.objects.values_list("payload", flat=True)) == {""}
