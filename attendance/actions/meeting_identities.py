"""Decide once who somebody in a session's meeting is: for the live view and for the session's reports alike (decision 66)."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.utils import timezone

from attendance.actions.locks import lock_reports_to_apply
from attendance.actions.platform_evidence import sync_evidence
from attendance.meeting_reports.matching import MatchBasis, MatchGroup
from attendance.meeting_reports.reading import ParsedPerson
from attendance.meeting_reports.roster import addresses_of
from attendance.models import MeetingIdentity, PlatformPerson, ReportedPerson
from attendance.queries.meeting_identities import Keys, MeetingIdentities, Shown, identities_of, keys_of, shown_by
from attendance.queries.platform_matches import as_parsed
from programme.models import Participant, Session
from udtacademy.accounts.models import User

Verdict = MeetingIdentity.Verdict
GROUPS = {Verdict.PARTICIPANT: MatchGroup.MATCHED, Verdict.NOBODY: MatchGroup.IGNORED}
HOW_REPORTED = {Verdict.PARTICIPANT: ReportedPerson.How.CHOSEN, Verdict.NOBODY: ReportedPerson.How.NOBODY}
HOW_LIVE = {
    Verdict.PARTICIPANT: PlatformPerson.How.CHOSEN,
    Verdict.NOBODY: PlatformPerson.How.NOBODY,
    Verdict.OPEN: PlatformPerson.How.OPEN,
}
CERTAIN = {PlatformPerson.How.LINK, MatchBasis.EMAIL}
CHOICE = ("group", "how", "participant", "suggestions", "chosen_by", "chosen_at")
LONGEST: tuple[int, int] = (
    MeetingIdentity._meta.get_field("name_key").max_length or 0,
    MeetingIdentity._meta.get_field("email_key").max_length or 0,
)
Row = TypeVar("Row", ReportedPerson, PlatformPerson)


@dataclass(frozen=True)
class Choice(Generic[Row]):
    """Who an organiser says somebody in a report or in a meeting is: `participant`, nobody, or left open to decide later."""

    person: Row
    verdict: Verdict
    participant: Participant | None = None

    @property
    def participant_id(self) -> int | None:
        return self.participant.pk if self.participant else None


def decide(
    *,
    session: Session,
    choices: Iterable[Choice[ReportedPerson]] | Iterable[Choice[PlatformPerson]],
    shown: Shown,
    by: User,
) -> None:
    """Record who people in a session's meeting are, and carry it to those of these names and addresses live and in reports not applied.

    The last decision counts. `shown`: everybody where it was decided. The edition's meetings are locked (`lock_meetings`). A query for what was decided
    before, one for what goes and one for what is new, and what `carry_over` takes: however many choices.
    """
    before = {(it.name_key, it.email_key): it for it in MeetingIdentity.objects.filter(session=session)}
    now = dict(before)
    for choice in choices:
        person = parsed(choice.person)
        keys = keys_of(person, shown)
        if not any(keys) or any(len(key) > longest for key, longest in zip(keys, LONGEST, strict=True)):
            continue
        for superseded in superseded_by(person, keys, now):
            del now[superseded]
        now[keys] = MeetingIdentity(
            session=session,
            edition_id=session.edition_id,
            name_key=keys[0],
            email_key=keys[1],
            verdict=choice.verdict,
            participant=choice.participant,
            decided_by=by,
        )
    if now == before:
        return
    MeetingIdentity.objects.filter(pk__in=[it.pk for keys, it in before.items() if keys not in now]).delete()
    MeetingIdentity.objects.bulk_create(
        [it for it in now.values() if it.pk is None],
        update_conflicts=True,
        unique_fields=["session", "name_key", "email_key"],
        update_fields=["verdict", "participant", "decided_by", "decided_at"],
    )
    carry_over(session)


def superseded_by(person: ParsedPerson, keys: Keys, decided: Iterable[Keys]) -> list[Keys]:
    """Return the earlier decisions about somebody under other keys: what one side shows without an address, the other may show with one."""
    name, email = keys
    others = [it for it in decided if name and it[0] == name and it[1] != email]
    if email:
        return [it for it in others if it[1] in {"", *addresses_of(person)}]
    return others if len(others) == 1 else []


def parsed(row: ReportedPerson | PlatformPerson) -> ParsedPerson:
    return row.in_file if isinstance(row, ReportedPerson) else as_parsed(row)


def carry_over(session: Session) -> None:
    """Let the people in a session's meeting and reports be whom organisers decided, and evidence follow. Applied reports stay as they are."""
    identities = identities_of(session)
    for report in lock_reports_to_apply(session):
        changed = identify_reported(list(report.people.order_by("position")), identities)
        ReportedPerson.objects.bulk_update(changed, CHOICE, batch_size=500)
    people = list(PlatformPerson.objects.filter(session=session).order_by("pk"))
    if changed_live := identify_live(people, shown_by(map(as_parsed, people)), identities):
        PlatformPerson.objects.bulk_update(changed_live, [*CHOICE, "changed_at"], batch_size=500)
        sync_evidence(session)


def identify_reported(people: Sequence[ReportedPerson], identities: MeetingIdentities | None) -> list[ReportedPerson]:
    """Set whom organisers decided the people of a report to be. Return those that changed."""
    if identities is None:
        return []
    parsed = [it.in_file for it in people]
    shown = shown_by(parsed)
    return [
        row
        for row, person in zip(people, parsed, strict=True)
        if (decision := identities.of(person, shown, is_certain=row.how in CERTAIN)) and carry_to(row, decision)
    ]


def identify_live(
    people: Sequence[PlatformPerson], shown: Shown, identities: MeetingIdentities | None
) -> list[PlatformPerson]:
    """Set whom organisers decided people in a meeting to be. Return those that changed. `shown`: everybody in the meeting."""
    if identities is None:
        return []
    changed = [
        row
        for row in people
        if (decision := identities.of(as_parsed(row), shown, is_certain=row.how in CERTAIN)) and carry_to(row, decision)
    ]
    for row in changed:
        row.changed_at = timezone.now()
    return changed


def carry_to(row: ReportedPerson | PlatformPerson, decision: MeetingIdentity) -> bool:
    """Set who somebody is, as decided. Return whether that changed anything."""
    return set_choice(
        row, Verdict(decision.verdict), decision.participant_id, decision.decided_by_id, decision.decided_at
    )


def set_choice(
    row: ReportedPerson | PlatformPerson, verdict: Verdict, participant: int | None, by: int, at: dt.datetime
) -> bool:
    """Set who somebody is; not saved. Return whether that changed anything. Who they were taken for is suggested once they are open again."""
    if row.participant_id and not row.suggestions:
        row.suggestions = [row.participant_id]
    hows = HOW_REPORTED if isinstance(row, ReportedPerson) else HOW_LIVE
    undecided = MatchGroup.TO_CHOOSE if row.suggestions else MatchGroup.UNKNOWN
    choice = (GROUPS.get(verdict, undecided), hows.get(verdict, ""), participant)
    if choice == (row.group, row.how, row.participant_id):
        return False
    row.group, row.how, row.participant_id = choice
    row.chosen_by_id, row.chosen_at = (by, at) if row.how else (None, None)
    return True
