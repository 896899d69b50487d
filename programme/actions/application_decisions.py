"""Decide about applications of cities, undo a decision, and tell the applicants (decision 57).

A decision can be undone until its email leaves, at least `UNDO_FOR` later. Applications are locked before delegations.
"""

import datetime as dt
import logging
from collections.abc import Mapping

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from programme.actions.application_mails import written_decision
from programme.actions.application_scores import check_without_conflict
from programme.actions.invitations import check_can_invite, invite_coordinators
from programme.actions.locks import lock_applications, lock_delegations
from programme.errors import NotAsReadError, ProgrammeError
from programme.models import Application, ApplicationDecision, City, Delegation, Edition
from programme.queries.application_decisions import (
    ends_delegation,
    has_people,
    has_written,
    is_coordinator_to_be,
    way_in_of,
    why_not,
)
from programme.rules.applications import UNDO_FOR, WayIn
from udtacademy.accounts.models import User
from udtacademy.db.history import acting
from udtacademy.outbox.queue import post

logger = logging.getLogger(__name__)
State = Application.State


@transaction.atomic
def decide_applications(
    *,
    edition: Edition,
    outcome: str,
    seen: Mapping[int, str],
    by: User,
    text: str = "",
    reason: str = "",
    quota: int | None = None,
) -> list[ApplicationDecision]:
    """Decide about applications of an edition: all of them or none. Accepted ones become delegations with this quota.

    `seen`: primary keys, each with the state that the organiser has read. `text`: for the applicants; `reason`: for the record.
    Raises NotAsReadError if one has changed since, ProgrammeError if a place cannot be taken back.
    """
    locked = lock_applications(edition, seen)
    if len(locked) != len(seen) or any(it.state != seen[it.pk] or why_not(it, outcome, by) for it in locked):
        raise NotAsReadError(
            _(
                "Something has changed since you selected the applications. Nothing was decided. Check them, then decide again."
            )
        )
    in_order = sorted(locked, key=lambda it: (it.city_name.casefold(), it.country))  # of cities, against deadlocks
    now = timezone.now()  # of all, so that they are listed together until they leave
    with acting(by):
        return [decide(it, outcome, now=now, by=by, text=text, reason=reason, quota=quota) for it in in_order]


def decide(
    application: Application, outcome: str, *, now: dt.datetime, by: User, text: str, reason: str, quota: int | None
) -> ApplicationDecision:
    """Save a decision about an application, which is locked, and what follows from it."""
    decision = ApplicationDecision(
        application=application,
        outcome=outcome,
        before=application.state,
        reason=reason,
        text=text,
        quota=quota if outcome == State.ACCEPTED else None,
        decided_by=by,
        decided_at=now,
        tells_at=now + UNDO_FOR,
    )
    if application.state == State.ACCEPTED:
        take_place_back(application)
    set_state(application, outcome)
    if decision.quota:
        decision.makes_delegation = give_place(application, decision.quota)
    application.save()
    decision.save()
    return decision


def set_state(application: Application, state: str) -> None:
    application.state, application.state_at = state, timezone.now()


def give_place(application: Application, quota: int) -> bool:
    """Give the city a delegation, unless it has one, with the contact person as its coordinator to be. Return whether it is new."""
    city = city_of(application)
    contact = application.contact
    person = {"coordinator_name": contact.name, "coordinator_email": contact.email} if contact else {}
    delegation, is_new = Delegation.objects.get_or_create(
        edition=application.edition, city=city, defaults={"quota": quota, **person}
    )
    if not is_new and contact:
        (delegation,) = lock_delegations([delegation])
        if not delegation.coordinator_email and not delegation.coordinator():
            delegation.coordinator_name, delegation.coordinator_email = contact.name, contact.email
            delegation.save(update_fields=["coordinator_name", "coordinator_email"])
    application.delegation = delegation
    return is_new


def city_of(application: Application) -> City:
    """Return the city of an application, making it if there is none with its name."""
    same = City.objects.filter(name__iexact=application.city_name, country=application.country)
    if city := same.first():
        return city
    try:
        with transaction.atomic():
            return City.objects.create(name=application.city_name, country=application.country)
    except IntegrityError:  # somebody else has just added it
        return same.get()


def take_place_back(application: Application) -> None:
    """Take back what an acceptance made: the delegation, or in one that stays the invitation of the contact person.

    Raises ProgrammeError if people of the city take part, or have written in its Action Plan.
    """
    delegation = application.delegation
    if delegation is None:
        return
    (delegation,) = lock_delegations([delegation])
    is_ended = ends_delegation(application)
    application.delegation = None
    if is_ended:
        if has_people(delegation):
            text = _("People of %(city)s take part already. Withdraw and delete them first.")
            raise ProgrammeError(text % {"city": delegation}, code="city_takes_part")
        if has_written(delegation):
            text = _("%(city)s has written in its Action Plan already, which would be deleted. Its delegation stays.")
            raise ProgrammeError(text % {"city": delegation}, code="city_has_written")
        delegation.delete()
    elif application.contact:
        theirs = delegation.invitations.unused().filter(is_for_coordinator=True)
        theirs.of_mailbox(application.contact.email).update(revoked_at=timezone.now())
        hand_over(delegation, application)


def hand_over(delegation: Delegation, application: Application) -> None:
    """Take the contact person's name off a delegation that other accepted applications share: one of their contact persons is
    the coordinator to be instead, if there is one. The delegation is locked.
    """
    others = list(
        delegation.applications.exclude(pk=application.pk).select_related("contact").order_by("state_at", "pk")
    )
    if others and is_coordinator_to_be(application, delegation) and not delegation.coordinator():
        contact = next((it.contact for it in others if it.contact), None)
        delegation.coordinator_name = contact.name if contact else ""
        delegation.coordinator_email = contact.email if contact else ""
        delegation.save(update_fields=["coordinator_name", "coordinator_email"])


@transaction.atomic
def undo_decision(*, decision: ApplicationDecision, by: User) -> bool:
    """Undo a decision that the applicant does not know yet. Return whether that changed anything.

    Raises ProgrammeError for those with a conflict of interest, and if the city's place, which it had given back, would have to
    be given again.
    """
    (application,) = lock_applications(decision.application.edition, [decision.application_id])
    current = application.decisions.untold().filter(pk=decision.pk).first()
    if current is None:
        return False
    check_without_conflict(application, by)
    if current.before == State.ACCEPTED:
        raise ProgrammeError(
            _("The city’s place has been taken back. Accept the application again instead."), code="place_taken_back"
        )
    with acting(by):
        if current.outcome == State.ACCEPTED:
            take_place_back(application)
        set_state(application, current.before)
        application.save()
        current.undone_at, current.undone_by = timezone.now(), by
        current.save(update_fields=["undone_at", "undone_by"])
    return True


def check_told(edition: Edition) -> None:
    """Raise ProgrammeError if applicants are still to be told of decisions: their pages would be gone."""
    if ApplicationDecision.objects.untold().filter(application__edition=edition).exists():
        text = _(
            "Decisions about applications have not been sent yet. Wait until they are, or undo them, before cities stop applying."
        )
        raise ProgrammeError(text, code="decisions_untold")


def tell_decisions() -> int:
    """Tell the applicants whose time has come, each with a commit of its own. Return how many.

    Raises an ExceptionGroup of what failed, once all had their turn.
    """
    due = ApplicationDecision.objects.due(timezone.now()).order_by("tells_at", "pk")
    n_told, errors = 0, []
    for pk in list(due.values_list("pk", flat=True)):
        try:
            n_told += tell_decision(pk)
        except Exception as error:
            logger.exception("Telling of the decision %s about an application failed", pk)
            errors.append(error)
    if errors:
        msg = "Some applicants could not be told"
        raise ExceptionGroup(msg, errors)
    return n_told


@transaction.atomic
def tell_decision(pk: int) -> bool:
    """Tell the applicant of a decision and invite an accepted one to coordinate. Return whether it was due.

    What is locked is told the next time.
    """
    decisions = ApplicationDecision.objects.due(timezone.now()).filter(pk=pk).select_related("application__edition")
    decision = decisions.select_for_update(of=["self", "application"], no_key=True, skip_locked=True).first()
    if decision is None:
        return False
    application = decision.application
    decision.told_at = timezone.now()
    if application.contact:
        way_in = invite_applicant(application, decision) if decision.outcome == State.ACCEPTED else WayIn.NONE
        message = written_decision(decision, way_in)
        message.dedupe_key = f"application-decision:{decision.pk}"
        post([message])
        decision.message = message
    decision.save(update_fields=["told_at", "message"])
    application.told_state = decision.outcome
    application.save(update_fields=["told_state"])
    return True


def invite_applicant(application: Application, decision: ApplicationDecision) -> WayIn:
    """Invite the contact person of an accepted application to coordinate, if people can be invited. Return how they come in."""
    if application.delegation is None:
        return WayIn.NONE
    (delegation,) = lock_delegations([application.delegation])
    application.delegation = delegation
    way_in = way_in_of(application)
    if way_in not in {WayIn.INVITED, WayIn.LATER} or not is_coordinator_to_be(application, delegation):
        return way_in
    try:
        check_can_invite(delegation.edition, timezone.now())
    except ProgrammeError:
        return WayIn.LATER
    if decision.decided_by is None:
        return WayIn.LATER
    invite_coordinators(delegations=[delegation], by=decision.decided_by)
    return WayIn.INVITED
