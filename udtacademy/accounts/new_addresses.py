"""What follows from the change of an account's address by somebody else than its owner."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession

from udtacademy.accounts.models import User


def forget_old_address(user: User) -> None:
    """Remove the old address, which may be another person's, with every way in but a code, and end all sign-ins."""
    user.set_unusable_password()
    user.save(update_fields=["password"])
    Authenticator.objects.filter(user=user).delete()
    SocialAccount.objects.filter(user=user).delete()
    EmailAddress.objects.filter(user=user).exclude(email=user.email).delete()
    for sign_in in UserSession.objects.filter(user=user):
        sign_in.end()
