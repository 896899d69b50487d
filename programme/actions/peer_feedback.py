"""Cities that read each other's Action Plans: pairs, and the feedback they give (decision 68)."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from programme.actions.locks import lock_draft
from programme.actions.plan_mails import tell_peer_feedback
from programme.errors import NotAsReadError, ProgrammeError
from programme.models import ActionPlanPart, Delegation, Edition, Participant, PeerFeedback
from programme.rules.action_plans import MOST_PEERS, may_pair, pairs_of
from udtacademy.accounts.models import User
from udtacademy.db.history import acting


@transaction.atomic
def pair_cities(*, edition: Edition, n: int, by: User) -> int:
    """Pair all cities with people: each gives feedback to n others and gets that of n. Return how many pairs there are.

    Pairs from before are replaced. Raises ProgrammeError once feedback has been given, and for too few cities.
    """
    lock_draft(edition)
    if edition.peer_feedback.filter(given_at__isnull=False).exists():
        raise ProgrammeError(
            _("Feedback has been given already, so the pairs stay. Cities can still choose others by themselves."),
            code="feedback_given",
        )
    registered = Participant.objects.registered().filter(edition=edition)
    cities = edition.delegations.filter(pk__in=registered.values("delegation")).order_by("city__name", "pk")
    try:
        pairs = pairs_of(list(cities.values_list("pk", flat=True)), n)
    except ValueError:
        raise ProgrammeError(_("There are too few cities with people for this."), code="too_few_cities") from None
    with acting(by):
        edition.peer_feedback.all().delete()
        PeerFeedback.objects.bulk_create(
            PeerFeedback(edition=edition, giver_id=giver, receiver_id=receiver) for giver, receiver in pairs
        )
    return len(pairs)


@transaction.atomic
def choose_peer(*, giver: Delegation, receiver: Delegation, by: User) -> PeerFeedback:
    """Let a city give feedback to another one. Choosing the same again changes nothing.

    Raises ProgrammeError for one's own city, and if either has as many peers as a city can have.
    """
    lock_draft(giver.edition)
    rows = {(it.giver_id, it.receiver_id): it for it in giver.edition.peer_feedback.all()}
    if present := rows.get((giver.pk, receiver.pk)):
        return present
    if not may_pair(giver.pk, receiver.pk, rows.keys()):
        sentence = _(
            "Choose another city: each gives feedback to at most %(n)s others, and gets that of at most %(n)s."
        )
        raise ProgrammeError(sentence % {"n": MOST_PEERS}, code="no_such_pair")
    with acting(by):
        return PeerFeedback.objects.create(edition_id=giver.edition_id, giver=giver, receiver=receiver, is_chosen=True)


@transaction.atomic
def give_feedback(*, feedback: PeerFeedback, answers: Mapping[str, Any], seen: str, by: User) -> None:
    """Give feedback on a plan, or change what was given. The city is told the first time.

    `seen`: the token of the answers that were changed (`PeerFeedback.seen`). Raises NotAsReadError if a colleague has given others
    since: nothing is saved then, and who asks sees both. Raises ProgrammeError while the other city has submitted nothing.
    """
    locked = PeerFeedback.objects.select_for_update(no_key=True).get(pk=feedback.pk)
    if not ActionPlanPart.objects.filter(plan__delegation=locked.receiver_id, submitted__isnull=False).exists():
        raise ProgrammeError(_("This city has submitted nothing yet. Come back later."), code="part_not_submitted")
    present = locked.seen
    for name, value in answers.items():
        setattr(locked, name, value)
    if locked.is_given and locked.seen == present:
        return
    if seen != present:
        raise NotAsReadError(_("A colleague has given feedback since you began. Compare the two."))
    is_first = not locked.is_given
    locked.given_by, locked.given_at = by, locked.given_at or timezone.now()
    with acting(by):
        locked.save()
    if is_first:
        tell_peer_feedback(locked)
