"""The user of a request, signed in or anonymous."""

from django.contrib.auth.models import AnonymousUser

from udtacademy.accounts.models.user import User

Visitor = User | AnonymousUser
