"""The history of rows: who changed what, and when. Database triggers write it, so that nothing bypasses it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import pghistory
from django.db import models

Model = TypeVar("Model", bound=type[models.Model])


def tracked(*, leaving_out: Sequence[str] = (), **more: Any) -> Callable[[Model], Model]:
    """Return a class decorator that records each insert, update and delete of a model, without the fields `leaving_out`.

    `more`: passed to pghistory.track.
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
def acting(by: models.Model | None, *, reason: str = "") -> Iterator[None]:
    """Record `by` as the actor of the changes in the block; without one, the actor of the request or command.

    `reason`: why, for the history page.
    A request, task or command is one context of the history with one actor: the last one named counts for all of it.
    """
    with pghistory.context(**({"user": by.pk} if by else {}), **({"reason": reason} if reason else {})):
        yield
