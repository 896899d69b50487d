"""A message with its calendar files, which apps make when it is sent or shown."""

from collections.abc import Callable, Sequence

from udtacademy.outbox.mime import CalendarFile, Content
from udtacademy.outbox.models import Message

FileMaker = Callable[[Message], list[CalendarFile]]

# Added by apps: each reads what the calendar files of these messages say, and returns what makes them.
CALENDARS: list[Callable[[Sequence[Message]], FileMaker]] = []


def file_maker(messages: Sequence[Message]) -> FileMaker:
    """Return what makes the calendar files of each of these messages, from the facts as they are now."""
    makers = [read(messages) for read in CALENDARS]
    return lambda message: [file for make in makers for file in make(message)]


def calendars_of(message: Message) -> list[CalendarFile]:
    """Return the calendar files: the stored ones, else as they would be sent now. None if it is not queued: they were erased."""
    if message.content:
        return Content(bytes(message.content)).calendars
    return file_maker([message])(message) if message.state == Message.State.QUEUED else []
