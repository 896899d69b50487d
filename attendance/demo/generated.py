"""Generated editions of any size, with invented cities and people, for benchmarks and tests of a server.

The same numbers make the same edition on every machine; secrets (calendar links, identities) are new each time. Nobody
can sign in as these people, and they get no emails.
"""

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import connection, transaction
from django.utils.translation import gettext as _

from attendance.actions.attendances import recompute
from attendance.actions.locks import check_at_once, lock_attendances_at
from attendance.models import Evidence
from programme.actions.session_changes import take_as_known
from programme.errors import ProgrammeError
from programme.models import City, Delegation, Edition, Participant, Room, Seat, Session, Track, Venue
from udtacademy.accounts.models import User

ZONE = "Europe/Madrid"
MEETING = "https://meet.example/"
TRACKS = (("governance", "Governance"), ("technical", "Technical"))
SLOT = 3  # sessions: an online one for everybody, then one of each track
GIVEN = [
    "Aoife",
    "Søren",
    "Lucía",
    "Jürgen",
    "Chloé",
    "Niccolò",
    "Fleur",
    "Kateřina",
    "Väinö",
    "Łukasz",
    "Ελένη",
    "Inês",
]
GIVEN += ["Máté", "Ștefan", "Zoë", "Ylva", "Oisín", "Марко", "Čedomir", "Ásta", "Þór", "Jordi", "Maija", "Xènia"]
FAMILY = ["Ní Bhriain", "Kjærgaard", "Fernández", "Weißenberger", "Lefèvre", "De’ Rossi", "van Dijk", "Dvořáková"]
FAMILY += ["Hämäläinen", "Żółtowski", "Παπαδοπούλου", "Conceição", "Nagy", "Ionescu", "Berzina", "Öström", "Horvat"]
COUNTRIES = ["IE", "DK", "ES", "DE", "FR", "IT", "NL", "CZ", "FI", "PL", "GR", "PT"]
CAME, LEFT_EARLY = 0.80, 0.10  # shares; the rest stayed away
WANTS_TECHNICAL = 0.5
CAPACITY_SHARE = 0.45  # of the people: some wait


@dataclass(frozen=True)
class Size:
    """How many cities, people and sessions: at least one of each, and no fewer people than cities."""

    n_cities: int
    n_people: int
    n_sessions: int

    def check(self) -> None:
        """Raise ProgrammeError unless the numbers make an edition."""
        if min(self.n_cities, self.n_people, self.n_sessions) < 1 or self.n_people < self.n_cities:
            raise ProgrammeError(
                _("Enter at least one city, one session, and one person for each city."), code="edition_too_small"
            )


@transaction.atomic
def generate_edition(*, slug: str, size: Size, seed: int, now: dt.datetime) -> Edition:
    """Create a published edition around `now`: an online session is running, and the next ones' doors are open.

    Most people attended what is over; parallel sessions have seats and waiting lists. Raises ProgrammeError if the slug
    is taken or the numbers make no edition.
    """
    size.check()
    check_at_once()
    if Edition.objects.filter(slug=slug).exists():
        raise ProgrammeError(_("There is already an edition %(slug)s.") % {"slug": slug}, code="edition_exists")
    now = now.replace(second=0, microsecond=0)
    chance = random.Random(f"{seed} {size}")  # noqa: S311 - the same each time is what it is for
    edition = add_edition(slug, now, size.n_sessions)
    sessions = add_sessions(edition, now, size)
    people = add_people(edition, size, chance)
    analyse_tables()
    add_seats(sessions, people, chance, now)
    for session in sessions:
        if session.ends_at and session.ends_at <= now:
            attend(session, people, chance)
    take_as_known(edition)
    analyse_tables()
    return edition


def analyse_tables() -> None:
    """Update the database's statistics. Without them it plans queries as if the tables were empty."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def add_edition(slug: str, now: dt.datetime, n_sessions: int) -> Edition:
    venue, _is_new = Venue.objects.get_or_create(name="Generated venue", defaults={"address": "Example Square 1"})
    days = dt.timedelta(days=n_sessions // SLOT + 1)
    edition = Edition(
        slug=slug,
        name=f"Generated edition {slug}",
        time_zone=ZONE,
        venue=venue,
        first_on=(now - days).date(),
        last_on=(now + days).date(),
        summary="Its cities and people are invented.",
        registration_opens_at=now - 2 * days,
        choice_opens_at=now - 2 * days,
        is_published=True,
        sends_reminders=False,
        sends_notices=False,
        sends_chasers=False,
        sends_digest=False,
    )
    edition.full_clean()
    edition.save()
    return edition


def add_sessions(edition: Edition, now: dt.datetime, size: Size) -> list[Session]:
    """Create slots a day apart: an hour online for everybody, then an hour and a half in person, in two tracks."""
    tracks = [
        Track.objects.create(edition=edition, slug=slug, name=name, position=position)
        for position, (slug, name) in enumerate(TRACKS)
    ]
    rooms = [
        Room.objects.get_or_create(venue=edition.venue, name=f"Room {track.name}", defaults={"capacity": None})[0]
        for track in tracks
    ]
    first = now - dt.timedelta(minutes=10) - dt.timedelta(days=(size.n_sessions - 1) // SLOT // 2)
    made = []
    for number in range(size.n_sessions):
        day, place = divmod(number, SLOT)
        starts_at = first + dt.timedelta(days=day)
        is_online = place == 0
        common = {
            "edition": edition,
            "description": f"What session {number + 1} is about, said in a paragraph of some length. " * 4,
            "status": Session.Status.CONFIRMED,
            "is_published": True,
        }
        if is_online:
            kind = {"format": Session.Format.ONLINE, "is_core": day % 2 == 0}
            session = Session(**common, **kind, slug=f"online-{day + 1}", title=f"Online session {day + 1}: an example")
            session.meeting_url = f"{MEETING}{session.slug}"
            session.starts_at, session.ends_at = starts_at, starts_at + dt.timedelta(minutes=60)
        else:
            track, room = tracks[place - 1], rooms[place - 1]
            kind = {"format": Session.Format.IN_PERSON, "track": track, "room": room}
            session = Session(**common, **kind, slug=f"{track.slug}-{day + 1}", title=f"{track} session {day + 1}")
            session.starts_at = starts_at + dt.timedelta(minutes=60)
            session.ends_at = session.starts_at + dt.timedelta(minutes=90)
        made.append(session)
    return Session.objects.bulk_create(made)


def add_people(edition: Edition, size: Size, chance: random.Random) -> list[Participant]:
    """Create people in cities of equal size; the first of each city is its coordinator."""
    names = [(f"City {number + 1} of {edition.slug}", chance.choice(COUNTRIES)) for number in range(size.n_cities)]
    cities = City.objects.bulk_create(City(name=name, country=country) for name, country in names)
    quota = -(-size.n_people // size.n_cities)
    delegations = Delegation.objects.bulk_create(
        Delegation(edition=edition, city=city, quota=quota, email_domains=[f"city{number + 1}.example"])
        for number, city in enumerate(cities)
    )
    users = User.objects.bulk_create(
        User(
            email=f"person{number + 1}.{edition.slug}@city{number % size.n_cities + 1}.example",
            name=f"{chance.choice(GIVEN)} {chance.choice(FAMILY)} {number + 1}",
            password=UNUSABLE_PASSWORD_PREFIX,
        )
        for number in range(size.n_people)
    )
    since = edition.registration_opens_at
    assert since  # noqa: S101 - ours has one
    return Participant.objects.bulk_create(
        Participant(
            user=user,
            delegation=delegations[number % size.n_cities],
            edition=edition,
            is_coordinator=number < size.n_cities,
            state=Participant.State.REGISTERED,
            state_at=since,
            job_title="Urban planner",
            department="Planning",
            hopes="How other cities began.",
        )
        for number, user in enumerate(users)
    )


def add_seats(sessions: list[Session], people: list[Participant], chance: random.Random, now: dt.datetime) -> None:
    """Give everybody a seat in one track of each slot, or put them on its waiting list.

    The capacity is set last: with a capacity, the database counts the seats taken before it adds each one.
    """
    capacity = max(1, round(len(people) * CAPACITY_SHARE))
    for slot in slots(sessions):
        taken = dict.fromkeys(slot, 0)
        seats = []
        for person in chance.sample(people, len(people)):
            session = slot[chance.random() < WANTS_TECHNICAL]
            is_held = taken[session] < capacity
            taken[session] += is_held
            state = Seat.State.HELD if is_held else Seat.State.WAITING
            held_at = now if is_held else None
            seats.append(
                Seat(participant=person, session=session, edition=session.edition, state=state, held_at=held_at)
            )
        Seat.objects.bulk_create(seats)
        analyse_tables()
    Session.objects.filter(pk__in=[it.pk for it in sessions if it.track_id]).update(capacity=capacity)


def slots(sessions: list[Session]) -> Iterator[list[Session]]:
    """Yield the pairs of parallel sessions."""
    parallel = [it for it in sessions if it.track_id]
    for pair in zip(parallel[::2], parallel[1::2], strict=False):
        yield list(pair)


def attend(session: Session, people: list[Participant], chance: random.Random) -> None:
    """Add the evidence of a meeting report or the door: most people came, some left early."""
    assert session.starts_at  # noqa: S101 - it is over
    assert session.ends_at  # noqa: S101
    pks = [person.pk for person in people]
    if session.track_id:
        pks = list(session.seats.held().order_by("pk").values_list("participant", flat=True))
    halfway = session.starts_at + (session.ends_at - session.starts_at) / 2
    kind = Evidence.Kind.DOOR if session.track_id else Evidence.Kind.REPORT
    pieces = []
    for pk in pks:
        draw = chance.random()
        if draw < CAME + LEFT_EARLY:
            left = session.ends_at if draw < CAME else halfway
            pieces.append(
                Evidence(
                    participant_id=pk,
                    session=session,
                    edition=session.edition,
                    kind=kind,
                    observed_at=session.starts_at,
                    ended_at=left if kind == Evidence.Kind.REPORT else None,
                )
            )
    Evidence.objects.bulk_create(pieces)
    recompute(lock_attendances_at(session, [piece.participant_id for piece in pieces]))
