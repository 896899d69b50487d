"""What importing a list of people would do. Read in eight queries at most, however long the list is."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from programme.errors import ProgrammeError
from programme.imports.addresses import name_and_address
from programme.imports.cities import CityFinder, name_and_country
from programme.imports.labels import Column
from programme.imports.outcomes import FieldChange, ImportPlan, Outcome, PlannedRow, changes_between, outcome_of
from programme.imports.reading import LABELS, ListRow
from programme.models import Delegation, Edition, Participant, Question
from programme.queries.listed_answers import ListedAnswers
from programme.queries.staff import is_limited
from programme.rules.questions import Answer
from udtacademy.accounts.models import User
from udtacademy.db.addresses import validate_address

State = Participant.State
MOST_NAMED = 5  # rows with the same address


@dataclass(frozen=True)
class ListedPerson:
    """Somebody in a list, as they are to be. Empty: the list says nothing. `participant`: None for somebody new."""

    delegation: Delegation
    email: str
    name: str
    job_title: str
    user: User | None
    participant: Participant | None
    answers: Mapping[Question, Answer] = field(default_factory=dict)

    @cached_property
    def new_name(self) -> str:
        """Return the name to save; empty if it stays.

        Accounts keep theirs if they are new to the edition: what they are called elsewhere is not for it to say or to show.
        Staff keep theirs, which others read in the admin.
        """
        if self.user is None:
            return self.name
        if self.participant is None and self.user.name:
            return ""
        return self.name if not self.user.is_staff and self.name != self.user.name else ""

    @property
    def is_approved(self) -> bool:
        return self.participant is not None and self.participant.is_pending

    @property
    def is_moved(self) -> bool:
        return self.participant is not None and self.participant.delegation_id != self.delegation.pk

    @property
    def registers(self) -> bool:
        """Return whether they then count towards the quota of the city, and did not before."""
        return self.participant is None or self.is_approved or self.is_moved


def plan_people(edition: Edition, rows: Sequence[ListRow], by: User) -> ImportPlan[ListedPerson]:
    planner = PeoplePlanner(edition, rows, by)
    return ImportPlan([planner.planned(row) for row in rows])


class PeoplePlanner:
    """Plans row after row, as if each were carried out before the next: who registers uses up the quota."""

    def __init__(self, edition: Edition, rows: Sequence[ListRow], by: User) -> None:
        delegations = list(edition.delegations.select_related("city").with_counts())
        for delegation in delegations:
            delegation.edition = edition
        self.cities = CityFinder(delegations, lambda it: (it.city.name, it.city.country))
        self.n_registered = Counter({it.pk: it.n_registered for it in delegations})
        is_over = edition.is_over(timezone.now())  # then nobody on a waiting list moves up
        self.n_claims = Counter({it.pk: it.n_claims - (it.n_waiting if is_over else 0) for it in delegations})
        self.listed: dict[str, list[ListRow]] = defaultdict(list)
        for row in rows:
            self.listed[address_of(row)].append(row)
        self.contradicting = {
            email for email, same in self.listed.items() if any(about(row) != about(same[0]) for row in same)
        }
        users = User.objects.filter(email__in=self.listed)
        self.users = {it.email: it for it in users}
        people = Participant.objects.select_related("user", "delegation__city").filter(edition=edition)
        self.people = {it.user.email: it for it in people.filter(user__in=[it.pk for it in self.users.values()])}
        for participant in self.people.values():
            participant.edition, participant.user = edition, self.users[participant.user.email]

        self.answers = ListedAnswers(edition, rows, self.people.values())
        self.beyond = people_beyond(by, self.users.values())

    def planned(self, row: ListRow) -> PlannedRow[ListedPerson]:
        who = row.text(Column.NAME) or row.text(Column.EMAIL)
        try:
            person = self.person_in(row)
            changes = self.changes(person)
        except ProgrammeError as error:
            return PlannedRow(row.number, who, Outcome.REFUSED, why=str(error))
        outcome = outcome_of(changes, is_new=person.participant is None)
        who = f"{person.name or person.user}, {person.email}, {person.delegation}"
        return PlannedRow(row.number, who, outcome, changes, has_email=person.registers, target=person)

    def person_in(self, row: ListRow) -> ListedPerson:
        """Return the person of a row. Raises ProgrammeError if it cannot be used as it stands."""
        if row.problem:
            raise ProgrammeError(row.problem, code="row_invalid")
        email = address_of(row)
        check_address(email)
        self.check_once(row, email)
        user = self.users.get(email)
        person = ListedPerson(
            self.delegation_of(row),
            email,
            row.text(Column.NAME) or name_and_address(row.text(Column.EMAIL))[0],
            row.text(Column.JOB_TITLE),
            user,
            self.people.get(email),
            self.answers.answers_in(row),
        )
        if not person.name and not (person.participant and user and user.name):
            raise ProgrammeError(_("The name is missing."), code="name_missing")
        check_texts(person)
        return person

    def check_once(self, row: ListRow, email: str) -> None:
        """Raise ProgrammeError if another row has the address: the first of equal ones counts, of different ones none."""
        same = self.listed[email]
        if email in self.contradicting:
            numbers = [it.number for it in islice(same, MOST_NAMED + 1) if it.number != row.number][:MOST_NAMED]
            text = ngettext(
                "Row %(rows)s has the same address, but says something else.",
                "Rows %(rows)s have the same address, but say something else.",
                len(numbers),
            )
            raise ProgrammeError(text % {"rows": ", ".join(map(str, numbers))}, code="rows_contradicting")
        if row.number != same[0].number:
            raise ProgrammeError(_("The same as row %(row)s.") % {"row": same[0].number}, code="row_repeated")

    def delegation_of(self, row: ListRow) -> Delegation:
        name, country = name_and_country(row.text(Column.CITY), row.text(Column.COUNTRY))
        if not name:
            raise ProgrammeError(_("The city is missing."), code="city_missing")
        delegation = self.cities.find(name, country)
        if delegation is None:
            text = _("%(city)s does not take part in this edition. Correct the name, or add the city first.")
            raise ProgrammeError(
                text % {"city": f"{name} ({country})" if country else name}, code="city_not_in_edition"
            )
        return delegation

    def changes(self, person: ListedPerson) -> tuple[FieldChange, ...]:
        """Return what changes, and count them in their city. Raises ProgrammeError if they cannot be registered."""
        self.check(person)
        participant = person.participant
        if person.registers:
            self.count(person)
        pairs: list[tuple[Any, Any, Any]] = []
        if person.user and person.new_name:
            pairs.append((LABELS[Column.NAME], person.user.name or "–", person.new_name))
        if participant:
            pairs.append((LABELS[Column.CITY], participant.delegation, person.delegation))
            if person.is_moved and participant.is_coordinator:
                pairs.append((_("coordinator"), _("yes"), _("no")))
            if person.is_approved:
                pairs.append((_("state"), participant.get_state_display(), State.REGISTERED.label))
            if person.job_title:
                pairs.append((LABELS[Column.JOB_TITLE], participant.job_title or "–", person.job_title))
            pairs += self.answers.changes(participant, person.answers)
        return changes_between(pairs)

    def check(self, person: ListedPerson) -> None:
        """Raise ProgrammeError if the row cannot be carried out, whatever room the quotas have."""
        participant = person.participant
        if person.user and not person.user.is_active:
            raise ProgrammeError(_("This account is disabled."), code="account_disabled")
        if participant and participant.state in {State.DECLINED, State.WITHDRAWN}:
            raise ProgrammeError(why_not_again(participant), code="registration_ended")
        if person.user and person.user.name and person.new_name and person.user.pk in self.beyond:
            text = _(
                "%(name)s also takes part in an edition that you do not work in, so the list cannot change the name."
                " Leave the name empty, or ask somebody who works in all editions."
            )
            raise ProgrammeError(text % {"name": person.user}, code="other_editions_affected")
        if participant and participant.is_waiting:
            text = _("%(name)s is on the waiting list of %(city)s. Register or move them on their page.")
            raise ProgrammeError(text % {"name": participant, "city": participant.delegation}, code="on_waiting_list")

    def count(self, person: ListedPerson) -> None:
        """Count somebody in their city. Raises ProgrammeError if its quota has no room: its waiting list comes first."""
        delegation, participant = person.delegation, person.participant
        is_next = participant is not None and participant.is_next and not person.is_moved
        n_before = 0 if is_next else self.n_claims[delegation.pk]
        if self.n_registered[delegation.pk] + n_before >= delegation.quota:
            raise ProgrammeError(why_no_room(delegation), code="delegation_full")
        self.n_registered[delegation.pk] += 1
        if participant and participant.is_registered:
            self.n_registered[participant.delegation_id] -= 1
        if participant and participant.is_next:
            self.n_claims[participant.delegation_id] -= 1


def why_no_room(delegation: Delegation) -> str:
    text = ngettext(
        "The quota of %(city)s (%(n)s person) is used up.",
        "The quota of %(city)s (%(n)s people) is used up.",
        delegation.quota,
    )
    return text % {"city": delegation, "n": delegation.quota}


def people_beyond(by: User, users: Iterable[User]) -> set[int]:
    """Return the users, by primary key, who take part in an edition that `by` does not work in. Two queries at most."""
    if not is_limited(by):
        return set()
    theirs = Participant.objects.filter(user__in=[it.pk for it in users])
    return set(theirs.exclude(edition__in=Edition.objects.open_to(by)).values_list("user", flat=True))


def address_of(row: ListRow) -> str:
    text = row.text(Column.EMAIL)
    return name_and_address(text)[1] or text


def about(row: ListRow) -> dict[str, str]:
    """Return what a row says about the person with its address, which may be written in another way."""
    return {column: text for column, text in row.cells.items() if column != Column.EMAIL}


def check_address(email: str) -> None:
    if not email:
        raise ProgrammeError(_("The email address is missing."), code="address_missing")
    try:
        validate_address(email)
    except ValidationError as error:
        raise ProgrammeError(error.messages[0], code="address_invalid") from error


def check_texts(person: ListedPerson) -> None:
    """Raise ProgrammeError for a name or job title that no form would accept."""
    fields: tuple[tuple[Any, Column, str], ...] = (
        (User._meta.get_field("name"), Column.NAME, person.name),
        (Participant._meta.get_field("job_title"), Column.JOB_TITLE, person.job_title),
    )
    for model_field, column, text in fields:
        try:
            if text:
                model_field.run_validators(text)
        except ValidationError as error:
            values = {"column": LABELS[column], "problem": error.messages[0]}
            raise ProgrammeError(_("%(column)s: %(problem)s") % values, code="text_invalid") from error


def why_not_again(participant: Participant) -> str:
    if participant.state == State.DECLINED:
        return _("Their registration was declined. To register them, approve them on their page.")
    if participant.was_sent_away:
        return _("They were withdrawn. To register them, approve them on their page.")
    return _("They withdrew themselves. Only they can register again.")
