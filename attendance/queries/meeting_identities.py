"""What organisers have decided about the people in a session's meeting, live or in a report."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from attendance.meeting_reports.reading import ParsedPerson
from attendance.meeting_reports.reading.labels import fold
from attendance.meeting_reports.roster import address_of, addresses_of
from attendance.models import MeetingIdentity, PlatformPerson
from attendance.queries.platform_matches import as_parsed
from programme.models import Session

Keys = tuple[str, str]  # name and address, folded; one may be empty


@dataclass(frozen=True)
class Shown:
    """How many people of a file or a meeting have each folded name and each address."""

    names: Counter[str]
    addresses: Counter[str]


def shown_by(people: Iterable[ParsedPerson]) -> Shown:
    named = [(fold(it.name), addresses_of(it)) for it in people]
    return Shown(Counter(name for name, _addresses in named), Counter(it for _name, their in named for it in their))


class MeetingIdentities:
    """The decisions about a session's meeting. `live`: the people in it; what several of them are called identifies nobody."""

    def __init__(self, decisions: Iterable[MeetingIdentity], live: Shown) -> None:
        self.decisions, self.live = list(decisions), live

    def of(self, person: ParsedPerson, shown: Shown, *, is_certain: bool) -> MeetingIdentity | None:
        """Return the decision about a person; None if there is none, or several that disagree.

        The same name and address decide first, then an address or a name that only one person has in `shown`. A name alone does not if the
        person is certain (`is_certain`: matched by address or own link) or has another address than the one decided about.
        """
        name, addresses = fold(person.name), addresses_of(person)
        by_address = [it for it in self.decisions if it.email_key in addresses]
        candidates = [it for it in by_address if it.name_key == name]
        if not candidates:
            candidates = [it for it in by_address if shown.addresses[it.email_key] == 1]
        if not candidates and not is_certain and shown.names[name] == 1 and self.live.names[name] <= 1:
            same = [it for it in self.decisions if name and it.name_key == name]
            candidates = [it for it in same if not (it.email_key and addresses)]
        verdicts = {(it.verdict, it.participant_id) for it in candidates}
        return candidates[0] if len(verdicts) == 1 else None


def identities_of(session: Session | None) -> MeetingIdentities | None:
    """Return what organisers have decided about a session's meeting; None if that is nothing. Two queries."""
    decisions = list(MeetingIdentity.objects.filter(session=session).order_by("pk")) if session else []
    if not decisions:
        return None
    return MeetingIdentities(decisions, shown_by(map(as_parsed, PlatformPerson.objects.filter(session=session))))


def keys_of(person: ParsedPerson, shown: Shown) -> Keys:
    """Return the name and the address by which a decision about somebody is found again.

    A name that others have as well, without an address, says nothing.
    """
    name, email = fold(person.name), address_of(person)
    return (name if email or shown.names[name] == 1 else ""), email
