"""Invitations with what decides whether their people are reminded."""

import datetime as dt
from collections.abc import Iterable

from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from programme.models import Delegation, Invitation, Participant
from programme.models.invitation import InvitationQuerySet
from programme.rules.invitations import REMIND_AFTER, InvitationFacts, Stage, is_due

MAY_BE_USED = frozenset({Stage.OPENED, Stage.QUEUED, Stage.SENT, Stage.OPEN})
GONE = (Participant.State.WITHDRAWN, Participant.State.DECLINED)


def with_facts(invitations: InvitationQuerySet, now: dt.datetime) -> InvitationQuerySet:
    """Annotate invitations with everything that `facts_of` needs. One query."""
    namesakes = Participant.objects.filter(edition=OuterRef("delegation__edition"), user__email=OuterRef("email"))
    takes_part = Q(state=Participant.State.REGISTERED) | Q(state__in=GONE, state_at__gt=OuterRef("created_at"))
    here = Participant.objects.registered().filter(delegation=OuterRef("delegation"))
    claiming = Participant.objects.claiming_quota().filter(delegation=OuterRef("delegation"))
    count = claiming.order_by().values("delegation").annotate(n=Count("*"))
    waiting_here = namesakes.waiting().filter(delegation=OuterRef("delegation"), needs_approval=False)
    automatic = Invitation.objects.filter(pk=OuterRef("pk"), emails__is_by_hand=False)
    return (
        invitations.with_stage(now)
        .select_related("delegation__city", "delegation__edition__venue", "invited_by", "accepted_by", "replaces__user")
        .annotate(
            is_in_team=Exists(namesakes.registered().filter(delegation=OuterRef("delegation"))),
            takes_part=Exists(namesakes.filter(takes_part)),
            has_coordinator=Exists(here.coordinating())
            & ~Exists(here.filter(is_coordinator=True, offers=OuterRef("pk"))),
            holds_place=Exists(here.filter(offers=OuterRef("pk"))),
            waits_in_team=Exists(waiting_here),
            n_claiming=Coalesce(Subquery(count.values("n")), 0),
            was_reminded=Exists(automatic),
        )
    )


def facts_of(invitation: Invitation, now: dt.datetime) -> InvitationFacts:
    """Return the facts about an invitation read by `with_facts`."""
    row, delegation = invitation, invitation.delegation
    return InvitationFacts(
        stage=Stage(row.stage),
        is_personal=bool(row.email),
        emailed_at=row.emailed_at or row.created_at,
        sent_at=row.sent_at if row.email_state == "sent" else None,
        is_in_team=row.is_in_team,  # type: ignore[attr-defined]
        takes_part=row.takes_part,  # type: ignore[attr-defined]
        is_waiting=row.waits_in_team and not (row.is_for_coordinator or row.replaces_id),  # type: ignore[attr-defined]
        is_for_coordinator=row.is_for_coordinator,
        has_coordinator=row.has_coordinator,  # type: ignore[attr-defined]
        is_registration_open=delegation.edition.is_published and delegation.edition.is_open(now),
        has_room=row.holds_place or row.n_claiming < delegation.quota,  # type: ignore[attr-defined]
        was_reminded=row.was_reminded,  # type: ignore[attr-defined]
    )


def may_take_a_place(invitation: Invitation) -> bool:
    """Return whether somebody may still register by an invitation read by `with_facts`, and take what the quota leaves.

    A place that is handed over is not one of those.
    """
    is_done = invitation.is_in_team or invitation.waits_in_team  # type: ignore[attr-defined]
    return Stage(invitation.stage) in MAY_BE_USED and not is_done and invitation.replaces_id is None


def due(invitations: InvitationQuerySet, now: dt.datetime) -> list[Invitation]:
    """Return those of the invitations whose people are to be reminded now. One query."""
    edition = "delegation__edition__"
    narrowed = invitations.open(now).filter(
        ~Q(email=""),
        ~Q(emails__is_by_hand=False),
        **{
            f"{edition}is_published": True,
            f"{edition}registration_opens_at__lte": now,
            f"{edition}last_on__gte": now.date() - dt.timedelta(days=1),
        },
        created_at__lte=now - REMIND_AFTER,
    )
    return [it for it in with_facts(narrowed, now).order_by("pk") if is_due(facts_of(it, now), now)]


def delegations_with_due(now: dt.datetime) -> list[Delegation]:
    """Return the delegations with people to remind now, each with its edition. One query."""
    by_pk = {it.delegation_id: it.delegation for it in due(Invitation.objects.all(), now)}
    return [by_pk[pk] for pk in sorted(by_pk)]


def of_team(delegation: Delegation, now: dt.datetime, most: int) -> Iterable[Invitation]:
    """Return the invitations of a city, those not used first, then the latest.

    Left out: links to forward, revoked ones, and those that people registered without.
    """
    invitations = delegation.invitations.filter(revoked_at=None).exclude(email="")
    shown = with_facts(invitations, now).exclude(Q(is_in_team=True), accepted_at=None)
    return shown.order_by(F("accepted_at").desc(nulls_first=True), "-created_at", "-pk")[:most]
