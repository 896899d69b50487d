"""Second factors: who needs one, and allauth's secrets of them, encrypted in the database."""

from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from udtacademy.accounts.models.visitor import Visitor
from udtacademy.db.encryption import UnreadableError, decrypt_text, encrypt_text
from udtacademy.db.prepared import Parameter, prepared

PURPOSE = "second factors"


class UnreadableFactorError(ValidationError):
    """The second factor was encrypted with a key that is gone. Forms show the error beside the code; no code is right."""

    silent_variable_failure = True  # templates show nothing instead of failing

    def __init__(self) -> None:
        super().__init__(
            _("This second factor can no longer be checked. Ask the people who run the site to remove it.")
        )


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    def encrypt(self, text: str) -> str:
        return encrypt_text(text, PURPOSE)

    def decrypt(self, encrypted_text: str) -> str:
        """Decrypt. Raises UnreadableFactorError, as anybody could guess the codes of an empty secret."""
        try:
            return decrypt_text(encrypted_text, PURPOSE)
        except UnreadableError as error:
            raise UnreadableFactorError from error


def needs_second_factor(visitor: Visitor) -> bool:
    return settings.STAFF_SECOND_FACTOR and visitor.is_staff


def lacks_second_factor(visitor: Visitor) -> bool:
    """Return whether a staff user has no second factor but needs one. One query, for staff only."""
    return needs_second_factor(visitor) and not _second_factor(user=visitor.pk)


@prepared
def _second_factor() -> Any:
    factors = Authenticator.objects.filter(user=Parameter("user")).exclude(type=Authenticator.Type.RECOVERY_CODES)
    return factors.order_by().values_list("pk")[:1]
