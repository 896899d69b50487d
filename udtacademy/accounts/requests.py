"""Who asks, for views that are only for those signed in."""

from django.http import HttpRequest

from udtacademy.accounts.models import User


def signed_in(request: HttpRequest) -> User:
    """The user of a view that is only for those signed in."""
    assert isinstance(request.user, User)  # noqa: S101 - login_required has seen to it
    return request.user
