"""What the organisers' first page shows of each edition that is not over."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from programme.models import Edition, Session
from programme.rules.editions import LONGEST_TOLERANCE
from udtacademy.accounts.models import Visitor


@dataclass(frozen=True)
class EditionCard:
    """An edition with its counts (`Edition.with_counts`), its next session, and those people may join now."""

    edition: Edition
    next_session: Session | None
    on_now: Sequence[Session]


def edition_cards(visitor: Visitor, now: dt.datetime) -> list[EditionCard]:
    """Return the editions the visitor works in that are not over, by their first day. Two queries, however many there are."""
    editions = list(
        Edition.objects.open_to(visitor).not_over(now).with_counts().with_next_session(now).order_by("first_on", "pk")
    )
    soon = now + dt.timedelta(minutes=LONGEST_TOLERANCE)
    wanted = Q(pk__in=[it.next_session for it in editions]) | Q(edition__in=editions, starts_at__lte=soon)
    by_edition: dict[int, list[Session]] = defaultdict(list)
    for session in Session.objects.to_come(now).filter(wanted).with_place():
        by_edition[session.edition_id].append(session)
    return [
        EditionCard(
            edition,
            next(iter(by_edition[edition.pk]), None),
            [it for it in by_edition[edition.pk] if it.starts_at and it.starts_at <= now + edition.join_opens_before],
        )
        for edition in editions
    ]
