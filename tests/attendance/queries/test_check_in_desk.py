import datetime as dt
import uuid

import pytest
import time_machine

from attendance.actions.check_ins import Scan, check_in
from attendance.actions.decisions import decide
from attendance.actions.evidence import record_here, record_join, retract
from attendance.models import Evidence
from attendance.queries import check_in_desk
from attendance.queries.room_screens import room_of
from programme.models import Participant
from programme.queries.published_programme import published_programme
from tests.factories.people import DelegationFactory, ParticipantFactory, SeatFactory
from tests.factories.programme import SessionFactory, TrackFactory

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def find(edition):
    """Register people of Girona by their names, and look for somebody: the names found."""
    delegation = DelegationFactory(edition=edition, city__name="Girona", quota=50)

    def look(typed, *names):
        for number, name in enumerate(names):
            ParticipantFactory(delegation=delegation, user__name=name, user__email=f"p{number}@mail.example")
        return [str(it) for it in check_in_desk.search(edition, typed).people]

    return look


def scanned(participant, session, by):
    return check_in(person=participant.pk, session=session, scan=Scan(uuid.uuid4()), by=by).evidence


# Looking for a name


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("jose", "José Núñez"),
        ("NUNEZ", "José Núñez"),
        ("José", "Jose Nunez"),
        ("Jose\u0301", "José Núñez"),  # an accent of its own
        ("nun jos", "José Núñez"),  # in whatever order
        ("smith", "Ana Brown-Smith"),
        ("brown-smith", "Ana Brown Smith"),
        ("brown smith", "Ana Brown-Smith"),
        ("Ana  Brown‐Smith", "Ana Brown-Smith"),  # another hyphen
        ("o'brien", "Liam O’Brien"),
        ("brien", "Liam O'Brien"),
        ("O'Brien", "Liam OBrien"),
        ("obrien", "Liam O´Brien"),  # an acute accent for an apostrophe
        ("Наталья", "Natalya Petrova"),
        ("ピエール", "ジャン・ピエール"),
        ("j.p. mo", "J.-P. Morel"),
        ("γιωργος", "Γιώργος Παπαδόπουλος"),
        ("ΓΙΩΡΓΟΣ", "Γιώργος Παπαδόπουλος"),
        ("παπαδοπουλοσ", "Γιώργος Παπαδόπουλος"),
        ("Άννα", "Αννα Σ"),
        ("strasse", "Hans Straße"),
        ("straße", "Hans Strasse"),
        ("İ", "Ilker Işık"),
        ("anaya, ana", "Ana Anaya"),
        ("lodz", "Ana Łódź"),
        ("soren", "Søren Ørsted"),
        ("dokic", "Iva Đokić"),
        ("isik", "Ilker Işık"),
        ("obrien", "Liam O'Brien"),
        ("o brien", "Liam O’Brien"),
        ("giorgos", "Γιώργος Παπαδόπουλος"),
        ("oksana", "Оксана Коваль"),
    ],
)
def test_a_name_is_found_whatever_its_accents_and_hyphens(find, typed, name):
    assert find(typed, name, "Zoë Zand") == [name]


@pytest.mark.parametrize("typed", ["", "  ", "-", "'", "…", "naya", "ana bo", "ana zand", "%", "_", "\0"])
def test_what_begins_no_word_finds_nobody(find, typed):
    assert find(typed, "Ana Anaya", "Zoë Zand") == []


def test_every_word_begins_a_word_of_a_name_an_address_or_a_city(find):
    assert find("ana gir", "Ana Anaya", "Bo Berg") == ["Ana Anaya"]
    assert find("p1@mail") == ["Bo Berg"]
    assert find("girona") == ["Ana Anaya", "Bo Berg"]


def test_at_most_twelve_are_found_by_name(find):
    names = [f"Ana {chr(ord('A') + number)}" for number in range(14)]

    assert find("ana", *names[::-1]) == names[: check_in_desk.MOST_MATCHES]


def test_those_registered_in_the_edition_are_found(edition, find):
    ParticipantFactory(user__name="Ana Elsewhere")
    ParticipantFactory(delegation=DelegationFactory(edition=edition), user__name="Ana Gone", state="withdrawn")

    assert find("ana", "Ana Anaya") == ["Ana Anaya"]


def test_looking_costs_one_query_however_many_there_are(edition, find, django_assert_num_queries):
    find("x", *[f"Ana {number}" for number in range(20)])

    with django_assert_num_queries(1):
        assert [str(it.delegation) for it in check_in_desk.search(edition, "ana 1").people][:2] == ["Girona (ES)"] * 2


def test_of_many_the_first_are_shown_and_all_are_counted(edition, find, django_assert_num_queries):
    find("x", *[f"Ana {number:02}" for number in range(20)])

    with django_assert_num_queries(2):
        matches = check_in_desk.search(edition, "ana")

    assert [str(it) for it in matches.people] == [f"Ana {number:02}" for number in range(12)]
    assert matches.n == 20


# The doors of a day


@pytest.fixture
def day(edition, session, participant):
    """Beside the session of the 25th: one late in the evening, one after midnight, one cancelled, a break, a track's, an
    online one, and one that somebody else hosts.
    """
    session.format = "in_person"
    session.save()
    track = TrackFactory(edition=edition)
    for slug, hours, values in (
        ("late", 6, {}),
        ("next-day", 8.5, {}),
        ("cancelled", -3, {"status": "cancelled"}),
        ("coffee", -2, {"format": "break"}),
        ("webinar", 4, {"format": "online"}),
        ("congress", 5, {"format": "external"}),
        ("hidden", -4, {"is_published": False}),
        ("parallel", 2, {"track": track, "capacity": 5}),
    ):
        starts_at = session.starts_at + hours * HOUR
        times = {"starts_at": starts_at, "ends_at": starts_at + HOUR}
        SessionFactory(**{"edition": edition, "slug": slug, "format": "in_person"} | times | values)
    SessionFactory(edition=edition, held_on=dt.date(2025, 9, 25), format="in_person")
    return session


@pytest.mark.parametrize(
    ("now", "slugs"),
    [
        (dt.datetime(2025, 9, 24, 22, 30, tzinfo=dt.UTC), ["peer-learning", "parallel", "late"]),  # the 25th in Madrid
        (dt.datetime(2025, 9, 25, 21, 29, tzinfo=dt.UTC), ["peer-learning", "parallel", "late"]),
        (dt.datetime(2025, 9, 25, 21, 30, tzinfo=dt.UTC), ["peer-learning", "parallel", "late", "next-day"]),
        (dt.datetime(2025, 9, 25, 22, 0, tzinfo=dt.UTC), ["next-day"]),
        (dt.datetime(2025, 9, 26, 22, 30, tzinfo=dt.UTC), []),
        (dt.datetime(2025, 9, 24, 12, 0, tzinfo=dt.UTC), []),
    ],
)
def test_doors_are_those_of_the_day_where_the_edition_is_held_and_those_open_over_midnight(day, now, slugs):
    assert [it.session.slug for it in check_in_desk.doors_of(day.edition, now)] == slugs


def test_doors_and_the_room_screen_count_who_is_there_by_scan_or_by_word(day, participant, organiser):
    participant.delegation.quota = 6
    participant.delegation.save()
    scanned_in, undone, ticked, excused, seatless = ParticipantFactory.create_batch(
        5, delegation=participant.delegation
    )
    parallel, now = day.edition.sessions.get(slug="parallel"), day.starts_at
    SeatFactory(participant=participant, session=parallel)
    with time_machine.travel(now, tick=False):
        for one in (scanned_in, undone):
            scanned(one, day, organiser)
        retract(evidence=Evidence.objects.get(participant=undone), reason="The wrong badge", by=organiser)
        record_here(participant=ticked, session=day, by=organiser)
        decide(cells=[(excused, day)], outcome="excused", reason="Train strike", by=organiser)
    with time_machine.travel(parallel.starts_at, tick=False):
        check_in(person=seatless.pk, session=parallel, scan=Scan(uuid.uuid4(), is_anyway=True), by=organiser)
        doors = {it.session.slug: it.turnout for it in check_in_desk.doors_of(day.edition, now)}

    assert {slug: (it.n_there, it.n_expected, it.n_others) for slug, it in doors.items()} == {
        "peer-learning": (2, 6, 0),
        "parallel": (0, 1, 1),
        "late": (0, 6, 0),
    }
    for session in (day, parallel):
        assert room_of(session, "numbers", now).turnout == doors[session.slug]


def test_the_latest_who_came_in_are_the_last_first(running, delegation, desk):
    ana, bo, cai = (ParticipantFactory(delegation=delegation, user__name=name) for name in ("Ana", "Bo", "Cai"))
    first, second = scanned(ana, running, desk), scanned(bo, running, desk)
    record_join(participant=cai, session=running, by=cai.user)

    assert check_in_desk.latest(running) == [second, first]
    assert check_in_desk.latest(running, 1) == [second]
    retract(evidence=second, reason="The wrong badge", by=desk)
    assert check_in_desk.latest(running) == [first]


def test_the_latest_cost_one_query(running, delegation, desk, django_assert_num_queries):
    for participant in ParticipantFactory.create_batch(3, delegation=delegation):
        scanned(participant, running, desk)

    with django_assert_num_queries(1):
        assert [(str(it.participant), str(it.by)) for it in check_in_desk.latest(running)] == [
            ("Pia Person", "Desi Desk")
        ] * 3


def test_seats_on_a_day_are_in_the_order_of_time(tracks, delegation):
    ana = ParticipantFactory(delegation=delegation)
    afternoon, morning = tracks["technical-afternoon"], tracks["governance-morning"]
    for session in (afternoon, morning):
        session.starts_at = dt.datetime(2030, 5, 6, 13 if session is afternoon else 8, tzinfo=dt.UTC)
        session.ends_at = session.starts_at + HOUR
        session.save()
        SeatFactory(participant=ana, session=session)
    SeatFactory(participant=ana, session=tracks["governance-afternoon"], state="waiting")

    ana, programme = Participant.objects.with_held_seats().get(pk=ana.pk), published_programme("academy")
    assert check_in_desk.seats_on(programme, ana, morning) == [morning, afternoon]
    assert check_in_desk.seats_on(programme, ana, tracks["governance-afternoon"]) == []


def test_the_door_of_another_edition_is_told_of_no_seat(tracks, delegation):
    ana, seat = ParticipantFactory(delegation=delegation), tracks["governance-morning"]
    SeatFactory(participant=ana, session=seat)
    elsewhere = SessionFactory(starts_at=seat.starts_at, ends_at=seat.ends_at)
    ana = Participant.objects.with_held_seats().get(pk=ana.pk)

    assert check_in_desk.seats_on(published_programme("academy"), ana, seat) == [seat]
    assert check_in_desk.seats_on(published_programme(elsewhere.edition.slug), ana, elsewhere) == []
