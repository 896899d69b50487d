"""Somebody who asks for a page."""

from django.contrib.auth.models import AnonymousUser

from udtacademy.accounts.models.user import User

Visitor = User | AnonymousUser
