"""The authentication backend: who is signed in, and what they may do."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.models import Group, Permission
from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from udtacademy.accounts.models import User
from udtacademy.db.prepared import Parameter, prepared


class Backend(AuthenticationBackend):  # type: ignore[misc]
    """allauth's backend, except that only staff have permissions, whatever groups others are in."""

    def get_user(self, user_id: int) -> User | None:
        """Get as Django does, by a prepared query: every request of somebody signed in asks it."""
        user = next(iter(_user(pk=user_id)), None)
        return user if user and self.user_can_authenticate(user) else None

    def get_all_permissions(self, user_obj: User, obj: Model | None = None) -> set[str]:
        """Return the permissions of staff as Django does and keep them with the user; none for others.

        One prepared query: each page of staff and each scan at the door asks it.
        """
        if not user_obj.is_staff or not user_obj.is_active or obj is not None:
            return set()
        if user_obj.is_superuser:
            every: set[str] = super().get_all_permissions(user_obj)
            return every
        cached: Any = user_obj  # as by Django's backend
        if not hasattr(cached, "_perm_cache"):
            rows = _permissions(user=user_obj.pk)
            cached._perm_cache = {f"{app}.{codename}" for app, codename in rows}  # noqa: SLF001
        permissions: set[str] = cached._perm_cache  # noqa: SLF001
        return permissions


@prepared
def _user() -> QuerySet[User]:
    return User.objects.filter(pk=Parameter("pk")).order_by()


@prepared
def _permissions() -> "QuerySet[Permission, tuple[str, str]]":
    user = Parameter("user")
    of_user = Permission.objects.filter(
        Exists(Group.objects.filter(user=user, permissions=OuterRef("pk"))) | Q(user=user)
    )
    return of_user.order_by().distinct().values_list("content_type__app_label", "codename")
