import time

import pytest
import redis
import time_machine
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse

from tests.factories.people import UserFactory
from tests.threads import in_threads
from udtacademy.http import rate_limits as limits
from udtacademy.http.rate_limits import limited


@limited("knock", person=2, each=2)
def knock(request):
    return HttpResponse("in")


@pytest.fixture
def request_of(rf):
    def make(user=None, address="203.0.113.1", method="post"):
        request = getattr(rf, method)("/", REMOTE_ADDR=address)
        request.user = user or AnonymousUser()
        return request

    return make


@pytest.fixture(autouse=True)
def _two_people(settings):
    settings.PEOPLE_PER_ADDRESS = 2


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel("2026-05-01T12:00:00Z", tick=False):
        yield


def test_one_person_may_so_often_in_a_minute(request_of, db):
    one, other = UserFactory(), UserFactory()

    assert [knock(request_of(one)).status_code for _ in range(3)] == [200, 200, 429]
    assert knock(request_of(other)).status_code == 200
    assert knock(request_of(one, method="get")).status_code == 200
    with time_machine.travel("2026-05-01T12:01:00Z", tick=False):
        assert knock(request_of(one)).status_code == 200


def test_all_behind_one_address_may_so_often_in_a_minute(request_of):
    answers = [knock(request_of()) for _ in range(5)]

    assert [it.status_code for it in answers] == [200, 200, 200, 200, 429]
    assert answers[-1].headers["Retry-After"] == "60"
    assert knock(request_of(address="203.0.113.2")).status_code == 200


@pytest.mark.parametrize("given", [{}, {"HTTP_X_FORWARDED_FOR": "203.0.113.9"}])
def test_an_address_that_the_proxies_hide_is_forbidden(request_of, settings, given):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 2
    request = request_of()
    request.META |= given

    with pytest.raises(PermissionDenied):
        knock(request)


def test_the_address_that_our_own_proxy_has_added_counts(request_of, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    answers = []
    for n in range(5):
        request = request_of()
        request.META["HTTP_X_FORWARDED_FOR"] = f"10.0.0.{n}, 203.0.113.9"
        answers.append(knock(request).status_code)

    assert answers == [200, 200, 200, 200, 429]


def test_all_of_a_network_of_ipv6_is_one_address(request_of):
    """What one organisation is given, and who rents a machine: 48 bits."""
    answers = [knock(request_of(address=f"2001:db8:1:{n}::{n}")).status_code for n in range(5)]

    assert answers == [200, 200, 200, 200, 429]
    assert knock(request_of(address="2001:db8:2:1::1")).status_code == 200


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("::FFFF:cb00:7109", "203.0.113.9"),
        ("[::ffff:203.0.113.9]:51234", "203.0.113.9"),
        ("2001:db8:1:2::9", "2001:db8:1::/48"),
        ("::1", "::/48"),
        ("fe80::1%eth0", "fe80::/48"),
    ],
)
def test_what_counts_as_one_network_address(request_of, address, network):
    assert limits.network_of(request_of(address=address)) == network


def test_what_was_counted_is_forgotten_after_a_while(request_of):
    knock(request_of(address="203.0.113.77"))

    client = cache._cache.get_client(write=True)
    lasts = [client.ttl(key) for key in client.scan_iter("*:limit:knock:*.77:*")]
    assert len(lasts) == 1
    assert 0 < lasts[0] <= 2 * limits.MINUTE


def test_without_a_cache_nothing_is_counted(request_of, monkeypatch):
    def away(*args, **kwargs):
        raise redis.ConnectionError

    monkeypatch.setattr(redis.ConnectionPool, "get_connection", away)

    assert [knock(request_of()).status_code for _ in range(9)] == [200] * 9


@pytest.mark.parametrize("path", ["/academy/programme.ics", "/calendar/no-such.ics", "/academy/register/"])
def test_what_is_limited_on_the_site(client, open_edition, path, monkeypatch):
    monkeypatch.setattr(limits, "counts_of", lambda name, keys: dict.fromkeys(keys, 10**6))
    ask = client.post if path.endswith("register/") else client.get

    response = ask(path)

    assert response.status_code == 429
    assert "Wait a minute, then try again" in response.content.decode()


def test_of_a_large_page_one_is_made_at_a_time(monkeypatch):
    at_once, most = [], []

    @limits.one_per_process
    def large(_request):
        at_once.append(1)
        most.append(len(at_once))
        time.sleep(0.05)
        at_once.pop()
        return HttpResponse("made")

    assert [it.status_code for it in in_threads([lambda: large(None)] * 5)] == [200] * 5
    assert most == [1] * 5
    monkeypatch.setattr(limits, "PATIENCE", 0.01)
    statuses = [it.status_code for it in in_threads([lambda: large(None)] * 3)]
    assert sorted(statuses) == [200, 503, 503]


def test_a_large_page_that_fails_leaves_the_way_to_the_next():
    @limits.one_per_process
    def large(request):
        return HttpResponse(request.missing)

    for _ in range(2):
        with pytest.raises(AttributeError):
            large(None)
