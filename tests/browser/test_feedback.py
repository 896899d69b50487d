"""The story of feedback: asked by email, answered on a phone, hidden below five, shown from five on; then the results are published."""

import datetime as dt
import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from attendance.actions.feedback import give_feedback
from attendance.actions.feedback_emails import send_feedback_requests
from tests.factories.action_plans import ActionPlanFactory, PartFactory, StepFactory
from tests.factories.feedback import FeedbackSetFactory, was_there
from tests.factories.people import DelegationFactory, ParticipantFactory
from tests.factories.programme import SessionFactory
from udtacademy.outbox.models import Message

PHONE = {"width": 375, "height": 740}
STAFF = "/admin/editions/academy/outcomes/"


@pytest.fixture
def session(open_edition):
    """A core session that ended yesterday, about which people are asked the usual questions."""
    starts_at = timezone.now().replace(minute=0, second=0, microsecond=0) - dt.timedelta(days=1, hours=1)
    FeedbackSetFactory(edition=open_edition)
    return SessionFactory(
        edition=open_edition,
        slug="peer-learning",
        title="Peer-learning: from challenge to use case",
        is_core=True,
        starts_at=starts_at,
        ends_at=starts_at + dt.timedelta(hours=1),
    )


def check(visitor, where):
    """Of people's pages; those of organisers are in test_every_page.py."""
    for look in visitor.looks():
        assert visitor.violations("best-practice") == [], (where, look)
        assert not visitor.overflows(), (where, look)
    assert visitor.small_targets() == [], where


def test_the_story_of_feedback_and_results(visit, session, organiser, html_findings, tmp_path):
    city = DelegationFactory(edition=session.edition, city__name="Girona", city__country="ES", quota=10)
    ana, *others = was_there(session, city, n=5)
    absent = ParticipantFactory(delegation=city)
    plan = ActionPlanFactory(delegation=city, is_released=True)
    PartFactory(plan=plan, step=StepFactory(edition=session.edition, slug="challenge", title="Challenge"))

    send_feedback_requests()
    letter = Message.objects.get(user=ana.user)
    link = re.search(r"/me/feedback/\S+/", letter.text)[0]
    assert not Message.objects.filter(user=absent.user).exists()

    phone = visit(**PHONE)
    phone.open(link)
    check(phone, "questions")
    files = [tmp_path / "questions.html", tmp_path / "results.html"]
    files[0].write_text(phone.page.content())
    phone.page.get_by_role("button", name="Send my answers").click()
    expect(phone.page.get_by_role("alert")).to_contain_text("Answer at least one question")
    check(phone, "nothing answered")
    phone.page.get_by_role("group", name="How satisfied").get_by_label("4").check()
    phone.page.get_by_label("What should we do differently").fill("More time for questions")
    phone.page.get_by_role("button", name="Send my answers").click()
    expect(phone.page.get_by_role("status")).to_contain_text("Your answers have been counted")
    check(phone, "answered")
    phone.open(link)  # once more, from the email
    expect(phone.page.get_by_role("status")).to_contain_text("Your answers have been counted")

    away = visit(**PHONE)
    away.sign_in(absent.user)
    assert away.page.goto(f"{away.site}/portal/academy/feedback/peer-learning/").status == 404
    away.complaints.clear()  # of the browser, about the 404

    staff = visit()
    staff.sign_in(organiser)
    staff.open(f"{STAFF}feedback/sessions/peer-learning/")
    expect(staff.page.get_by_text("1 of 5 people who were there have answered")).to_be_visible()
    expect(staff.page.get_by_text("More time for questions")).to_have_count(0)
    for person in others:
        give_feedback(participant=person, session=session, answers={"satisfaction": "5", "change": "Nothing"})
    staff.open(f"{STAFF}feedback/sessions/peer-learning/")
    expect(staff.page.get_by_text("4.8 of 5 on average, 5 answers")).to_be_visible()  # (4 + 4 × 5) / 5
    expect(staff.page.get_by_text("More time for questions")).to_be_visible()

    edition = session.edition
    edition.last_on = edition.first_on + dt.timedelta(days=1)
    edition.save()
    staff.open(f"{STAFF}results/")
    staff.page.get_by_role("button", name="Publish the results").click()
    staff.page.get_by_role("link", name="See the public page").click()
    anybody = visit(**PHONE)
    anybody.open("/academy/results/")
    expect(anybody.page.get_by_text("4.8 of 5, from 5 answers")).to_be_visible()
    anybody.page.locator("summary").click()
    expect(anybody.page.get_by_text("It is hot.")).to_be_visible()
    check(anybody, "results")
    files[1].write_text(anybody.page.content())

    assert html_findings(*files) == ""
    assert [it.complaints for it in (phone, away, staff, anybody)] == [[], [], [], []]
