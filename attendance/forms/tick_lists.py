"""What was ticked on a sign-in sheet's page."""

from collections.abc import Collection, Iterable

from django.http import QueryDict

from udtacademy.http.parameters import whole_number


class TickForm:
    """The boxes that are ticked (`here`), and those that were when the page was shown (`was`, with commas).

    Only the difference counts, so that two people who tick the same list at once do not undo each other.
    """

    def __init__(self, posted: QueryDict) -> None:
        self.here = numbers(posted.getlist("here"))
        self.was = numbers(it for it in posted.get("was", "").split(",") if it)

    def is_valid(self) -> bool:
        """Return whether all are numbers."""
        return None not in self.here | self.was

    def ticked(self, recorded: Collection[int]) -> frozenset[int]:
        """Return whose boxes are ticked once the changes are made to what is recorded now."""
        return (frozenset(recorded) | self.signed()) - self.unsigned()

    def signed(self) -> frozenset[int]:
        return frozenset(filter(None, self.here - self.was))

    def unsigned(self) -> frozenset[int]:
        return frozenset(filter(None, self.was - self.here))


def numbers(texts: Iterable[str]) -> frozenset[int | None]:
    return frozenset(map(whole_number, texts))
