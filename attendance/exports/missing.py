"""Who is missing from a core session, as a spreadsheet: what the page shows of all its pages, in its order."""

from collections.abc import Iterable, Iterator

from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.queries.missing import MissingCity, MissingPerson
from udtacademy.tables.writing import Row


def rows_of(cities: Iterable[MissingCity]) -> Iterator[Row]:
    """Yield the headings, and a row for each person: those who registered later after the others of their city."""
    yield [_("City"), _("Name"), _("Email"), _("Coordinator"), _("State"), _("Emailed"), _("Request")]
    for city in cities:
        for person in (*city.people, *city.late):
            yield [str(city.delegation), *about(person)]


def about(person: MissingPerson) -> Row:
    participant, sent = person.participant, person.written
    return [
        str(participant),
        participant.user.email,
        _("yes") if participant.is_coordinator else "",
        state_of(person),
        timezone.localtime(sent.sent_at or sent.created_at) if sent else None,
        str(person.request.get_kind_display()) if person.request else "",
    ]


def state_of(person: MissingPerson) -> str:
    if person.is_late:
        return _("registered later, has to make it up")
    return (
        _("%(state)s; whose place it was, was there") % {"state": person.state} if person.is_covered else person.state
    )
