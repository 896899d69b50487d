"""The error of actions. Its message is a sentence for people, its code a name for code and tests."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class AcademyError(Exception):
    """An action is not possible. The message says why, and what to do instead; the code names the reason in snake_case.

    The same refusal has the same code wherever it is raised, however its sentence addresses the reader.
    """

    def __init__(self, message: "StrOrPromise", *, code: str) -> None:
        super().__init__(message)
        self.code = code
