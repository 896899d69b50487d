"""Who registers, and what registering will do to them: whose place they take over, or whether the quota has room for them."""

from dataclasses import dataclass

from django.db.models import FilteredRelation, Q, QuerySet

from programme.models import Delegation, Edition, Invitation, Participant, RegistrationDraft
from programme.queries.quotas import has_room_for, n_free, next_position, position_of
from udtacademy.accounts.models import User
from udtacademy.db.prepared import Parameter, prepared


@dataclass(frozen=True)
class Applicant:
    """Somebody who registers in an edition.

    `draft`: what they entered so far, or a new one; `participant`: None for newcomers; `has_lost_invitation`: the one
    that the draft had is no longer valid.
    """

    draft: RegistrationDraft
    participant: Participant | None
    has_lost_invitation: bool = False

    @property
    def user(self) -> User:
        return self.draft.user

    @property
    def edition(self) -> Edition:
        return self.draft.edition


def find_applicant(user: User, edition: Edition) -> Applicant:
    """Return somebody who registers. The draft has its invitation, with city and whose place it offers. One query."""
    (row,) = _applicants(user=user.pk, edition=edition.pk)
    draft: RegistrationDraft = getattr(row, "draft", None) or RegistrationDraft()
    participant: Participant | None = getattr(row, "participant", None)
    draft.user, draft.edition = user, edition
    if participant:
        participant.user, participant.edition = user, edition
    return Applicant(draft, participant)


@prepared
def _applicants() -> QuerySet[User]:
    """Return the user with `draft` and `participant` in the edition. Django does not set what there is none of."""
    edition = Parameter("edition")
    users = User.objects.filter(pk=Parameter("user")).annotate(
        draft=FilteredRelation("drafts", condition=Q(drafts__edition=edition)),
        participant=FilteredRelation("participations", condition=Q(participations__edition=edition)),
    )
    invitation = ("draft__invitation__delegation__city", "draft__invitation__replaces__user")
    return users.select_related("participant__delegation", *invitation).order_by()  # type: ignore[misc]


@dataclass(frozen=True)
class Prospect:
    """What registering will do.

    `place`: of whom they take over the place; `number`: theirs on the city's waiting list, None if they do not wait;
    `is_listed`: they have that number already.
    """

    place: Participant | None = None
    number: int | None = None
    is_listed: bool = False


def prospect_of(user: User | None, delegation: Delegation, invitation: Invitation | None) -> Prospect:
    """Return what registering in a delegation will do now, as `actions.registrations.register` does it. At most four queries.

    `user`: None for somebody not signed in, who counts as a newcomer.
    """
    place, has_room = invitation.place if invitation else None, n_free(delegation) > 0
    if has_room and place is None:
        return Prospect()
    people = Participant.objects.select_related("delegation").filter(user=user, edition=delegation.edition_id)
    person = people.first() if user else None
    if person and person.is_registered:
        return Prospect()
    if invitation and place and (person is None or can_bring_back(invitation, person)):
        return Prospect(place=place)
    if person is None or person.delegation_id != delegation.pk or person.waiting_number is None:
        return Prospect(number=None if has_room else next_position(delegation))
    if has_room_for(person):
        return Prospect()
    return Prospect(number=position_of(person) + (not person.is_waiting), is_listed=person.is_waiting)


def gains_by(participant: Participant, invitation: Invitation, delegation: Delegation) -> bool:
    """Return whether an invitation to the delegation is of use to somebody on a waiting list."""
    is_of_city = participant.delegation_id == delegation.pk
    return (
        not is_of_city
        or participant.needs_approval
        or invitation.is_for_coordinator
        or invitation.replaces_id is not None
    )


def can_bring_back(invitation: Invitation, participant: Participant) -> bool:
    """Return whether the invitation readmits somebody declined or withdrawn by others: it must be personal and made since."""
    if participant.state != Participant.State.DECLINED and not participant.was_sent_away:
        return True
    return bool(invitation.email) and invitation.created_at > participant.state_at
