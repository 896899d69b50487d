"""The people in a session's meeting: brought up to date with the platform's events, and matched by organisers."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.actions.aliases import Confirmed, remember
from attendance.actions.locks import lock_meetings, lock_reports_to_apply
from attendance.actions.meeting_identities import CHOICE, Choice, Verdict, decide, identify_live, set_choice
from attendance.actions.platform_evidence import sync_evidence
from attendance.meeting_reports.reading.labels import fold
from attendance.models import PlatformEvent, PlatformPerson
from attendance.models.actual_time import held_at
from attendance.platforms.events import Person, fuller
from attendance.queries import report_roster
from attendance.queries.meeting_identities import identities_of, shown_by
from attendance.queries.platform_matches import as_parsed, matches_of
from attendance.queries.platform_meetings import Meeting
from attendance.rules.meeting_events import Event, EventKind, Presence, presences
from programme.errors import ProgrammeError
from programme.models import Session
from udtacademy.accounts.models import User
from udtacademy.db.history import acting

How = PlatformPerson.How
UPDATED = (
    *("name", "email", "own_id", "intervals", "is_inside", "is_waiting"),
    *("group", "how", "participant", "suggestions", "chosen_by", "chosen_at", "changed_at"),
)


def follow_meeting(session: Session, meeting: Meeting, people: Mapping[str, Person]) -> None:
    """Bring the people in a session's meeting up to date with all events of it, and the evidence with them.

    `people`: what new events say of people, by key.
    """
    lock_meetings(session.edition_id)
    ends_at = held_at(session).ends_at
    events = PlatformEvent.objects.in_meeting(*meeting, session).order_by()
    columns = events.values_list("kind", "occurred_at", "instance", "connection", "person")
    found = presences(
        (Event(EventKind(kind), at, *about) for kind, at, *about in columns.iterator(chunk_size=10_000)),
        closes_at=ends_at if ends_at and ends_at <= timezone.now() else None,
    )
    save_people(session, meeting, found, people)
    sync_evidence(session)


def save_people(
    session: Session, meeting: Meeting, found: Mapping[str, Presence], people: Mapping[str, Person]
) -> None:
    """Save who was in the meeting and when. Keys that are of somebody else, as later events tell, go."""
    platform, number = meeting
    of_meeting = PlatformPerson.objects.filter(session=session, platform=platform, meeting=number)
    known = {it.key: it for it in of_meeting}
    rows, changed = [], []
    for key, presence in found.items():
        blank = PlatformPerson(
            session=session, edition_id=session.edition_id, platform=platform, meeting=number, key=key
        )
        row = known.get(key, blank)
        rows.append(row)
        if update(row, presence, people.get(key)):
            changed.append(row)
    n_shown = Counter(fold(row.name) for row in rows)
    doubtful = [it for it in rows if it.how == How.ALIAS and n_shown[fold(it.name)] > 1]
    match_again(session, [*(it for it in changed if is_open(it)), *doubtful], rows)
    to_save = {id(it): it for it in (*changed, *doubtful)}.values()
    PlatformPerson.objects.bulk_create([it for it in to_save if not it.pk], batch_size=1000)
    PlatformPerson.objects.bulk_update([it for it in to_save if it.pk], UPDATED, batch_size=500)
    of_meeting.filter(key__in=known.keys() - found.keys()).delete()


def is_open(row: PlatformPerson) -> bool:
    """Return whether it is not established who somebody is, and no organiser has decided about them."""
    return row.participant_id is None and not row.how


def update(row: PlatformPerson, presence: Presence, person: Person | None) -> bool:
    """Update a person. Return whether that changed anything."""
    values = {
        "intervals": [
            [it.starts_at.isoformat(), it.ends_at and it.ends_at.isoformat(), it.is_estimated] for it in presence.stays
        ],
        "is_inside": presence.is_inside,
        "is_waiting": presence.is_waiting,
    }
    if person:
        whole = fuller(Person(row.name, row.email, row.own_id) if row.pk else None, person)
        values |= {"name": whole.name, "email": whole.email, "own_id": whole.own_id}
    is_changed = not row.pk or any(getattr(row, name) != value for name, value in values.items())
    if is_changed:
        for name, value in values.items():
            setattr(row, name, value)
        row.changed_at = timezone.now()
    return is_changed


def match_again(session: Session, rows: list[PlatformPerson], everybody: Sequence[PlatformPerson]) -> None:
    """Set who people are, as far as it is beyond doubt or an organiser has decided it. `everybody`: in the meeting."""
    for row, match in zip(rows, matches_of(session, rows, (it.name for it in everybody)), strict=True):
        row.group, row.how, row.participant_id = match.group, match.how, match.pk
        row.suggestions = match.suggestions
    identify_live(rows, shown_by(map(as_parsed, everybody)), identities_of(session) if rows else None)


@transaction.atomic
def choose_platform_people(*, session: Session, choices: Sequence[Choice[PlatformPerson]], by: User) -> None:
    """Record who people in a session's meeting are: participants, nobody, or left open, so that nothing automatic matches them again. All, or none.

    The session's reports know it too, and participants get aliases. Raises ProgrammeError for a participant who does not take part, if somebody
    has meanwhile turned out to be another, and if another organiser has changed who somebody is that is to be left open. The number of queries does not depend
    on how many choices there are.
    """
    with acting(by):
        rows, now = locked(session, choices), timezone.now()
        chosen = [replace(it, person=rows[it.person.pk]) for it in choices]
        confirmed = []
        for choice in chosen:
            row = choice.person
            confirmed.append(Confirmed(as_parsed(row), choice.participant, before=row.participant_id))
            set_choice(row, choice.verdict, choice.participant_id, by.pk, now)
            row.changed_at = now
        PlatformPerson.objects.bulk_update(rows.values(), [*CHOICE, "changed_at"], batch_size=500)
        shown = shown_by(map(as_parsed, PlatformPerson.objects.filter(session=session)))
        decide(session=session, choices=chosen, shown=shown, by=by)
        sync_evidence(session)
        remember(edition=session.edition, choices=confirmed, by=by)


def locked(session: Session, choices: Sequence[Choice[PlatformPerson]]) -> dict[int, PlatformPerson]:
    """Lock the meetings of an edition and the session's reports; return the people as they are now. Raises ProgrammeError as `choose_platform_people`."""
    lock_meetings(session.edition_id)
    rows = PlatformPerson.objects.filter(session=session).in_bulk([it.person.pk for it in choices])
    for choice in choices:
        person, participant = choice.person, choice.participant
        if participant and participant.edition_id != session.edition_id:
            raise ProgrammeError(_("This person takes part in another edition."), code="other_edition")
        if participant:
            report_roster.check_choosable(participant)
        if person.pk not in rows:
            raise ProgrammeError(
                _("The platform has just told who this is. Look at the list again."), code="platform_person_gone"
            )
        if choice.verdict == Verdict.OPEN and rows[person.pk].participant_id != person.participant_id:
            raise ProgrammeError(
                _("Somebody else has just changed who this is. Look at the list again."), code="platform_person_changed"
            )
    lock_reports_to_apply(session)  # before attendances and aliases, in the order of `apply_report`
    return rows
