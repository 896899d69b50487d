"""Production as docs/operators.md describes it, on real servers; the proxy is played by the tests."""

import http.client
import re
import signal
import time
from collections import Counter
from pathlib import Path
from urllib.parse import urlencode

import psutil
import pytest
import redis

from tests.database import connected
from tests.production.conftest import N_THREADS, ROOT, wait_for

SECONDS_AWAY = 5
STEADY = (
    0.2  # seconds between two requests of a thread, while something is away: a load, but none that fills the machine
)
N_SERVED = 8  # at once, by two processes of four threads


@pytest.fixture(scope="module")
def edition(site):
    done = site.command(site.python, "manage.py", "generate_edition", "large", "--people=12", "--sessions=6")
    assert done.returncode == 0, done.stderr
    return "large"


@pytest.fixture
def ask_for_a_code(site, edition):
    """Ask for a code for an address of one's own; the status and the address."""
    page = site.ask(f"/{edition}/register/")
    cookie = page.headers["Set-Cookie"].partition(";")[0]
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)[1]

    def ask(word):
        address = f"{word}@load.example"
        form = urlencode({"csrfmiddlewaretoken": token, "email": address}).encode()
        n = sum(word.encode())
        from_where = f"198.18.{hash(word) % 250}.{n % 250}"
        return site.ask(f"/{edition}/register/", form=form, address=from_where, Cookie=cookie).status, address

    return ask


def accepted(answers):
    return {address for status, address in answers if status == 302}


def written_to(site):
    return {address for (address,) in site.rows('SELECT "to" FROM outbox_message')}


def test_production_starts_with_nothing_but_its_own_requirements(site):
    done = site.command(site.python, "manage.py", "check", "--deploy", "--fail-level", "WARNING")

    assert done.returncode == 0, done.stderr
    assert site.ask("/readyz").text.count("ok ") == 9
    for process in site.processes.values():
        assert Path(psutil.Process(process.pid).cmdline()[0]).parent == site.python.parent


def test_production_speaks_https_only_and_says_so(site):
    answer = site.ask("/editions/")

    assert answer.status == 200
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    plain = site.ask("/editions/", scheme="http")
    assert (plain.status, plain.headers["Location"]) == (301, "https://academy.example.org/editions/")


@pytest.mark.parametrize("path", ["/accounts/demo/", "/metrics", "/static/js/none.js"])
def test_production_has_no_page_for_it(site, path):
    assert site.ask(path).status == 404


def test_the_admin_is_where_the_operator_wants_it_and_nobody_is_told(site):
    assert site.ask("/back_office/").headers["Location"] == "/back_office/login/?next=/back_office/"
    assert "/login/" in site.ask("/back_office/attendance/queries/board/large/").headers["Location"]
    assert site.ask("/admin/").status == 404
    assert "admin" not in site.ask("/robots.txt").text
    assert "back_office" not in site.ask("/robots.txt").text


def test_web_restarts_without_a_failed_request(site, under_load):
    answers = under_load(lambda _word: site.ask("/editions/").status)
    before = children(site)

    site.processes["web"].send_signal(signal.SIGHUP)
    wait_for(lambda: len(now := children(site)) == 2 and not now & before)
    n_meanwhile = len(answers)
    wait_for(lambda: len(answers) > n_meanwhile + 20)
    under_load.stop()

    assert n_meanwhile
    assert Counter(answers).keys() == {200}


def children(site):
    return {child.pid for child in psutil.Process(site.processes["web"].pid).children()}


def connections_by_process(site):
    """How many of N_SERVED connections, made at once and kept as a proxy keeps them, each process of web has."""
    kept = [http.client.HTTPConnection("127.0.0.1", site.port, timeout=30) for _ in range(N_SERVED)]
    try:
        for connection in kept:
            connection.connect()
        for connection in kept:
            connection.request("GET", "/healthz")
        assert [it.getresponse().read() for it in kept] == [b"ok\n"] * N_SERVED
        found = [psutil.Process(pid).net_connections("tcp") for pid in children(site)]
        return [sum(it.status == "ESTABLISHED" and it.laddr.port == site.port for it in own) for own in found]
    finally:
        for connection in kept:
            connection.close()


def test_connections_that_come_at_once_are_shared_by_the_processes(site):
    """Of eight connections the process that has fewer has three on average; with one socket for all processes it has one."""
    wait_for(lambda: all(connections_by_process(site)))  # after a restart one may be ready before the other

    rounds = [connections_by_process(site) for _ in range(20)]

    assert {sum(counts) for counts in rounds} == {N_SERVED}
    assert sum(min(counts) for counts in rounds) >= 20 * 0.25 * N_SERVED


@pytest.mark.parametrize("seconds", [SECONDS_AWAY, 30])
def test_a_database_that_stops_for_seconds_loses_nothing_that_was_accepted(site, under_load, ask_for_a_code, seconds):
    answers = under_load(ask_for_a_code, pause=STEADY)
    wait_for(lambda: len(accepted(answers)) > 10)

    site.postgres.stop()
    stopped_at = len(answers)
    time.sleep(seconds)
    away = answers[stopped_at + N_THREADS :]  # those that were on their way when it stopped left out
    site.postgres.start()
    back_at = len(answers)
    wait_for(lambda: len(accepted(answers[back_at:])) > 10)
    under_load.stop()

    assert {status for status, _address in answers} <= {302, 503}
    assert {status for status, _address in away} == {503}
    assert accepted(answers) <= written_to(site)
    site.wait_until_ready()


def test_whoever_waited_too_long_is_told_to_come_back_and_nobody_for_ever(site, edition, under_load):
    answers = under_load(lambda _word: site.ask(f"/{edition}/"), n_threads=4 * N_SERVED)
    with connected(site.environment["DATABASE_URL"], autocommit=False) as connection:
        connection.execute("LOCK TABLE programme_edition")
        answers.clear()
        time.sleep(SECONDS_AWAY + 2)  # nobody is served meanwhile
    wait_for(lambda: len(answers) > 8 * N_SERVED)
    under_load.stop()

    statuses = Counter(answer.status for answer in answers)
    assert statuses.keys() == {200, 503}
    assert statuses[503] >= N_SERVED
    assert {answer.headers["Retry-After"] for answer in answers if answer.status == 503} == {"10"}
    wait_for(lambda: site.ask(f"/{edition}/").status == 200)


def test_forms_wait_their_turn_and_pages_are_answered_meanwhile(site, edition, under_load, ask_for_a_code):
    """Four times as many people as threads send forms that wait for a table, longer than any page would."""
    answers, pages = under_load(lambda word: ask_for_a_code(f"turn-{word}"), n_threads=4 * N_SERVED), []
    with connected(site.environment["DATABASE_URL"], autocommit=False) as connection:
        connection.execute("LOCK TABLE outbox_message")
        locked_until = time.monotonic() + SECONDS_AWAY + 2
        while time.monotonic() < locked_until:
            pages.append(site.ask(f"/{edition}/").status)
    wait_for(lambda: len(answers) > 8 * N_SERVED)
    under_load.stop()

    assert set(pages) == {200}
    assert {status for status, _address in answers} == {302}


def test_a_redis_that_stops_and_forgets_loses_nothing_that_was_accepted(site, under_load, ask_for_a_code):
    answers = under_load(ask_for_a_code, pause=STEADY)
    wait_for(lambda: len(accepted(answers)) > 10)

    site.redis.stop()
    time.sleep(SECONDS_AWAY)
    site.redis.start()
    back_at = len(answers)
    wait_for(lambda: len(accepted(answers[back_at:])) > 10)
    under_load.stop()

    assert {status for status, _address in answers} <= {302, 503}
    assert accepted(answers) <= written_to(site)
    site.wait_until_ready()


def test_processes_that_are_killed_are_missed_by_readyz_and_nobody_else(site):
    for kind in ("mailer", "worker", "beat"):
        site.processes[kind].kill()
        site.processes[kind].wait()
    with redis.Redis.from_url(site.environment["REDIS_URL"]) as client:
        client.delete(*client.scan_iter("*heartbeat:*"))  # they fade in a minute, which nobody here has to wait

    answer = wait_for(lambda: (it := site.ask("/readyz")).status == 503 and it)
    assert re.search(r"FAILED +(worker|mailer|beat) .* no heartbeat in the last 60 s", answer.text)
    assert site.ask("/editions/").status == 200
    site.wait_until_ready()


def test_start_says_what_it_can_start(site):
    done = site.command(ROOT / "bin" / "start", "everything")

    assert done.returncode == 2
    assert done.stderr == "Usage: bin/start migrate | web | mailer | worker | beat\n"
