"""A real browser on a real server. Debian's chromium is driven by Playwright; `make test` sees to it being there."""

import os
import shutil
import threading
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections
from django.test.testcases import LiveServerThread
from playwright.sync_api import expect, sync_playwright

from tests.client import Client
from tests.node import JS

# Without windows, tabs and menus, the headless shell takes half of the CPU.
WITH_WINDOWS = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
CHROMIUM = shutil.which("chromium-headless-shell") or WITH_WINDOWS
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
LOOKS = [(320, "light"), (1280, "dark")]  # width, colour scheme
# Links of the admin fade from colour to colour. Those in a closed menu are not rendered, and would never finish.
FINISH_FADING = """() => {
  const fading = () => document.getAnimations().filter(
    it => it.playState !== "finished" && it.effect.target.checkVisibility());
  for (let all = fading(); all.length; all = fading()) all.forEach(it => it.finish());
}"""
AXE = f"window.startAxe = () => {{{(JS / 'node_modules' / 'axe-core' / 'axe.min.js').read_text()}\n}}; 0"
# What axe finds in order is most of what it finds: bringing that here costs more than finding it. Left out as well are selectors,
# which nobody reads, and the rules of style sheets, at which no rule of these tags looks.
RUN_AXE = """async runOnly => {
  window.axe ?? startAxe();
  const options = {resultTypes: ["violations"], selectors: false, preload: {assets: ["media"]}};
  return (await axe.run({runOnly, ...options})).violations;
}"""
WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
OF_COLOURS = ("color-contrast", "link-in-text-block")  # axe's rules of WCAG 2.2 A and AA about them
# What is too small to hit: anything below 24 px, and on a phone buttons, fields, menus and navigation below 44 px. A label belongs to its
# field, and a link that covers its row is as large as the row. Left out: links within a sentence (WCAG 2.5.8, "inline"),
# which are displayed inline beside other text, and the link to skip to the content, which only a keyboard reaches.
SMALL_TARGETS = """() => {
  const boxes = target => {
    const covering = getComputedStyle(target, "::after").position === "absolute" ? [target.offsetParent] : [];
    return [target, ...covering, ...(target.labels ?? [])].map(it => it?.getBoundingClientRect()).filter(Boolean);
  };
  const isInSentence = link => {
    let block = link;
    while (getComputedStyle(block).display === "inline") block = block.parentElement;
    const text = it => it.textContent.trim().length;
    return block !== link && text(block) > [...block.querySelectorAll("a")].reduce((sum, it) => sum + text(it), 0);
  };
  const FOR_THUMBS = "button, input, select, textarea, summary, .button, nav a";
  return [...document.querySelectorAll("a[href], button, input, select, textarea, summary")]
    .filter(it => it.checkVisibility() && it.type !== "hidden" && !it.matches(".skip-link") && !isInSentence(it))
    .filter(it => {
      const least = innerWidth < 704 && it.matches(FOR_THUMBS) ? 44 : 24;
      return !boxes(it).some(box => Math.min(box.width, box.height) > least - 0.5);
    })
    .map(it => [it.outerHTML.slice(0, 160), ...boxes(it).map(box => `${box.width}x${box.height}`)].join(" "));
}"""

expect.set_options(timeout=30_000)  # milliseconds, as for clicks: a busy machine is no mistake of ours


@pytest.hookimpl(tryfirst=True)  # pytest-django sorts by the marker: what empties the database runs last
def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.django_db(transaction=True))


@pytest.fixture(scope="session")
def playwright():
    if CHROMIUM is None:
        message = "chromium is missing (Debian: apt install chromium)"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    # Playwright runs an event loop in this thread; Django would take that for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        yield playwright
        connections.close_all()  # beside an event loop, Django has connections of its own: the database could not be dropped
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="session")
def browser(playwright):
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def browser_with_windows(playwright):
    """For pictures: the headless shell draws fields and buttons a little otherwise."""
    browser = playwright.chromium.launch(executable_path=WITH_WINDOWS or CHROMIUM, args=ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture
def site(transactional_db, settings):
    """The address of the site, served from this process with the static files of production (whitenoise)."""
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    settings.CSRF_TRUSTED_ORIGINS = []
    server = LiveServerThread("127.0.0.1", static_handler=lambda handler: handler)
    server.daemon = True
    server.start()
    server.is_ready.wait()
    if server.error:
        raise server.error
    yield f"http://127.0.0.1:{server.port}"
    server.terminate()
    for thread in threading.enumerate():  # each has a connection, and the database is dropped after the last test
        if "process_request_thread" in thread.name:
            thread.join(timeout=30)
    connections.close_all()


class Visit:
    """A page, and what the browser complained about while it was used."""

    def __init__(self, page, site):
        self.page = page
        self.site = site
        self.complaints = []
        self.hosts = set()
        self.has_axe = False
        page.on("console", self.hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.hosts.add(request.url.split("/")[2]))

    def hear(self, message):
        """A form sent back with its mistakes is no complaint, although the browser reports the status."""
        if message.type in {"error", "warning"} and "status of 422" not in message.text:
            self.complaints.append(message.text)

    def open(self, path):
        response = self.page.goto(f"{self.site}{path}")
        # A browser reports the status of a page we meant to be an error as a complaint.
        self.complaints = [text for text in self.complaints if f"status of {response.status}" not in text]
        return response

    def looks(self, looks=LOOKS):
        """Show the page that is open in each look; yield the width and the colour scheme.

        The width that the page has already comes first: to lay out a page anew takes a fifth of the time of axe.
        """
        for width, scheme in sorted(looks, key=lambda look: look[0] != self.page.viewport_size["width"]):
            self.page.set_viewport_size({"width": width, "height": 900})
            self.page.emulate_media(color_scheme=scheme)
            self.page.evaluate(FINISH_FADING)
            yield width, scheme

    def sign_in(self, user):
        """As if the user had signed in before; signing in itself has its own tests."""
        client = Client()
        client.force_login(user)
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": client.cookies[settings.SESSION_COOKIE_NAME].value}
        self.page.context.add_cookies([cookie | {"url": self.site}])

    def violations(self, *more_tags):
        """What axe has to say against the page: WCAG 2.2 A and AA, and `more_tags` of axe's."""
        return self._ask_axe({"type": "tag", "values": [*WCAG, *more_tags]})

    def violations_of_colours(self):
        """What axe has to say against the colours: all that another scheme changes where a page has been looked at."""
        return self._ask_axe({"type": "rule", "values": OF_COLOURS})

    def _ask_axe(self, rules):
        self.page.wait_for_load_state()  # a click returns as soon as the next page has begun
        complaints = list(self.complaints)  # axe itself tries inline styles, which the policy refuses
        if not self.has_axe:  # by the browser's debugger, which is not subject to the page's Content-Security-Policy
            self.page.evaluate(AXE)
            self.page.add_init_script(AXE)  # to all further pages, which is cheaper than bringing it to each
            self.has_axe = True
        found = self.page.evaluate(RUN_AXE, rules)
        self.complaints = complaints
        return [f"{rule['id']}: {node['html'][:160]}" for rule in found for node in rule["nodes"]]

    def small_targets(self):
        return self.page.evaluate(SMALL_TARGETS)

    def overflows(self):
        return self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


@pytest.fixture
def visit(browser, site):
    """Open a visit: `visit(width=320, color_scheme="dark", timezone_id=…, java_script_enabled=False)`."""
    contexts = []

    def start(*, width=1280, height=900, **options):
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        return Visit(context.new_page(), site)

    yield start
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def html_findings(run_node):
    """What the HTML validator has to say against files, under one of our configurations; empty when nothing."""

    def validate(*files, config="html-validate.json"):
        tool = "node_modules/html-validate/bin/html-validate.mjs"
        done = run_node(tool, "--config", config, "--formatter", "text", *files)
        return done.stdout + done.stderr if done.returncode else ""

    return validate
