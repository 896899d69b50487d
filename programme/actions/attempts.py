"""How often a code or a password may be guessed, and a new code be asked for, whoever asks from wherever.

Each attempt is counted in the database by one statement, and committed, before anything is compared: those who guess in
parallel have different counts. Every flow counts here, so that an account's budget is one for all of them. A known address
and an unknown one are counted alike. Decision 0021 says why.
"""

import datetime as dt
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple
from zoneinfo import ZoneInfo

from allauth.core.exceptions import RateLimited
from django.conf import settings
from django.db import connection
from django.db.models import F
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.crypto import salted_hmac
from django.utils.translation import ngettext

from programme import emails
from programme.models import AttemptCount, Message, User

MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)


class Limit(NamedTuple):
    """How often something may happen in a period, which begins with the first time."""

    name: str
    at_most: int
    period: dt.timedelta


GUESSES_AT_A_CODE = Limit("code", 3, HOUR)  # much longer than a code holds
GUESSES_AT_AN_ACCOUNT = Limit("account", 10, HOUR)  # wrong ones, at codes, second factors and passwords together
NEW_CODES = (Limit("new codes in a minute", 3, MINUTE), Limit("new codes in an hour", 10, HOUR))
USES_OF_A_SECOND_FACTOR = Limit("second factor", 1, 5 * MINUTE)  # longer than an authenticator shows a code
BURST = 5  # wrong guesses at an account within an hour, of which its owner is told

# Beyond its limit a count stays where it is; a period never lasts longer than from now on, whatever the clock was.
COUNT = """
    INSERT INTO programme_attemptcount AS counted (key, n, ends_at, user_id, is_told)
    VALUES (%s, 1, statement_timestamp() + make_interval(secs => %s), %s, FALSE)
    ON CONFLICT (key) DO UPDATE SET
        n = CASE WHEN counted.ends_at > statement_timestamp() THEN LEAST(counted.n, %s) + 1 ELSE 1 END,
        is_told = counted.is_told AND counted.ends_at > statement_timestamp(),
        ends_at = CASE
            WHEN counted.ends_at > statement_timestamp() THEN LEAST(counted.ends_at, excluded.ends_at)
            ELSE excluded.ends_at
        END
    RETURNING n, ends_at, ends_at - statement_timestamp()
"""


class TooManyAttemptsError(RateLimited):  # type: ignore[misc]
    """There were too many; the message is a sentence that says how long to wait. allauth knows its parent."""

    def __init__(self, limit: Limit, wait: dt.timedelta) -> None:
        minutes = math.ceil(wait / MINUTE)
        super().__init__(
            ngettext(
                "Too many attempts. Wait a minute, then try again.",
                "Too many attempts. Wait %(minutes)d minutes, then try again.",
                minutes,
            )
            % {"minutes": minutes}
        )
        self.limit = limit
        self.wait = wait


@dataclass(frozen=True)
class Account:
    """Whom guesses are aimed at: a user, or an address that nobody has."""

    user: User | None
    email: str = ""

    @property
    def key(self) -> str:
        return f"user {self.user.pk}" if self.user else f"address {self.email.lower()}"


@dataclass(frozen=True)
class Guess:
    """One that was counted; `forgive` takes the count back, once it has turned out to be right."""

    key: str
    ends_at: dt.datetime

    def forgive(self) -> None:
        AttemptCount.objects.filter(key=self.key, ends_at=self.ends_at, n__gt=0).update(n=F("n") - 1)


def count_guess(account: Account, *, code: str | None = None) -> Guess:
    """Count a guess at an account, before it is compared. Raises TooManyAttemptsError where it must not be.

    `code`: what identifies the code that was sent to somebody; nothing for what is not sent, as passwords are not.
    """
    if code is not None:
        _count(GUESSES_AT_A_CODE, f"{account.key} {code}")
    return _count(GUESSES_AT_AN_ACCOUNT, account.key, account.user)


def count_new_code(email: str) -> None:
    """Count a code that is about to be sent to an address. Raises TooManyAttemptsError where it must not be."""
    for limit in NEW_CODES:
        _count(limit, email.lower())


def use_up(user: User, code: str) -> bool:
    """Use up a code of a second factor, which was right. False where it was used before."""
    try:
        _count(USES_OF_A_SECOND_FACTOR, f"{user.pk} {code}")
    except TooManyAttemptsError:
        return False
    return True


def _count(limit: Limit, of: str, user: User | None = None) -> Guess:
    key = salted_hmac("programme.attempts", f"{limit.name}: {of}", algorithm="sha256").hexdigest()
    with connection.cursor() as cursor:
        seconds, user_id = limit.period.total_seconds(), user.pk if user else None
        cursor.execute(COUNT, [key, seconds, user_id, limit.at_most])
        n, ends_at, wait = cursor.fetchone()
    if n > limit.at_most:
        raise TooManyAttemptsError(limit, wait)
    return Guess(key, ends_at)


def tell_of_guesses() -> None:
    """Write to those at whose accounts somebody guesses: once for each period, however often this runs.

    Not while the guess is answered: the time that takes would tell that there is an account. No row is locked, so that
    the next guess need not wait either.
    """
    counts = list(AttemptCount.objects.to_tell(BURST).select_related("user"))
    emails.post(list(_warnings(counts)), is_once=True)
    for count in counts:
        AttemptCount.objects.filter(key=count.key, ends_at=count.ends_at).update(is_told=True)


def _warnings(counts: list[AttemptCount]) -> Iterator[Message]:
    for count in counts:
        user = count.user
        assert user is not None  # noqa: S101 - it is joined
        context = {
            "user": user,
            "n": count.n,
            "starts_at": count.ends_at - GUESSES_AT_AN_ACCOUNT.period,
            "at_most": GUESSES_AT_AN_ACCOUNT.at_most,
            "site": settings.SITE_URL,
        }
        with timezone.override(ZoneInfo(user.time_zone or "UTC")), translation.override(emails.language_of(user)):
            subject, _, text = render_to_string("emails/guesses.txt", context).strip().partition("\n")
        yield emails.message_of(
            to=user.email,
            kind="guesses",
            subject=subject,
            text=text.strip(),
            user=user,
            dedupe_key=f"guesses:{user.pk}:{count.ends_at.isoformat()}",
        )


def forget_old_counts() -> None:
    """Remove the counts whose period has ended."""
    AttemptCount.objects.over().delete()
