"""What organisers can decide about an application, and what they have decided."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from programme.models import ActionPlanPart, Application, ApplicationDecision, Delegation, Edition, Participant
from programme.rules.applications import OUTCOMES, WayIn
from udtacademy.accounts.models import User
from udtacademy.db.addresses import normalised_address

State = Application.State
NEEDS_REASON = frozenset({State.ACCEPTED, State.DECLINED})  # known to the city, so another decision is explained


def has_people(delegation: Delegation) -> bool:
    """Return whether anybody takes part for a delegation, or has."""
    return Participant.objects.filter(delegation=delegation).exists()


def has_written(delegation: Delegation) -> bool:
    """Return whether a city's Action Plan has a version or a file."""
    written = Q(n_versions__gt=0) | Q(files__isnull=False)
    return ActionPlanPart.objects.filter(written, plan__delegation=delegation).exists()


def ends_delegation(application: Application) -> bool:
    """Return whether another decision about an accepted application deletes its delegation: it made it, and no other shares it."""
    accepted = application.decisions.filter(outcome=State.ACCEPTED, undone_at=None).order_by("pk").last()
    if accepted is None or application.delegation is None or not accepted.makes_delegation:
        return False
    return not application.delegation.applications.exclude(pk=application.pk).exists()


def is_coordinator_to_be(application: Application, delegation: Delegation) -> bool:
    """Return whether a delegation names the contact person of an application as its coordinator to be. Without a query."""
    contact = application.contact
    if contact is None:
        return False
    return normalised_address(delegation.coordinator_email) == normalised_address(contact.email)


def way_in_of(application: Application) -> WayIn:
    """Return how the contact person of an accepted application comes to register, as things are now. Four queries at most."""
    delegation, contact = application.delegation, application.contact
    if delegation is None or contact is None:
        return WayIn.NONE
    coordinator = delegation.coordinator()
    if coordinator:
        is_theirs = delegation.participants.coordinating().filter(user=contact).exists()
        return WayIn.COORDINATOR if is_theirs else WayIn.COLLEAGUE
    if delegation.invitations.unused().filter(is_for_coordinator=True).of_mailbox(contact.email).exists():
        return WayIn.INVITED
    if taking_part_elsewhere(delegation.edition_id, [contact.pk], delegation.city_id):
        return WayIn.ELSEWHERE
    is_free = not delegation.coordinator_email or is_coordinator_to_be(application, delegation)
    return WayIn.LATER if is_free else WayIn.COLLEAGUE


def taking_part_elsewhere(edition: int, users: Iterable[int], city: int | None = None) -> dict[int, str]:
    """Return which users take part in an edition for another city than `city`, by primary key, each with that city. One query."""
    people = Participant.objects.filter(edition=edition, user__in=users).exclude(state__in=["withdrawn", "declined"])
    others = people.exclude(delegation__city=city) if city else people
    return dict(others.values_list("user", "delegation__city__name"))


def has_lost_place(application: Application) -> bool:
    """Return whether the delegation of an accepted application was deleted."""
    return application.state == State.ACCEPTED and application.delegation_id is None


def why_not(application: Application, outcome: str, viewer: User) -> str:
    """Return why the viewer cannot decide this about an application; empty if they can. Two queries at most."""
    reasons = {
        _("this cannot be decided"): outcome not in OUTCOMES,
        _("has been withdrawn"): application.state == State.WITHDRAWN,
        _("no longer has a contact person"): application.contact is None,
        _("has been decided like this already"): application.state == outcome and not has_lost_place(application),
    }
    if reason := next((it for it, is_true in reasons.items() if is_true), ""):
        return reason
    if Application.objects.filter(pk=application.pk).in_conflict(viewer).exists():
        return _("you have a conflict of interest")
    is_untold = application.decisions.untold().exists()
    return _("another decision has not been sent yet: undo that first") if is_untold else ""


@dataclass
class DecisionPlan:
    """A decision about applications: those it is about, those left out with the reason, the cities that are there
    already, those whose delegation it deletes, and those whose contact person takes part for another city, with that city.
    """

    outcome: str
    chosen: list[Application] = field(default_factory=list)
    left_out: list[tuple[Application, str]] = field(default_factory=list)
    cities: frozenset[tuple[str, str]] = frozenset()
    ending: list[Application] = field(default_factory=list)
    elsewhere: list[tuple[Application, str]] = field(default_factory=list)

    @property
    def needs_reason(self) -> bool:
        return any(it.state in NEEDS_REASON for it in self.chosen)

    @property
    def can_be_undone(self) -> bool:
        return all(it.state != State.ACCEPTED for it in self.chosen)

    @property
    def effects(self) -> tuple[tuple[int, str, str], ...]:
        return tuple((it.pk, it.state, self.outcome) for it in self.chosen)

    @property
    def seen(self) -> dict[int, str]:
        return {it.pk: it.state for it in self.chosen}

    @property
    def those_there(self) -> list[Application]:
        """Return those whose cities take part already."""
        return [it for it in self.chosen if (it.city_name.casefold(), it.country) in self.cities]


def plan_decision(edition: Edition, outcome: str, pks: Iterable[int], viewer: User) -> DecisionPlan:
    """Return what deciding about applications (primary keys) would do."""
    plan = DecisionPlan(outcome)
    for application in edition.applications.select_related("contact").filter(pk__in=set(pks)).in_list_order():
        application.edition = edition
        if reason := why_not(application, outcome, viewer):
            plan.left_out.append((application, reason))
        else:
            plan.chosen.append(application)
            if application.state == State.ACCEPTED and ends_delegation(application):
                plan.ending.append(application)
    if outcome == State.ACCEPTED:
        there = edition.delegations.values_list("city__name", "city__country")
        plan.cities = frozenset((name.casefold(), country) for name, country in there)
        cities = taking_part_elsewhere(edition.pk, [it.contact_id for it in plan.chosen if it.contact_id])
        named = ((it, cities.get(it.contact_id or 0, "")) for it in plan.chosen)
        plan.elsewhere = [(it, city) for it, city in named if city and city.casefold() != it.city_name.casefold()]
    return plan


def decisions_about(application: Application) -> list[ApplicationDecision]:
    """Return the decisions about an application, the last first, undone ones as well. One query."""
    return list(application.decisions.select_related("decided_by", "undone_by", "message"))


def waiting_decisions(edition: Edition) -> list[tuple[dt.datetime, int]]:
    """Return when decisions that are not told yet are told, each time with how many. One query."""
    untold = ApplicationDecision.objects.untold().filter(application__edition=edition).order_by("tells_at")
    return list(untold.values_list("tells_at").annotate(n=Count("pk")))


def last_told(application: Application) -> ApplicationDecision | None:
    """Return the last decision that the applicant was told of."""
    return application.decisions.exclude(told_at=None).first()
