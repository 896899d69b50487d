"""Compose an email again from today's facts, by kind: what `emails_again` sends. An app adds its kinds in `AppConfig.ready`.

A composer returns a message that is not saved, or raises ProgrammeError with the reason why there is nothing to say today.
"""

from collections.abc import Callable
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from programme import emails
from programme.actions import (
    application_mails,
    campaigns,
    coming_emails,
    invitation_reminders,
    invitations,
    question_reminders,
    seat_mails,
)
from programme.errors import ProgrammeError
from programme.formats import titles
from programme.models import Edition, Invitation, InvitationEmail, Participant, Seat
from programme.queries.announcements import sessions_to_leave
from programme.queries.participants import other_coordinators
from programme.queries.quotas import position_of
from programme.queries.registration_history import before_present_state, was_waiting
from programme.queries.staff import colleagues_in, role_of
from udtacademy.accounts.models import User
from udtacademy.outbox.models import Message

State = Participant.State
Composer = Callable[[Message, User], Message]


def reader_of(message: Message, *states: str) -> Participant:
    """Return the participant whom a message was to, in one of these states. Raises ProgrammeError."""
    people = Participant.objects.with_people().filter(user=message.user_id, edition=message.context_id)
    person = people.first() if message.user_id else None
    if person is None:
        raise ProgrammeError(_("They no longer take part in this edition."), code="not_taking_part")
    if person.state not in states:
        text = _("It does not hold today: %(name)s is “%(state)s”.")
        raise ProgrammeError(text % {"name": person, "state": person.get_state_display()}, code="state_changed")
    return person


def first_of(message: Message) -> Message:
    """Return the email that was sent first, if this is one sent again: its key says what it is about."""
    kind, _colon, rest = (message.dedupe_key or "").partition(":")
    if kind != "again":
        return message
    earlier = Message.objects.defer("text", "content").filter(pk=rest.partition(":")[0]).first()
    return first_of(earlier) if earlier else message


def edition_of(message: Message) -> Edition:
    return Edition.objects.select_related("venue").get(pk=message.context_id or 0)


def about_state(*states: str, has_sessions: bool = False) -> Composer:
    """Return the composer of an email that says what holds as long as the person is in one of these states."""

    def compose(message: Message, _by: User) -> Message:
        person = reader_of(message, *states)
        position = position_of(person) if person.is_waiting else None
        enters = person.coming_sessions() if has_sessions else ()
        return emails.written_to(person, message.kind, enters=enters, position=position)

    return compose


def withdrawn(message: Message, _by: User) -> Message:
    person = reader_of(message, State.WITHDRAWN)
    leaves = sessions_to_leave(person, timezone.now())
    return emails.written_to(person, "withdrawn", leaves=leaves, outlives_person=True, was_waiting=was_waiting(person))


def quota_promoted(message: Message, _by: User) -> Message:
    """Compose that their turn has come, while their registration is the one that the waiting list gave them."""
    person = reader_of(message, State.REGISTERED, State.PENDING)
    before = before_present_state(person)
    if before is None or before.waiting_number is None:
        raise ProgrammeError(
            _("The present registration of %(name)s did not come from a waiting list.") % {"name": person},
            code="not_from_waiting_list",
        )
    enters = person.coming_sessions() if person.is_registered else ()
    is_moved = before.delegation_id != person.delegation_id
    return emails.written_to(person, "quota_promoted", enters=enters, is_moved=is_moved)


def place_offered(message: Message, _by: User) -> Message:
    """Compose to whom the reader’s place is offered today."""
    person = reader_of(message, State.REGISTERED)
    offer = person.offers.open(timezone.now()).select_related("invited_by", "delegation__city").first()
    if offer is None:
        raise ProgrammeError(
            _("The place of %(name)s is offered to nobody today.") % {"name": person}, code="place_not_offered"
        )
    return emails.written_to(person, "place_offered", invitation=offer, by=offer.invited_by or offer.delegation)


def made_coordinator(message: Message, _by: User) -> Message:
    person = reader_of(message, State.REGISTERED)
    if not person.is_coordinator:
        raise ProgrammeError(_("%(name)s is not a coordinator today.") % {"name": person}, code="not_coordinator")
    return emails.written_to(person, "made_coordinator")


def no_longer_coordinator(message: Message, _by: User) -> Message:
    """Compose who coordinates instead, while that is certain: there is one coordinator, and it is somebody else."""
    person = reader_of(message, State.REGISTERED)
    if person.is_coordinator:
        raise ProgrammeError(_("%(name)s is a coordinator today.") % {"name": person}, code="still_coordinator")
    coordinators = list(other_coordinators(person).select_related("user"))
    if not coordinators:
        raise ProgrammeError(
            _("%(city)s has no other coordinator today.") % {"city": person.delegation}, code="no_other_coordinator"
        )
    if len(coordinators) > 1:
        text = _("%(city)s has several coordinators today, so it is not certain who took over.")
        raise ProgrammeError(text % {"city": person.delegation}, code="several_coordinators")
    return emails.written_to(person, "no_longer_coordinator", successor=coordinators[0])


def seats_chosen(message: Message, _by: User) -> Message:
    """Compose what they have chosen as it is now, with the calendar files of the seats they hold."""
    person = reader_of(message, State.REGISTERED)
    seats = Seat.objects.with_people().filter(participant=person, session__starts_at__gt=timezone.now())
    timed = list(seats.order_by("session__starts_at", "pk"))
    held = [it.session for it in timed if it.is_held]
    waited_for = titles(it.session for it in timed if not it.is_held)
    return emails.written_to(person, "seats_chosen", held=held, waited_for=waited_for, enters=held)


def about_seat(message: Message, _by: User) -> Message:
    reader_of(message, State.REGISTERED)
    again = seat_mails.composed_again(message)
    if again is None:
        raise ProgrammeError(
            _("The seat is not theirs today as it was then. “Sessions chosen” has their seats as they are now."),
            code="seat_changed",
        )
    return again


def staff_invited(message: Message, by: User) -> Message:
    edition = edition_of(message)
    user = colleagues_in(edition).filter(pk=message.user_id or 0).first()
    if user is None:
        raise ProgrammeError(_("They no longer work in this edition."), code="not_a_colleague")
    admin: dict[str, Any] = {"person": user, "by": by, "role": role_of(user), "admin_path": reverse("admin:index")}
    return emails.written("staff_invited", to=user.email, user=user, edition=edition, **admin)


def invited(message: Message, by: User) -> Message:
    """Compose an invitation with a new link; the previous one stops working."""
    return invitations.compose_again(invitation=invitation_of(message), by=by)


def invitation_reminder(message: Message, by: User) -> Message:
    """Compose a reminder with a new link; the earlier links keep working."""
    return invitation_reminders.compose_reminder(invitation=invitation_of(message), by=by)


def invitation_of(message: Message) -> Invitation:
    """Return the invitation that a message was about. Raises ProgrammeError.

    Never another one for the same address: that may be of another city.
    """
    email = InvitationEmail.objects.filter(message=message).select_related("invitation__delegation").first()
    if email is None:
        raise ProgrammeError(_("The invitation has been deleted."), code="invitation_deleted")
    return email.invitation


def link_to_forward(message: Message, _by: User) -> Message:
    """Compose a new link to forward, made for the coordinator; the previous one stops working."""
    person = reader_of(message, State.REGISTERED)
    if not person.is_coordinator:
        raise ProgrammeError(_("%(name)s is not a coordinator today.") % {"name": person}, code="not_coordinator")
    return invitations.compose_link(delegation=person.delegation, to=person.user)


def coming_question(message: Message, _by: User) -> Message:
    """Compose the question while the person has not answered it."""
    return coming_emails.compose_question(participant=reader_of(message, State.REGISTERED))


def questions_added(message: Message, _by: User) -> Message:
    return question_reminders.compose_reminder(participant=reader_of(message, State.REGISTERED))


def campaign(message: Message, _by: User) -> Message:
    return campaigns.compose_again(message=first_of(message))


COMPOSERS: dict[str, Composer] = {
    "address_corrected": about_state(State.REGISTERED, has_sessions=True),
    **dict.fromkeys(application_mails.ALL_KINDS, application_mails.compose_again),
    "approved": about_state(State.REGISTERED, has_sessions=True),
    "campaign": campaign,
    "colleague_invited": invited,
    "coming_question": coming_question,
    "coordinator_invited": invited,
    "declined": about_state(State.DECLINED),
    "invitation_reminder": invitation_reminder,
    "link_to_forward": link_to_forward,
    "made_coordinator": made_coordinator,
    "moved": about_state(State.REGISTERED, State.PENDING, State.WAITING),
    "no_longer_coordinator": no_longer_coordinator,
    "place_offered": place_offered,
    "questions_added": questions_added,
    "quota_promoted": quota_promoted,
    "quota_waiting": about_state(State.WAITING),
    "registered": about_state(State.REGISTERED, has_sessions=True),
    "seat_assigned": about_seat,
    "seat_clash": about_seat,
    "seat_offered": about_seat,
    "seat_promoted": about_seat,
    "seats_chosen": seats_chosen,
    "staff_invited": staff_invited,
    "waiting": about_state(State.PENDING),
    "withdrawn": withdrawn,
}
