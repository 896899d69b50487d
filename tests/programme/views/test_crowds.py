"""One network address: a crowd gets in, and whoever attacks many mailboxes or accounts from there does not get far.

The clock moves; what is counted in the database is counted there as if all of it were within one day, which it is.
"""

import datetime as dt
import logging
import threading

import pytest
from django.db.models import F
from django.utils import timezone

from programme.models import Participant
from tests.client import Client
from tests.factories.people import DelegationFactory, UserFactory
from tests.threads import in_threads
from udtacademy.accounts import attempts
from udtacademy.accounts import sign_in as accounts
from udtacademy.accounts.models import AttemptCount
from udtacademy.http import rate_limits as limits
from udtacademy.monitoring import health, metrics
from udtacademy.outbox.models import Message

SIGN_IN, CONFIRM = "/accounts/login/code/", "/accounts/login/code/confirm/"
LOGIN, RESET = "/accounts/login/", "/accounts/password/reset/"
VENUE, ELSEWHERE = "203.0.113.7", "198.51.100.7"
PEOPLE, TEN_MINUTES = 300, 600.0

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def code_for(email):
    text = Message.objects.filter(to=email).latest("pk").text
    return next(word for word in text.split() if word.isdigit() and len(word) == 6)


def wrong(code):
    return f"{(int(code) + 1) % 10**6:06}"


@pytest.mark.parametrize("n_people", [60, pytest.param(PEOPLE, marks=pytest.mark.nightly)])
def test_three_hundred_people_behind_one_address_register_within_ten_minutes(
    open_edition, answers, time_machine, n_people
):
    """All ask for a code before the first has one; one in four asks twice, one in five mistypes it.

    Of fewer people, what three hundred would have counted is compared with the limits.

    All sign in; one in six goes on to the end here, since the two further forms count for each person alone.
    """
    delegation = DelegationFactory(edition=open_edition, quota=n_people, email_domains=["girona.example"])
    register = f"/{open_edition.slug}/register/"
    begun = timezone.now()
    people = [(f"person{n}@girona.example", Client(REMOTE_ADDR=VENUE)) for n in range(n_people)]
    statuses = []

    for n, (email, browser) in enumerate(people):
        time_machine.move_to(begun + dt.timedelta(seconds=n * TEN_MINUTES / n_people / 2))
        n_times = 2 if n % 4 == 0 else 1
        statuses += [browser.post(register, {"email": email}).status_code for _ in range(n_times)]
    most_unused = counted(attempts.codes_for_a_network())
    for n, (email, browser) in enumerate(people):
        time_machine.move_to(begun + dt.timedelta(seconds=(n + n_people) * TEN_MINUTES / n_people / 2))
        if n % 5 == 0:
            assert browser.post(CONFIRM, {"code": wrong(code_for(email))}).status_code == 422
        statuses.append(browser.post(f"{CONFIRM}?next={register}", {"code": code_for(email)}).status_code)
        if n % 6 == 0:
            given = answers | {"delegation": delegation.pk}
            statuses += [browser.post(path, given).status_code for path in (register, f"{register}check/")]

    assert set(statuses) == {302}
    assert Participant.objects.registered().count() == n_people / 6
    assert most_unused == n_people * 5 / 4
    assert attempts.codes_for_a_network().at_most > PEOPLE * 5 / 4
    assert counted(attempts.codes_for_a_network()) == 0  # all of them were entered
    assert counted(attempts.guesses_from_a_network()) == n_people / 5
    assert attempts.guesses_from_a_network().at_most > PEOPLE / 5
    assert health.WARNINGS["attempts"]() == []


def counted(limit):
    return AttemptCount.objects.get(key=attempts._key(limit, VENUE)).n


def test_a_slow_attack_on_many_mailboxes_from_one_address_is_stopped_and_seen(settings, caplog, time_machine):
    """A code every ten minutes, each for another mailbox, for a day: far below what any minute or hour allows."""
    settings.PEOPLE_PER_ADDRESS = 25
    begun = timezone.now()
    statuses = []

    for n in range(24 * 6):
        time_machine.move_to(begun + dt.timedelta(minutes=10 * n))
        page = SIGN_IN if n % 2 else RESET
        statuses.append(Client(REMOTE_ADDR=VENUE).post(page, {"email": f"victim{n}@city.example"}).status_code)

    assert statuses == [302] * 25 + [429] * 119
    assert Message.objects.count() == 25
    warnings = [it.getMessage() for it in caplog.records if it.levelno >= logging.WARNING]
    assert warnings == [
        f"Network address {VENUE} is stopped: 25 codes not entered within a day, see PEOPLE_PER_ADDRESS"
    ]
    assert health.WARNINGS["attempts"]() == [
        "1 network address was stopped within a day: too many codes requested, or wrong guesses. The log names it."
    ]
    assert [it.samples[0].value for collect in metrics.COLLECTED for it in collect() if "networks" in it.name] == [1.0]


def test_with_the_number_one_starts_with_five_hundred_mailboxes_get_a_code_in_a_day(db):
    network = "203.0.113.9"
    n_sent = 0

    for n in range(2880):
        try:
            attempts.count_new_code(f"victim{n}@city.example", network)
        except attempts.TooManyAttemptsError:
            continue
        n_sent += 1

    assert n_sent == 500


def test_guesses_at_many_accounts_from_one_address_are_stopped_and_seen(settings, caplog):
    """Two for each of many accounts, which are far from their own limits; elsewhere the owners get in."""
    settings.PEOPLE_PER_ADDRESS = 30
    users = [UserFactory(email=f"person{n}@girona.example") for n in range(20)]
    for user in users:
        user.set_password("a long enough one")
        user.save()

    statuses = [
        Client(REMOTE_ADDR=VENUE).post(LOGIN, {"login": user.email, "password": "wrong"}).status_code
        for user in users * 2
    ]

    assert statuses == [422] * 30 + [429] * 10
    refused = Client(REMOTE_ADDR=VENUE).post(LOGIN, {"login": users[0].email, "password": "wrong"})
    [error] = refused.context["form"].non_field_errors()
    assert error == str(attempts.NETWORK_GUESSED)
    there = Client(REMOTE_ADDR=ELSEWHERE).post(LOGIN, {"login": users[0].email, "password": "a long enough one"})
    assert there.status_code == 302
    warnings = [it.getMessage() for it in caplog.records if it.levelno >= logging.WARNING]
    assert warnings == [f"Network address {VENUE} is stopped: 30 wrong guesses within a day, see PEOPLE_PER_ADDRESS"]


@pytest.fixture
def _any_number_in_a_minute(monkeypatch):
    monkeypatch.setattr(limits, "counts_of", lambda name, who: {})


@pytest.mark.usefixtures("_any_number_in_a_minute")
def test_who_is_stopped_uses_up_nothing_of_others(settings):
    """Neither the mailbox's codes nor the account's guesses: nobody is locked out by requests that lead to nothing."""
    settings.PEOPLE_PER_ADDRESS = 1
    owner = UserFactory(email="ana@girona.example")
    Client(REMOTE_ADDR=VENUE).post(SIGN_IN, {"email": "first@girona.example"})
    Client(REMOTE_ADDR=VENUE).post(LOGIN, {"login": "first@girona.example", "password": "wrong"})

    for _ in range(12):
        refused = Client(REMOTE_ADDR=VENUE).post(SIGN_IN, {"email": owner.email})
        Client(REMOTE_ADDR=VENUE).post(LOGIN, {"login": owner.email, "password": "wrong"})

    assert refused.status_code == 429
    assert refused.context["form"].errors["email"] == [str(attempts.NETWORK_ASKED_FOR_CODES)]
    browser = Client(REMOTE_ADDR=ELSEWHERE)
    browser.post(SIGN_IN, {"email": owner.email})
    assert browser.post(CONFIRM, {"code": code_for(owner.email)}).url == "/portal/"


@pytest.mark.usefixtures("_any_number_in_a_minute")
def test_who_asks_too_often_for_one_mailbox_uses_up_nothing_of_the_crowd(settings):
    settings.PEOPLE_PER_ADDRESS = 4

    for _ in range(20):
        Client(REMOTE_ADDR=VENUE).post(SIGN_IN, {"email": "ana@girona.example"})
    others = Client(REMOTE_ADDR=VENUE).post(SIGN_IN, {"email": "bo@girona.example"})

    assert others.status_code == 302


@pytest.mark.usefixtures("_any_number_in_a_minute")
def test_a_code_entered_elsewhere_is_given_back_where_it_was_asked_for(settings):
    """Asked for in the venue's Wi-Fi, entered over the phone's own network; also for a new password, and sent again."""
    settings.PEOPLE_PER_ADDRESS = 3
    for n, page in enumerate([SIGN_IN, RESET] * 3):
        user = UserFactory(email=f"person{n}@girona.example")
        browser = Client(REMOTE_ADDR=VENUE)
        asked = browser.post(page, {"email": user.email})
        if page == SIGN_IN:
            browser.post(asked.url, {"action": "resend"})
        there = Client(REMOTE_ADDR=ELSEWHERE)
        there.cookies = browser.cookies
        assert there.post(asked.url, {"code": code_for(user.email)}).status_code == 302

    assert counted(attempts.codes_for_a_network()) == 0


@pytest.mark.usefixtures("_any_number_in_a_minute")
def test_where_the_limit_is_reached_each_code_that_is_entered_lets_one_more_ask(settings):
    """Also where many were refused in between: what is refused costs nothing."""
    settings.PEOPLE_PER_ADDRESS = 5
    waiting = [asked(n) for n in range(5)]

    for n in range(10):
        assert [asked(100 + n).status_code for _ in range(3)] == [429] * 3
        browser, email = waiting.pop(0).browser, f"person{n}@girona.example"
        assert browser.post(CONFIRM, {"code": code_for(email)}).url == "/portal/"
        waiting.append(asked(5 + n))
        assert waiting[-1].status_code == 302

    assert counted(attempts.codes_for_a_network()) == 5


def asked(n):
    """The answer to one of many people who asks for a code in the venue, with the browser."""
    browser = Client(REMOTE_ADDR=VENUE)
    answer = browser.post(SIGN_IN, {"email": f"person{n}@girona.example"})
    answer.browser = browser
    return answer


@pytest.mark.usefixtures("_any_number_in_a_minute")
@pytest.mark.parametrize("limit", [attempts.GUESSES_AT_AN_ACCOUNT, attempts.GUESSES_AT_A_CODE, *attempts.NEW_CODES])
def test_what_is_refused_is_counted_nowhere_else(limit):
    """Where the account, the code, or the mailbox has no more: then all others stand as they did."""
    account = attempts.Account(None, "ana@girona.example")
    of = f"{account.key} a code" if limit == attempts.GUESSES_AT_A_CODE else account.key
    of = "ana@girona.example" if limit in attempts.NEW_CODES else of
    for _ in range(limit.at_most):
        attempts._count([(limit, of, None)])

    for _ in range(20):
        with pytest.raises(attempts.TooManyAttemptsError):
            if limit in attempts.NEW_CODES:
                attempts.count_new_code("ana@girona.example", VENUE)
            else:
                attempts.count_guess(account, VENUE, code="a code")

    assert {it.n for it in AttemptCount.objects.exclude(key=attempts._key(limit, of))} == {0}


@pytest.mark.parametrize(("is_first", "n_given_back"), [(attempts._is_first, 1), (lambda *_: True, 3)])
@pytest.mark.django_db(transaction=True)
def test_a_code_entered_three_times_at_once_is_given_back_once(monkeypatch, is_first, n_given_back):
    """The second is the negative control: all three of them come to where it is given back."""
    for n in range(3):
        asked(n)
    browser = asked(3).browser
    code = code_for("person3@girona.example")
    all_are_there, count_guess = threading.Barrier(3), accounts.count_guess
    monkeypatch.setattr(accounts, "count_guess", lambda *a, **kw: (all_are_there.wait(60), count_guess(*a, **kw))[1])
    monkeypatch.setattr(attempts, "_is_first", is_first)

    def enter():
        copy = Client(REMOTE_ADDR=VENUE)
        copy.cookies.load({name: cookie.value for name, cookie in browser.cookies.items()})
        return copy.post(CONFIRM, {"code": code})

    answers = in_threads([enter] * 3)

    assert "/portal/" in {it.url for it in answers}
    assert counted(attempts.codes_for_a_network()) == 4 - n_given_back


def test_a_day_later_the_address_may_again(settings):
    settings.PEOPLE_PER_ADDRESS = 1
    statuses = []
    for n in range(3):
        statuses.append(Client(REMOTE_ADDR=VENUE).post(SIGN_IN, {"email": f"p{n}@girona.example"}).status_code)
        if n == 1:
            AttemptCount.objects.update(ends_at=F("ends_at") - attempts.DAY)

    assert statuses == [302, 429, 302]
    assert health.WARNINGS["attempts"]() == []


def test_posts_to_the_pages_of_accounts_are_limited_by_the_minute(settings, monkeypatch, client):
    asked = {}
    monkeypatch.setattr(limits, "counts_of", lambda name, who: asked.update({name: who}) or dict.fromkeys(who, 2001))

    response = client.post(LOGIN, {"login": "ana@girona.example", "password": "wrong"})

    assert (response.status_code, response["Retry-After"]) == (429, "60")
    assert asked == {"account": ["address:127.0.0.1"]}
    assert not AttemptCount.objects.exists()


def test_nothing_is_counted_by_allauth():
    from allauth.account import app_settings as account  # noqa: PLC0415 - needs the settings
    from allauth.mfa import app_settings as mfa  # noqa: PLC0415 - as above

    assert account.RATE_LIMITS | mfa.RATE_LIMITS == {}
