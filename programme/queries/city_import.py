"""What importing a list of cities would do."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from programme.errors import ProgrammeError
from programme.imports.addresses import name_and_address
from programme.imports.cities import CityFinder, name_and_country
from programme.imports.labels import Column
from programme.imports.outcomes import FieldChange, ImportPlan, Outcome, PlannedRow, changes_between, outcome_of
from programme.imports.reading import LABELS, ListRow
from programme.models import City, Delegation, Edition
from programme.models.delegation import is_city_domain
from udtacademy.db.addresses import typed_domains, validate_address
from udtacademy.db.fields import validate_name

MOST_PEOPLE = 32_767  # of a PositiveSmallIntegerField
USUAL_QUOTA: int = Delegation._meta.get_field("quota").default


@dataclass(frozen=True)
class ListedCity:
    """A city in a list, as it is to be. `city`: None for one not known in any edition; `delegation`: None for a new one."""

    name: str
    country: str
    quota: int
    coordinator: str  # their name, for the invitation
    coordinator_email: str
    domains: tuple[str, ...]
    city: City | None
    delegation: Delegation | None

    @property
    def invites(self) -> bool:
        """Return whether there is somebody new to invite as the coordinator."""
        before = self.delegation.coordinator_email if self.delegation else ""
        return self.coordinator_email not in {"", before}


@dataclass(frozen=True)
class Coordination:
    """What a row says about the coordinator."""

    name: str
    email: str

    def or_before(self, delegation: Delegation | None) -> "Coordination":
        """Return it with what is known, where the row is empty. A name belongs to its address: another has none yet."""
        if delegation is None or self.email not in {"", delegation.coordinator_email}:
            return self
        return Coordination(self.name or delegation.coordinator_name, delegation.coordinator_email)


def plan_cities(edition: Edition, rows: Sequence[ListRow]) -> ImportPlan[ListedCity]:
    planner = CityPlanner(edition)
    return ImportPlan([planner.planned(row) for row in rows])


class CityPlanner:
    def __init__(self, edition: Edition) -> None:
        self.cities: CityFinder[City] = CityFinder(City.objects.all(), lambda it: (it.name, it.country))
        delegations = edition.delegations.select_related("city").with_counts()
        self.delegations = {it.city_id: it for it in delegations}
        coordinated = edition.participants.filter(is_coordinator=True, state="registered")
        self.coordinated = set(coordinated.values_list("delegation_id", flat=True))
        self.seen: CityFinder[tuple[str, str, int]] = CityFinder([], lambda it: (it[0], it[1]))

    def planned(self, row: ListRow) -> PlannedRow[ListedCity]:
        who = row.text(Column.CITY)
        try:
            city = self.city_in(row)
            self.check_once(row, city)
        except ProgrammeError as error:
            return PlannedRow(row.number, who, Outcome.REFUSED, why=str(error))
        changes = changes_of(city)
        outcome = outcome_of(changes, is_new=city.delegation is None)
        is_led = city.delegation is not None and city.delegation.pk in self.coordinated
        namesakes = [it for it in self.cities.called(city.name) if it.pk in self.delegations and it != city.city]
        return PlannedRow(
            row.number,
            f"{city.name} ({city.country})",
            outcome,
            changes,
            why=remark_on(city, namesakes, is_led=is_led),
            has_email=city.invites and not is_led,
            target=city,
        )

    def city_in(self, row: ListRow) -> ListedCity:
        """Return the city of a row. Raises ProgrammeError if it cannot be used as it stands."""
        if row.problem:
            raise ProgrammeError(row.problem, code="row_invalid")
        name, country = name_and_country(row.text(Column.CITY), row.text(Column.COUNTRY))
        check_name(name)
        city = self.cities.find(name, country)
        if city is None and not country:
            raise ProgrammeError(
                _("The city is new, so its country is needed: its name or two letters, for example Spain or ES."),
                code="country_missing",
            )
        delegation = self.delegations.get(city.pk) if city else None
        coordination = coordination_in(row).or_before(delegation)
        return ListedCity(
            city.name if city else name,
            city.country if city else country,
            quota_in(row, delegation),
            coordination.name,
            coordination.email,
            domains_in(row) or (tuple(delegation.email_domains) if delegation else ()),
            city,
            delegation,
        )

    def check_once(self, row: ListRow, city: ListedCity) -> None:
        if same := self.seen.find(city.name, city.country):
            raise ProgrammeError(_("The same city as row %(row)s.") % {"row": same[2]}, code="row_repeated")
        self.seen.add((city.name, city.country, row.number))


def check_name(name: str) -> None:
    if not name:
        raise ProgrammeError(_("The name of the city is missing."), code="name_missing")
    try:
        City._meta.get_field("name").run_validators(name)
        validate_name(name)
    except ValidationError as error:
        raise ProgrammeError(error.messages[0], code="name_invalid") from error


def quota_in(row: ListRow, delegation: Delegation | None) -> int:
    """Return the quota; without one in the list, the present or usual one. Raises ProgrammeError."""
    text = row.text(Column.QUOTA)
    if not text:
        return delegation.quota if delegation else USUAL_QUOTA
    quota = int(text) if text.isascii() and text.isdecimal() and len(text) <= len(str(MOST_PEOPLE)) else 0
    if not 1 <= quota <= MOST_PEOPLE:
        raise ProgrammeError(
            _("The quota “%(text)s” is not a whole number of at least 1.") % {"text": text[:60]}, code="quota_invalid"
        )
    if delegation and quota < delegation.n_registered:
        values = {"n": delegation.n_registered, "quota": quota}
        raise ProgrammeError(
            _("%(n)s people are registered, more than the quota of %(quota)s.") % values, code="quota_too_small"
        )
    return quota


def coordination_in(row: ListRow) -> Coordination:
    """Return the coordinator, whose name and address may be in one cell or in two. Raises ProgrammeError."""
    name, email = name_and_address(row.text(Column.COORDINATOR))
    if text := row.text(Column.COORDINATOR_EMAIL):
        other_name, other = name_and_address(text)
        name, email = name or other_name, other or text
    if not email:
        return Coordination(name, "")
    try:
        validate_address(email)
    except ValidationError as error:
        raise ProgrammeError(
            _("Coordinator: %(problem)s") % {"problem": error.messages[0]}, code="address_invalid"
        ) from error
    try:
        validate_name(name)
    except ValidationError:
        name = ""  # as in pasted lists of colleagues: no name is better than an unreadable one
    return Coordination(name, email)


def domains_in(row: ListRow) -> tuple[str, ...]:
    domains = typed_domains(row.text(Column.DOMAINS))
    if wrong := [it for it in domains if not is_city_domain(it)]:
        text = _("Enter domains that belong to the city, such as city.example. These do not: %(domains)s.")
        raise ProgrammeError(text % {"domains": ", ".join(wrong)}, code="domains_invalid")
    return tuple(domains)


def changes_of(city: ListedCity) -> tuple[FieldChange, ...]:
    """Return what changes; for a new city everything that is not empty."""
    before = city.delegation
    domains = ", ".join(before.email_domains) if before else ""
    return changes_between(
        [
            (LABELS[Column.QUOTA], before.quota if before else "–", city.quota),
            (
                LABELS[Column.COORDINATOR],
                (before.coordinator_name if before else "") or "–",
                city.coordinator or "–",
            ),
            (
                LABELS[Column.COORDINATOR_EMAIL],
                (before.coordinator_email if before else "") or "–",
                city.coordinator_email or "–",
            ),
            (LABELS[Column.DOMAINS], domains or "–", ", ".join(city.domains) or "–"),
        ]
    )


def remark_on(city: ListedCity, namesakes: Sequence[City], *, is_led: bool) -> str:
    """Return what an organiser should know before importing the row. `namesakes`: other cities of the edition."""
    before = city.delegation
    if before and before.n_waiting and city.quota > before.quota:
        n = min(before.n_waiting, city.quota - before.quota)
        return ngettext(
            "%(n)s person moves up from the waiting list and gets an email.",
            "%(n)s people move up from the waiting list and get an email each.",
            n,
        ) % {"n": n}
    if city.delegation is None and namesakes:
        return _("%(city)s takes part already. Check that this is another city.") % {"city": namesakes[0]}
    if city.coordinator and not city.coordinator_email:
        return _("Without an address, %(name)s is not invited.") % {"name": city.coordinator}
    if city.invites and is_led:
        return _("The city already has a coordinator, so nobody is invited.")
    return ""
