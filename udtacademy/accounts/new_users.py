"""Create the account of somebody whose address was confirmed: by a code, or by a provider."""

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest

from udtacademy.accounts.models import User


def get_or_create_user(request: HttpRequest, email: str, *, name: str = "") -> tuple[User, bool]:
    """Return the user with a confirmed address, and whether the account is new. `name`: that of a new one.

    Account and address are stored together: of two first sign-ins at once, the second finds both.
    """
    with transaction.atomic():
        user, is_new = User.objects.get_or_create(email=email, defaults={"name": name})
        if is_new:
            _add_verified_address(request, user)
    return user, is_new


def _add_verified_address(request: HttpRequest, user: User) -> None:
    """Store the address of a new account as verified. allauth would add it, then verify it: a dozen statements."""
    address = EmailAddress(user=user, email=user.email, primary=True)
    if address.set_verified(commit=False):
        address.save()
        EmailAddress.objects.fill_cache_for_user(user, [address])
        confirmed = "account/messages/email_confirmed.txt"
        get_adapter(request).add_message(request, messages.SUCCESS, confirmed, {"email": user.email})
