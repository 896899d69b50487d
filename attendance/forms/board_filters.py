"""The board that a query string asks for."""

import datetime as dt

from django.http import QueryDict

from attendance.queries.board import Board, Filters
from attendance.rules.standing import Standing
from programme.models import Edition
from udtacademy.http.parameters import whole_number

MOST_NUMBER = 10**9  # beyond our primary keys; a larger filter is ignored
FILTERS = ("city", "track", "standing", "only", "undecided")


def board_for(edition: Edition, given: QueryDict, now: dt.datetime, *, is_whole: bool = False) -> Board:
    """Return the board for a query string; invalid parameters are ignored."""
    filters = Filters(
        city=whole_number(given.get("city", ""), MOST_NUMBER),
        track=whole_number(given.get("track", ""), MOST_NUMBER),
        standing=given.get("standing", "") if given.get("standing") in set(Standing) else "",
        with_optional=given.get("only") != "core",
        is_undecided=given.get("undecided") == "1",
    )
    page = whole_number(given.get("page", ""), MOST_NUMBER) or 1
    return Board(edition, filters, page, now, is_whole=is_whole)
