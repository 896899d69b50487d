"""Carry out what importing a list of people would do, all of it or nothing."""

from collections.abc import Collection, Iterator, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from programme.actions.additions import AT_A_TIME, Newcomer, add_people, check_can_tell, rename
from programme.actions.city_waiting_lists import serving_waiting_lists
from programme.actions.locks import lock_delegations
from programme.actions.profiles import answer_row, save_rows
from programme.actions.registration_mails import tell_approved, tell_moved, tell_nobody
from programme.actions.registrations import approve_locked, move_locked
from programme.errors import NotAsReadError
from programme.imports.outcomes import ImportPlan
from programme.imports.reading import ListRow
from programme.models import Answer, Edition, Participant
from programme.queries.people_import import ListedPerson, address_of, plan_people
from udtacademy.accounts.models import User
from udtacademy.db.history import acting


@transaction.atomic
def import_people(
    *, edition: Edition, rows: Sequence[ListRow], agreed_to: str, by: User, tells: bool = True
) -> ImportPlan[ListedPerson]:
    """Import a list as its plan says. Return the plan.

    `agreed_to`: the token of the plan that somebody read. `tells`: email everybody who is registered, approved or moved.
    Raises NotAsReadError, changing nothing, if the plan is another by now; ProgrammeError if nobody can be emailed.
    """
    if tells:
        check_can_tell(edition)
    lock_everybody(edition, {address_of(row) for row in rows})
    plan = plan_people(edition, rows, by)
    if not plan.effective:  # as when the button is pressed twice
        return plan
    if plan.token != agreed_to:
        raise NotAsReadError(
            _("Something has changed since you checked the list. Nothing was imported. Check it again.")
        )
    people = [row.target for row in plan.effective if row.target]
    with serving_waiting_lists([it.pk for it in edition.delegations.all()], by=by):
        change_and_add(edition, people, by, tells=tells)
    return plan


def change_and_add(edition: Edition, people: Sequence[ListedPerson], by: User, *, tells: bool) -> None:
    known = list(with_participants(people))
    approved = [participant for person, participant in known if person.is_approved]
    moved = [participant for person, participant in known if person.is_moved and not person.is_approved]
    change_people([person for person, _participant in known], by)
    if tells:
        tell_approved(approved)
        tell_moved(moved)
    else:
        tell_nobody(approved)
    newcomers = [Newcomer(it.delegation, it.email, it.new_name, it.job_title) for it in people if not it.participant]
    added = {}
    if newcomers:  # last, as those who move may make room
        new = add_people(edition=edition, newcomers=newcomers, by=by, tells=tells)
        added = {it.user.email: it for it in new}
    with acting(by):
        save_rows([row for person in people for row in answer_rows(person, person.participant or added[person.email])])


def answer_rows(person: ListedPerson, participant: Participant) -> Iterator[Answer]:
    """Yield the person's answers in the list, to be saved."""
    for question, content in person.answers.items():
        yield answer_row(participant, question, content)


def lock_everybody(edition: Edition, emails: Collection[str]) -> None:
    """Lock the edition's delegations, then the users with these addresses, and their participants in the edition."""
    lock_delegations(edition.delegations.all())
    users = User.objects.select_for_update(no_key=True).filter(email__in=emails)
    numbers = [number for (number,) in users.order_by("pk").values_list("pk")]
    participants = Participant.objects.select_for_update(no_key=True).filter(edition=edition, user__in=numbers)
    list(participants.order_by("pk").values_list("pk"))


def change_people(people: Sequence[ListedPerson], by: User) -> None:
    """Save new names and job titles, then move and approve, in the order of the list, so that those who leave make room."""
    titled = []
    for person, participant in with_participants(people):
        if person.job_title not in {"", participant.job_title}:
            participant.job_title = person.job_title
            titled.append(participant)
    with acting(by):
        rename([it.user for it in people if it.user], {it.email: it.new_name for it in people})
        Participant.objects.bulk_update(titled, ["job_title"], batch_size=AT_A_TIME)
    for person, participant in with_participants(people):
        move_locked(participant, person.delegation, by)
        if participant.is_pending:
            approve_locked(participant, by)


def with_participants(people: Sequence[ListedPerson]) -> Iterator[tuple[ListedPerson, Participant]]:
    for person in people:
        if person.participant:
            yield person, person.participant
