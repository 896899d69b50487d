"""Row locks, each held until the transaction ends.

To avoid deadlocks, take several in this order, and rows of one table in order of primary key:

1. one load of a programme file at a time; or one campaign, alone
2. applications of cities, then delegations
3. users
4. participants, and with them their answers and questions about coming
5. the edition, its venue and the one it gets
6. one speaker (`actions/speakers.py`)
7. sessions, to which triggers go from the edition, the venue, a speaker and what a speaker does in them: all of the editions
   concerned, those of the slots in which one person changes seats, or those of a speaker, in one statement
8. what speakers do in sessions, whose order and answers several people change
9. seats
10. participants on the waiting list of a city, while its delegation is locked: nobody else locks them and anything after
11. a part of an Action Plan, alone (`actions/action_plans.py`)
"""

from collections.abc import Callable, Collection, Iterable

from django.db import IntegrityError, connection, models, transaction
from django.utils.translation import gettext as _

from programme.errors import ProgrammeError
from programme.models import (
    Application,
    Campaign,
    Delegation,
    Edition,
    Invitation,
    Participant,
    Seat,
    Session,
    SessionSpeaker,
    Venue,
)
from programme.queries.slots import slots_with
from programme.queries.venues import editions_at
from udtacademy.accounts.models import User
from udtacademy.db.prepared import AnyOf, Parameter, prepared

PARALLEL_CONSTRAINT = "session_parallel_only_across_tracks"
LOADING = 20_250_916  # key of the advisory lock


def lock_programme_loads() -> None:
    """Wait until no other programme file is being loaded: two loads must not both create a venue."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOADING])


def lock_edition(slug: str, venue_name: str) -> tuple[Edition | None, set[int]]:
    """Lock an edition, its present and future venue, and the sessions of all editions that meet there, in this order.

    Return the edition, if any, and the primary keys of all editions concerned.
    """
    edition = Edition.objects.select_for_update(no_key=True).filter(slug=slug).first()
    wanted = models.Q(name__iexact=venue_name) | models.Q(pk=edition.venue_id if edition else None)
    venues = list(Venue.objects.select_for_update(no_key=True).filter(wanted).order_by("pk"))
    concerned = editions_at(venues) | ({edition.pk} if edition else set())
    lock_sessions(concerned)
    return edition, concerned


def defer_parallel_check() -> None:
    """Let sessions overlap until `check_parallel_now`, so that two can exchange their times."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET CONSTRAINTS {PARALLEL_CONSTRAINT} DEFERRED")


def check_parallel_now(text: str) -> None:
    """Raise ProgrammeError with this text if sessions overlap that may not."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET CONSTRAINTS {PARALLEL_CONSTRAINT} IMMEDIATE")
    except IntegrityError as error:
        raise ProgrammeError(text, code="sessions_overlap") from error


def lock_campaign(campaign: Campaign) -> Campaign:
    """Lock a campaign, and return it with its edition and who planned it, read again. Raises ProgrammeError if it was deleted."""
    locked = Campaign.objects.select_for_update(of=["self"], no_key=True).filter(pk=campaign.pk)
    row = locked.select_related("edition__venue", "by").first()
    if row is None:
        raise ProgrammeError(_("This email has been deleted."), code="email_deleted")
    return row


def lock_draft(edition: Edition) -> None:
    """Lock an edition's row, and so its draft: one organiser at a time changes or publishes it."""
    list(Edition.objects.select_for_update(no_key=True).filter(pk=edition.pk).values_list("pk"))


def lock_sessions(editions: Iterable[int]) -> None:
    """Lock all sessions of the editions, given by primary key."""
    sessions = Session.objects.select_for_update(no_key=True).filter(edition__in=set(editions))
    list(sessions.order_by("pk").values_list("pk"))


def lock_slots(edition: int, sessions: Collection[int]) -> set[int]:
    """Lock what changes of seats in the sessions can affect: all sessions that overlap with them, directly or through others.

    Takes and returns primary keys, of one edition. Raises ProgrammeError if a session was moved meanwhile: to lock more
    would break the order.
    """
    slots = slots_with(edition, sessions)
    _locked_sessions(pks=list(slots))
    if slots_with(edition, sessions) != slots:
        raise ProgrammeError(
            _("The programme has just been changed. Reload the page, then choose again."), code="changed_meanwhile"
        )
    return slots


@prepared
def _locked_sessions() -> "models.QuerySet[Session, tuple[int]]":
    return Session.objects.select_for_update(no_key=True).filter(pk=AnyOf("pks")).order_by("pk").values_list("pk")


def lock_sessions_of(rows: "models.QuerySet[SessionSpeaker]") -> None:
    """Lock the sessions of what speakers do in them, before these rows, from which triggers go to the sessions."""
    _locked_sessions(pks=list(rows.order_by().values_list("session", flat=True)))


def lock_seats(numbers: Collection[int]) -> list[int]:
    """Lock seats by primary key. Return the primary keys of those that still exist."""
    seats = Seat.objects.select_for_update(no_key=True).filter(pk__in=numbers)
    return list(seats.order_by("pk").values_list("pk", flat=True)) if numbers else []


def lock_applications(edition: Edition, pks: Iterable[int]) -> list[Application]:
    """Lock applications of an edition (primary keys) and return them, with their contact persons, in order of primary key."""
    locked = Application.objects.select_for_update(of=["self"], no_key=True).filter(edition=edition, pk__in=set(pks))
    applications = list(locked.select_related("contact", "delegation").order_by("pk"))
    for application in applications:
        application.edition = edition
    return applications


def lock_delegations(delegations: Iterable[Delegation]) -> list[Delegation]:
    """Lock delegations and return them, with city, edition and venue, in order of primary key."""
    pks = sorted({delegation.pk for delegation in delegations})
    locked = Delegation.objects.select_for_update(of=["self"], no_key=True).filter(pk__in=pks)
    return list(locked.select_related("city", "edition__venue").order_by("pk"))


def lock_delegations_of(user: User, delegation: Delegation) -> Delegation:
    """Lock a delegation, and the one that the user belongs to in its edition. Return the former, as `lock_delegations`."""
    rows = _locked_delegations(user=user.pk, delegation=delegation.pk, edition=delegation.edition_id)
    return next(it for it in rows if it.pk == delegation.pk)


@prepared
def _locked_delegations() -> models.QuerySet[Delegation]:
    present = Participant.objects.filter(user=Parameter("user"), edition=Parameter("edition")).values("delegation")
    wanted = models.Q(pk=Parameter("delegation")) | models.Q(pk__in=present)
    locked = Delegation.objects.select_for_update(of=["self"], no_key=True).filter(wanted)
    return locked.select_related("city", "edition__venue").order_by("pk")


def lock_people(participants: Iterable[Participant], *others: Delegation) -> None:
    """Lock everything that several actions in one transaction need, before the first of them.

    The delegations (and the `others`), the users, the participants, and all sessions of their editions.
    """
    participants = list(participants)
    lock_delegations([*(participant.delegation for participant in participants), *others])
    users = User.objects.select_for_update(no_key=True).filter(pk__in=[it.user_id for it in participants])
    list(users.order_by("pk").values_list("pk"))
    people = Participant.objects.select_for_update(no_key=True).filter(pk__in=[it.pk for it in participants])
    list(people.order_by("pk").values_list("pk"))
    lock_sessions(participant.edition_id for participant in participants)


def lock_for_seats(participant: Participant) -> Participant:
    """Lock a participant alone, and return them, read again, with user and edition. Raises ProgrammeError if they have been deleted."""
    locked = next(iter(_locked_participant(pk=participant.pk)), None)
    if locked is None:
        raise ProgrammeError(_("%(name)s has been deleted.") % {"name": participant}, code="person_deleted")
    return locked


def lock_idle(numbers: Collection[int]) -> list[int]:
    """Lock participants (primary keys), except those whom somebody else has locked. Return whom it locked."""
    people = Participant.objects.select_for_update(no_key=True, skip_locked=True).filter(pk__in=numbers)
    return list(people.order_by("pk").values_list("pk", flat=True))


@prepared
def _locked_participant() -> models.QuerySet[Participant]:
    people = Participant.objects.select_related("user", "edition__venue").select_for_update(of=["self"], no_key=True)
    return people.filter(pk=Parameter("pk")).order_by()


def lock_participant(participant: Participant, *others: Delegation) -> Participant:
    """Lock the delegation (and the `others`), the user and the participant. Return the participant, read again.

    Raises ProgrammeError if they were moved to another delegation since `participant` was read, or deleted.
    """
    delegations = {it.pk: it for it in lock_delegations([participant.delegation, *others])}
    User.objects.select_for_update(no_key=True).get(pk=participant.user_id)
    locked = (
        Participant.objects.with_people().select_for_update(of=["self"], no_key=True).filter(pk=participant.pk).first()
    )
    if locked is None:
        raise ProgrammeError(_("%(name)s has been deleted.") % {"name": participant}, code="person_deleted")
    if locked.delegation_id != participant.delegation_id:
        text = _("%(name)s has been moved to another city. Reload the page, then try again.")
        raise ProgrammeError(text % {"name": locked}, code="person_moved")
    locked.delegation = delegations[locked.delegation_id]
    return locked


def lock_delegations_for(place: Participant, email: str) -> dict[int, Delegation]:
    """Lock a participant's delegation, and the one in their edition of who has an address. Return them by primary key."""
    present = Delegation.objects.filter(edition=place.edition_id, participants__user__email=email)
    return {it.pk: it for it in lock_delegations([place.delegation, *present])}


def lock_place(
    place: Participant, email: str, account: Callable[[], User], delegations: Collection[int]
) -> tuple[Participant, Participant]:
    """Lock a participant and who is to take over their place, by address. Return both, read again; the second may be new.

    `delegations`: from `lock_delegations_for`. `account` returns the user with the address, making one if there is none. Raises
    ProgrammeError if the participant was deleted, or one of the two moved to another delegation.
    """
    users = User.objects.select_for_update(no_key=True).filter(models.Q(pk=place.user_id) | models.Q(email=email))
    list(users.order_by("pk").values_list("pk"))
    user = account()
    either = Participant.objects.filter(models.Q(pk=place.pk) | models.Q(user=user, edition=place.edition_id))
    present = set(either.values_list("delegation", flat=True))  # nobody moves them while their users are locked
    people = either.with_people().select_for_update(of=["self"], no_key=True).order_by("pk")
    by_pk = {it.pk: it for it in people} if present <= set(delegations) else {}
    locked = by_pk.get(place.pk)
    if locked is None or locked.delegation_id != place.delegation_id:
        raise ProgrammeError(
            _("Somebody has just changed this place. Reload the page, then try again."), code="changed_meanwhile"
        )
    return locked, next((it for it in by_pk.values() if it.user_id == user.pk), Participant(user=user))


def lock_registering(user: User, edition: Edition, invitation: Invitation | None) -> Participant:
    """Lock a user, with the one whose place an invitation offers, then the user's participant in the edition.

    Return the participant, who is new if there is none, with the user, both read again.
    """
    users = {it.pk: it for it in _locked_users(user=user.pk, invitation=invitation.pk if invitation else None)}
    participant = next(iter(_locked_participation(user=user.pk, edition=edition.pk)), None)
    return participant or Participant(user=users[user.pk])


@prepared
def _locked_users() -> models.QuerySet[User]:
    holder = Participant.objects.filter(offers=Parameter("invitation")).values("user")
    wanted = models.Q(pk=Parameter("user")) | models.Q(pk__in=holder)
    return User.objects.select_for_update(no_key=True).filter(wanted).order_by("pk")


@prepared
def _locked_participation() -> models.QuerySet[Participant]:
    people = Participant.objects.with_people().select_for_update(of=["self"], no_key=True)
    return people.filter(user=Parameter("user"), edition=Parameter("edition")).order_by()
