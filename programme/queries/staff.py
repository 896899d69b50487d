"""Reads of staff users by permission."""

from django.db.models import Q, QuerySet

from udtacademy.accounts.models import User


def staff_with(permission: str) -> "QuerySet[User]":
    """Return active staff with a permission such as "programme.view_session"."""
    app, codename = permission.split(".")
    about = {"content_type__app_label": app, "codename": codename}
    by_role = Q(**{f"groups__permissions__{field}": value for field, value in about.items()})
    by_person = Q(**{f"user_permissions__{field}": value for field, value in about.items()})
    may = Q(is_superuser=True) | by_role | by_person
    return User.objects.filter(may, is_staff=True, is_active=True).order_by("pk").distinct()
