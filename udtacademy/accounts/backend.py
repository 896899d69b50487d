"""The authentication backend: who is signed in, and what they may do."""

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.models import Permission
from django.db.models import Model, QuerySet

from udtacademy.accounts.models import User
from udtacademy.db.prepared import Parameter, prepared


class Backend(AuthenticationBackend):  # type: ignore[misc]
    """allauth's backend, except that only staff have permissions, whatever groups others are in."""

    def get_user(self, user_id: int) -> User | None:
        """Get as Django does, by a prepared query: every request of somebody signed in asks it."""
        user = next(iter(_user(pk=user_id)), None)
        return user if user and self.user_can_authenticate(user) else None

    def get_all_permissions(self, user_obj: User, obj: Model | None = None) -> set[str]:
        return super().get_all_permissions(user_obj, obj) if user_obj.is_staff else set()

    def get_user_permissions(self, user_obj: User, obj: Model | None = None) -> set[str]:
        """Return the permissions given to the user alone, as Django does, by a prepared query."""
        if user_obj.is_active and obj is None and not user_obj.is_superuser:
            return {f"{label}.{codename}" for label, codename in _permissions_of_user(user=user_obj.pk)}
        permissions: set[str] = super().get_user_permissions(user_obj, obj)
        return permissions

    def get_group_permissions(self, user_obj: User, obj: Model | None = None) -> set[str]:
        """Return the permissions of a user's groups as Django does, by a prepared query: each scan at the door asks it.

        `get_all_permissions` keeps them with the user.
        """
        if user_obj.is_active and obj is None and not user_obj.is_superuser:
            return {f"{label}.{codename}" for label, codename in _permissions_of_groups(user=user_obj.pk)}
        permissions: set[str] = super().get_group_permissions(user_obj, obj)
        return permissions


@prepared
def _user() -> QuerySet[User]:
    return User.objects.filter(pk=Parameter("pk")).order_by()


@prepared
def _permissions_of_user() -> "QuerySet[Permission, tuple[str, str]]":
    permissions = Permission.objects.filter(user=Parameter("user")).order_by()
    return permissions.values_list("content_type__app_label", "codename")


@prepared
def _permissions_of_groups() -> "QuerySet[Permission, tuple[str, str]]":
    permissions = Permission.objects.filter(group__user=Parameter("user")).order_by()
    return permissions.values_list("content_type__app_label", "codename")
