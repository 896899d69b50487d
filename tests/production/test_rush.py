"""People with phones choose a seat while many others do, on the site as an operator runs it, behind deploy/Caddyfile."""

import itertools
import json
import re
from contextlib import contextmanager
from urllib.parse import urlencode

import pytest
from playwright.sync_api import sync_playwright

from tests.browser.conftest import ARGUMENTS, CHROMIUM
from tests.production.conftest import HOST, wait_for

PHONE = {"viewport": {"width": 375, "height": 740}, "ignore_https_errors": True}
N_THREADS, N_SEATS = 24, 10  # three times as many as are served at once
OUTCOME = re.compile(r"You have a seat in “[^”]+”|You are number \d+ on the waiting list")
SET_UP = f"""
import json
from django.utils import timezone
from bench.works import cookies_of
from programme.models import Edition, Participant, Seat
from programme.queries.seat_choices import choices_of
edition = Edition.objects.get(slug="rush")
people = list(edition.participants.with_people().order_by("pk"))
choice = next(it for it in choices_of(people[0], timezone.now()) if it.is_open)
sessions = [it.pk for it in choice.slot.sessions]
Seat.objects.filter(session__in=sessions).delete()
edition.sessions.filter(pk__in=sessions).update(capacity={N_SEATS})
print(json.dumps([f"slot-{{choice.key}}", sessions, [(it.pk, cookies_of(it.user)) for it in people]]))
"""


@pytest.fixture
def rush(site, under_load):
    """An edition with two parallel sessions that nobody has chosen yet: the name of the field, the sessions, and people."""
    done = site.command(site.python, "manage.py", "generate_edition", "rush", "--people=90", "--sessions=6")
    assert done.returncode == 0, done.stderr
    done = site.command(site.python, "manage.py", "shell", "--no-imports", "--command", SET_UP)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@contextmanager
def phones(proxy, people):
    """Open a browser for each of the people, who are signed in; the last has no JavaScript."""
    resolve = f"--host-resolver-rules=MAP {HOST} 127.0.0.1"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, resolve])
        pages = []
        for number, (_pk, cookies) in enumerate(people, 1):
            context = chromium.new_context(**PHONE, java_script_enabled=number < len(people))
            pairs = [it.split("=", 1) for it in cookies.split("; ")]
            address = f"https://{HOST}:{proxy.port}/"
            context.add_cookies(
                [{"name": name, "value": value, "url": address, "secure": True} for name, value in pairs]
            )
            context.set_default_timeout(60_000)
            pages.append(context.new_page())
        yield pages
        chromium.close()


def outcome(page):
    """Wait for the page that says what became of a choice, through pages that ask to wait."""
    while not (said := OUTCOME.search(page.locator("main").inner_text())):
        again = page.get_by_role("button", name="Send again")
        assert again.count() == 1, page.locator("main").inner_text()
        again.click()
    return said[0]


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is missing (Debian: apt install chromium)")
def test_phones_in_a_rush_get_a_seat_or_a_number(site, proxy, rush, under_load):
    field, sessions, people = rush
    mine, others = people[:3], itertools.cycle(people[3:])

    def choose(_word):
        """Choose a session as a browser does, each person another one when their turn comes again."""
        pk, cookies = next(others)
        form = urlencode({"csrfmiddlewaretoken": "c" * 32, field: next(wanted)}).encode()
        address = f"198.18.{pk // 250 % 250}.{pk % 250}"
        return site.ask(path, form=form, address=address, Cookie=cookies, Accept="text/html").status

    path, wanted = "/portal/rush/tracks/", itertools.cycle(sessions)
    answers = under_load(choose, n_threads=N_THREADS)
    with phones(proxy, mine) as pages:
        wait_for(lambda: len(answers) > N_THREADS)
        outcomes = []
        for page, session in zip(pages, itertools.cycle(sessions), strict=False):
            page.goto(f"https://{HOST}:{proxy.port}{path}")
            page.locator(f"input[name='{field}'][value='{session}']").check()
            page.get_by_role("button", name="Save my choice").click()
            outcomes.append(outcome(page))
        n_meanwhile = len(answers)
    under_load.stop()

    assert len(outcomes) == 3
    assert n_meanwhile > 2 * N_THREADS
    assert set(answers) <= {202, 302}
    chosen = site.rows(
        "SELECT participant_id, session_id, state FROM programme_seat"
        f" WHERE participant_id IN ({', '.join(str(pk) for pk, _cookies in mine)}) AND session_id IN {tuple(sessions)}"
    )
    state_of = {pk: state for pk, _session, state in chosen}
    assert [state_of[pk] for pk, _cookies in mine] == ["held" if "seat" in it else "waiting" for it in outcomes]
