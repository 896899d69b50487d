"""Sign-in at an OpenID provider that runs in a process of its own (tests/openid_provider)."""

import logging
import socket
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.socialaccount.models import SocialAccount, SocialToken
from csp.constants import HEADER
from django.contrib.messages import get_messages
from django.core.cache import caches

from tests.client import Client
from tests.factories.people import UserFactory
from tests.openid_provider.process import running_provider
from tests.threads import in_threads
from udtacademy.accounts.models import Connection, User
from udtacademy.accounts.new_addresses import forget_old_address
from udtacademy.accounts.openid_connect.provider import Endpoints
from udtacademy.outbox.models import Message

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
LEAVE, CALLBACK = "/accounts/oidc/city/login/", "/accounts/oidc/city/login/callback/"
CONNECTIONS, SIGN_IN = "/accounts/connections/", "/accounts/login/code/"
EMAIL = "ana@city.example"


@pytest.fixture(scope="module")
def process():
    with running_provider(f"http://testserver{CALLBACK}") as provider:
        yield provider


@pytest.fixture
def provider(process, settings):
    """The provider as configured, with nobody there yet."""
    caches["kept"].clear()
    settings.OPENID_CONNECT_PROVIDERS = process.configured()
    process.has()
    return process


@pytest.fixture
def configure(provider, settings):
    def configure(**more):
        settings.OPENID_CONNECT_PROVIDERS = provider.configured(**more)

    return configure


def leave(client, path=LEAVE):
    return client.post(path).context["address"]


def come_back(client, provider, sub="ana", path=LEAVE):
    """Sign in there, and return what we answer to it."""
    address = urlsplit(provider.sign_in(leave(client, path), sub))
    return client.get(f"{address.path}?{address.query}")


def said(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def user_of(client):
    return client.get("/portal/").context["user"] if "_auth_user_id" in client.session else None


def test_the_first_sign_in_creates_an_account_with_a_verified_address(client, provider):
    provider.has_one("ana", email="Ana@City.Example", email_verified=True, name="Ana Anaya")

    response = come_back(client, provider, path=f"{LEAVE}?next=/editions/")

    assert response.url == "/editions/"
    user = user_of(client)
    assert (user.email, user.name, user.has_usable_password()) == (EMAIL, "Ana Anaya", False)
    assert EmailAddress.objects.filter(user=user, email=EMAIL, verified=True, primary=True).count() == 1
    connection = SocialAccount.objects.get(user=user)
    assert (connection.provider, connection.uid, connection.extra_data) == ("city", "ana", {"email": EMAIL})
    assert not Message.objects.exists()
    record = client.session["account_authentication_methods"][-1]
    assert (record["method"], record["provider"], record["uid"]) == ("socialaccount", "city", "ana")


def test_what_is_sent_is_bound_to_this_sign_in_and_no_token_is_kept(client, provider):
    provider.has_one("ana", email=EMAIL, email_verified=True)
    address = leave(client)

    sent = {key: value for key, (value,) in parse_qs(urlsplit(address).query).items()}
    back = urlsplit(provider.sign_in(address, "ana"))
    client.get(f"{back.path}?{back.query}")

    assert set(sent) == {
        *("client_id", "redirect_uri", "scope", "response_type", "state", "nonce"),
        *("code_challenge", "code_challenge_method"),
    }
    assert (sent["code_challenge_method"], set(sent["scope"].split())) == ("S256", {"openid", "email", "profile"})
    (request,) = provider.token_requests()
    assert len(request["code_verifier"]) >= 43
    assert not SocialToken.objects.exists()
    assert not {"token", "socialaccount_sociallogin"} & set(client.session.keys())
    assert "eyJ" not in str(dict(client.session.items()))


def test_the_page_on_the_way_needs_no_other_policy(client, provider):
    page = client.post(LEAVE)

    assert page.status_code == 200
    assert b'<meta http-equiv="refresh" content="0;url=http://127.0.0.1:' in page.content
    assert "form-action 'self';" in page.headers[HEADER]
    assert "no-store" in page.headers["Cache-Control"]


def test_an_account_that_exists_is_connected_once_and_its_owner_told(client, provider):
    user = UserFactory(email=EMAIL)
    provider.has_one("ana", email=EMAIL, email_verified=True)

    assert come_back(client, provider).url == "/portal/"
    assert user_of(client) == user
    assert [message.kind for message in Message.objects.all()] == ["account_connected"]
    client.post("/accounts/logout/")
    provider.has_one("ana", email="another@city.example", email_verified=False)
    come_back(client, provider)

    assert user_of(client) == user  # by the account, whatever address it has by now
    assert (User.objects.count(), SocialAccount.objects.count(), Message.objects.count()) == (1, 1, 1)


@pytest.mark.parametrize("has_account", [True, False])
@pytest.mark.parametrize(
    ("configured", "claims"),
    [
        ({}, {"email": EMAIL, "email_verified": False}),
        ({"email_domains": ["other.example"]}, {"email": EMAIL, "email_verified": True}),
    ],
)
def test_an_address_that_is_not_confirmed_opens_and_creates_nothing(
    client, provider, configure, configured, claims, has_account
):
    configure(**configured)
    if has_account:
        UserFactory(email=EMAIL)
    provider.has_one("ana", **claims)

    response = come_back(client, provider, path=f"{LEAVE}?next=/editions/")

    assert response.url == f"{SIGN_IN}?next=/editions/"
    assert ["City login does not confirm your email address" in it for it in said(response)] == [True]
    assert user_of(client) is None
    assert (User.objects.count(), SocialAccount.objects.count()) == (int(has_account), 0)


def test_a_provider_may_be_trusted_with_the_addresses_of_its_domains(client, provider, configure):
    configure(email_domains=["City.Example"])
    provider.has_one("ana", email=EMAIL)

    come_back(client, provider)

    assert user_of(client).email == EMAIL


def test_the_address_may_be_in_the_userinfo(client, provider):
    provider.has_one("ana", userinfo={"email": EMAIL, "email_verified": True})

    come_back(client, provider)

    assert user_of(client).email == EMAIL


STAFF_CASES = [  # claims, whether ours is set up, where it leads, where /admin/ then leads
    ({"amr": ["pwd", "mfa"]}, True, "/portal/", "/admin/"),
    ({"acr": "2"}, False, "/portal/", "/admin/"),
    ({"amr": ["pwd"], "acr": "1"}, True, "/accounts/2fa/authenticate/", "/accounts/2fa/authenticate/"),
    ({}, False, "/portal/", "/accounts/2fa/"),
]


@pytest.mark.parametrize(("claims", "has_ours", "leads_to", "admin_leads_to"), STAFF_CASES)
def test_a_second_factor_there_counts_only_if_the_provider_says_so(
    client, provider, configure, organiser, settings, claims, has_ours, leads_to, admin_leads_to
):
    settings.STAFF_SECOND_FACTOR = True
    configure(second_factor={"amr": ["mfa"], "acr": ["2"]})
    if has_ours:
        TOTP.activate(organiser, generate_totp_secret())
    provider.has_one("olga", email=organiser.email, email_verified=True, **claims)

    assert come_back(client, provider, "olga").url == leads_to
    assert client.get("/admin/", follow=True).wsgi_request.path == admin_leads_to


def test_what_counts_as_a_second_factor_is_configured(client, provider, organiser, settings):
    settings.STAFF_SECOND_FACTOR = True
    provider.has_one("olga", email=organiser.email, email_verified=True, amr=["mfa"], acr="2")

    come_back(client, provider, "olga")

    assert client.get("/admin/").url == "/accounts/2fa/"


def test_a_second_factor_of_one_sign_in_is_none_of_another(client, provider, configure, organiser, settings):
    settings.STAFF_SECOND_FACTOR = True
    configure(second_factor={"amr": ["mfa"]})
    provider.has_one("olga", email=organiser.email, email_verified=True, amr=["mfa"])
    come_back(client, provider, "olga")
    other = Client()
    other.force_login(organiser)

    assert other.get("/admin/").url == "/accounts/2fa/"


def test_somebody_switched_off_does_not_get_in(client, provider):
    UserFactory(email=EMAIL, is_active=False)
    provider.has_one("ana", email=EMAIL, email_verified=True)

    assert come_back(client, provider).url == "/accounts/inactive/"
    assert user_of(client) is None
    assert not SocialAccount.objects.exists()


def test_an_address_given_to_somebody_new_there_does_not_open_the_old_account(client, provider):
    provider.has_one("ana", email=EMAIL, email_verified=True)
    come_back(client, provider)
    client.post("/accounts/logout/")
    provider.has_one("another-ana", email=EMAIL, email_verified=True)

    response = come_back(client, provider, "another-ana")

    assert ["connected with another account at City login" in it for it in said(response)] == [True]
    assert user_of(client) is None
    assert SocialAccount.objects.get().uid == "ana"


FORGED = [
    {"nonce": "another"},
    {"iss": "http://127.0.0.1:1"},
    {"aud": "another site"},
    {"exp": 1_700_000_000},
    {"sub": ""},
    {"sub": "x" * 192},
]


@pytest.mark.parametrize("forged", FORGED, ids=str)
def test_an_id_token_that_is_not_for_this_sign_in_is_refused_and_logged_without_secrets(
    client, provider, caplog, forged
):
    provider.has_one("ana", email=EMAIL, email_verified=True, forged=forged)

    with caplog.at_level(logging.WARNING, "udtacademy.accounts"):
        response = come_back(client, provider)

    assert response.url == SIGN_IN
    assert ["Signing in with City login did not work" in it for it in said(response)] == [True]
    assert user_of(client) is None
    assert not User.objects.exists()
    assert [record.name for record in caplog.records if record.levelno >= logging.ERROR]
    assert [it for it in ("eyJ", EMAIL, "a secret of the tests") if it in caplog.text] == []


def test_a_userinfo_about_somebody_else_is_refused(client, provider):
    provider.has_one("ana", userinfo={"sub": "eve", "email": EMAIL, "email_verified": True})

    come_back(client, provider)

    assert user_of(client) is None


def test_a_wrong_secret_is_named_in_the_log(client, provider, configure, caplog):
    configure(client_secret="mistyped")
    provider.has_one("ana", email=EMAIL, email_verified=True)

    come_back(client, provider)

    assert "Sign-in by city failed: invalid_client" in caplog.text
    assert "mistyped" not in caplog.text


@pytest.mark.parametrize(
    ("methods", "is_basic"),
    [({}, True), ({"token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"]}, False)],
)
def test_the_secret_goes_where_the_provider_takes_it(rf, provider, monkeypatch, methods, is_basic):
    monkeypatch.setattr("udtacademy.accounts.openid_connect.provider.metadata_of", lambda _provider: methods)

    assert Endpoints(rf.get("/"), "city").basic_auth is is_basic


def test_coming_back_works_once_and_only_in_the_browser_that_left(client, provider):
    provider.has_one("ana", email=EMAIL, email_verified=True)
    back = urlsplit(provider.sign_in(leave(client), "ana"))
    path = f"{back.path}?{back.query}"

    elsewhere = Client().get(path)
    assert ["Start again." in it for it in said(elsewhere)] == [True]
    assert client.get(path).url == "/portal/"
    client.post("/accounts/logout/")
    assert client.get(path).url == SIGN_IN
    assert user_of(client) is None


def test_who_cancels_there_is_told_the_other_ways(client, provider):
    state = parse_qs(urlsplit(leave(client)).query)["state"][0]

    response = client.get(f"{CALLBACK}?error=access_denied&state={state}")

    assert response.url == SIGN_IN
    assert said(response) == ["You did not sign in with City login. You can choose another way."]


def test_a_provider_that_is_away_is_asked_once_and_codes_still_work(client, provider, configure):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        port = server.getsockname()[1]
    configure(issuer=f"http://127.0.0.1:{port}")

    response = client.post(LEAVE)
    assert response.url == SIGN_IN
    assert said(response) == ["City login does not answer. Choose another way, or try again later."]
    with socket.create_server(("127.0.0.1", port)) as server:  # back, but not asked yet
        server.settimeout(0)
        client.post(LEAVE)
        with pytest.raises(BlockingIOError):
            server.accept()
    assert client.post(SIGN_IN, {"email": EMAIL}).url == "/accounts/login/code/confirm/"


def test_another_issuer_than_configured_is_refused(client, provider, configure, caplog):
    configure(issuer=f"{provider.issuer}/")

    response = client.post(LEAVE)

    assert ["did not work" in it for it in said(response)] == [True]
    assert f"its issuer is '{provider.issuer}', not '{provider.issuer}/'" in caplog.text


def test_somebody_signed_in_connects_any_account_and_disconnects_it(client, provider, stranger):
    client.force_login(stranger)
    provider.has_one("ana", email="private@mail.example", email_verified=False)

    response = come_back(client, provider)
    assert response.url == CONNECTIONS
    ((account, name),) = client.get(CONNECTIONS).context["connections"]
    assert (account.user, account.uid, name) == (stranger, "ana", "City login")
    assert client.post(CONNECTIONS, {"account": account.pk}).url == CONNECTIONS

    assert client.get(CONNECTIONS).context["connections"] == []
    assert client.post(CONNECTIONS, {"account": account.pk}).status_code == 422
    assert [it.kind for it in Message.objects.order_by("pk")] == ["account_connected", "account_disconnected"]
    events = Connection.pgh_event_model.objects.filter(user=stranger).order_by("pgh_id")
    assert [event.pgh_label for event in events] == ["insert", "delete"]


def test_an_account_of_somebody_else_is_neither_taken_nor_disconnected(client, provider, stranger, organiser):
    theirs = SocialAccount.objects.create(user=organiser, provider="city", uid="ana")
    client.force_login(stranger)
    provider.has_one("ana", email=EMAIL, email_verified=True)

    response = come_back(client, provider)
    assert ["belongs to another account here" in it for it in said(response)] == [True]
    assert client.post(CONNECTIONS, {"account": theirs.pk}).status_code == 422

    assert SocialAccount.objects.get().user == organiser


def test_who_has_a_password_enters_it_before_connecting(client, provider, stranger):
    stranger.set_password("a long enough one")
    stranger.save()
    client.force_login(stranger)

    assert client.post(LEAVE).url == f"/accounts/reauthenticate/?next={LEAVE.replace('/', '%2F')}"


def test_a_new_address_by_an_organiser_ends_the_connections(provider, stranger):
    SocialAccount.objects.create(user=stranger, provider="city", uid="ana")

    forget_old_address(stranger)

    assert not SocialAccount.objects.exists()


def test_the_ways_in_and_the_account_page_name_the_providers(client, provider, stranger):
    assert b"Sign in with City login" in client.get(SIGN_IN).content
    assert b"Sign in with City login" in client.get("/accounts/login/").content
    assert client.get(CONNECTIONS).url == f"{SIGN_IN}?next={CONNECTIONS}"
    client.force_login(stranger)
    assert b"Connected accounts" in client.get("/accounts/email/").content
    assert client.post("/accounts/oidc/other/login/").status_code == 404


def test_without_a_provider_nothing_of_it_is_there(client, stranger, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert b"/accounts/oidc/" not in client.get(SIGN_IN).content
    client.force_login(stranger)
    assert b"Connected accounts" not in client.get("/accounts/email/").content


@pytest.mark.parametrize("has_account", [True, False])
@pytest.mark.django_db(transaction=True)
def test_of_two_first_sign_ins_at_once_both_reach_one_account(provider, has_account):
    if has_account:
        UserFactory(email=EMAIL)
    provider.has_one("ana", email=EMAIL, email_verified=True)
    clients = [Client(), Client()]
    paths = [urlsplit(provider.sign_in(leave(client), "ana")) for client in clients]

    answers = in_threads(
        [
            lambda client=client, path=path: client.get(f"{path.path}?{path.query}")
            for client, path in zip(clients, paths, strict=True)
        ]
    )

    assert [answer.url for answer in answers] == ["/portal/", "/portal/"]
    assert User.objects.get().socialaccount_set.get().uid == "ana"
    assert Message.objects.filter(kind="account_connected").count() == int(has_account)
