"""Reads of staff users by permission, edition and role."""

from django.db.models import OuterRef, Q, QuerySet

from programme.models import Edition, StaffAssignment
from programme.models.edition_queryset import is_assigned
from udtacademy.accounts.models import User, Visitor
from udtacademy.accounts.roles import ROLES
from udtacademy.db.prepared import Parameter, prepared


def staff_with(permission: str, edition: Edition) -> "QuerySet[User]":
    """Return active staff with a permission such as "programme.view_session" who work in the edition."""
    app, codename = permission.split(".")
    about = {"content_type__app_label": app, "codename": codename}
    by_role = Q(**{f"groups__permissions__{field}": value for field, value in about.items()})
    by_person = Q(**{f"user_permissions__{field}": value for field, value in about.items()})
    may = Q(is_superuser=True) | by_role | by_person
    return User.objects.filter(may, working_in(edition), is_staff=True, is_active=True).order_by("pk").distinct()


def working_in(edition: Edition) -> Q:
    """Return the condition that a member of staff works in the edition."""
    return Q(is_superuser=True) | is_assigned(user=OuterRef("pk"), editions=edition.pk)


def working_in_any(editions: "QuerySet[Edition]") -> Q:
    """Return the condition that a user is staff and works in one of the editions."""
    return Q(is_staff=True) & is_assigned(user=OuterRef("pk"), editions__in=editions)


def is_limited(user: Visitor) -> bool:
    """Return whether a member of staff works in some editions only. One query; none for superusers."""
    return not user.is_superuser and StaffAssignment.objects.filter(user=user.pk).exists()


def works_in(user: Visitor, edition: int) -> bool:
    """Return whether somebody is staff and works in the edition (primary key), as `EditionQuerySet.open_to`. One prepared query."""
    return user.is_staff and bool(_works_in(user=user.pk, edition=edition))


@prepared
def _works_in() -> "QuerySet[Edition, int]":
    editions = Edition.objects.filter(pk=Parameter("edition")).assigned_to(Parameter("user"))
    return editions.order_by().values_list("pk", flat=True)


def colleagues_in(edition: Edition) -> "QuerySet[User]":
    """Return the active staff who work in the edition, with their roles, by name."""
    staff = User.objects.filter(working_in(edition), is_staff=True, is_active=True).distinct()
    return (
        staff.select_related("assignment").prefetch_related("groups", "assignment__editions").order_by("name", "email")
    )


def role_of(user: User) -> str:
    """Return the name of the user's role; empty without one."""
    names = {group.name for group in user.groups.all()}
    return next((role for role in ROLES if role in names), "")
