"""Limit how often codes and passwords are guessed and codes requested: per account, mailbox and network address.

Each attempt is counted in the database by one statement, and committed, before anything is compared, so that parallel guesses
get different counts. All flows share an account's limits. Known and unknown addresses are counted alike. Reasons: decision
0021.
"""

import datetime as dt
import logging
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from allauth.core.exceptions import RateLimited
from django.conf import settings
from django.db import connection
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from prometheus_client.core import GaugeMetricFamily, Metric

from udtacademy.accounts.attempt_statements import FORGIVE, counting
from udtacademy.accounts.email_kinds import Site, current_site, zone_for
from udtacademy.accounts.models import AttemptCount, User
from udtacademy.db.addresses import normalised_address
from udtacademy.outbox import queue
from udtacademy.outbox.models import Message
from udtacademy.outbox.render import language_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

logger = logging.getLogger(__name__)

MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
A_WHILE = 10 * MINUTE  # by then, others at the same network address may have used their codes


class Limit(NamedTuple):
    """How often something may happen in a period, which starts with the first attempt.

    `refusal`: the error message beyond the limit; by default it says how long to wait.
    """

    name: str
    at_most: int
    period: dt.timedelta
    refusal: "StrOrPromise" = ""


GUESSES_AT_A_CODE = Limit("code", 3, HOUR)  # much longer than a code is valid
GUESSES_AT_AN_ACCOUNT = Limit("account", 10, HOUR)  # wrong codes, second factors and passwords together
NEW_CODES = (Limit("new codes in a minute", 3, MINUTE), Limit("new codes in an hour", 10, HOUR))
USES_OF_A_SECOND_FACTOR = Limit("second factor", 1, 5 * MINUTE)  # longer than an authenticator app shows a code
CODES_GIVEN_BACK = Limit("code given back", 1, DAY)  # as long as the period of the count that is reduced
NETWORK_ASKED_FOR_CODES = _(
    "Too many codes were requested from your network and not used. Try again later, or use another network."
)
NETWORK_GUESSED = _(
    "Too many wrong codes or passwords were entered from your network. Try again tomorrow, or use another network."
)
BURST = 5  # wrong guesses at an account within an hour that its owner is warned about


class TooManyAttemptsError(RateLimited):  # type: ignore[misc]
    """A limit is exceeded. The message says what to do. allauth handles the base class."""

    def __init__(self, limit: Limit, wait: dt.timedelta) -> None:
        minutes = math.ceil(wait / MINUTE)
        super().__init__(
            str(limit.refusal)
            or ngettext(
                "Too many attempts. Wait a minute, then try again.",
                "Too many attempts. Wait %(minutes)d minutes, then try again.",
                minutes,
            )
            % {"minutes": minutes}
        )
        self.limit = limit
        self.wait = min(wait, A_WHILE) if limit.refusal else wait


@dataclass(frozen=True)
class Account:
    """The target of guesses: a user, or an address without an account."""

    user: User | None
    email: str = ""

    @property
    def key(self) -> str:
        return f"user {self.user.pk}" if self.user else f"address {normalised_address(self.email)}"


@dataclass(frozen=True)
class Attempt:
    """A counted attempt. `forgive` takes the count back if the attempt was right, or another limit refused it."""

    limit: Limit
    key: str
    ends_at: dt.datetime

    def forgive(self) -> None:
        """Reduce the count by one in the same period. Refused attempts only pushed the count just above the limit."""
        with connection.cursor() as cursor:
            cursor.execute(FORGIVE, [self.limit.at_most, self.key, self.ends_at])


@dataclass(frozen=True)
class Guess:
    """A guess, counted for a network address and for an account."""

    of_network: Attempt
    at_account: Attempt

    def forgive(self) -> None:
        """Take both counts back: the guess was right."""
        self.of_network.forgive()
        self.at_account.forgive()


def count_guess(account: Account, network: str, *, code: str | None = None) -> Guess:
    """Count a guess at an account, before it is compared. Raises TooManyAttemptsError if it must not be compared.

    `network`: the network address it comes from. `code`: identifies the code that was sent; None for passwords and second
    factors, which are not sent.
    """
    at_code = [(GUESSES_AT_A_CODE, f"{account.key} {code}", None)] if code is not None else []
    of_network, *_of_code, at_account = _count_all(
        network, guesses_from_a_network(), [*at_code, (GUESSES_AT_AN_ACCOUNT, account.key, account.user)]
    )
    return Guess(of_network, at_account)


def count_new_code(email: str, network: str) -> Attempt:
    """Count a code that is about to be sent to a mailbox. Forgive the returned attempt once the code was entered.

    Raises TooManyAttemptsError if no code must be sent.
    """
    mailbox = normalised_address(email)
    return _count_all(network, codes_for_a_network(), [(limit, mailbox, None) for limit in NEW_CODES])[0]


def codes_for_a_network() -> Limit:
    """Return the limit of codes sent for one network address and not entered. Crowds enter their codes."""
    return Limit("codes not entered", settings.PEOPLE_PER_ADDRESS, DAY, NETWORK_ASKED_FOR_CODES)


def guesses_from_a_network() -> Limit:
    """Return the limit of wrong guesses from one network address, at any accounts."""
    return Limit("wrong guesses", settings.PEOPLE_PER_ADDRESS, DAY, NETWORK_GUESSED)


def _count_all(network: str, of_network: Limit, others: Sequence[tuple[Limit, str, User | None]]) -> list[Attempt]:
    """Count an attempt for a network address and for all other limits; if one refuses it, for none of them.

    The network comes first, so that a stopped network cannot use up the limits of others. The log names it once a period.
    """
    try:
        return _count([(of_network, network, None), *others])
    except TooManyAttemptsError as error:
        if error.limit == of_network:
            _name_in_log(network, of_network)
        raise


def _name_in_log(network: str, limit: Limit) -> None:
    if AttemptCount.objects.filter(key=_key(limit, network), is_told=False).update(is_told=True):
        logger.warning(
            "Network address %s is stopped: %d %s within a day, see PEOPLE_PER_ADDRESS",
            *(network, limit.at_most, limit.name),
        )


def warnings() -> list[str]:
    """Return warnings for operators about network addresses that were stopped."""
    n = AttemptCount.objects.networks_stopped().count()
    text = ngettext(
        "%(n)s network address was stopped within a day: too many codes requested, or wrong guesses. The log names it.",
        "%(n)s network addresses were stopped within a day: too many codes requested, or wrong guesses. The log names them.",
        n,
    )
    return [text % {"n": n}] if n else []


def measured() -> Iterator[Metric]:
    """Yield, for Prometheus, how many network addresses are stopped."""
    n = AttemptCount.objects.networks_stopped().count()
    yield GaugeMetricFamily("academy_networks_stopped", "Network addresses stopped within a day", value=n)


def use_up(user: User, code: str) -> bool:
    """Record that a correct code of a second factor is used. Return False if it was used before."""
    return _is_first(USES_OF_A_SECOND_FACTOR, f"{user.pk} {code}")


def give_back(key: str, ends_at: dt.datetime, *, sent: str) -> None:
    """Reduce the count of a network address, given by its key and period, because a code was entered.

    `sent` identifies the code, which reduces the count only once, even if parallel requests enter it.
    """
    if _is_first(CODES_GIVEN_BACK, sent):
        Attempt(codes_for_a_network(), key, ends_at).forgive()


def _is_first(limit: Limit, of: str) -> bool:
    """Count something that may happen once. Return whether this was the first time."""
    try:
        _count([(limit, of, None)])
    except TooManyAttemptsError:
        return False
    return True


def _count(attempted: Sequence[tuple[Limit, str, User | None]]) -> list[Attempt]:
    """Count an attempt for several limits, each unless the one before it refuses. Raises TooManyAttemptsError if one does.

    What was counted before is then forgiven. One statement and one commit for all of them.
    """
    keys = [_key(limit, of) for limit, of, _user in attempted]
    with connection.cursor() as cursor:
        parameters: list[Any] = []
        for number, (limit, _of, user) in enumerate(attempted):
            allowed_by = [attempted[number - 1][0].at_most] if number else []
            parameters += [keys[number], limit.period.total_seconds(), user and user.pk, *allowed_by, limit.at_most]
        cursor.execute(counting(len(attempted)), parameters)
        rows = cursor.fetchall()
    *before, (n, _ends_at, wait) = rows
    counted = [
        Attempt(limit, key, at) for (limit, *_), key, (_n, at, _wait) in zip(attempted, keys, rows, strict=False)
    ]
    if n <= attempted[len(before)][0].at_most:
        return counted
    for attempt in counted[:-1]:
        attempt.forgive()
    raise TooManyAttemptsError(attempted[len(before)][0], wait)


def _key(limit: Limit, of: str) -> str:
    return salted_hmac("programme.attempts", f"{limit.name}: {of}", algorithm="sha256").hexdigest()


def tell_of_guesses() -> None:
    """Warn the owners of accounts at which somebody guesses: once a period, however often this runs.

    Run by a task, as the time it takes in a request would show that the account exists. No row is locked, so that guesses
    do not wait.
    """
    counts = list(AttemptCount.objects.to_tell(BURST).select_related("user"))
    queue.post(list(_warnings(counts)), is_once=True)
    for count in counts:
        AttemptCount.objects.filter(key=count.key, ends_at=count.ends_at).update(is_told=True)


def _warnings(counts: list[AttemptCount]) -> Iterator[Message]:
    site = current_site() if counts else Site()
    for count in counts:
        user = count.user
        assert user is not None  # noqa: S101 - `to_tell` returns only counts of users
        context = {
            "user": user,
            "n": count.n,
            "starts_at": count.ends_at - GUESSES_AT_AN_ACCOUNT.period,
            "limit": GUESSES_AT_AN_ACCOUNT.at_most,
            "site": settings.SITE_URL,
            "contact": site.contact,
        }
        with timezone.override(zone_for(user.time_zone, site)), translation.override(language_of(user.language)):
            subject, _, text = render_to_string("emails/guesses.txt", context).strip().partition("\n")
        yield queue.message_of(
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
