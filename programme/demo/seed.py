"""The demo edition: the 2025 programme moved to the days around today, with invented cities and people."""

import datetime as dt
from zoneinfo import ZoneInfo

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils.formats import date_format

from programme.actions.seats import choose_seats
from programme.actions.session_changes import take_as_known
from programme.actions.wishes import Wish
from programme.demo.action_plans import seed_action_plans
from programme.demo.speakers import seed_speakers
from programme.demo.today import DOOR_OPENS_BEFORE, TODAY, sessions_today
from programme.errors import ProgrammeError
from programme.models import City, Delegation, Edition, Participant
from programme.programme_files.load import load_programme
from programme.programme_files.reading import loads
from programme.programme_files.schema import Document, SessionEntry, VenueEntry, as_moment
from programme.queries.in_person_days import days_among, sessions_in_person
from programme.queries.seat_choices import choices_of
from udtacademy.accounts.models import User

SOURCE = settings.BASE_DIR / "programme" / "editions" / "udt-2025.toml"
SLUG = "demo"
NAME = "Demo edition (invented cities)"
VENUE = VenueEntry(name="House of Examples (invented)", address="Model Square 1, Aldermere")
SUMMARY = (
    "Use this edition to try things out. Its cities and people are invented, and its dates are around today: some"
    " sessions are over, one is about to start, others are still to come."
)
ANCHOR = "preparing-for-the-in-person-meeting"  # the session that starts within the hour
SOON = dt.timedelta(hours=1)
STEP = dt.timedelta(minutes=15)

DOMAIN = "@demo.example"
ORGANISER = (f"organiser{DOMAIN}", "Olga Organiser")
ORGANISERS, TAGLINE, AUDIENCE = (
    "Organisers of the demo",
    "A training programme to try things out",
    "Teams from invented cities",
)
CONTACT = f"organisers{DOMAIN}"
OPEN_SINCE = dt.timedelta(days=60)
REGISTERED_BEFORE = dt.timedelta(days=30)  # the first day of the edition
QUOTA = 3
CAPACITIES = {"governance": 16, "technical": 10}  # in each of the parallel sessions
UNDECIDED = 5  # how many have not chosen yet
WISHES_TECHNICAL = 6  # every sixth person prefers the technical track
# When people arrive and leave: hours from the start of the first day in person, and from that of the last. One has not said.
STAYS = [(-5.25, 17.5), (9.25, 16), (-2.75, 16.25), (-35.5, 34), None]
# What people answered: whether they may be photographed, and whether they want an Expo pass. One has not answered.
ANSWERS = [None, (True, "wanted"), (True, "declined"), (False, "wanted"), (True, "wanted")]
WAITING = (f"newcomer{DOMAIN}", "Noor Newcomer")  # waits for approval
LISTED = (f"listed{DOMAIN}", "Lotte Later")  # on the waiting list of the first city, whose quota is used up
CITIES = {
    ("Aldermere", "IE"): ["Aoife Ní Bhriain", "Cormac Daly", "Sinéad O’Rourke"],
    ("Bryllhavn", "DK"): ["Søren Kjærgaard", "Freja Lindqvist"],
    ("Costa Serena", "ES"): ["Lucía Fernández de la Vega", "Íñigo Echeverría", "Núria Puigdemont i Casals"],
    ("Drachenfurt", "DE"): ["Jürgen Weißenberger", "Anneliese Groß"],
    ("Étangville", "FR"): ["Chloé Lefèvre", "Jean-Baptiste d’Aubigné", "Maëlys Çelik"],
    ("Fonteverde", "IT"): ["Niccolò De’ Medici Rossi", "Giulia Colò"],
    ("Grenswaard", "NL"): ["Maarten van der Wijngaard", "Fleur IJzerman", "Youssef el Amrani"],
    ("Hradiště nad Lužnou", "CZ"): ["Kateřina Dvořáková", "Jiří Šťastný"],
    ("Ilmarinkylä", "FI"): ["Väinö Hämäläinen", "Aino Yli-Kärppä"],
    ("Jezioro Dolne", "PL"): ["Łukasz Żółtowski", "Małgorzata Święcicka-Brzęczyszczykiewicz", "Zofia Ćwik"],
    ("Καλλιθέα Νέα", "GR"): ["Ελένη Παπαδοπούλου", "Γιώργος Νικολαΐδης"],
    ("Lunar de Baixo", "PT"): ["João Gonçalves", "Inês Conceição", "Sebastião Abrunhosa"],
}


@transaction.atomic
def seed_demo(*, now: dt.datetime) -> tuple[Edition, bool]:
    """Create or update the demo edition. Return it, and whether anything changed.

    An online session runs at `now` or starts within the hour, and sessions in person are before and after it. Seeding again changes nothing
    until it is over; then all sessions move. Raises ProgrammeError unless DEBUG is on, because anybody can sign in as the demo's organiser, and if a session
    that somebody added to the demo would overlap.
    """
    if not settings.DEBUG:
        raise ProgrammeError(
            "The demo can be created only if DEBUG is on, because anybody can sign in as its people.", code="debug_off"
        )
    edition = Edition.objects.filter(slug=SLUG).first()
    if edition and edition.sessions.to_come(now).filter(slug=ANCHOR, starts_at__lte=now + SOON).exists():
        return edition, False
    edition, _changes = load_programme(document=document_around(now), by=None)
    seed_people(edition, now)
    organiser = User.objects.get(email=ORGANISER[0])
    seed_action_plans(edition, organiser)
    seed_speakers(edition, organiser, now)
    take_as_known(edition)
    return edition, True


def document_around(now: dt.datetime) -> Document:
    """Return the 2025 programme moved by whole days so that the ANCHOR is today, starting at the next quarter of an hour."""
    source = loads(SOURCE.read_bytes())
    anchor = next(session for session in source.sessions if session.slug == ANCHOR)
    assert anchor.starts_at  # noqa: S101 - the file is ours
    days = now.astimezone(source.zone).date() - anchor.starts_at.date()
    first, last = source.edition.first_on + days, source.edition.last_on + days
    edition = {"slug": SLUG, "name": NAME, "first_on": first, "last_on": last, "summary": SUMMARY, "in_person_text": ""}
    edition |= {"registration_opens_at": as_moment(midnight(now - OPEN_SINCE, source.zone), source.zone)}
    edition |= {"registration_closes_at": None, "contact_email": CONTACT, "organiser_name": ORGANISERS}
    edition |= {
        "quiet_from": dt.time(),
        "quiet_until": dt.time(),
    }  # whoever tries it in the evening sees its emails at once
    edition |= {"tagline": TAGLINE, "audience": AUDIENCE}
    edition |= {"choice_opens_at": edition["registration_opens_at"], "choice_closes_at": None}
    next_at = next_quarter(now)
    over_at = next_at + DOOR_OPENS_BEFORE  # of the workshops, so that the door of some session is always open
    starts_at, ends_at = as_moment(next_at, source.zone), as_moment(over_at, source.zone)
    return source.model_copy(
        update={
            "edition": source.edition.model_copy(update=edition),
            "venue": VENUE,  # not the real venue, which the demo must not change
            "sessions": tuple(
                session.model_copy(update={"capacity": CAPACITIES.get(session.track or "")})
                for session in (
                    *(
                        session.model_copy(
                            update={"starts_at": starts_at, "ends_at": ends_at}
                            if session.slug == ANCHOR
                            else later(session, days, hint=date_format(last, "F"))
                        )
                        for session in source.sessions
                    ),
                    *sessions_today(source.zone, starts_at=next_at, ends_at=over_at),
                )
            ),
        }
    )


def later(session: SessionEntry, days: dt.timedelta, *, hint: str) -> dict[str, object]:
    """Return the dates of a session moved by `days`; a session with a date in words gets `hint` instead."""
    dates = {key: getattr(session, key) for key in ("starts_at", "ends_at", "held_on")}
    return {key: date + days for key, date in dates.items() if date} | (
        {"date_hint": hint} if session.date_hint else {}
    )


def midnight(moment: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    return moment.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)


def next_quarter(now: dt.datetime) -> dt.datetime:
    """Return the first full quarter of an hour that is more than 15 minutes away. It is always within the hour."""
    since_hour = dt.timedelta(minutes=now.minute, seconds=now.second, microseconds=now.microsecond)
    return now - since_hour + (since_hour // STEP + 2) * STEP


def seed_people(edition: Edition, now: dt.datetime) -> None:
    organiser, _ = User.objects.get_or_create(email=ORGANISER[0], defaults={"name": ORGANISER[1], "is_staff": True})
    organiser.groups.add(Group.objects.get(name="organiser"))
    with_confirmed_address(organiser)
    for (name, country), people in CITIES.items():
        city, _ = City.objects.get_or_create(name=name, country=country)
        domain = f"{country.lower()}.example"
        delegation, _ = Delegation.objects.get_or_create(
            edition=edition, city=city, defaults={"quota": QUOTA, "email_domains": [f"city.{domain}"]}
        )
        for number, person in enumerate(people, start=1):
            user, _ = User.objects.get_or_create(
                email=f"person{number}.{country.lower()}{DOMAIN}", defaults={"name": person}
            )
            seed_participant(user, delegation, is_coordinator=number == 1)
    newcomer, _ = User.objects.get_or_create(email=WAITING[0], defaults={"name": WAITING[1]})
    seed_participant(newcomer, edition.delegations.order_by("pk")[1], state=Participant.State.PENDING)
    later, _ = User.objects.get_or_create(email=LISTED[0], defaults={"name": LISTED[1]})
    first = edition.delegations.earliest("pk")
    seed_participant(later, first, state=Participant.State.WAITING, waiting_number=1)
    if not edition.seats.exists():
        seed_seats(edition, now)
    if not edition.participants.filter(photo_consent__isnull=False).exists():
        seed_answers(edition)
    seed_stays(edition)


def seed_seats(edition: Edition, now: dt.datetime) -> None:
    """Choose seats for most people. The technical sessions are full; some wait there and keep a seat in the other track."""
    people = list(edition.participants.registered().with_people().order_by("pk"))
    for number, participant in enumerate(people[:-UNDECIDED]):
        first = "technical" if number < CAPACITIES["technical"] else "governance"
        for wanted in (first, "technical") if number % WISHES_TECHNICAL == 0 else (first,):
            wishes = [
                Wish(choice.slot, session, is_full=True)
                for choice in choices_of(participant, now)
                for session in choice.slot.sessions
                if session.track and session.track.slug == wanted
            ]
            choose_seats(participant=participant, wishes=wishes, by=participant.user)


def seed_answers(edition: Edition) -> None:
    """Answer the questions about photos and the Expo pass for most people."""
    people = list(edition.participants.registered().order_by("pk"))
    for number, participant in enumerate(people):
        if answers := ANSWERS[number % len(ANSWERS)]:
            participant.photo_consent, participant.expo_pass = answers
    Participant.objects.bulk_update(people, ["photo_consent", "expo_pass"])


def seed_stays(edition: Edition) -> None:
    """Say when most people arrive and leave, around the later days in person, which move with the demo."""
    sessions = [it for it in sessions_in_person(edition) if it.slug not in TODAY]
    days = [dt.datetime.combine(it.day, dt.time(), edition.zone) for it in days_among(sessions)]
    people = list(edition.participants.registered().order_by("pk"))
    for number, participant in enumerate(people):
        stay = STAYS[number % len(STAYS)]
        if stay and days and (participant.leaves_at is None or participant.leaves_at < days[0]):
            arrives, leaves = (dt.timedelta(hours=hours, minutes=5 * (number % 7)) for hours in stay)
            participant.arrives_at, participant.leaves_at = days[0] + arrives, days[-1] + leaves
    Participant.objects.bulk_update(people, ["arrives_at", "leaves_at"])


def with_confirmed_address(user: User) -> None:
    """Confirm the user's address, as signing in by code does, so that the account pages can be tried out."""
    EmailAddress.objects.get_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})


def seed_participant(user: User, delegation: Delegation, **values: object) -> None:
    """Add somebody to a delegation as of well before the edition's first day, unless they are in the edition in any state."""
    jobs = {"job_title": "Urban planner", "department": "Planning", "hopes": "How other cities began their twin."}
    with_confirmed_address(user)
    edition = delegation.edition
    since = dt.datetime.combine(edition.first_on - REGISTERED_BEFORE, dt.time(10), edition.zone)
    defaults = {"delegation": delegation, "state": Participant.State.REGISTERED, "state_at": since, **jobs, **values}
    Participant.objects.get_or_create(user=user, edition=edition, defaults=defaults)
