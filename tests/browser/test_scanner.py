"""The camera at the door. Chromium on Linux has no BarcodeDetector, so our own decoder reads what its pretended camera shows."""

import datetime as dt

import pytest
import segno
from django.contrib.auth.models import Permission
from django.utils import timezone
from playwright.sync_api import expect

from attendance.actions.kiosks import add_kiosk, revoke_kiosk
from attendance.models import Evidence
from attendance.personal_links import badges
from tests.browser.conftest import ARGUMENTS, WITH_WINDOWS, Visit
from tests.factories.people import DelegationFactory, ParticipantFactory, UserFactory
from tests.factories.programme import SessionFactory

WIDTH, HEIGHT, SCALE = 640, 480, 8
STORED = """async () => {
  const caches_ = await Promise.all((await caches.keys()).map((it) => caches.open(it)));
  const kept = (await Promise.all(caches_.map((it) => it.keys()))).flat().map((it) => new URL(it.url).pathname);
  return [...(await indexedDB.databases()).map((it) => it.name), ...kept.filter((it) => !it.startsWith("/static/"))];
}"""  # what a device keeps, without files of the site


@pytest.fixture
def running(open_edition):
    now = timezone.now()
    times = {"starts_at": now - dt.timedelta(minutes=5), "ends_at": now + dt.timedelta(minutes=55)}
    return SessionFactory(edition=open_edition, slug="peer-learning", status="confirmed", format="in_person", **times)


@pytest.fixture
def ada(open_edition):
    return ParticipantFactory(delegation=DelegationFactory(edition=open_edition), user__name="Ada First")


@pytest.fixture
def desk(db):
    user = UserFactory(is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="add_evidence"))
    return user


def film(text):
    """Return a film of a QR code in the middle of a grey room, as YUV4MPEG."""
    rows = [list(row) for row in segno.make_qr(text, error="m").matrix_iter(scale=SCALE, border=4)]
    top, left = (HEIGHT - len(rows)) // 2, (WIDTH - len(rows[0])) // 2
    picture = bytearray(b"\x60" * WIDTH * HEIGHT)
    for y, row in enumerate(rows):
        at = (top + y) * WIDTH + left
        picture[at : at + len(row)] = bytes(0x18 if it else 0xD0 for it in row)
    frame = b"FRAME\n" + bytes(picture) + b"\x80" * (WIDTH * HEIGHT // 2)
    return f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420jpeg\n".encode() + frame * 10


@pytest.fixture
def with_camera(playwright, site, tmp_path):
    """Return a visit in a browser whose camera shows a text as a QR code."""
    browsers = []

    def open_browser(text, permissions=("camera",)):
        (tmp_path / "badge.y4m").write_bytes(film(text))
        film_of = f"--use-file-for-fake-video-capture={tmp_path}/badge.y4m"
        arguments = [*ARGUMENTS, "--use-fake-device-for-media-stream", film_of, "--deny-permission-prompts"]
        browsers.append(
            playwright.chromium.launch(executable_path=WITH_WINDOWS, args=arguments)
        )  # others have no camera
        context = browsers[-1].new_context(viewport={"width": 375, "height": 740}, permissions=list(permissions))
        return Visit(context.new_page(), site)

    yield open_browser
    for browser in browsers:
        browser.close()


def test_a_badge_is_scanned_once_without_the_browsers_own_decoder(with_camera, running, ada, desk):
    door = with_camera(badges.badge_url(ada))
    door.sign_in(desk)
    door.open("/check-in/academy/peer-learning/")
    assert not door.page.evaluate("'BarcodeDetector' in window")

    door.page.get_by_role("button", name="Scan with the camera").click()

    expect(door.page.locator(".verdict__name")).to_have_text("Ada First")
    door.page.wait_for_timeout(4000)  # longer than a code that left may come again
    expect(door.page.locator('[data-answer="checked_in"]')).to_be_visible()
    assert Evidence.objects.get().participant == ada
    assert door.complaints == []


def test_a_refused_camera_leaves_the_field(with_camera, running, ada, desk):
    door = with_camera(badges.badge_url(ada), permissions=())
    door.sign_in(desk)
    door.open("/check-in/academy/peer-learning/")

    door.page.get_by_role("button", name="Scan with the camera").click()

    expect(door.page.locator("[data-problem]")).to_contain_text("The camera is not allowed.")
    door.page.locator("h1").click()
    door.page.keyboard.type(badges.code_of(ada))  # as a hardware scanner does, wherever the focus is
    door.page.keyboard.press("Enter")
    expect(door.page.locator(".verdict__name")).to_have_text("Ada First")


def test_a_kiosk_is_opened_by_its_link_and_welcomes_whoever_shows_a_badge(with_camera, running, ada, organiser):
    edition, day = running.edition, running.local_day
    kiosk, token = add_kiosk(edition=edition, name="Entrance", day=day, session=None, by=organiser)
    tablet = with_camera(badges.badge_url(ada))
    tablet.open(f"/kiosk/open/{token}/")

    tablet.page.get_by_role("button", name="Use this device").click()
    tablet.page.get_by_role("button", name="Scan with the camera").click()

    expect(tablet.page.get_by_text("Welcome, Ada")).to_be_visible()
    assert tablet.violations("best-practice") == []
    assert tablet.complaints == []
    tablet.page.evaluate("navigator.serviceWorker.ready")
    tablet.page.context.set_offline(True)
    tablet.page.reload()
    expect(tablet.page.get_by_text("This device goes on by itself once it has a network.")).to_be_visible()
    tablet.page.context.set_offline(False)
    expect(tablet.page.get_by_label("Code on your badge")).to_be_visible()
    expect(tablet.page.locator("video")).to_be_visible()  # the camera is on again, without a tap

    revoke_kiosk(kiosk=kiosk, by=organiser)
    tablet.page.keyboard.type("AAAA-BBBB")
    tablet.page.keyboard.press("Enter")
    expect(tablet.page.get_by_text("An organiser has revoked it. Please ask at the desk.")).to_be_visible()
    assert [tablet.page.locator(it).count() for it in ("form", "video")] == [0, 0]
    assert tablet.page.evaluate(STORED) == ["/kiosk/away/"]
