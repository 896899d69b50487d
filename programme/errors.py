"""Errors raised by actions. The message is a sentence shown to the user."""

from typing import TYPE_CHECKING

from udtacademy.errors import AcademyError

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class ProgrammeError(AcademyError):
    """An action is not possible; the message says why and what to do instead."""


class DelegationFullError(ProgrammeError):
    """The quota of a delegation is used up."""

    def __init__(self, message: "StrOrPromise") -> None:
        super().__init__(message, code="delegation_full")


class NotAsReadError(ProgrammeError):
    """What somebody confirmed is no longer what would be done; they have to read it again."""

    def __init__(self, message: "StrOrPromise") -> None:
        super().__init__(message, code="changed_meanwhile")
