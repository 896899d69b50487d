"""Correct the name or the address of a person, as the organiser."""

from django.db import transaction
from django.utils.translation import gettext as _

from programme import emails
from programme.actions.locks import lock_participant
from programme.errors import ProgrammeError
from programme.models import Edition, Participant
from udtacademy.accounts.models import User
from udtacademy.accounts.new_addresses import forget_old_address
from udtacademy.db.history import acting
from udtacademy.outbox.models import Message


@transaction.atomic
def correct_person(*, participant: Participant, name: str, email: str, reason: str, by: User) -> bool:
    """Correct the name and the address of a person's account. Return whether anything changed.

    The account changes at once, with `reason` in its history. A new address gets the registration with the calendar again,
    and the old one is told that it is no longer used, so that its reader can object. All sign-ins end, and passwords and
    passkeys are removed: the only way in is a code sent to the new address. Raises ProgrammeError for an address that is somebody else's, for the
    address of staff, with which one could get into the admin, and for somebody who takes part in an edition that `by` does
    not work in.
    """
    check_is_ours(participant.user, by)
    locked = lock_participant(participant)
    user, before = locked.user, locked.user.email
    if (user.name, user.email) == (name, email):
        return False
    if email != before:
        check_address_is_free(user, email, by)
    user.name, user.email = name, email
    with acting(by, reason=reason):
        user.save(update_fields=["name", "email"])
        if email != before:
            forget_old_address(user)
            tell_both(locked, before)
    participant.refresh_from_db()
    return True


def check_is_ours(user: User, by: User) -> None:
    """Raise ProgrammeError if the account takes part in an edition that `by` does not work in: it is theirs as well."""
    if not by.is_superuser and user.participations.exclude(edition__in=Edition.objects.open_to(by)).exists():
        text = _(
            "%(name)s also takes part in an edition that you do not work in. Ask somebody who works in all editions."
        )
        raise ProgrammeError(text % {"name": user}, code="other_editions_affected")


def check_address_is_free(user: User, email: str, by: User) -> None:
    """Raise ProgrammeError unless `by` may give the account this address."""
    if user.is_staff and not by.has_perm("accounts.change_user"):
        raise ProgrammeError(
            _("Only a superuser can change the address of somebody who works in the admin."), code="superuser_needed"
        )
    if User.objects.filter(email=email).exclude(pk=user.pk).exists():
        raise ProgrammeError(
            _("Another account has this address. Withdraw one of the two people, instead of joining them."),
            code="address_taken",
        )


def tell_both(participant: Participant, before: str) -> None:
    """Email the new address and the old one. What waits for the old one, but for codes, goes to the new one."""
    waiting = Message.objects.queued().filter(user=participant.user, to=before, lease=None, is_sensitive=False)
    waiting.filter(content=b"").update(to=participant.user.email)
    enters = participant.coming_sessions() if participant.is_registered else []
    emails.queue_to_participant("address_corrected", participant, enters=enters)
    emails.queue("address_replaced", to=before, edition=participant.edition)
