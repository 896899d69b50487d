"""Encrypt the secrets of allauth's second factors in the database."""

from allauth.mfa.adapter import DefaultMFAAdapter
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from udtacademy.db.encryption import UnreadableError, decrypt_text, encrypt_text

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
