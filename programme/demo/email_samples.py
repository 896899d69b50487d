"""A sample of each email about an edition, for the style guide and for the pages of an edition's words. Nothing is saved."""

import datetime as dt
from collections.abc import Callable
from copy import deepcopy
from functools import partial
from typing import Any

from programme import emails
from programme.calendars.files import absolute
from programme.formats import session_time
from programme.models import (
    ActionPlanStep,
    Application,
    City,
    Delegation,
    Edition,
    Invitation,
    Participant,
    Question,
    Seat,
    Session,
    SessionSpeaker,
    Speaker,
    Track,
    Venue,
)
from programme.queries.email_words import SAMPLE
from programme.rules.coming import ComingRule, DaysInPerson
from programme.rules.editions import Dates
from udtacademy.accounts.models import User
from udtacademy.outbox.models import Message

VENUE = Venue(pk=1, name="Casa de Cultura", address="Plaça de l’Hospital, 6, Girona")
EDITION = Edition(
    pk=1,
    slug="udt-2026",
    name="UDT Academy 2026",
    time_zone="Europe/Madrid",
    first_on=dt.date(2026, 9, 24),
    last_on=dt.date(2026, 12, 10),
    venue=VENUE,
    registration_closes_at=dt.datetime(2026, 9, 20, 21, 59, tzinfo=dt.UTC),
    contact_email="academy@girona.example",
)
TEAM = Delegation(pk=1, edition=EDITION, city=City(pk=1, name="Tampere", country="FI"), quota=5)
READER = User(pk=1, name="Aino Virtanen", email="aino@tampere.example", time_zone="Europe/Helsinki")
ORGANISER = User(pk=2, name="Olga Organiser", email="olga@girona.example", time_zone="Europe/Madrid")
COLLEAGUE = User(pk=3, name="Mikko Laine", email="mikko@tampere.example", time_zone="Europe/Helsinki")
LINK = absolute("/invitations/sample/")


def session(number: int, title: str, starts_at: str, minutes: int = 90, **values: Any) -> Session:
    """Return a session that starts at an ISO time in UTC."""
    start = dt.datetime.fromisoformat(starts_at).replace(tzinfo=dt.UTC)
    slug = title.lower().replace(" ", "-").replace(":", "")
    times = {"starts_at": start, "ends_at": start + dt.timedelta(minutes=minutes)}
    return Session(pk=number, edition=EDITION, slug=slug, title=title, status="confirmed", **(times | values))


PEER = session(1, "Peer-learning: from challenge to use case", "2026-09-24T14:00", is_core=True)
PREPARING = session(2, "Preparing for the in-person meeting", "2026-10-15T14:00", is_core=True)
GOVERNANCE = session(
    3,
    "Who decides about the twin",
    "2026-11-05T10:30",
    format="in_person",
    track=Track(name="Governance"),
    location="Aula 1",
)
TECHNICAL = session(
    4,
    "From sensors to a model",
    "2026-11-05T10:30",
    format="in_person",
    track=Track(name="Technical"),
    location="Aula 2",
)
LAB = session(5, "Action Plan Lab", "2026-11-05T15:00", format="in_person", is_core=True, location="Aula Magna")


ABOUT: dict[str, Any] = {
    "dates": Dates(EDITION.first_on, EDITION.last_on),
    "core_sessions": [PEER, PREPARING, LAB],
}


def written(template: str, **values: Any) -> Message:
    """Return the email of a template about EDITION, or about the edition of the sample that is written, in its place."""
    edition = shown_edition()
    if edition is EDITION:
        return emails.written(template, edition=EDITION, **values)
    if "dates" in values:
        values["dates"] = Dates(edition.first_on, edition.last_on)
    return emails.written(template, edition=edition, **addressed(deepcopy(values, {id(EDITION): edition}), edition))


def addressed(value: Any, edition: Edition) -> Any:
    """Return a value of a sample with the addresses of an edition in the place of EDITION's. Words of organisers stay as they are."""
    if isinstance(value, str):
        return value.replace(f"/{EDITION.slug}/", f"/{edition.slug}/")
    if isinstance(value, dict):
        return {key: addressed(it, edition) for key, it in value.items()}
    if isinstance(value, list):
        return [addressed(it, edition) for it in value]
    return value


def shown_edition() -> Edition:
    sample = SAMPLE.get()
    return (sample.edition if sample else None) or EDITION


def participant(**values: Any) -> Participant:
    known = {"pk": 1, "user": READER, "edition": EDITION, "delegation": TEAM, "state": Participant.State.REGISTERED}
    return Participant(**(known | values))


def to_participant(template: str, reader: Participant | None = None, /, **values: Any) -> Message:
    """Return the email of a template to a participant, with what they were told on the way left out."""
    more = {"participant": reader or participant(), "dates": ABOUT["dates"]} | values
    return written(template, to=READER.email, user=READER, **more)


def about_seat(template: str, state: str = "held", **values: Any) -> Message:
    seat = Seat(pk=1, session=GOVERNANCE, participant=participant(), state=state)
    return to_participant(template, seat=seat, session=GOVERNANCE, **values)


def to_invited(template: str, **values: Any) -> Message:
    when = dt.datetime(2026, 8, 31, 9, tzinfo=dt.UTC)
    invitation = Invitation(
        pk=1,
        delegation=TEAM,
        name=READER.name,
        email=READER.email,
        created_at=when,
        expires_at=when + dt.timedelta(days=21),
    )
    more: dict[str, Any] = {"invitation": invitation, "by": COLLEAGUE, "link": LINK, "is_sensitive": True}
    return written(template, to=READER.email, **(ABOUT | more | values))


def to_applicant(template: str, **values: Any) -> Message:
    application = Application(pk=1, edition=EDITION, contact=READER, city_name="Tampere", country="FI")
    more: dict[str, Any] = {"application": application, "quota": 5, "text": ""} | values
    return written(template, to=READER.email, user=READER, read_as="application", **more)


def to_another(template: str, **values: Any) -> Message:
    return written(template, to=ORGANISER.email, user=ORGANISER, **(ABOUT | values))


def to_speaker(template: str) -> Message:
    speaker = Speaker(pk=1, edition=EDITION, name="Ines Duarte", email="ines@coast.example")
    sessions = [SessionSpeaker(pk=1, edition=EDITION, session=GOVERNANCE, speaker=speaker, part="moderator")]
    more: dict[str, Any] = {"sessions": sessions, "speaker": speaker, "is_sensitive": True}
    return written(template, to=speaker.email, link=absolute("/speaker/sample/"), **more)


COORDINATOR = partial(participant, is_coordinator=True)
WAITING = partial(participant, state=Participant.State.WAITING, waiting_number=3)
DAYS = DaysInPerson(dt.date(2026, 11, 5), dt.date(2026, 11, 6), dt.datetime(2026, 11, 5, 10, 30, tzinfo=dt.UTC))
IN_CALENDAR: dict[str, Any] = {
    "has_calendars": True,
    "core_sessions": [PEER, PREPARING, LAB],
    "days_in_person": DAYS,
    "choosing": "open",
}
ASKS_AT = dt.datetime(2026, 10, 29, 8, tzinfo=dt.UTC)
COMING = ComingRule(DAYS, asks_at=ASKS_AT, reminds_at=None, zone=EDITION.zone, quiet=EDITION.quiet_hours)
QUESTIONS = [
    Question(edition=EDITION, key="phone", labels={"en": "Emergency phone number"}),
    Question(edition=EDITION, key="topics", labels={"en": "Which topics interest you?"}),
]


def changes() -> list[tuple[Session, str]]:
    moved = deepcopy(PREPARING, {id(EDITION): shown_edition()})
    return [(PREPARING, f"“{moved}” is now on {session_time(moved)}"), (TECHNICAL, f"“{TECHNICAL}” is cancelled")]


CAMPAIGN = f"""Dear Aino Virtanen,

in the next session, “Preparing for the in-person meeting” on Thursday 15 October 2026, each city says in two sentences which use case it works on.

• What is the question your twin answers?
• Who in your city asks it?

→ Open your page: {absolute("/portal/udt-2026/")}

Olga Organiser"""
ACCEPTED = "Your challenge about heat in schoolyards fits well with those of Girona and Ghent."
DECLINED = "Your use case is clear. In a next round, say which data the city already has."

SAMPLES: dict[str, Callable[[], Message]] = {
    "address_corrected": lambda: to_participant("address_corrected", **IN_CALENDAR),
    "address_replaced": lambda: to_another("address_replaced"),
    "application_accepted": lambda: to_applicant("application_accepted", way_in="invited", text=ACCEPTED),
    "application_declined": lambda: to_applicant("application_declined", text=DECLINED),
    "application_received": lambda: to_applicant("application_received"),
    "application_waiting": lambda: to_applicant("application_waiting"),
    "approved": lambda: to_participant("approved", **IN_CALENDAR),
    "campaign": lambda: to_participant("campaign", subject="Which use case will Tampere bring?", text=CAMPAIGN),
    "campaign_test": lambda: to_another("campaign_test", subject="Which use case will Tampere bring?", text=CAMPAIGN),
    "changed": lambda: to_participant("changed", changes=changes(), has_calendars=True, can_come=True, note=""),
    "coming_question": lambda: to_participant("coming_question", rule=COMING, is_reminder=False),
    "colleague_invited": lambda: to_invited("colleague_invited"),
    "coordinator_invited": lambda: to_invited("coordinator_invited"),
    "declined": lambda: to_participant("declined", participant(state_reason="The team of Tampere is complete.")),
    "invitation_reminder": lambda: to_invited("invitation_reminder"),
    "link_to_forward": lambda: to_invited("link_to_forward"),
    "made_coordinator": lambda: to_participant("made_coordinator", COORDINATOR()),
    "materials_wanted": lambda: to_speaker("materials_wanted"),
    "moved": lambda: to_participant("moved", WAITING(), position=3),
    "no_longer_coordinator": lambda: to_participant(
        "no_longer_coordinator", successor=participant(pk=2, user=COLLEAGUE)
    ),
    "plan_due_moved": lambda: to_participant(
        "plan_due_moved",
        COORDINATOR(),
        step=ActionPlanStep(title="First draft"),
        due=dt.datetime(2026, 10, 29, 15, tzinfo=dt.UTC),
        before=dt.datetime(2026, 10, 22, 14, tzinfo=dt.UTC),
        has_time=True,
    ),
    "plan_feedback": lambda: to_participant(
        "plan_feedback", COORDINATOR(), step=ActionPlanStep(title="First draft"), giver=""
    ),
    "place_offered": lambda: to_participant(
        "place_offered", by=ORGANISER, invitation=Invitation(email=COLLEAGUE.email)
    ),
    "questions_added": lambda: to_participant("questions_added", questions=QUESTIONS),
    "quota_promoted": lambda: to_participant("quota_promoted", **IN_CALENDAR),
    "quota_waiting": lambda: to_participant("quota_waiting", WAITING(), position=3),
    "registered": lambda: to_participant("registered", COORDINATOR(), **IN_CALENDAR),
    "seat_assigned": lambda: about_seat("seat_assigned", given_up="“From sensors to a model”"),
    "seat_clash": lambda: to_participant(
        "seat_clash", kept_session=GOVERNANCE, lost_session=TECHNICAL, was_held=True, can_choose=True
    ),
    "seat_lost": lambda: about_seat("seat_lost", sessions=[GOVERNANCE]),
    "seat_offered": lambda: about_seat("seat_offered", state="waiting", held="“From sensors to a model”"),
    "seat_promoted": lambda: about_seat(
        "seat_promoted", sessions=[GOVERNANCE, LAB], given_up="“From sensors to a model”"
    ),
    "seat_removed": lambda: about_seat("seat_removed", reason="The room is smaller than planned."),
    "seat_wanted": lambda: to_participant("seat_wanted", COORDINATOR(), delegation=TEAM, person=COLLEAGUE),
    "seats_chosen": lambda: to_participant(
        "seats_chosen", held=[GOVERNANCE, LAB], waited_for="“From sensors to a model”", has_calendars=True
    ),
    "speaker_invited": lambda: to_speaker("speaker_invited"),
    "speaker_reminder": lambda: to_speaker("speaker_reminder"),
    "staff_invited": lambda: to_another(
        "staff_invited", person=ORGANISER, by=COLLEAGUE, role="organiser", admin_path="/admin/"
    ),
    "waiting": lambda: to_participant("waiting", participant(state=Participant.State.PENDING)),
    "withdrawn": lambda: to_participant("withdrawn", participant(state=Participant.State.WITHDRAWN)),
}
