"""allauth's pages in our design: signing in, and looking after one's account."""

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.usersessions.models import UserSession

from tests.openid_provider.process import running_provider
from udtacademy.outbox.models import Message

PASSWORD = "a password of the tests"


@pytest.fixture
def visit(visit):
    """A visit that keeps what was sent for the page that is open: the browser mends what it gets."""

    def start():
        started = visit()

        def keep(response):
            if response.request.is_navigation_request() and response.status in {200, 422}:
                started.sent = response

        started.page.on("response", keep)
        return started

    return start


@pytest.fixture
def inspect(tmp_path, html_findings):
    """Call it with a visit and a path, or without a path for the page that is open; `html()` judges them all at last."""

    class Inspect:
        n_pages = 0

        def __call__(self, visit, path=None):
            if path:
                assert visit.open(path).status == 200, path
                assert visit.page.url == f"{visit.site}{path}"
            where = visit.page.url.removeprefix(visit.site).split("?")[0]
            for look in visit.looks():
                assert visit.violations("best-practice") == [], (where, look)
                assert not visit.overflows(), (where, look)
                assert visit.small_targets() == [], (where, look)
            assert visit.complaints == [], where
            self.n_pages += 1
            (tmp_path / f"{self.n_pages:02}{where.replace('/', '-')}.html").write_bytes(visit.sent.body())

        def html(self):
            pages = sorted(tmp_path.glob("*.html"))
            assert len(pages) == self.n_pages
            assert html_findings(*pages) == ""

    return Inspect()


def press(visit, name):
    visit.page.locator("main").get_by_role("button", name=name, exact=True).click()
    visit.page.wait_for_load_state()


def ask_for_a_code(visit, email):
    visit.open("/accounts/login/code/")
    visit.page.get_by_label("Email address").fill(email)
    press(visit, "Send me a code")


def latest_code(email):
    return Message.objects.filter(to=email).latest("pk").text.split()[0]


def sign_in_by_code(visit, email):
    ask_for_a_code(visit, email)
    visit.page.get_by_label("Code", exact=True).fill(latest_code(email))
    press(visit, "Sign in")


def test_the_ways_in(visit, inspect):
    visit = visit()

    inspect(visit, "/accounts/login/code/")
    press(visit, "Send me a code")
    inspect(visit)
    ask_for_a_code(visit, "nobody.of.whom.we.know@a-city-with-a-long-name.example")
    inspect(visit)
    visit.page.get_by_label("Code", exact=True).fill("12345")
    press(visit, "Sign in")
    inspect(visit)
    press(visit, "Send a new code")
    press(visit, "Use another address")
    assert visit.page.url == f"{visit.site}/accounts/login/code/"

    inspect(visit, "/accounts/login/")
    inspect(visit, "/accounts/password/reset/")
    visit.page.get_by_label("Email address").fill("nobody@city.example")
    press(visit, "Send me a code")
    inspect(visit)
    inspect(visit, "/accounts/inactive/")
    inspect.html()


def test_signing_in_at_a_provider_and_the_page_of_connected_accounts(visit, inspect, site, settings):
    with running_provider(f"{site}/accounts/oidc/city/login/callback/") as provider:
        settings.OPENID_CONNECT_PROVIDERS = provider.configured()
        provider.has_one("ana", email="ana@city.example", email_verified=True)
        visit = visit()
        inspect(visit, "/accounts/login/code/")

        hold(visit, "**/accounts/oidc/city/login/")
        press(visit, "Sign in with City login")
        inspect(visit)
        visit.page.get_by_role("link", name="Continue to City login").click()
        visit.page.get_by_label("Subject").fill("ana")
        visit.page.get_by_role("button").click()
        visit.page.wait_for_url(f"{site}/portal/")
        inspect(visit, "/accounts/connections/")
        press(visit, "Disconnect City login")
        inspect(visit)
        visit.page.unroute_all()
        press(visit, "Connect City login")  # goes there and back without a further click
        visit.page.get_by_text("City login is connected.").wait_for()

        assert visit.complaints == []
        inspect.html()


def hold(visit, path):
    """Let the page that leads on at once stay, to be looked at."""

    def slow(route):
        answer = route.fetch()
        route.fulfill(response=answer, body=re.sub(r'<meta http-equiv="refresh"[^>]*>', "", answer.text()))

    visit.page.route(path, slow)


def test_the_account_of_somebody_without_a_password(visit, inspect, stranger):
    stranger.set_unusable_password()
    stranger.save()
    visit = visit()

    sign_in_by_code(visit, stranger.email)
    inspect(visit, "/accounts/email/")
    press(visit, "Send code")  # there is none
    inspect(visit)
    visit.page.get_by_label("New email address").fill("new@city.example")
    press(visit, "Send code")
    inspect(visit)
    inspect(visit, "/accounts/password/set/")
    inspect(visit, "/accounts/2fa/")
    inspect(visit, "/accounts/2fa/totp/activate/")
    inspect(visit, "/accounts/2fa/webauthn/add/")
    inspect(visit, "/accounts/2fa/webauthn/")
    inspect(visit, "/accounts/sessions/")
    inspect(visit, "/accounts/logout/")
    with visit.page.expect_navigation():  # once the device has forgotten what the door keeps
        press(visit, "Sign out")
    inspect.html()

    stranger.refresh_from_db()
    assert Message.objects.filter(to="new@city.example").count() == 1
    assert stranger.email != "new@city.example"  # the code was not entered
    assert UserSession.objects.purge_and_list(stranger) == []


def test_the_account_of_somebody_with_a_password_and_a_second_factor(visit, inspect, stranger):
    stranger.set_password(PASSWORD)
    stranger.save()
    elsewhere, visit = visit(), visit()

    for one in (elsewhere, visit):
        one.open("/accounts/login/")
        one.page.get_by_label("Email address").fill(stranger.email)
        one.page.get_by_label("Password").fill(PASSWORD)
        press(one, "Sign in")
        if one == elsewhere:  # nobody has shown yet that the address is theirs
            inspect(one)
            one.page.get_by_label("Code", exact=True).fill(latest_code(stranger.email))
            press(one, "Confirm")
    inspect(visit, "/accounts/email/")
    inspect(visit, "/accounts/password/change/")
    inspect(visit, "/accounts/sessions/")
    press(visit, "End all other sign-ins")
    assert UserSession.objects.filter(user=stranger).count() == 1
    TOTP.activate(stranger, generate_totp_secret())
    codes = RecoveryCodes.activate(stranger).get_unused_codes()
    inspect(visit, "/accounts/2fa/")
    inspect(visit, "/accounts/reauthenticate/")
    inspect(visit, "/accounts/2fa/reauthenticate/")
    visit.page.get_by_label("Code from your authenticator app").fill(codes[0])
    press(visit, "Confirm")
    inspect(visit, "/accounts/2fa/recovery-codes/")
    inspect(visit, "/accounts/2fa/recovery-codes/generate/")
    inspect(visit, "/accounts/2fa/totp/deactivate/")
    press(visit, "Remove app")
    inspect.html()

    assert not Authenticator.objects.filter(user=stranger).exists()


def test_a_passkey_from_its_making_to_its_end(visit, inspect, stranger, settings):
    settings.ALLOWED_HOSTS = ["localhost"]  # a passkey belongs to a name, not to a number
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
    stranger.set_unusable_password()
    stranger.save()
    visit = visit()
    visit.site = visit.site.replace("127.0.0.1", "localhost")
    visit.page.set_default_timeout(5000)
    devices = visit.page.context.new_cdp_session(visit.page)
    devices.send("WebAuthn.enable")
    device = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options = {**device, "isUserVerified": True, "automaticPresenceSimulation": True}
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})

    sign_in_by_code(visit, stranger.email)
    visit.open("/accounts/2fa/webauthn/add/")
    visit.page.get_by_label("Name of the key").fill("My phone")
    visit.page.get_by_label("Use it as a passkey").check()
    press(visit, "Add")
    visit.page.get_by_role("link", name="Use a passkey or security key").click()
    inspect(visit)
    press(visit, "Use a security key")
    visit.page.wait_for_url(f"{visit.site}/accounts/2fa/recovery-codes/")
    inspect(visit, "/accounts/2fa/webauthn/")
    visit.page.get_by_role("link", name="Rename My phone").click()
    inspect(visit)
    visit.open("/accounts/2fa/webauthn/")
    visit.page.get_by_role("link", name="Remove My phone").click()
    inspect(visit)
    visit.open("/accounts/logout/")
    with visit.page.expect_navigation():  # once the device has forgotten what the door keeps
        press(visit, "Sign out")

    sign_in_by_code(visit, stranger.email)
    inspect(visit)
    press(visit, "Cancel")
    visit.open("/accounts/login/code/")
    press(visit, "Sign in with a passkey")
    visit.page.wait_for_url(f"{visit.site}/portal/")
    inspect.html()

    passkey = Authenticator.objects.get(user=stranger, type=Authenticator.Type.WEBAUTHN)
    assert passkey.wrap().name == "My phone"
    assert passkey.last_used_at > passkey.created_at
