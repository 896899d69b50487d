"""Remember by which names and addresses participants were seen in meetings, as organisers confirmed it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone

from attendance.actions.locks import lock_aliases
from attendance.meeting_reports.names import can_be_alias
from attendance.meeting_reports.reading import ParsedPerson
from attendance.meeting_reports.reading.labels import fold
from attendance.meeting_reports.roster import address_of
from attendance.models import Alias, Report
from programme.models import Edition, Participant
from udtacademy.accounts.models import User

LONGEST_NAME = Alias._meta.get_field("name_key").max_length or 0
LONGEST_EMAIL = Alias._meta.get_field("email_key").max_length or 0
CONFIRMATION = ("participant", "report", "confirmed_by", "confirmed_at")


@dataclass(frozen=True)
class Confirmed:
    """An organiser's choice about somebody in a meeting. `before`: the participant they were taken for, of whom it is no longer learnt."""

    person: ParsedPerson
    participant: Participant | None
    before: int | None = None


def remember(*, edition: Edition, choices: Sequence[Confirmed], by: User, report: Report | None = None) -> None:
    """Remember whom people were matched to: by address, and by name if it is a full one. The last choice counts.

    Deletes what was learnt of choices that no longer stand; what a report taught stays with the report. Six queries at most, however many choices.
    """
    lock_aliases(edition.pk)
    cities = [fold(it) for it in edition.delegations.order_by().values_list("city__name", flat=True)]
    known = {(it.name_key, it.email_key): it for it in Alias.objects.filter(edition=edition).order_by("pk")}
    aliases, confirmed = dict(known), set()
    for choice in choices:
        for key in keys_of(choice.person):
            alias = aliases.get(key)
            if alias and choice.before and (alias.participant_id, alias.report_id) == (choice.before, None):
                del aliases[key]
                confirmed.discard(key)
            if choice.participant and (key[1] or can_be_alias(choice.person.name, cities)):
                alias = aliases[key] = known.get(key) or Alias(edition=edition, name_key=key[0], email_key=key[1])
                alias.participant, alias.report = choice.participant, report
                alias.confirmed_by, alias.confirmed_at = by, timezone.now()
                confirmed.add(key)
    Alias.objects.filter(pk__in=[it.pk for key, it in known.items() if key not in aliases]).delete()
    Alias.objects.bulk_update([aliases[key] for key in confirmed & known.keys()], CONFIRMATION)
    Alias.objects.bulk_create([aliases[key] for key in confirmed - known.keys()])


def keys_of(person: ParsedPerson) -> list[tuple[str, str]]:
    """Return the name and the address by which somebody could be remembered, as far as they fit: folding may lengthen a name."""
    name, email = fold(person.name), address_of(person)
    return [
        *([(name, "")] if 0 < len(name) <= LONGEST_NAME else []),
        *([("", email)] if 0 < len(email) <= LONGEST_EMAIL else []),
    ]
