"""Where the proxies hide the address, nobody signs in: neither addresses nor guesses could be counted."""

import logging

import pytest
from django.urls import get_resolver, reverse

from tests.client import Client
from udtacademy.accounts.sign_in import OF_ACCOUNTS
from udtacademy.http import rate_limits as limits
from udtacademy.outbox.models import Message

pytestmark = pytest.mark.django_db
SIGN_IN = "/accounts/login/code/"

HIDDEN = [  # how many proxies are trusted, and what they say
    (1, None),
    (1, ""),
    (1, " "),
    (1, "unknown"),
    (1, "_hidden, "),
    (1, "203.0.113.9,"),
    (1, "203.0.113.9, unknown"),
    (1, "203.0.113.9.5"),
    (1, "203.0.113.9; DROP"),
    (2, None),
    (2, "203.0.113.9"),
    (2, "unknown, 10.0.0.1"),
    (3, "203.0.113.9, 10.0.0.1"),
]


@pytest.mark.parametrize(("n_proxies", "forwarded_for"), HIDDEN)
def test_signing_in_is_refused_and_nothing_is_sent(client, stranger, settings, caplog, n_proxies, forwarded_for):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = n_proxies
    headers = {} if forwarded_for is None else {"x-forwarded-for": forwarded_for}

    with caplog.at_level(logging.ERROR, logger="udtacademy.http.rate_limits"):
        response = client.post(SIGN_IN, {"email": stranger.email}, headers=headers)

    assert response.status_code == 403
    assert not Message.objects.exists()
    assert f"TRUSTED_PROXY_COUNT is {n_proxies}, but X-Forwarded-For has fewer addresses" in caplog.text


def test_a_code_that_is_right_is_refused_too(client, stranger, settings):
    asked = client.post(SIGN_IN, {"email": stranger.email})
    text = Message.objects.get().text
    code = next(word for word in text.split() if word.isdigit() and len(word) == 6)
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1

    refused = client.post(asked.url, {"code": code})
    shown = client.get("/portal/")
    taken = client.post(asked.url, {"code": code}, headers={"x-forwarded-for": "203.0.113.9"})

    assert (refused.status_code, shown.status_code) == (403, 302)
    assert taken.url == "/portal/"


def account_pages():
    """Return the names of the pages of accounts that take a form; signing up leads to signing in."""
    names = {it for it in get_resolver().reverse_dict if isinstance(it, str)}
    return sorted(it for it in names if it.startswith(OF_ACCOUNTS) and it not in {"account_logout", "account_signup"})


@pytest.mark.parametrize("name", account_pages())
def test_every_form_of_an_account_is_refused(client, stranger, settings, name):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    client.force_login(stranger)
    arguments = {
        "account_confirm_email": ["key"],
        "account_reset_password_from_key": ["key", "key"],
        "mfa_remove_webauthn": [1],
        "mfa_edit_webauthn": [1],
        "openid_connect_login": ["city"],
        "openid_connect_callback": ["city"],
    }

    assert client.post(reverse(name, args=arguments.get(name, []))).status_code == 403


def test_pages_are_read_and_left_all_the_same(client, stranger, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    client.force_login(stranger)

    assert client.get("/portal/").status_code == 200
    assert client.post("/accounts/logout/").status_code == 302


@pytest.mark.parametrize(
    ("n_proxies", "forwarded_for", "expected"),
    [
        (0, "198.51.100.1", "127.0.0.1"),  # no proxy of ours: whoever says so says it of themselves
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.1, 203.0.113.9, 10.0.0.1", "203.0.113.9"),
        (1, "203.0.113.9:51234", "203.0.113.9"),
        (1, "[2001:db8::9]:51234", "2001:db8::9"),
        (1, "2001:DB8:0::9", "2001:db8::9"),
        (1, "::ffff:203.0.113.9", "203.0.113.9"),
    ],
)
def test_the_address_is_the_one_that_our_own_proxies_add(rf, settings, n_proxies, forwarded_for, expected):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = n_proxies

    assert limits.address_of(rf.get("/", headers={"x-forwarded-for": forwarded_for})) == expected


def test_an_address_that_is_made_up_does_not_help_whoever_asks_too_often(settings):
    """Counted is the address that the proxy adds, whatever a client says before it."""
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    settings.PEOPLE_PER_ADDRESS = 20

    for n in range(21):
        headers = {"x-forwarded-for": f"198.51.100.{n}, 203.0.113.9"}
        response = Client().post(SIGN_IN, {"email": f"person{n}@city.example"}, headers=headers)

    assert response.status_code == 429
    assert Message.objects.count() == 20
