"""The error of actions. Its message is a sentence for people, its code a name for code and tests."""

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.http import Http404

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class AcademyError(Exception):
    """An action is not possible. The message says why, and what to do instead; the code names the reason in snake_case.

    The same refusal has the same code wherever it is raised, however its sentence addresses the reader.
    """

    def __init__(self, message: "StrOrPromise", *, code: str) -> None:
        super().__init__(message)
        self.code = code


class IncompleteLinkError(Http404):
    """The key of a personal link is not one of ours, as when a mail program cut the link off."""


def form_error(error: AcademyError) -> ValidationError:
    """Return an error for `form.add_error`, with the message and the code."""
    return ValidationError(str(error), code=error.code)
