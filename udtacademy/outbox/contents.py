"""A message with its calendar files, which apps make when it is sent or shown."""

from collections.abc import Callable

from udtacademy.outbox.mime import CalendarFile, Content
from udtacademy.outbox.models import Message

# Added by apps: each returns the calendar files of a message whose content is not stored.
CALENDARS: list[Callable[[Message], list[CalendarFile]]] = []


def calendars_of(message: Message) -> list[CalendarFile]:
    """Return the calendar files: the stored ones, else as they would be sent now."""
    if message.content:
        return Content(bytes(message.content)).calendars
    return [file for files_of in CALENDARS for file in files_of(message)]
