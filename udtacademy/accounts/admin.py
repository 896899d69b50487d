"""Admin of users and roles. allauth's tables are left out: editing them could lock people out, or let others in."""

from collections.abc import Callable
from typing import Any

import pghistory.models
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, ReadOnlyPasswordHashField, UserChangeForm
from django.contrib.auth.models import Group, Permission
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from udtacademy.accounts.models import User
from udtacademy.accounts.new_addresses import forget_old_address
from udtacademy.admin.base import BaseModelAdmin
from udtacademy.admin.history import HistoryAdmin


class UserForm(UserChangeForm[User]):
    """Django's form, without the help text of the password, which does not fit our page."""

    password = ReadOnlyPasswordHashField(label=gettext_lazy("Password"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""


class UserCreationForm(AdminUserCreationForm[User]):
    class Meta:
        model = User
        fields = ["email", "name"]


@admin.register(User)
class UserAdmin(HistoryAdmin[User], DjangoUserAdmin[User]):
    form = UserForm
    add_form = UserCreationForm
    ordering = ["email"]
    list_display = ["email", "name", "is_staff", "is_active", "last_login"]
    list_filter = ["is_staff", "is_superuser", "is_active", "groups"]
    search_fields = ["email", "name"]
    readonly_fields = ["last_login", "date_joined"]
    fieldsets = [
        (None, {"fields": ["email", "name", "password"]}),
        (
            gettext_lazy("Permissions"),
            {"fields": ["is_active", "is_staff", "is_superuser", "groups", "user_permissions"]},
        ),
        (gettext_lazy("Dates"), {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [
        (None, {"classes": ["wide"], "fields": ["email", "name", "usable_password", "password1", "password2"]}),
    ]

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Leave out the password, which has a link to change it, for those who may only look."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        return [(None, {"fields": ["email", "name"]}), *fieldsets[1:]]

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's
        """Save. After a change of address, remove the old address, which may be another person's, and end all sign-ins."""
        super().save_model(request, obj, form, change)
        if change and "email" in form.changed_data:
            forget_old_address(obj)

    def events_of(self, user: User) -> Any:
        """Return the events of the user, including permissions and connected accounts given and removed."""
        return pghistory.models.Events.objects.references(user).across(*RIGHTS, "accounts.UserEvent")

    def event_label(self, event: Any) -> str:
        if event.pgh_model not in RIGHTS:
            return super().event_label(event)
        right = RIGHTS[event.pgh_model](event.pgh_data)
        text = _("Given: %(permission)s") if event.pgh_label == "insert" else _("Removed: %(permission)s")
        return text % {"permission": right}


def group_of(row: dict[str, Any]) -> str:
    group = Group.objects.filter(pk=row["group_id"]).first()
    return _("group %(group)s") % {"group": group or row["group_id"]}


def permission_of(row: dict[str, Any]) -> str:
    permission = Permission.objects.filter(pk=row["permission_id"]).first()
    return _("permission %(permission)s") % {"permission": permission or row["permission_id"]}


def connection_of(row: dict[str, Any]) -> str:
    return _("sign-in with the account at %(provider)s") % {"provider": row["provider"]}


RIGHTS: dict[str, Callable[[dict[str, Any]], str]] = {
    "accounts.UserGroupEvent": group_of,
    "accounts.UserPermissionEvent": permission_of,
    "accounts.ConnectionEvent": connection_of,
}


admin.site.unregister([Group, EmailAddress, Authenticator, UserSession, SocialAccount, SocialApp, SocialToken])


@admin.register(Group)
class GroupAdmin(BaseModelAdmin[Group], DjangoGroupAdmin):
    list_display = ["name"]
