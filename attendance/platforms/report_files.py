"""Reports fetched from a platform, as the file that it would have given: what reads files then reads them too.

The same report gives the same bytes, so that fetching it again adds nothing.
"""

import csv
import datetime as dt
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

AROUND = dt.timedelta(
    hours=1
)  # before and after a session; who was there only earlier or later came for something else
EARLIEST, LATEST = dt.timedelta(hours=12), AROUND  # when a meeting began that may have lasted into the session
HEADS = {
    "zoom": ("Name (original name)", "Email", "Join time (UTC)", "Leave time (UTC)", "In waiting room"),
    "teams": ("Full Name", "Email", "Join Time (UTC)", "Leave Time (UTC)", "Role", "Participant ID (UPN)"),
}


@dataclass(frozen=True)
class Stay:
    """One time that somebody was in a meeting. `account`: the platform's name for them. `left_at`: None if it does not say."""

    joined_at: dt.datetime
    left_at: dt.datetime | None
    name: str
    email: str = ""
    account: str = ""
    role: str = ""
    is_waiting: bool = False


def stays_around(stays: Iterable[Stay], starts_at: dt.datetime, ends_at: dt.datetime) -> list[Stay]:
    """Return the stays that a session can concern, each once."""
    since, until = starts_at - AROUND, ends_at + AROUND
    return list({it for it in stays if it.joined_at <= until and (it.left_at is None or it.left_at >= since)})


def file_of(platform: str, stays: Iterable[Stay]) -> bytes:
    """Return the platform's file, by time and name."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADS[platform])
    writer.writerows(sorted(rows_of(platform, stays)))
    return out.getvalue().encode("utf-8-sig")


def rows_of(platform: str, stays: Iterable[Stay]) -> Iterator[tuple[str, ...]]:
    for stay in stays:
        common = (
            " ".join(stay.name.split()),
            "".join(stay.email.split()),
            text_at(stay.joined_at),
            text_at(stay.left_at),
        )
        if platform == "zoom":
            yield (*common, "Yes" if stay.is_waiting else "No")
        else:
            yield (*common, stay.role, stay.account)


def text_at(at: dt.datetime | None) -> str:
    return "" if at is None else f"{at.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S}"
