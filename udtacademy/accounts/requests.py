"""The user of a request."""

from django.http import HttpRequest

from udtacademy.accounts.models import User


def signed_in(request: HttpRequest) -> User:
    """Return the user of a request to a view that requires sign-in."""
    assert isinstance(request.user, User)  # noqa: S101 - login_required checked it
    return request.user
