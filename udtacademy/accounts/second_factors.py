"""What we change about allauth's second factors: their secrets are encrypted in the database."""

from allauth.mfa.adapter import DefaultMFAAdapter
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from udtacademy.db.encryption import UnreadableError, decrypt_text, encrypt_text

PURPOSE = "second factors"


class UnreadableFactorError(ValidationError):
    """The key with which the factor was encrypted is gone. Forms show it beside the code; it is right for nobody."""

    silent_variable_failure = True  # a template shows nothing instead of failing

    def __init__(self) -> None:
        super().__init__(_("This second factor cannot be checked any more. Ask those who run the site to remove it."))


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    def encrypt(self, text: str) -> str:
        return encrypt_text(text, PURPOSE)

    def decrypt(self, encrypted_text: str) -> str:
        """Raises UnreadableFactorError: an empty secret instead would be one that everybody knows."""
        try:
            return decrypt_text(encrypted_text, PURPOSE)
        except UnreadableError as error:
            raise UnreadableFactorError from error
