"""A city's whole story: challenge, what peers say, a late draft, feedback, final; a certificate, checked by a stranger, revoked."""

import datetime as dt
import re

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from django.utils import timezone
from playwright.sync_api import expect

from attendance.actions.decisions import decide
from attendance.models import Certificate
from programme.actions.campaign_sending import send_due_campaigns
from programme.models import ActionPlanPart, PeerFeedback
from tests.documents import PDF
from tests.factories.action_plans import PeerFeedbackFactory, StepFactory
from tests.factories.programme import SessionFactory
from udtacademy.credential_keys import CredentialKeys
from udtacademy.outbox.models import Message

PORTAL, ADMIN = "/portal/academy", "/admin/editions/academy/outcomes"


@pytest.fixture
def story(open_edition, coordinator, other_coordinator, organiser, settings, tmp_path, site):
    """Girona was at the only core session, before which its draft was due. The other city reads its plan."""
    settings.CREDENTIAL_KEYS = CredentialKeys(generate_private_key(SECP256R1()))
    settings.SITE_URL, settings.MEDIA_ROOT = site, tmp_path
    start = timezone.now().replace(microsecond=0) - dt.timedelta(days=1)
    held, ahead = (
        SessionFactory(
            edition=open_edition,
            slug=slug,
            title=slug.capitalize(),
            is_core=slug == "lab",
            status="confirmed",
            starts_at=start + dt.timedelta(days=days),
            ends_at=start + dt.timedelta(days=days, hours=1),
        )
        for slug, days in (("lab", 0), ("presentation", 20))
    )
    StepFactory(edition=open_edition, slug="challenge", title="Challenge", session=ahead)
    StepFactory(edition=open_edition, slug="draft", title="Draft", session=held)
    PeerFeedbackFactory(edition=open_edition, giver=other_coordinator.delegation, receiver=coordinator.delegation)
    decide(cells=[(coordinator, held)], outcome="present", reason="I saw her", by=organiser)


def press(page, name):
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).click()


def write(visit, step, words):
    visit.open(f"{PORTAL}/action-plan/steps/{step}/")
    visit.page.get_by_label("Text", exact=True).fill(words)
    press(visit.page, "Save and submit")


def kinds_sent():
    return set(Message.objects.values_list("kind", flat=True))


def checked(visit):
    """Nothing was complained about, axe finds nothing, and nothing is cut off."""
    return visit.complaints, visit.violations(), visit.overflows()


CLEAN = ([], [], False)


@pytest.mark.usefixtures("story")
def test_from_the_challenge_to_a_revoked_certificate(visit, coordinator, other_coordinator, organiser):
    city, peer, staff, stranger = visit(width=390), visit(), visit(), visit(width=375, height=700)
    for reader, user in ((city, coordinator.user), (peer, other_coordinator.user), (staff, organiser)):
        reader.sign_in(user)

    write(city, "challenge", "The *old town* is too hot.")
    peer.open(f"{PORTAL}/action-plan/cities/{coordinator.delegation_id}/")
    for criterion in ("The challenge is clear", "The plan can be carried out", "A digital twin helps with it"):
        peer.page.get_by_role("group", name=re.compile(criterion)).get_by_label("largely").check()
    peer.page.get_by_label("What you suggest").fill("Begin with one square.")
    press(peer.page, "Give feedback")
    assert PeerFeedback.objects.get().is_given
    assert checked(peer) == CLEAN

    city.open(f"{PORTAL}/action-plan/")
    expect(city.page.get_by_text("Begin with one square.")).to_be_visible()
    assert checked(city) == CLEAN
    city.open(f"{PORTAL}/")
    expect(city.page.get_by_text(re.compile("It was due by")).first).to_be_visible()

    staff.open(f"{ADMIN}/plans/")
    staff.page.get_by_role("link", name=re.compile("Write to those late")).click()
    staff.page.get_by_label("Subject").fill("Your draft")
    staff.page.locator("#id_text").fill("Dear {name}, your draft is late.")
    press(staff.page, "Save the draft and see it")
    staff.page.get_by_label("Now", exact=True).check()
    press(staff.page, re.compile("^Send to"))
    send_due_campaigns()
    assert "campaign" in kinds_sent()

    city.open(f"{PORTAL}/action-plan/steps/draft/")
    words, asked = city.page.get_by_label("Text", exact=True), []
    words.fill("We *shade* it.")
    expect(city.page.locator("#preview em")).to_have_text("shade")
    city.page.get_by_label("File", exact=True).set_input_files(
        {"name": "x.pdf", "mimeType": "application/pdf", "buffer": PDF}
    )
    press(city.page, "Add file")
    expect(city.page.get_by_role("link", name="x.pdf")).to_be_visible()
    expect(words).to_have_value("We *shade* it.")
    assert checked(city) == CLEAN
    words.press("End")
    city.page.once("dialog", lambda it: (asked.append(it.type), it.accept()))
    city.page.get_by_role("link", name="All versions").or_(
        city.page.get_by_role("link", name="Action Plan")
    ).first.click()
    expect(words).to_be_hidden()
    assert asked == ["beforeunload"]

    write(city, "draft", "We *shade* it.")
    part = ActionPlanPart.objects.get(step__slug="draft")
    staff.open(f"{ADMIN}/plans/{coordinator.delegation_id}/")
    form = staff.page.locator("form").filter(has=staff.page.locator("button[value=feedback]")).last
    form.get_by_label("Feedback for the city").fill("Say what it costs.")
    with staff.page.expect_navigation():
        form.locator("button[value=feedback]").click()
    assert "plan_feedback" in kinds_sent()
    write(city, "draft", "We *shade* it. It costs little.")
    staff.open(f"{ADMIN}/plans/{coordinator.delegation_id}/")
    with staff.page.expect_navigation():
        staff.page.locator("button[value=final]").last.click()
    part.refresh_from_db()
    assert (part.state, part.submitted) == ("final", 2)

    staff.open(f"{ADMIN}/certificates/")
    press(staff.page, re.compile("Issue to everybody"))
    assert checked(staff) == CLEAN
    staff.open(f"{ADMIN}/certificates/")
    press(staff.page, re.compile("^Issue Carme"))
    certificate = Certificate.objects.get()
    assert checked(staff) == CLEAN

    city.open(f"{PORTAL}/")
    city.page.get_by_role("link", name=re.compile("Your certificate of .* is ready")).click()
    with city.page.expect_download() as pdf:
        city.page.get_by_role("link", name="Download your certificate").click()
    with city.page.expect_download() as badge:
        city.page.get_by_role("link", name="Badge as a picture (PNG)").click()
    assert checked(city) == CLEAN

    stranger.open("/certificates/")
    assert checked(stranger) == CLEAN
    stranger.page.get_by_label("Code of the certificate").fill(certificate.code.lower())
    press(stranger.page, "Check the certificate")
    expect(stranger.page.get_by_text("Valid", exact=True)).to_be_visible()
    expect(stranger.page.get_by_text("Carme Coll")).to_be_visible()
    for file, words in ((pdf, "This is the file that was issued"), (badge, "We have signed this digital credential")):
        stranger.page.get_by_label("PDF file, or digital credential").set_input_files(file.value.path())
        press(stranger.page, "Check the file")
        expect(stranger.page.get_by_text(words)).to_be_visible()
    assert checked(stranger) == CLEAN

    staff.page.get_by_label("Reason").fill("The name is misspelt.")
    press(staff.page, re.compile("^Revoke"))
    assert checked(staff) == CLEAN
    stranger.open(certificate.get_absolute_url())
    expect(stranger.page.get_by_text("Revoked", exact=True)).to_be_visible()
    expect(stranger.page.get_by_text("misspelt")).to_have_count(0)
