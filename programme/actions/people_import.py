"""Carry out what importing a list of people would do, all of it or nothing."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from programme.actions.additions import AT_A_TIME, Newcomer, add_people, check_can_tell, rename
from programme.actions.locks import lock_delegations
from programme.actions.registrations import approve, move_to_city
from programme.errors import NotAsReadError
from programme.imports.outcomes import ImportPlan
from programme.imports.reading import ListRow
from programme.models import Edition, Participant
from programme.queries.people_import import ListedPerson, plan_people
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
    lock_everybody(edition, plan_people(edition, rows))
    plan = plan_people(edition, rows)
    if plan.token != agreed_to:
        raise NotAsReadError(
            _("Something has changed since you checked the list. Nothing was imported. Check it again.")
        )
    people = [row.target for row in plan.effective if row.target]
    change_people([it for it in people if it.participant], by, tells=tells)
    newcomers = [Newcomer(it.delegation, it.email, it.new_name, it.job_title) for it in people if not it.participant]
    if newcomers:  # last, as those who move may make room
        add_people(edition=edition, newcomers=newcomers, by=by, tells=tells)
    return plan


def lock_everybody(edition: Edition, plan: ImportPlan[ListedPerson]) -> None:
    """Lock the edition's delegations, then the users and participants in the list."""
    lock_delegations(edition.delegations.all())
    people = [row.target for row in plan.rows if row.target]
    users = User.objects.select_for_update(no_key=True).filter(email__in=[it.email for it in people])
    list(users.order_by("pk").values_list("pk"))
    known = [it.participant.pk for it in people if it.participant]
    participants = Participant.objects.select_for_update(no_key=True).filter(pk__in=known)
    list(participants.order_by("pk").values_list("pk"))


def change_people(people: Sequence[ListedPerson], by: User, *, tells: bool) -> None:
    """Save new names and job titles, then move and approve, in the order of the list, so that those who leave make room."""
    renamed = [it for it in people if it.user and it.new_name]
    titled = []
    for person in people:
        if person.participant and person.job_title not in {"", person.participant.job_title}:
            person.participant.job_title = person.job_title
            titled.append(person.participant)
    with acting(by):
        rename([it.user for it in renamed if it.user], {it.email: it.new_name for it in renamed})
        Participant.objects.bulk_update(titled, ["job_title"], batch_size=AT_A_TIME)
    for person in people:
        if person.participant and person.is_moved:
            move_to_city(
                participant=person.participant,
                delegation=person.delegation,
                by=by,
                tells=tells and not person.is_approved,
            )
        if person.participant and person.is_approved:
            approve(participant=person.participant, by=by, tells=tells)
