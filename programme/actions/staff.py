"""Colleagues: invite them as staff with a role, in one edition or all, and take the role away again."""

from django.contrib.auth.models import Group
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from programme import emails
from programme.errors import ProgrammeError
from programme.models import Edition, StaffAssignment
from programme.queries.staff import is_limited, role_of
from udtacademy.accounts.models import User
from udtacademy.accounts.roles import ROLES, permissions_of
from udtacademy.db.history import acting


@transaction.atomic
def invite_colleague(*, email: str, name: str, role: str, edition: Edition, is_everywhere: bool, by: User) -> User:
    """Make somebody staff with a role in one edition or in all, and tell them by email. Return them.

    They sign in by a code, and set up their second factor then. Raises ProgrammeError if `by` may not decide that.
    """
    user, _is_new = User.objects.select_for_update().get_or_create(email=email, defaults={"name": name})
    check_scope(user, role, is_everywhere=is_everywhere, by=by)
    before = scope_of(user)
    works_everywhere = user.is_staff and not is_limited(user)
    with acting(by):
        user.name = user.name or name
        user.is_staff = True
        user.save(update_fields=["name", "is_staff"])
        set_role(user, role)
        if is_everywhere or works_everywhere:
            StaffAssignment.objects.filter(user=user).delete()
        else:
            assignment, _is_new = StaffAssignment.objects.get_or_create(user=user)
            assignment.editions.add(edition)
    if scope_of(user) == before:
        return user
    link = reverse("admin:index")
    emails.queue(
        "staff_invited", to=user.email, user=user, edition=edition, role=role, person=user, by=by, admin_path=link
    )
    return user


def scope_of(user: User) -> tuple[bool, str, set[int]]:
    """Return whether somebody is staff, their role, and the editions they work in (primary keys)."""
    role = user.groups.filter(name__in=ROLES).values_list("name", flat=True).first() or ""
    return user.is_staff, role, set(Edition.objects.open_to(user).values_list("pk", flat=True))


def check_scope(user: User, role: str, *, is_everywhere: bool, by: User) -> None:
    """Raise ProgrammeError unless `by` works in all editions that the role of `user` would change in."""
    if user.is_superuser:
        raise ProgrammeError(_("%(name)s already has every permission.") % {"name": user}, code="superuser")
    if not user.is_active:
        raise ProgrammeError(
            _("The account of %(name)s is closed. Ask your operator to open it.") % {"name": user},
            code="account_disabled",
        )
    if user == by:
        raise ProgrammeError(_("You cannot change your own role."), code="own_account")
    if not by.has_perms(permissions_of(role)):
        raise ProgrammeError(
            _("You can only give roles whose permissions you have yourself."), code="permissions_missing"
        )
    is_changed_elsewhere = user.is_staff and role_of(user) != role and works_beyond(user, by)
    if (is_everywhere or is_changed_elsewhere) and is_limited(by):
        raise ProgrammeError(
            _("Only colleagues who work in all editions can decide this."), code="other_editions_affected"
        )


def let_author_in(*, edition: Edition, by: User | None) -> None:
    """Let somebody who has added an edition work in it, if they work in some editions only."""
    if by and is_limited(by):
        StaffAssignment.objects.get(user=by).editions.add(edition)


def works_beyond(user: User, by: User) -> bool:
    """Return whether `user` works in an edition that `by` does not."""
    return Edition.objects.open_to(user).exclude(pk__in=Edition.objects.open_to(by).values("pk")).exists()


def set_role(user: User, role: str) -> None:
    user.groups.remove(*Group.objects.filter(name__in=ROLES.keys() - {role}))
    user.groups.add(Group.objects.get(name=role))


def may_remove(*, user: User, by: User) -> bool:
    """Return whether `by` may end a colleague's work in an edition that both work in."""
    is_everywhere = not hasattr(user, "assignment")
    return user != by and not user.is_superuser and not (is_everywhere and is_limited(by))


@transaction.atomic
def remove_colleague(*, user: User, edition: Edition, by: User) -> None:
    """End a colleague's work in an edition; with their last edition, or if they work in all, their role ends.

    Raises ProgrammeError if `by` may not decide that.
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    if user == by:
        raise ProgrammeError(_("You cannot remove yourself."), code="own_account")
    if user.is_superuser:
        raise ProgrammeError(_("Only an operator can remove %(name)s.") % {"name": user}, code="superuser")
    assignment = StaffAssignment.objects.filter(user=user).first()
    if assignment is None and is_limited(by):
        raise ProgrammeError(
            _("Only colleagues who work in all editions can decide this."), code="other_editions_affected"
        )
    with acting(by):
        if assignment:
            assignment.editions.remove(edition)
            if assignment.editions.exists():
                return
            assignment.delete()
        user.groups.remove(*Group.objects.filter(name__in=ROLES))
        user.is_staff = False
        user.save(update_fields=["is_staff"])
