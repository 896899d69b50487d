"""Remember by which names and addresses participants were seen in meetings, as organisers confirmed it."""

from collections.abc import Sequence

from django.db.models import Q
from django.utils import timezone

from attendance.meeting_reports.names import can_be_alias
from attendance.meeting_reports.reading import ParsedPerson
from attendance.meeting_reports.reading.labels import fold
from attendance.meeting_reports.roster import address_of
from attendance.models import Alias, Report
from programme.models import Edition, Participant
from udtacademy.accounts.models import User

LONGEST_KEY: dict[str, int] = {
    "email_key": Alias._meta.get_field("email_key").max_length or 0,
    "name_key": Alias._meta.get_field("name_key").max_length or 0,
}


def cities_of(edition: Edition) -> list[str]:
    """Return the names of an edition's cities, folded."""
    return [fold(it) for it in edition.delegations.order_by().values_list("city__name", flat=True)]


def learn_alias(
    *,
    participant: Participant,
    person: ParsedPerson,
    by: User,
    report: Report | None = None,
    cities: Sequence[str] | None = None,
) -> None:
    """Remember whom somebody was matched to: by address, and by name if it is a full one. The last choice counts."""
    edition = participant.edition
    keys = {"email_key": address_of(person)}
    if can_be_alias(person.name, cities_of(edition) if cities is None else cities):
        keys["name_key"] = fold(person.name)
    confirmation = {"participant": participant, "report": report, "confirmed_by": by, "confirmed_at": timezone.now()}
    for field, key in keys.items():
        if 0 < len(key) <= LONGEST_KEY[field]:  # folding may lengthen a name
            Alias.objects.update_or_create(defaults=confirmation, edition=edition, **{field: key})  # type: ignore[arg-type]


def forget_alias(*, edition: Edition, participant: int | None, person: ParsedPerson) -> None:
    """Delete what was learnt of a choice that no longer stands. What a report taught stays with the report."""
    if participant:
        called = Q(name_key=fold(person.name), name_key__gt="") | Q(email_key=address_of(person), email_key__gt="")
        Alias.objects.filter(called, edition=edition, participant=participant, report=None).delete()
