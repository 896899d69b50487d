"""Register people as the organiser, many at once or one."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from programme.actions.locks import lock_delegations
from programme.actions.quotas import check_quota
from programme.actions.registration_mails import tell_newcomers, tell_nobody
from programme.errors import ProgrammeError
from programme.models import Delegation, Edition, Participant, RegistrationDraft
from udtacademy.accounts.models import User
from udtacademy.db.history import acting

AT_A_TIME = 500


@dataclass(frozen=True)
class Newcomer:
    """Somebody to register. `email` is normalised; `name`: empty to keep that of the account."""

    delegation: Delegation
    email: str
    name: str = ""
    job_title: str = ""


@transaction.atomic
def add_people(
    *, edition: Edition, newcomers: Sequence[Newcomer], by: User, tells: bool = True
) -> Sequence[Participant]:
    """Register people in delegations of one edition, with an account each. Return them, in the order given.

    `tells`: email each of them. Raises DelegationFullError if a quota is used up; ProgrammeError if somebody takes part
    already, in whatever state, if their account is disabled, or if they are to be told of an edition not published.
    """
    if tells:
        check_can_tell(edition)
    locked = {it.pk: it for it in lock_delegations(it.delegation for it in newcomers)}
    if stranger := next((it for it in locked.values() if it.edition_id != edition.pk), None):
        raise ProgrammeError(
            _("%(city)s does not take part in that edition.") % {"city": stranger}, code="city_not_in_edition"
        )
    for number, n in Counter(it.delegation.pk for it in newcomers).items():
        check_quota(locked[number], n)
    with acting(by):
        users = accounts_of(newcomers)
        check_newcomers(edition, users.values())
        people = [
            Participant(
                user=users[it.email],
                delegation=locked[it.delegation.pk],
                edition=locked[it.delegation.pk].edition,
                job_title=it.job_title,
                state=Participant.State.REGISTERED,
                state_at=timezone.now(),
                state_by=by,
            )
            for it in newcomers
        ]
        Participant.objects.bulk_create(people, batch_size=AT_A_TIME)
        RegistrationDraft.objects.filter(edition=edition, user__in=users.values()).delete()
    if tells:
        tell_newcomers(people)
    else:
        tell_nobody(people)
    return people


def check_can_tell(edition: Edition) -> None:
    if not edition.is_published:
        raise ProgrammeError(
            _("The edition is not published, so nobody can be emailed about it. Publish it first, or send no emails."),
            code="edition_not_published",
        )


def accounts_of(newcomers: Sequence[Newcomer]) -> dict[str, User]:
    """Return the accounts of people by address, locked; make those that are missing. Accounts keep a name they have."""
    named = {it.email: it.name for it in newcomers}
    known = set(User.objects.filter(email__in=named).values_list("email", flat=True))
    missing = [User(email=email, name=name) for email, name in sorted(named.items()) if email not in known]
    for user in missing:
        user.set_unusable_password()
    # Somebody who signs in for the first time at this moment makes the same account.
    User.objects.bulk_create(missing, batch_size=AT_A_TIME, ignore_conflicts=True)
    users = list(User.objects.select_for_update(no_key=True).filter(email__in=named).order_by("pk"))
    rename([it for it in users if not it.name], named)
    return {it.email: it for it in users}


def rename(users: Iterable[User], named: Mapping[str, str]) -> None:
    """Save new names, given by address, of accounts, which are locked. Staff keep theirs; an empty one changes nothing."""
    renamed = [it for it in users if not it.is_staff and named[it.email] not in {"", it.name}]
    for user in renamed:
        user.name = named[user.email]
    User.objects.bulk_update(renamed, ["name"], batch_size=AT_A_TIME)


def check_newcomers(edition: Edition, users: Iterable[User]) -> None:
    """Raise ProgrammeError if one of the people cannot be registered."""
    users = list(users)
    if disabled := next((it for it in users if not it.is_active), None):
        raise ProgrammeError(
            _("The account with the address %(email)s is disabled.") % {"email": disabled.email},
            code="account_disabled",
        )
    if known := Participant.objects.select_related("user").filter(edition=edition, user__in=users).first():
        values = {"name": known, "state": known.get_state_display()}
        raise ProgrammeError(
            _("%(name)s already takes part in this edition (%(state)s).") % values, code="already_taking_part"
        )
