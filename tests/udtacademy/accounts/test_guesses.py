"""Nobody gets more guesses than are allowed, at any page that compares what is typed with a secret.

Twenty at the same moment, from twenty network addresses: what holds is what is counted in the database.
"""

import ast
import re
import threading
import time
from pathlib import Path

import allauth
import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.core.cache import cache
from django.db.models import F
from django.urls import URLResolver, get_resolver, reverse
from django.utils import timezone

from tests.client import Client, OneOfMany
from tests.factories.people import UserFactory
from tests.threads import in_threads
from udtacademy.accounts import attempts
from udtacademy.accounts.models import AttemptCount, User
from udtacademy.outbox.models import Message

pytestmark = pytest.mark.slow

AT_ONCE = 20
CODE, ACCOUNT = 3, 10  # the numbers that are allowed
PASSWORD = "a long enough one"
SIGN_IN, RESET, EMAIL = "/accounts/login/code/", "/accounts/password/reset/", "/accounts/email/"


def latest_code():
    text = Message.objects.exclude(text="").latest("pk").text
    return next(word for word in text.split() if word.isdigit() and len(word) == 6)


def others(right, n):
    """As many further codes of six digits."""
    return [f"{(int(right) + it) % 10**6:06}" for it in range(1, n + 1)]


def totp_now(secret):
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def asked_for(path, user):
    client = Client()
    client.post(path, {"email": user.email})
    return client


# How one gets to where each is typed: whose browser, and what is right there.


def sign_in_code(user):
    return asked_for(SIGN_IN, user), latest_code()


def reset_code(user):
    return asked_for(RESET, user), latest_code()


def new_address(user):
    client = signed_in(user)
    client.post(client.post("/accounts/email/confirm/").url, {"code": latest_code()})
    client.post(EMAIL, {"action_add": "", "email": "new@city.example"})
    return client, latest_code()


def authenticator(user):
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    client = asked_for(SIGN_IN, user)
    client.post("/accounts/login/code/confirm/", {"code": latest_code()})
    return client, totp_now(secret)


def recovery_code(user):
    client, _ = authenticator(user)
    return client, RecoveryCodes.activate(user).generate_codes()[0]


def authenticator_again(user):
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return signed_in(user), totp_now(secret)


def authenticator_to_be(user):
    client = signed_in(user)
    return client, totp_now(client.get("/accounts/2fa/totp/activate/").context["form"].secret)


def password(user):
    user.set_password(PASSWORD)
    user.save()
    return Client(), PASSWORD


def password_again(user):
    password(user)
    return signed_in(user), PASSWORD


def as_code(guess, user):
    return {"code": guess}


def as_password(guess, user):
    return {"password": guess, "login": user.email}


def as_old_password(guess, user):
    return {"oldpassword": guess, "password1": "another long one", "password2": "another long one"}


# By the URL name: (how one gets there, what is posted, how many may be compared)
GUESSED_AT = {
    "account_change_password": [(password_again, as_old_password, ACCOUNT)],
    "account_confirm_login_code": [(sign_in_code, as_code, CODE)],
    "account_confirm_password_reset_code": [(reset_code, as_code, CODE)],
    "account_email_verification_sent": [(new_address, as_code, CODE)],
    "account_login": [(password, as_password, ACCOUNT)],
    "account_reauthenticate": [(password_again, as_password, ACCOUNT)],
    "mfa_activate_totp": [(authenticator_to_be, as_code, ACCOUNT)],
    "mfa_authenticate": [(authenticator, as_code, ACCOUNT), (recovery_code, as_code, ACCOUNT)],
    "mfa_reauthenticate": [(authenticator_again, as_code, ACCOUNT)],
}
CASES = [
    pytest.param(name, *case, id=f"{name}-{case[0].__name__}") for name, cases in GUESSED_AT.items() for case in cases
]
NOTHING_TO_GUESS = {
    "account_complete_password_reset",  # only after the code
    "account_email",
    "account_inactive",
    "account_logout",
    "account_password_reset_completed",
    "account_request_login_code",  # sends codes, as the next does
    "account_reset_password",
    "account_set_password",
    "account_signup",  # leads to signing in
    "mfa_add_webauthn",  # passkeys sign what they are asked: nobody guesses that
    "mfa_deactivate_totp",
    "mfa_download_recovery_codes",
    "mfa_edit_webauthn",
    "mfa_generate_recovery_codes",
    "mfa_index",
    "mfa_list_webauthn",
    "mfa_login_webauthn",
    "mfa_reauthenticate_webauthn",
    "mfa_remove_webauthn",
    "mfa_view_recovery_codes",
    "socialaccount_connections",  # of OpenID providers, which sign what they say
    "usersessions_list",
}
# Every function of allauth that compares with a secret, and where its guesses are counted.
COMPARES = {
    "account.auth_backends._check_password": "AccountAdapter.authenticate",
    "account.forms.clean_code": "SentCode",
    "account.forms.clean_oldpassword": "ChangePasswordForm",
    "account.forms.clean": "links for a new password, which are not used here",
    "mfa.base.forms.clean_code": "SecondFactor",
    "mfa.recovery_codes.internal.auth.validate_code": "SecondFactor",
    "mfa.totp.forms.clean_code": "SecondFactor",
    "mfa.totp.internal.auth.validate_code": "SecondFactor",
    "mfa.totp.internal.auth.validate_totp_code": "SecondFactor",
}
COMPARING = {
    "compare_user_code",
    "compare_digest",
    "check_password",
    "check_token",
    "validate_code",
    "validate_totp_code",
}


@pytest.fixture
def user(db):
    return UserFactory(email="ana@girona.example")


@pytest.fixture
def compared(monkeypatch):
    """The guesses that were compared with a secret."""
    seen, write = set(), threading.Lock()

    def note(guess):
        with write:
            seen.add(guess)

    def compare(*, actual, expected):
        note(actual)
        return compare_user_code(actual=actual, expected=expected)

    for module in ("account.forms", "mfa.totp.internal.auth", "mfa.recovery_codes.internal.auth"):
        monkeypatch.setattr(f"allauth.{module}.compare_user_code", compare)
    check = User.check_password
    monkeypatch.setattr(User, "check_password", lambda self, raw: (note(raw), check(self, raw))[1])
    return seen


@pytest.fixture
def _only_ours(settings):
    """Without allauth's limits, which count in the cache."""
    settings.ACCOUNT_RATE_LIMITS = False


def copies(client, n):
    """As many browsers with the same cookies, each behind a network address of its own."""
    for number in range(n):
        copy = OneOfMany(REMOTE_ADDR=f"203.0.113.{number}")
        copy.cookies.load({name: cookie.value for name, cookie in client.cookies.items()})
        yield copy


def storm(client, path, answers):
    """All of them posted at the same moment."""
    tasks = [
        lambda copy=copy, answer=answer: copy.post(path, answer)
        for copy, answer in zip(copies(client, len(answers)), answers, strict=True)
    ]
    return in_threads(tasks)


def names_of_allauth(resolver):
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from names_of_allauth(pattern)
        elif (pattern.name or "").startswith(("account_", "mfa_", "usersessions_", "socialaccount_", "headless")):
            yield pattern.name


def comparing_functions():
    """Functions of the parts of allauth that are installed which call something that compares."""
    root = Path(allauth.__file__).parent
    for part in ("account", "mfa", "usersessions", "core"):
        for file in (root / part).rglob("*.py"):
            module = ".".join(file.relative_to(root).with_suffix("").parts)
            for function in ast.walk(ast.parse(file.read_text())):
                if isinstance(function, ast.FunctionDef):
                    calls = [node.func for node in ast.walk(function) if isinstance(node, ast.Call)]
                    if {getattr(it, "attr", getattr(it, "id", "")) for it in calls} & COMPARING:
                        yield f"{module}.{function.name}"


def test_every_page_of_allauth_is_known_here():
    """A new one is looked at: does it take a code or a password? Then it goes to GUESSED_AT, and is stormed."""
    assert set(names_of_allauth(get_resolver())) == GUESSED_AT.keys() | NOTHING_TO_GUESS


def test_everything_in_allauth_that_compares_is_known_here():
    """A new version of allauth may compare elsewhere."""
    called_by_others = "core.internal.cryptokit.compare_user_code"

    assert set(comparing_functions()) - {called_by_others} == COMPARES.keys()


@pytest.fixture
def reached(user, compared):
    """What reaches a place where something is typed; nothing is counted yet, and nothing compared."""

    def reach(how):
        client, right = how(user)
        compared.clear()
        AttemptCount.objects.all().delete()
        return client, right

    return reach


def wrong(right, n):
    return others(right, n) if right.isdigit() else [f"wrong {it}" for it in range(n)]


@pytest.mark.usefixtures("_only_ours")
@pytest.mark.parametrize(("name", "how", "form", "allowed"), CASES)
@pytest.mark.django_db(transaction=True)
def test_of_many_guesses_at_once_only_so_many_are_compared(user, compared, reached, name, how, form, allowed):
    client, right = reached(how)
    path = reverse(name)

    answers = storm(client, path, [form(guess, user) for guess in wrong(right, AT_ONCE)])

    assert len(compared) == allowed
    assert {it.status_code for it in answers} <= {422, 429, 302}  # 302: to where another code is asked for
    assert sum(it.status_code == 422 for it in answers) <= allowed
    client.post(path, form(right, user))
    assert right not in compared


@pytest.mark.parametrize("name", ["account_confirm_password_reset_code", "account_login", "mfa_authenticate"])
@pytest.mark.django_db(transaction=True)
def test_counting_by_reading_and_writing_would_let_all_of_them_through(user, compared, reached, monkeypatch, name):
    """The negative control: who counts like that lets in what came meanwhile, and the storm shows it."""
    how, form, allowed = GUESSED_AT[name][0]
    client, right = reached(how)
    monkeypatch.setattr(attempts, "_count", carelessly(threading.Barrier(AT_ONCE)))

    storm(client, reverse(name), [form(guess, user) for guess in wrong(right, AT_ONCE)])

    assert len(compared) == AT_ONCE > allowed


def carelessly(all_have_read):
    def count(attempted):
        return [count_one(limit, of[:64]) for limit, of, _user in attempted]

    def count_one(limit, key):
        row = AttemptCount.objects.filter(key=key).first()
        n = (row.n if row else 0) + 1
        all_have_read.wait(timeout=60)
        ends_at = timezone.now() + limit.period
        AttemptCount.objects.update_or_create(key=key, defaults={"n": n, "ends_at": ends_at})
        if n > limit.at_most:
            raise attempts.TooManyAttemptsError(limit, limit.period)
        return attempts.Attempt(limit, key, ends_at)

    return count


def test_an_account_has_one_budget_for_all_pages(user, compared, reached):
    """Whatever browser and network address each guess comes from. The right code is of no use then, for an hour."""
    client, right = reached(sign_in_code)
    for number in range(ACCOUNT // 2):
        copy = Client(REMOTE_ADDR=f"203.0.113.{number}")
        assert copy.post("/accounts/login/", as_password("wrong", user)).status_code == 422
    for number in range(ACCOUNT - ACCOUNT // 2):
        copy, code = asked_for_from(f"198.51.100.{number}", RESET, user.email)
        assert copy.post("/accounts/password/reset/confirm/", {"code": others(code, 1)[0]}).status_code == 422

    refused = client.post("/accounts/login/code/confirm/", {"code": right})

    assert refused.status_code == 429
    assert re.fullmatch(
        r"Too many attempts\. Wait \d\d minutes, then try again\.", refused.context["form"].errors["code"][0]
    )
    assert Client().post("/accounts/login/", as_password(PASSWORD, user)).status_code == 429
    assert right not in compared
    hours_pass(1)
    assert client.post("/accounts/login/code/confirm/", {"code": right}).url == "/portal/"


def asked_for_from(address, path, email):
    AttemptCount.objects.filter(ends_at__lt=timezone.now() + attempts.MINUTE).delete()  # as if a minute had passed
    client = Client(REMOTE_ADDR=address)
    client.post(path, {"email": email})
    return client, latest_code()


def hours_pass(n):
    AttemptCount.objects.update(ends_at=F("ends_at") - n * attempts.HOUR)


def test_somebody_else_is_not_kept_out(user):
    for number in range(ACCOUNT + 1):
        Client(REMOTE_ADDR=f"203.0.113.{number}").post("/accounts/login/", as_password("wrong", user))

    client, code = sign_in_code(UserFactory())

    assert client.post("/accounts/login/code/confirm/", {"code": code}).url == "/portal/"


def test_whoever_is_signed_in_stays_so_and_a_right_guess_costs_nothing(user):
    password(user)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    inside = signed_in(user)
    for number in range(ACCOUNT + 3):
        there = Client(REMOTE_ADDR=f"203.0.113.{number}")
        assert there.post("/accounts/login/", as_password(PASSWORD, user)).status_code == 302
    for number in range(ACCOUNT + 3):
        Client(REMOTE_ADDR=f"203.0.113.{number}").post("/accounts/login/", as_password("wrong", user))

    assert inside.get("/portal/").status_code == 200


def test_a_cache_that_was_emptied_makes_nothing_forgotten(user):
    statuses = []
    for _ in range(ACCOUNT + 2):
        cache.clear()
        statuses.append(Client().post("/accounts/login/", as_password("wrong", user)).status_code)

    assert statuses == [422] * ACCOUNT + [429] * 2


@pytest.mark.parametrize("ask", [SIGN_IN, RESET])
def test_an_unknown_address_is_answered_like_a_known_one(user, ask):
    """Code by code, until the account's budget is used up, and beyond."""
    assert answers_to_guesses(ask, user.email) == answers_to_guesses(ask, "nobody@girona.example")


def answers_to_guesses(ask, email):
    seen = []
    for number in range(5):
        AttemptCount.objects.filter(ends_at__lt=timezone.now() + attempts.MINUTE).delete()
        client = Client(REMOTE_ADDR=f"203.0.113.{number}")
        asked = client.post(ask, {"email": email})
        seen.append((asked.status_code, asked.url))
        for _ in range(4):
            answer = client.post(asked.url, {"code": "no"}, follow=True)
            page = answer.content.decode().replace(email, "")
            seen.append((answer.status_code, answer.redirect_chain, without_secrets(page)))
    return seen


def without_secrets(page):
    """Of a page what is not different each time."""
    return re.sub(r'value="[^"]{64}"|csrf[^>]*>|\d\d:\d\d(?= UTC)', "", page)


def test_an_unknown_address_has_a_budget_for_passwords_like_a_known_one(user):
    statuses = {
        email: [
            Client(REMOTE_ADDR=f"203.0.113.{number}")
            .post("/accounts/login/", {"login": email, "password": "wrong"})
            .status_code
            for number in range(ACCOUNT + 2)
        ]
        for email in (user.email, "nobody@girona.example")
    }

    assert statuses[user.email] == statuses["nobody@girona.example"] == [422] * ACCOUNT + [429] * 2


# New codes


ASKED = [
    pytest.param(SIGN_IN, "ana@girona.example", id="sign-in"),
    pytest.param(SIGN_IN, "nobody@girona.example", id="sign-in-unknown"),
    pytest.param(RESET, "ana@girona.example", id="reset"),
    pytest.param(RESET, "nobody@girona.example", id="reset-unknown"),
]


@pytest.mark.usefixtures("user")
@pytest.mark.parametrize(("path", "email"), ASKED)
@pytest.mark.django_db(transaction=True)
def test_of_many_new_codes_asked_for_at_once_three_are_sent(path, email):
    answers = storm(Client(), path, [{"email": email}] * AT_ONCE)

    assert sorted(it.status_code for it in answers) == [302] * 3 + [429] * (AT_ONCE - 3)
    assert Message.objects.filter(to=email).count() == 3


def test_new_codes_are_counted_together_by_the_minute_and_by_the_hour(user, open_edition):
    """Over all pages that send one; each says what is the matter, with the right status."""
    pages = [SIGN_IN, RESET, f"/{open_edition.slug}/register/"]
    for hour in range(2):
        for _ in range(3):
            assert [Client().post(page, {"email": user.email}).status_code for page in pages] == [302] * 3
            for page in pages:
                refused = Client().post(page, {"email": user.email})
                assert refused.status_code == 429
                assert "Wait a minute," in refused.context["form"].errors["email"][0]
            AttemptCount.objects.filter(ends_at__lt=timezone.now() + attempts.MINUTE).delete()
        asked = Client()
        sent = asked.post(SIGN_IN, {"email": user.email}).url
        again = asked.post(sent, {"action": "resend"}, follow=True)
        assert re.search(r"Wait \d\d minutes,", [it.message for it in again.context["messages"]][-1])
        refused = Client().post(RESET, {"email": user.email})
        assert re.search(r"Wait \d\d minutes,", refused.context["form"].errors["email"][0])
        assert Message.objects.filter(to=user.email).count() == 10 * (hour + 1)
        hours_pass(1)


def test_who_confirms_the_address_too_often_stays_signed_in(user):
    for _ in range(3):
        assert signed_in(user).post("/accounts/email/confirm/").status_code == 302
    client = signed_in(user)

    refused = client.post("/accounts/email/confirm/")

    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 60
    assert client.get("/portal/").status_code == 200


def test_a_new_address_that_gets_too_many_codes_is_told_so_in_the_form(user):
    client, _ = new_address(user)
    for _ in range(2):
        client.post(EMAIL, {"action_add": "", "email": "new@city.example"})

    refused = client.post(EMAIL, {"action_add": "", "email": "new@city.example"})

    assert refused.status_code == 429
    assert refused.context["form"].errors.keys() == {"email"}


# Second factors


def at_the_second_factor(user):
    client = asked_for(SIGN_IN, user)
    client.post("/accounts/login/code/confirm/", {"code": latest_code()})
    return client


@pytest.fixture
def _stopped_clock():
    with time_machine.travel(timezone.now(), tick=False):
        yield


@pytest.mark.usefixtures("_stopped_clock")
@pytest.mark.parametrize("how", [authenticator, recovery_code])
@pytest.mark.django_db(transaction=True)
def test_a_code_of_a_second_factor_works_once_also_at_the_same_moment(user, how):
    client, code = how(user)

    answers = storm(client, "/accounts/2fa/authenticate/", [{"code": code}] * 8)

    assert [it.url for it in answers if it.status_code == 302].count("/portal/") == 1
    assert {it.status_code for it in answers} <= {302, 400, 422}  # the session is another one once somebody is in


@pytest.mark.usefixtures("_stopped_clock")
def test_a_code_of_an_authenticator_is_used_up_wherever_it_was_used(user):
    """Also where it was set up, and with a cache that has forgotten."""
    client, code = authenticator_to_be(user)
    assert client.post("/accounts/2fa/totp/activate/", {"code": code}).status_code == 302
    cache.clear()

    refused = at_the_second_factor(user).post("/accounts/2fa/authenticate/", {"code": f"{code[:3]} {code[3:]}"})

    assert refused.status_code == 422
    assert refused.context["form"].has_error("code", "used")


# The owner


def guess_wrongly(email, n):
    for number in range(n):
        Client(REMOTE_ADDR=f"203.0.113.{number}").post("/accounts/login/", {"login": email, "password": "wrong"})


def test_the_owner_is_told_of_a_burst_once_an_hour(user):
    guess_wrongly(user.email, attempts.BURST - 1)
    attempts.tell_of_guesses()
    assert not Message.objects.exists()

    guess_wrongly(user.email, 1)
    attempts.tell_of_guesses()
    guess_wrongly(user.email, ACCOUNT)
    attempts.tell_of_guesses()

    message = Message.objects.get()
    assert (message.to, message.user, message.kind, message.is_sensitive) == (user.email, user, "guesses", False)
    assert message.subject == "Somebody is trying to sign in to your UDT Academy account"
    assert f"{attempts.BURST} times so far. Nobody has signed in with them." in message.text
    assert "http://testserver/accounts/sessions/" in message.text
    hours_pass(1)
    guess_wrongly(user.email, attempts.BURST)
    attempts.tell_of_guesses()
    assert Message.objects.count() == 2


def test_who_tells_twice_at_once_writes_once(user, monkeypatch):
    """A worker that died before it noted that, or two of them."""
    guess_wrongly(user.email, attempts.BURST)
    attempts.tell_of_guesses()
    AttemptCount.objects.update(is_told=False)

    attempts.tell_of_guesses()

    assert Message.objects.count() == 1


def test_nobody_is_told_where_there_is_nobody(user):
    User.objects.filter(pk=user.pk).update(is_active=False)
    guess_wrongly(user.email, ACCOUNT)
    guess_wrongly("nobody@girona.example", ACCOUNT)

    attempts.tell_of_guesses()

    assert not Message.objects.exists()


def test_old_counts_are_forgotten_and_no_address_nor_code_is_in_them(user):
    client, code = sign_in_code(user)
    client.post("/accounts/login/code/confirm/", {"code": others(code, 1)[0]})
    assert not AttemptCount.objects.exclude(key__regex="^[0-9a-f]{64}$").exists()
    n = AttemptCount.objects.count()

    attempts.forget_old_counts()
    assert AttemptCount.objects.count() == n
    hours_pass(25)
    attempts.forget_old_counts()

    assert not AttemptCount.objects.exists()


def test_a_clock_that_was_ahead_blocks_nobody_for_longer_than_a_period(user):
    guess_wrongly(user.email, ACCOUNT + 1)
    AttemptCount.objects.update(ends_at=F("ends_at") + 100 * attempts.HOUR)

    guess_wrongly(user.email, 1)

    assert AttemptCount.objects.get(user=user).ends_at < timezone.now() + 2 * attempts.HOUR
