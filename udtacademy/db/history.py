"""The history of every row: who changed what, when. Database triggers write it, so nothing bypasses it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import pghistory
from django.db import models

Model = TypeVar("Model", bound=type[models.Model])


def tracked(*, leaving_out: Sequence[str] = (), **more: Any) -> Callable[[Model], Model]:
    """Class decorator: keep each insert, update and delete of the model's rows, `leaving_out` the fields named.

    `more` is for pghistory.track.
    """
    decorate: Callable[[Model], Model] = pghistory.track(
        pghistory.InsertEvent(),
        pghistory.UpdateEvent(),
        pghistory.DeleteEvent(),
        exclude=list(leaving_out) or None,
        **more,
    )
    return decorate


@contextmanager
def acting(by: models.Model | None) -> Iterator[None]:
    """What the block changes is `by`'s doing; without one, that of whoever the request or the command says.

    A request, a task or a command is one context of the history and has one actor: inside of it the last one named is
    taken for the whole.
    """
    with pghistory.context(**({"user": by.pk} if by else {})):
        yield
