"""Decide once who somebody in a session's meeting is: for the live view and for the session's reports alike (decision 66)."""

from collections.abc import Mapping, Sequence

from django.db.models import QuerySet
from django.utils import timezone

from attendance.actions.locks import lock_reports_to_apply
from attendance.actions.platform_evidence import sync_evidence
from attendance.meeting_reports.matching import MatchBasis, MatchGroup
from attendance.meeting_reports.reading import ParsedPerson
from attendance.meeting_reports.roster import addresses_of
from attendance.models import MeetingIdentity, PlatformPerson, ReportedPerson
from attendance.queries.meeting_identities import MeetingIdentities, Shown, identities_of, keys_of, shown_by
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
LONGEST = {it.name: it.max_length or 0 for it in MeetingIdentity._meta.fields if it.name in {"name_key", "email_key"}}


def decide(
    *,
    session: Session,
    person: ParsedPerson,
    shown: Shown,
    verdict: Verdict,
    participant: Participant | None = None,
    by: User,
) -> None:
    """Record who somebody in a session's meeting is, and carry it to those of that name and address live and in reports not applied.

    The last decision counts. `shown`: everybody where it was decided. The edition's meetings are locked (`lock_meetings`).
    """
    keys = keys_of(person, shown)
    if not any(keys.values()) or any(len(text) > LONGEST[name] for name, text in keys.items()):
        return
    superseded_by(person, keys, session).delete()
    decision = {"verdict": verdict, "participant": participant, "decided_by": by, "decided_at": timezone.now()}
    MeetingIdentity.objects.update_or_create(
        {**decision, "edition_id": session.edition_id}, None, session=session, **keys
    )
    carry_over(session)


def superseded_by(person: ParsedPerson, keys: Mapping[str, str], session: Session) -> QuerySet[MeetingIdentity]:
    """Return the earlier decisions about somebody under other keys: what one side shows without an address, the other may show with one."""
    same_name = MeetingIdentity.objects.filter(session=session, name_key=keys["name_key"]).exclude(name_key="")
    others = same_name.exclude(email_key=keys["email_key"])
    if keys["email_key"]:
        return others.filter(email_key__in=["", *addresses_of(person)])
    return others if others.count() == 1 else others.none()


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
        if (decision := identities.of(person, shown, is_certain=row.how in CERTAIN))
        and set_choice(row, decision, HOW_REPORTED)
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
        if (decision := identities.of(as_parsed(row), shown, is_certain=row.how in CERTAIN))
        and set_choice(row, decision, HOW_LIVE)
    ]
    for row in changed:
        row.changed_at = timezone.now()
    return changed


def offer_again(row: ReportedPerson | PlatformPerson) -> None:
    """Suggest whom somebody was matched with, where nobody else is suggested: once it is open again, they are the first to think of."""
    if row.participant_id and not row.suggestions:
        row.suggestions = [row.participant_id]


def set_choice(row: ReportedPerson | PlatformPerson, decision: MeetingIdentity, how: Mapping[Verdict, str]) -> bool:
    """Set who somebody is. Return whether that changed anything."""
    verdict = Verdict(decision.verdict)
    offer_again(row)
    undecided = MatchGroup.TO_CHOOSE if row.suggestions else MatchGroup.UNKNOWN
    choice = (GROUPS.get(verdict, undecided), how.get(verdict, ""), decision.participant_id)
    if choice == (row.group, row.how, row.participant_id):
        return False
    row.group, row.how, row.participant_id = choice
    is_open = verdict == Verdict.OPEN
    row.chosen_by_id = None if is_open else decision.decided_by_id
    row.chosen_at = None if is_open else decision.decided_at
    return True
