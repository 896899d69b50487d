"""Signatures on a sign-in sheet are an organiser's word; only they are taken back again."""

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from attendance.actions.check_ins import Scan, check_in
from attendance.actions.decisions import decide
from attendance.actions.evidence import record_here
from attendance.actions.sign_in_sheets import Ticked, tick_sheet
from attendance.models import Attendance, Evidence
from attendance.queries.sign_in_sheets import tick_list
from programme.models import Participant
from tests.factories.people import ParticipantFactory, SeatFactory
from tests.factories.programme import SessionFactory, TrackFactory
from tests.refusals import refused
from tests.threads import in_threads

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def workshop(open_edition):
    """In person; it began ten minutes ago and lasts an hour."""
    starts_at = timezone.now().replace(microsecond=0) - dt.timedelta(minutes=10)
    return SessionFactory(
        edition=open_edition, slug="workshop", format="in_person", starts_at=starts_at, ends_at=starts_at + HOUR
    )


def statuses():
    return dict(Attendance.objects.established().values_list("participant__user__name", "status"))


def test_a_signature_counts_from_the_start_however_late_it_is_ticked(workshop, ana, organiser):
    with time_machine.travel(workshop.ends_at + 30 * HOUR):
        ticked = tick_sheet(session=workshop, signed={ana.pk}, unsigned=set(), by=organiser)

    piece = Evidence.objects.get()
    assert ticked == Ticked(n_new=1)
    assert (piece.kind, piece.note, piece.by) == ("word", "sign-in sheet", organiser)
    assert piece.observed_at == workshop.starts_at
    assert statuses() == {"Ana Anaya": "present"}


def test_before_the_start_it_counts_from_now(workshop, ana, organiser):
    now = workshop.starts_at - dt.timedelta(minutes=20)
    with time_machine.travel(now, tick=False):
        tick_sheet(session=workshop, signed={ana.pk}, unsigned=set(), by=organiser)

    assert Evidence.objects.get().observed_at == now


def test_ticking_again_changes_nothing(workshop, ana, organiser, desk):
    for by in (organiser, desk):
        last = tick_sheet(session=workshop, signed={ana.pk}, unsigned=set(), by=by)

    assert last == Ticked(n_already=1)
    assert Evidence.objects.count() == 1


def test_unticking_takes_back_the_signature_and_nothing_else(workshop, ana, coordinator, organiser, desk):
    tick_sheet(session=workshop, signed={ana.pk, coordinator.pk}, unsigned=set(), by=organiser)
    scan = Evidence.objects.create(
        kind="door", participant=ana, session=workshop, edition_id=workshop.edition_id, observed_at=timezone.now()
    )

    undone = tick_sheet(session=workshop, signed=set(), unsigned={ana.pk, coordinator.pk}, by=desk)
    again = tick_sheet(session=workshop, signed=set(), unsigned={ana.pk, coordinator.pk}, by=desk)

    assert (undone, again) == (Ticked(n_undone=2), Ticked())
    assert list(Evidence.objects.effective()) == [scan]
    assert statuses() == {"Ana Anaya": "present"}
    assert set(Evidence.objects.filter(kind="retraction").values_list("by", "note")) == {
        (desk.pk, "unticked on the sign-in sheet")
    }


@pytest.mark.parametrize("how", ["scan", "word"])
def test_somebody_who_was_scanned_or_seen_is_recorded_already_and_stays_so(workshop, ana, organiser, how):
    if how == "scan":
        check_in(person=ana.pk, session=workshop, scan=Scan("00000000-0000-0000-0000-000000000001"), by=organiser)
    else:
        record_here(participant=ana, session=workshop, by=organiser)

    ticked = tick_sheet(session=workshop, signed={ana.pk}, unsigned=set(), by=organiser)
    unticked = tick_sheet(session=workshop, signed=set(), unsigned={ana.pk}, by=organiser)

    assert (ticked, unticked) == (Ticked(n_already=1), Ticked())
    assert Evidence.objects.effective().count() == 1


def test_what_an_organiser_decided_stays(workshop, ana, coordinator, organiser):
    for person, outcome in ((ana, "excused"), (coordinator, "present")):
        decide(cells=[(person, workshop)], outcome=outcome, reason="Said so", by=organiser)

    ticked = tick_sheet(session=workshop, signed={ana.pk, coordinator.pk}, unsigned=set(), by=organiser)

    assert (ticked.n_new, ticked.n_already, [it for it, _reason in ticked.refused]) == (0, 1, [ana])
    assert not Evidence.objects.exists()


def test_somebody_without_a_seat_or_no_longer_registered_is_refused(
    open_edition, workshop, ana, coordinator, organiser
):
    workshop.track = TrackFactory(edition=open_edition)
    workshop.save()
    SeatFactory(participant=coordinator, session=workshop)
    Participant.objects.filter(pk=coordinator.pk).update(state="withdrawn", is_coordinator=False)

    ticked = tick_sheet(session=workshop, signed={ana.pk, coordinator.pk}, unsigned=set(), by=organiser)

    assert {it for it, _reason in ticked.refused} == {ana, coordinator}
    assert not Evidence.objects.exists()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"starts_at": 2 * HOUR, "ends_at": 3 * HOUR}, "check_in_closed"),
        ({"starts_at": None, "ends_at": None}, "session_without_time"),
        ({"status": "cancelled"}, "session_cancelled"),
    ],
)
def test_a_sheet_is_ticked_from_an_hour_before_a_session_that_takes_place(workshop, ana, organiser, changes, code):
    for name, value in changes.items():
        setattr(workshop, name, timezone.now() + value if isinstance(value, dt.timedelta) else value)
    if workshop.starts_at is None:
        workshop.held_on = timezone.now().date()
    workshop.save()

    with refused(code):
        tick_sheet(session=workshop, signed={ana.pk}, unsigned=set(), by=organiser)

    assert not Evidence.objects.exists()


def test_people_of_another_edition_are_refused_with_all_others(workshop, ana, organiser, participant):
    with refused("other_edition"):
        tick_sheet(session=workshop, signed={ana.pk, participant.pk}, unsigned=set(), by=organiser)

    assert not Evidence.objects.exists()


def test_a_tick_list_says_what_is_recorded(workshop, ana, coordinator, organiser):
    tick_sheet(session=workshop, signed={coordinator.pk}, unsigned=set(), by=organiser)

    (city,) = tick_list(workshop)

    assert [(it.number, it.participant, it.is_signed, bool(it.basis)) for it in city.lines] == [
        (ana.pk, ana, False, False),
        (coordinator.pk, coordinator, True, True),
    ]


def test_a_number_on_a_printed_sheet_is_the_same_persons_after_a_correction(workshop, ana, coordinator):
    def numbers():
        return {line.number: line.participant for city in tick_list(workshop) for line in city.lines}

    printed = numbers()
    type(ana.user).objects.filter(pk=ana.user_id).update(name="Zoe Anaya")  # now below the other
    ParticipantFactory(delegation=ana.delegation, user__name="Aaron")

    assert printed.items() < numbers().items()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_who_tick_the_same_people_at_once_record_each_once(workshop, ana, coordinator, organiser, desk):
    people = {ana.pk, coordinator.pk}

    results = in_threads(
        [lambda by=by: tick_sheet(session=workshop, signed=people, unsigned=set(), by=by) for by in (organiser, desk)]
    )

    assert sorted(it.n_new for it in results) == [0, 2]
    assert Evidence.objects.count() == 2
