"""Accounts, for staff: those of the editions they work in."""

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from programme.models import Edition
from programme.queries.staff import is_limited, working_in_any
from udtacademy.accounts.admin import UserAdmin
from udtacademy.accounts.models import User

admin.site.unregister(User)


@admin.register(User)
class EditionUserAdmin(UserAdmin):
    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Return all accounts; to staff of some editions those of participants and colleagues there."""
        users = super().get_queryset(request)
        if not is_limited(request.user):
            return users
        editions = Edition.objects.open_to(request.user)
        theirs = User.objects.filter(Q(participations__edition__in=editions) | working_in_any(editions))
        return users.filter(pk__in=theirs.values("pk"))
