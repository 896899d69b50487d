"""Carry out what importing a list of cities would do, all of it or nothing."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from programme.actions.city_waiting_lists import serving_waiting_lists
from programme.actions.invitations import invite_coordinators
from programme.actions.locks import lock_delegations
from programme.errors import NotAsReadError
from programme.imports.outcomes import ImportPlan
from programme.imports.reading import ListRow
from programme.models import City, Delegation, Edition
from programme.queries.city_import import ListedCity, plan_cities
from udtacademy.accounts.models import User
from udtacademy.db.history import acting


@transaction.atomic
def import_cities(
    *, edition: Edition, rows: Sequence[ListRow], agreed_to: str, by: User, tells: bool = True
) -> ImportPlan[ListedCity]:
    """Import a list as its plan says. Return the plan.

    `agreed_to`: the token of the plan that somebody read. `tells`: invite the coordinators who are new. Raises
    NotAsReadError, changing nothing, if the plan is another by now; ProgrammeError if nobody can be invited.
    """
    lock_delegations(edition.delegations.all())
    plan = plan_cities(edition, rows)
    if not plan.effective:  # as when the button is pressed twice
        return plan
    if plan.token != agreed_to:
        raise NotAsReadError(
            _("Something has changed since you checked the list. Nothing was imported. Check it again.")
        )
    with serving_waiting_lists([it.pk for it in edition.delegations.all()], by=by), acting(by):
        invited = []
        for row in plan.effective:
            if row.target is None:
                continue
            delegation = save_city(edition, row.target)
            if row.has_email:
                invited.append(delegation)
    if tells and invited:
        invite_coordinators(delegations=invited, by=by)
    return plan


def save_city(edition: Edition, listed: ListedCity) -> Delegation:
    """Save the delegation of a city. Raises IntegrityError if somebody else has just added the same city."""
    city = listed.city or City.objects.create(name=listed.name, country=listed.country)
    delegation = listed.delegation or Delegation(edition=edition, city=city)
    delegation.quota = listed.quota
    delegation.coordinator_name, delegation.coordinator_email = listed.coordinator, listed.coordinator_email
    delegation.email_domains = list(listed.domains)
    delegation.save()
    return delegation
