"""Sign-in at an OpenID provider that runs in a process of its own (tests/openid_provider)."""

import logging
import socket
from contextlib import suppress
from functools import partial
from threading import Barrier, BrokenBarrierError
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.internal.flows.manage_email import sync_user_email_address
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialToken
from csp.constants import HEADER
from django.core.cache import caches
from django.urls import reverse

from tests.client import Client
from tests.factories.people import UserFactory
from tests.openid_provider.visits import (
    CALLBACK,
    CONNECTIONS,
    LEAVE,
    SIGN_IN,
    come_back,
    leave,
    path_back,
    texts_of,
    user_of,
)
from tests.threads import in_threads
from udtacademy.accounts.models import Connection, User
from udtacademy.accounts.models.user import UserManager
from udtacademy.accounts.new_addresses import forget_old_address
from udtacademy.accounts.new_users import get_or_create_user
from udtacademy.accounts.openid_connect import connections, metadata
from udtacademy.accounts.openid_connect.metadata import ProviderAwayError, metadata_of
from udtacademy.accounts.openid_connect.provider import Endpoints
from udtacademy.outbox.models import Message

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
EMAIL = "ana@city.example"


def test_the_first_sign_in_creates_an_account_with_a_verified_address(client, provider):
    provider.has_one("ana", email="Ana@City.Example", email_verified=True, name="Ana Anaya")

    response = come_back(client, provider, path=f"{LEAVE}?next=/editions/")

    assert response.url == "/editions/"
    user = user_of(client)
    assert (user.email, user.name, user.has_usable_password()) == (EMAIL, "Ana Anaya", False)
    assert EmailAddress.objects.filter(user=user, email=EMAIL, verified=True, primary=True).count() == 1
    connection = SocialAccount.objects.get(user=user)
    assert (connection.provider, connection.uid) == ("city", "ana")
    assert connection.extra_data == {"email": EMAIL, "issuer": provider.issuer}
    assert not Message.objects.exists()
    record = client.session["account_authentication_methods"][-1]
    assert (record["method"], record["provider"], record["uid"]) == ("socialaccount", "city", "ana")
    for event in (user.events.get(), Connection.pgh_event_model.objects.get()):
        assert event.pgh_context.metadata == {"user": user.pk}


def test_what_is_sent_is_bound_to_this_sign_in_and_no_token_is_kept(client, provider):
    provider.has_one("ana", email=EMAIL, email_verified=True)
    address = leave(client)

    sent = {key: value for key, (value,) in parse_qs(urlsplit(address).query).items()}
    client.get(path_back(provider, address))

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
    assert ["City login does not confirm your email address" in it for it in texts_of(response)] == [True]
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

    assert ["connected with another account at City login" in it for it in texts_of(response)] == [True]
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
    assert ["Signing in with City login did not work" in it for it in texts_of(response)] == [True]
    assert user_of(client) is None
    assert not User.objects.exists()
    assert [record.name for record in caplog.records if record.levelno >= logging.ERROR]
    assert [it for it in ("eyJ", EMAIL, "a secret of the tests") if it in caplog.text] == []


@pytest.mark.parametrize(("forged", "issuer"), [({"nonce": "another"}, None), ({}, "https://former.example")])
def test_a_refused_sign_in_leaves_the_connection_as_it_was(client, provider, stranger, forged, issuer):
    facts = {"email": EMAIL, "issuer": issuer or provider.issuer}
    connection = SocialAccount.objects.create(user=stranger, provider="city", uid="ana", extra_data=facts)
    provider.has_one("ana", email="new@city.example", email_verified=True, forged=forged)

    response = come_back(client, provider)

    assert ["Signing in with City login did not work" in it for it in texts_of(response)] == [True]
    assert user_of(client) is None
    after = SocialAccount.objects.get()
    assert (after.extra_data, after.last_login) == (facts, connection.last_login)


@pytest.mark.parametrize(
    ("change", "is_signed_in"), [({"is_staff": False}, True), ({"email": "new@city.example"}, False)]
)
def test_a_first_sign_in_heeds_and_keeps_what_others_change_meanwhile(
    client, provider, organiser, monkeypatch, change, is_signed_in
):
    def read_then_change(*args, **kwargs):
        user, is_new = get_or_create_user(*args, **kwargs)
        User.objects.filter(pk=user.pk).update(**change)
        return user, is_new

    monkeypatch.setattr(connections, "get_or_create_user", read_then_change)
    provider.has_one("olga", email=organiser.email, email_verified=True)

    response = come_back(client, provider, "olga")

    assert SocialAccount.objects.exists() is is_signed_in
    if is_signed_in:
        assert not user_of(client).is_staff
    else:
        assert user_of(client) is None
        assert texts_of(response) == ["This took too long, or began in another browser. Start again."]


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
    path = path_back(provider, leave(client))

    elsewhere = Client().get(path)
    assert ["Start again." in it for it in texts_of(elsewhere)] == [True]
    assert client.get(path).url == "/portal/"
    client.post("/accounts/logout/")
    assert client.get(path).url == SIGN_IN
    assert user_of(client) is None


def test_who_cancels_there_is_told_the_other_ways(client, provider):
    state = parse_qs(urlsplit(leave(client)).query)["state"][0]

    response = client.get(f"{CALLBACK}?error=access_denied&state={state}")

    assert response.url == SIGN_IN
    assert texts_of(response) == ["You did not sign in with City login. You can choose another way."]


def test_a_provider_that_is_away_is_asked_once_and_codes_still_work(client, provider, configure):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        port = server.getsockname()[1]
    configure(issuer=f"http://127.0.0.1:{port}")

    response = client.post(LEAVE)
    assert response.url == SIGN_IN
    assert texts_of(response) == ["City login does not answer. Choose another way, or try again later."]
    with socket.create_server(("127.0.0.1", port)) as server:  # back, but not asked yet
        server.settimeout(0)
        client.post(LEAVE)
        with pytest.raises(BlockingIOError):
            server.accept()
    assert client.post(SIGN_IN, {"email": EMAIL}).url == "/accounts/login/code/confirm/"


def test_a_provider_that_stops_answering_meanwhile_is_not_asked_either(client, provider):
    path = path_back(provider, leave(client))
    with socket.create_server(("127.0.0.1", 0)) as server:
        nowhere = f"http://127.0.0.1:{server.getsockname()[1]}/token"
    description = caches["openid"].get(provider.issuer)
    caches["openid"].set(provider.issuer, description | {"token_endpoint": nowhere})

    response = client.get(path)

    assert texts_of(response) == ["City login does not answer. Choose another way, or try again later."]
    with pytest.raises(ProviderAwayError):
        metadata_of(provider.configured()[0])


def test_what_providers_answer_has_a_cache_of_its_own():
    caches["kept"].set("page", 1)

    assert caches["openid"].get("page") is None


def test_another_issuer_than_configured_is_refused_and_asked_once(client, provider, configure, caplog, monkeypatch):
    asked = []
    monkeypatch.setattr(metadata, "_ask", lambda it, ask=metadata._ask: asked.append(it) or ask(it))
    configure(issuer=f"{provider.issuer}/")

    responses = [client.post(LEAVE), Client().post(LEAVE)]

    assert [["did not work" in it for it in texts_of(response)] for response in responses] == [[True], [True]]
    assert len(asked) == 1
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
    facts = {"issuer": provider.issuer}
    theirs = SocialAccount.objects.create(user=organiser, provider="city", uid="ana", extra_data=facts)
    client.force_login(stranger)
    provider.has_one("ana", email=EMAIL, email_verified=True)

    response = come_back(client, provider)
    assert ["belongs to another account here" in it for it in texts_of(response)] == [True]
    assert client.post(CONNECTIONS, {"account": theirs.pk}).status_code == 422

    assert SocialAccount.objects.get().user == organiser


def test_who_has_a_password_enters_it_before_connecting(client, provider, stranger):
    stranger.set_password("a long enough one")
    stranger.save()
    client.force_login(stranger)

    assert client.post(LEAVE).url == f"/accounts/reauthenticate/?next={LEAVE.replace('/', '%2F')}"


def test_who_stays_long_at_the_provider_enters_the_password_once_more(client, provider, stranger):
    stranger.set_password("a long enough one")
    stranger.save()
    client.force_login(stranger)
    client.post("/accounts/reauthenticate/", {"password": "a long enough one"})
    provider.has_one("ana", email=EMAIL)
    path = path_back(provider, leave(client))
    session = client.session
    session["account_authentication_methods"][-1]["at"] -= 60 * 60
    session.save()

    assert client.get(path).url == "/accounts/reauthenticate/"
    assert not SocialAccount.objects.exists()
    assert "eyJ" not in str(dict(client.session.items()))
    assert client.post("/accounts/reauthenticate/", {"password": "a long enough one"}).url == CONNECTIONS

    connection = SocialAccount.objects.get()
    assert (connection.user, connection.uid) == (stranger, "ana")
    assert connection.extra_data == {"email": EMAIL, "issuer": provider.issuer}


def test_registering_offers_the_providers_and_comes_back(client, provider, open_edition):
    register = reverse("programme:register", args=[open_edition.slug])
    provider.has_one("ana", email=EMAIL, email_verified=True)
    assert f'<input type="hidden" name="next" value="{register}">' in client.get(register).text

    address = client.post(LEAVE, {"next": register}).context["address"]

    assert client.get(path_back(provider, address)).url == register


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


def test_without_a_provider_nothing_of_it_is_there(client, stranger, open_edition, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert b"/accounts/oidc/" not in client.get(SIGN_IN).content
    assert b"Other ways to sign in" not in client.get(reverse("programme:register", args=[open_edition.slug])).content
    client.force_login(stranger)
    assert b"Connected accounts" not in client.get("/accounts/email/").content


@pytest.mark.parametrize("has_account", [True, False])
@pytest.mark.django_db(transaction=True)
def test_of_two_first_sign_ins_at_once_both_reach_one_account(provider, has_account):
    if has_account:
        UserFactory(email=EMAIL)
    provider.has_one("ana", email=EMAIL, email_verified=True)
    clients = [Client(), Client()]
    paths = [path_back(provider, leave(client)) for client in clients]

    answers = in_threads([partial(client.get, path) for client, path in zip(clients, paths, strict=True)])

    assert [answer.url for answer in answers] == ["/portal/", "/portal/"]
    assert User.objects.get().socialaccount_set.get().uid == "ana"
    assert Message.objects.filter(kind="account_connected").count() == int(has_account)


@pytest.mark.parametrize(("has_lock", "statuses"), [(True, [302, 302]), (False, [302, 500])])
@pytest.mark.django_db(transaction=True)
def test_two_connections_at_once_are_one_because_the_user_is_locked(provider, monkeypatch, has_lock, statuses):
    UserFactory(email=EMAIL)
    provider.has_one("ana", email=EMAIL, email_verified=True)
    clients = [Client(raise_request_exception=False), Client(raise_request_exception=False)]
    paths = [path_back(provider, leave(client)) for client in clients]
    both_have_read = Barrier(2, timeout=0.5 if has_lock else 10)  # seconds; behind a lock nobody else arrives

    def meet(user):
        with suppress(BrokenBarrierError):
            both_have_read.wait()
        sync_user_email_address(user)

    monkeypatch.setattr(connections, "sync_user_email_address", meet)
    if not has_lock:
        monkeypatch.setattr(UserManager, "select_for_update", UserManager.get_queryset)

    answers = in_threads([partial(client.get, path) for client, path in zip(clients, paths, strict=True)])

    assert sorted(answer.status_code for answer in answers) == statuses
    assert User.objects.get().socialaccount_set.get().uid == "ana"
