"""When the second factor of an OpenID provider stands for ours, and when it does not."""

import time

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from allauth.socialaccount.models import SocialAccount

from tests.client import Client
from tests.openid_provider.visits import CONNECTIONS, SIGN_IN, come_back, texts_of, user_of
from udtacademy.outbox.models import Message

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
ASKS_FOR_OURS, SET_UP, ACTIVATE = "/accounts/2fa/authenticate/", "/accounts/2fa/", "/accounts/2fa/totp/activate/"
LOG_OUT = "/accounts/logout/"
WITH_FACTOR = {"amr": ["pwd", "mfa"]}
NOW = "2026-11-30T12:00:00+00:00"


@pytest.fixture(autouse=True)
def trusted(configure, settings):
    """The provider, trusted with the second factor."""
    settings.STAFF_SECOND_FACTOR = True
    configure(second_factor={"amr": ["mfa"], "acr": ["2"]})


def connect(user, provider, **facts):
    """Connect the account "olga" as earlier sign-ins did."""
    confirm_address(user)
    facts = {"issuer": provider.issuer} | facts
    return SocialAccount.objects.create(user=user, provider="city", uid="olga", extra_data=facts)


def confirm_address(user):
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)


def set_up_ours(user):
    """Give the user a second factor of ours. Return what its app shows now."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return {"code": format_hotp_value(hotp_value(secret, int(time.time()) // 30))}


def sign_in_by_code(client, user):
    asked = client.post(SIGN_IN, {"email": user.email})
    text = Message.objects.exclude(text="").latest("pk").text
    return client.post(asked.url, {"code": next(word for word in text.split() if word.isdigit() and len(word) == 6)})


def test_who_reads_the_mail_does_not_get_past_ours_with_a_factor_of_their_own(client, provider, organiser):
    set_up_ours(organiser)
    provider.has_one("eve", email=organiser.email, email_verified=True, **WITH_FACTOR)

    for _ in range(2):  # the first sign-in makes the connection, the second finds it
        assert come_back(client, provider, "eve").url == ASKS_FOR_OURS
        assert user_of(client) is None


def test_the_providers_factor_counts_once_ours_was_given_with_the_connection(client, provider, organiser):
    shown = set_up_ours(organiser)
    provider.has_one("olga", email=organiser.email, email_verified=True, **WITH_FACTOR)
    come_back(client, provider, "olga")
    assert client.post(ASKS_FOR_OURS, shown).url == "/portal/"
    client.post(LOG_OUT)

    assert come_back(client, provider, "olga").url == "/portal/"
    assert client.get("/admin/").status_code == 200
    client.post(LOG_OUT)
    assert sign_in_by_code(client, organiser).url == ASKS_FOR_OURS  # in the same browser: it was of that sign-in only


def test_connecting_with_ours_in_the_session_confirms_the_connection(client, provider, organiser):
    shown = set_up_ours(organiser)
    confirm_address(organiser)
    client.force_login(organiser)
    client.post("/accounts/2fa/reauthenticate/", shown)
    provider.has_one("olga", **WITH_FACTOR)
    assert come_back(client, provider, "olga").url == CONNECTIONS
    client.post(LOG_OUT)

    assert come_back(client, provider, "olga").url == "/portal/"
    assert client.get("/admin/").status_code == 200


def test_connecting_without_ours_does_not_confirm(client, provider, stranger):
    confirm_address(stranger)
    client.force_login(stranger)
    provider.has_one("olga", **WITH_FACTOR)
    come_back(client, provider, "olga")
    client.post(LOG_OUT)
    set_up_ours(stranger)

    assert come_back(client, provider, "olga").url == ASKS_FOR_OURS


def test_ours_given_in_another_sign_in_does_not_confirm(client, provider, organiser):
    shown = set_up_ours(organiser)
    provider.has_one("eve", email=organiser.email, email_verified=True, **WITH_FACTOR)
    come_back(Client(), provider, "eve")

    sign_in_by_code(client, organiser)
    assert client.post(ASKS_FOR_OURS, shown).url == "/portal/"

    assert come_back(Client(), provider, "eve").url == ASKS_FOR_OURS


@pytest.mark.parametrize(
    ("claims", "has_ours", "leads_to", "admin_leads_to"),
    [
        ({"amr": ["pwd", "mfa"]}, True, "/portal/", "/admin/"),
        ({"acr": "2"}, False, "/portal/", "/admin/"),
        ({"amr": ["pwd"], "acr": "1"}, True, ASKS_FOR_OURS, ASKS_FOR_OURS),
        ({}, False, "/portal/", SET_UP),
    ],
)
def test_it_counts_only_if_the_provider_says_so(
    client, provider, organiser, claims, has_ours, leads_to, admin_leads_to
):
    connect(organiser, provider, confirmed_at=NOW)
    if has_ours:
        set_up_ours(organiser)
    provider.has_one("olga", **claims)

    assert come_back(client, provider, "olga").url == leads_to
    assert client.get("/admin/", follow=True).wsgi_request.path == admin_leads_to


def test_without_the_setting_nothing_counts(client, provider, configure, organiser):
    configure()
    connect(organiser, provider, confirmed_at=NOW)
    provider.has_one("olga", **WITH_FACTOR, acr="2")

    come_back(client, provider, "olga")

    assert client.get("/admin/").url == SET_UP


def test_a_sign_in_by_code_in_the_same_browser_has_none(client, provider, organiser):
    connect(organiser, provider, confirmed_at=NOW)
    provider.has_one("olga", **WITH_FACTOR)
    come_back(client, provider, "olga")
    assert client.get("/admin/").status_code == 200
    client.post(LOG_OUT)

    sign_in_by_code(client, organiser)

    assert client.get("/admin/").url == SET_UP


@pytest.mark.parametrize("has_ours", [True, False])
@pytest.mark.parametrize("change", ["provider removed", "no longer trusted", "another issuer", "disconnected"])
def test_a_session_ends_when_the_factor_it_relies_on_no_longer_counts(
    client, provider, configure, settings, organiser, has_ours, change
):
    connection = connect(organiser, provider, confirmed_at=NOW)
    if has_ours:
        set_up_ours(organiser)
    provider.has_one("olga", **WITH_FACTOR)
    come_back(client, provider, "olga")
    assert client.get("/admin/").status_code == 200

    match change:
        case "provider removed":
            settings.OPENID_CONNECT_PROVIDERS = []
        case "no longer trusted":
            configure()
        case "another issuer":
            configure(issuer="https://new.example", second_factor={"amr": ["mfa"]})
        case "disconnected":
            connection.delete()

    response = client.get(ACTIVATE)
    assert response.url == SIGN_IN
    assert texts_of(response) == ["You have been signed out. Sign in again, with your second factor."]
    assert user_of(client) is None


def test_with_ours_nobody_can_set_up_another_by_mail(client, provider, organiser):
    connect(organiser, provider, confirmed_at=NOW)
    set_up_ours(organiser)
    provider.has_one("olga", **WITH_FACTOR)
    come_back(Client(), provider, "olga")

    assert sign_in_by_code(client, organiser).url == ASKS_FOR_OURS
    for path in (ACTIVATE, "/accounts/2fa/webauthn/add/"):
        assert client.get(path).url.startswith("/accounts/login/")


ENROLMENT_CASES = [  # what is remembered of the connection, whether a session by code may set up ours
    ({"second_factor_seen_at": NOW}, False),
    ({"second_factor_seen_at": NOW, "confirmed_at": NOW}, False),
    ({}, True),
    ({"second_factor_seen_at": NOW, "issuer": "https://former.example"}, True),
]


@pytest.mark.parametrize(("facts", "may"), ENROLMENT_CASES)
def test_who_used_the_providers_factor_sets_up_ours_with_it_only(client, provider, organiser, facts, may):
    connect(organiser, provider, **facts)
    sign_in_by_code(client, organiser)

    answers = [
        client.get(ACTIVATE),
        client.post(ACTIVATE, {"code": "123456"}),
        client.get("/accounts/2fa/webauthn/add/"),
    ]

    if may:
        assert [answer.status_code for answer in answers] == [200, 422, 200]
    else:
        assert [answer.url for answer in answers] == [SET_UP] * 3
        assert texts_of(answers[0])[-1] == (
            "To set up a second factor here, sign in with City login and your second factor there."
        )
    assert not Authenticator.objects.exists()


def test_the_first_sign_in_with_the_providers_factor_may_set_up_ours(client, provider, organiser):
    provider.has_one("olga", email=organiser.email, email_verified=True, **WITH_FACTOR)
    come_back(client, provider, "olga")

    assert client.get("/admin/").url == SET_UP
    assert client.get(ACTIVATE).status_code == 200
    assert sign_in_by_code(Client(), organiser).url == "/portal/"
    other = Client()
    sign_in_by_code(other, organiser)
    assert other.get(ACTIVATE).url == SET_UP


def test_a_second_connection_made_by_mail_does_not_set_up_ours(client, provider, settings, organiser):
    (city,) = provider.configured(second_factor={"amr": ["mfa"]})
    (elsewhere,) = provider.configured(id="elsewhere", issuer="https://other.example", second_factor={"amr": ["mfa"]})
    settings.OPENID_CONNECT_PROVIDERS = [city, elsewhere]
    SocialAccount.objects.create(
        user=organiser,
        provider="elsewhere",
        uid="olga",
        extra_data={"issuer": elsewhere.issuer, "second_factor_seen_at": NOW},
    )
    provider.has_one("eve", email=organiser.email, email_verified=True, **WITH_FACTOR)

    come_back(client, provider, "eve")

    assert client.get(ACTIVATE).url == SET_UP
    assert SocialAccount.objects.filter(user=organiser, provider="city").exists()


def test_who_is_no_staff_may_set_up_ours_at_any_time(client, provider, stranger):
    connect(stranger, provider, second_factor_seen_at=NOW)
    client.force_login(stranger)

    assert client.get(ACTIVATE).status_code == 200
