"""Emails about Action Plans: feedback that was given, and due dates that have moved (decisions 68 and 78). Coordinators get them."""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from programme import emails
from programme.models import ActionPlanDueTold, ActionPlanPart, Edition, Participant, PeerFeedback
from programme.models.participant_queryset import ParticipantQuerySet
from programme.queries.action_plans import OwnStep, steps_with
from programme.queries.published_programme import published_programme
from programme.rules.action_plans import UNSENT


def coordinators_of(*delegations: int) -> ParticipantQuerySet:
    return Participant.objects.coordinating().filter(delegation__in=delegations).with_people().order_by("pk")


def tell_feedback(part: ActionPlanPart) -> None:
    """Tell a city that organisers have given feedback on what it has submitted, once for each version."""
    for reader in coordinators_of(part.plan.delegation_id):
        key = f"plan_feedback:{part.pk}:{part.submitted}:{reader.pk}"
        emails.queue_to_participant("plan_feedback", reader, step=part.step, giver="", dedupe_key=key)


def tell_peer_feedback(feedback: PeerFeedback) -> None:
    """Tell a city that another one has given feedback on its plan."""
    city = feedback.giver.city.name
    for reader in coordinators_of(feedback.receiver_id):
        key = f"plan_feedback_of_peer:{feedback.pk}:{reader.pk}"
        emails.queue_to_participant("plan_feedback", reader, step=None, giver=city, dedupe_key=key)


def tell_moved_dues() -> int:
    """Tell cities of steps whose due dates have moved since they were last told. Return how many steps those are.

    What follows from sessions is compared with what was told, so that it does not matter who moved what. A step that has lost its date,
    or is over, is not told. Once a day, so that moves of a day are told together.
    """
    now, n_moved = timezone.now(), 0
    for edition in Edition.objects.published().not_over(now).filter(steps__isnull=False).distinct():
        programme = published_programme(edition.slug)
        for own in steps_with(programme, {}, now) if programme else ():
            n_moved += own.due is not None and tell_moved_due(own, own.due, now)
    return n_moved


@transaction.atomic
def tell_moved_due(own: OwnStep, due: dt.datetime, now: dt.datetime) -> bool:
    """Tell cities that still have to submit a step that it is due at another time than they knew. Return whether it has moved."""
    ActionPlanDueTold.objects.get_or_create(step=own.step, defaults={"due_at": due})
    told = ActionPlanDueTold.objects.select_for_update(no_key=True).get(step=own.step)
    if told.due_at == due:
        return False
    before, told.due_at = told.due_at, due
    told.save(update_fields=["due_at"])
    if due > now:
        done = ActionPlanPart.objects.filter(step=own.step).exclude(state__in=UNSENT).values("plan__delegation")
        cities = own.step.edition.delegations.exclude(pk__in=done).values_list("pk", flat=True)
        for reader in coordinators_of(*cities):
            values = {"step": own.step, "due": due, "before": before, "has_time": own.has_time}
            emails.queue_to_participant("plan_due_moved", reader, **values)
    return True
