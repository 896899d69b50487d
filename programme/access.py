"""Access: the only place that decides who may see an object. Each function returns it or raises Http404."""

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone

from programme.models import AnswerFile, Application, Edition, Invitation, Logo, Participant, Session
from programme.models.edition_state import EditionState, state_of
from programme.personal_links import read_stop_link
from programme.queries import participants, staff
from programme.queries.applications import application_of
from programme.queries.participant_programme import OwnProgramme, own_programme, participant_in
from programme.queries.published_programme import PublishedProgramme, programme_at
from programme.queries.ready_lists import PERMISSION, READY_LISTS, ReadyListKind
from udtacademy.accounts.models import User, Visitor
from udtacademy.errors import IncompleteLinkError

if TYPE_CHECKING:
    from programme.models.session_queryset import SessionQuerySet


def visible_edition(visitor: Visitor, slug: str) -> Edition:
    """Return a published edition; an unpublished one for organisers only."""
    edition = get_object_or_404(Edition.objects.for_public_page(timezone.now()), slug=slug)
    if not edition.is_published and not may_preview(visitor, edition.pk, "programme.view_edition"):
        raise Http404
    return edition


def visible_state(visitor: Visitor, slug: str) -> EditionState:
    """Return the state of an edition, under the rule of `visible_edition`."""
    state = existing_state(slug)
    if not state.is_published and not may_preview(visitor, state.pk, "programme.view_edition"):
        raise Http404
    return state


def visible_programme(visitor: Visitor, slug: str) -> PublishedProgramme:
    """Return the programme of an edition, under the rule of `visible_edition`. Shared by all requests: not to be changed."""
    return existing_programme(visible_state(visitor, slug))


def programme_with_applications(visitor: Visitor, slug: str) -> PublishedProgramme:
    """Return the programme of an edition that cities apply for, under the rule of `visible_edition`."""
    programme = visible_programme(visitor, slug)
    if not programme.edition.takes_applications:
        raise Http404
    return programme


def own_application(visitor: Visitor, edition: Edition) -> Application:
    """Return the application that the visitor has sent as contact person."""
    application = application_of(visitor, edition) if isinstance(visitor, User) else None
    if application is None:
        raise Http404
    return application


def edition_with_applications(visitor: Visitor, slug: str, permission: str) -> Edition:
    """Return an edition that cities apply for, for staff as `staff_edition`."""
    edition = staff_edition(visitor, slug, permission)
    if not edition.takes_applications:
        raise Http404
    return edition


def application_in(edition: Edition, pk: int) -> Application:
    """Return an application for the edition."""
    application = get_object_or_404(edition.applications.select_related("contact", "delegation__city"), pk=pk)
    application.edition = edition
    return application


def visible_logo(visitor: Visitor, slug: str) -> tuple[Logo, EditionState]:
    """Return the logo of an edition and the edition's state, under the rule of `visible_edition`; 404 if it has no logo."""
    state = visible_state(visitor, slug)
    return get_object_or_404(Logo, editions=state.pk), state


def existing_state(slug: str) -> EditionState:
    state = state_of(slug)
    if state is None:
        raise Http404
    return state


def existing_programme(state: EditionState) -> PublishedProgramme:
    programme = programme_at(state)
    if programme is None:  # deleted since
        raise Http404
    return programme


def visible_sessions(visitor: Visitor, edition: Edition) -> "SessionQuerySet":
    """Return the edition's published sessions; for organisers all of them."""
    sessions = Session.objects.filter(edition=edition)
    return sessions if may_preview(visitor, edition.pk, "programme.view_session") else sessions.published()


def is_allowed(visitor: Visitor, permission: str) -> bool:
    """Return whether the visitor is staff and has the permission. No query for anybody else."""
    return visitor.is_staff and visitor.has_perm(permission)


def may_preview(visitor: Visitor, edition: int, permission: str) -> bool:
    """Return whether the visitor is staff with the permission, and works in the edition (primary key)."""
    return is_allowed(visitor, permission) and works_in(visitor, edition)


def works_in(visitor: Visitor, edition: int) -> bool:
    """Return whether a member of staff works in the edition (primary key). One query; none for superusers."""
    return visitor.is_superuser or staff.works_in(visitor, edition)


def visible_session(visitor: Visitor, edition: Edition, slug: str) -> Session:
    session = get_object_or_404(visible_sessions(visitor, edition).with_place(), slug=slug)
    session.edition = edition
    return session


def check_staff(visitor: Visitor, permission: str) -> None:
    """Answer 404 to visitors who are not staff, 403 to staff without the permission."""
    if not visitor.is_staff:
        raise Http404
    if not visitor.has_perm(permission):
        raise PermissionDenied


def staff_edition(visitor: Visitor, slug: str, permission: str) -> Edition:
    """Return an edition for staff with the permission who work in it; 403 for staff without it, 404 for everybody else."""
    check_staff(visitor, permission)
    return get_object_or_404(Edition.objects.open_to(visitor).select_related("venue"), slug=slug)


def staff_ready_list(visitor: Visitor, slug: str, name: str) -> tuple[Edition, ReadyListKind]:
    """Return an edition and one of its ready lists, for staff who may read the list, as `staff_edition`."""
    check_staff(visitor, PERMISSION)
    kind = READY_LISTS.get(name)
    if kind is None:
        raise Http404
    return staff_edition(visitor, slug, PERMISSION), kind


def own_file(visitor: Visitor, edition_slug: str, token: str) -> AnswerFile:
    """Return a file that the visitor gave as an answer, also one of a form that they have not sent."""
    theirs = Q(participant__user=visitor.pk) | Q(participant=None, uploaded_by=visitor.pk)
    return get_object_or_404(AnswerFile.objects.filter(theirs), question__edition__slug=edition_slug, token=token)


def staff_file(visitor: Visitor, edition_slug: str, token: str) -> AnswerFile:
    """Return a file that is the answer of a person of an edition, for staff who may read answers, as `staff_edition`; also one that
    the visitor has chosen for somebody and not saved.
    """
    edition = staff_edition(visitor, edition_slug, "programme.change_participant")
    chosen = Q(participant=None, uploaded_by=visitor.pk)
    files = AnswerFile.objects.filter(Q(participant__edition=edition) | chosen)
    return get_object_or_404(files, question__edition=edition, token=token)


def own_participation(visitor: User, edition_slug: str) -> Participant:
    """Return the visitor's participant in the edition, whatever its state."""
    participant = participants.participation_of(visitor, edition_slug)
    if participant is None:
        raise Http404
    return participant


def programme_of(visitor: Visitor, edition_slug: str) -> OwnProgramme:
    """Return the programme of the visitor's participant in the edition, whatever its state."""
    programme = own_programme(visitor, edition_slug) if isinstance(visitor, User) else None
    if programme is None:
        raise Http404
    return programme


def registered_programme(visitor: Visitor, edition_slug: str) -> OwnProgramme:
    """Return the visitor's programme; 404 unless they are registered."""
    programme = programme_of(visitor, edition_slug)
    if not programme.participant.is_registered:
        raise Http404
    return programme


def own_registration(visitor: Visitor, edition_slug: str) -> Participant:
    """Return the visitor's registered participant in the edition."""
    if not isinstance(visitor, User):
        raise Http404
    participant = own_participation(visitor, edition_slug)
    if not participant.is_registered:
        raise Http404
    return participant


def registration_in(visitor: Visitor, programme: PublishedProgramme) -> Participant:
    """Return the visitor's registered participant in the programme's edition, which is shared: not to be changed."""
    participant = participant_in(programme, visitor) if isinstance(visitor, User) else None
    if participant is None or not participant.is_registered:
        raise Http404
    return participant


def coordinator(visitor: Visitor, edition_slug: str) -> Participant:
    """Return the visitor's registered participant in the edition, if coordinator."""
    participant = own_registration(visitor, edition_slug)
    if not participant.is_coordinator:
        raise Http404
    return participant


def colleague(visitor: Visitor, edition_slug: str, pk: int) -> Participant:
    """Return a participant of the delegation that the visitor coordinates."""
    delegation = coordinator(visitor, edition_slug).delegation
    return get_object_or_404(Participant.objects.with_people(), delegation=delegation, pk=pk)


def own_invitation(visitor: Visitor, edition_slug: str, pk: int) -> Invitation:
    """Return an invitation to the delegation that the visitor coordinates."""
    delegation = coordinator(visitor, edition_slug).delegation
    return get_object_or_404(delegation.invitations, pk=pk)


def invitation(token: str) -> Invitation:
    """Return the invitation of a link, whether it can still be used or not."""
    invitation = Invitation.objects.of_token(token)
    if invitation is None:
        raise Http404
    return invitation


def calendar_owner(token: str) -> Participant:
    """Return the participant whose calendar the secret link is, also if withdrawn, with their held seats."""
    owner = participants.calendar_owner(token)
    if owner is None:
        raise Http404
    return owner


def unsubscribing_participant(key: str) -> Participant:
    """Return the participant whose unsubscribe link the key is of, whatever their state. Raises IncompleteLinkError for no key of ours."""
    reader = read_stop_link(key)
    if reader is None:
        raise IncompleteLinkError
    user, edition = reader
    return get_object_or_404(Participant.objects.with_people(), user=user, edition=edition)
