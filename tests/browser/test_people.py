"""From the invitation to the team, as people do it: with and without JavaScript, on a phone, by keyboard alone."""

import re

import pytest
from playwright.sync_api import expect

from programme.models import ActionPlanVersion, Participant
from tests.documents import PDF
from tests.factories.action_plans import (
    ActionPlanFactory,
    PartFactory,
    PeerFeedbackFactory,
    PlanFileFactory,
    StepFactory,
)
from tests.factories.people import DelegationFactory, InvitationFactory, ParticipantFactory, UserFactory
from tests.factories.programme import SessionFactory
from tests.factories.questions import QuestionFactory
from udtacademy.outbox.models import Message

PHONE = {"width": 375, "height": 740}


@pytest.fixture
def girona(open_edition):
    SessionFactory(edition=open_edition, format="in_person")
    SessionFactory(edition=open_edition, format="external")
    return DelegationFactory(
        edition=open_edition, city__name="Girona", quota=3, coordinator_email="carme@girona.example"
    )


def mail(to, kind):
    return Message.objects.filter(to=to, kind=kind).latest("pk").text


def link_in(text):
    return re.search(r"http://testserver(/\S+)", text).group(1)


def code_for(email):
    return re.search(r"^\d{6}$", mail(email, "login_code"), re.MULTILINE).group()


def tab_to(page, target):
    """Reach the target with the Tab key alone, as somebody without a mouse."""
    for _ in range(60):
        if target.evaluate("it => it === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{target} cannot be reached by Tab")


def type_into(page, label, text):
    tab_to(page, page.get_by_label(label, exact=False).first)
    page.keyboard.type(text)


def press(page, name):
    tab_to(page, page.get_by_role("button", name=name))
    with page.expect_navigation():
        page.keyboard.press("Enter")


def answer(page, name):
    """All questions, by keyboard."""
    type_into(page, "Full name", name)
    type_into(page, "Job title", "Planner")
    type_into(page, "Department", "Planning")
    type_into(page, "What do you hope to learn?", "How others began.")
    for question in ("free pass", "photos"):
        tab_to(page, page.get_by_role("group", name=question).get_by_label("Yes"))
        page.keyboard.press("Space")
    press(page, "Check my answers")


def enter_code(page, email):
    type_into(page, "Code", code_for(email))
    with page.expect_navigation():
        page.keyboard.press("Enter")


@pytest.mark.parametrize("has_script", [True, False], ids=["with JavaScript", "without"])
def test_a_city_gets_its_team_together(visit, girona, organiser, has_script):
    def start(**options):
        return visit(java_script_enabled=has_script, **options)

    # The organiser invites the coordinator.
    office = start()
    office.sign_in(organiser)
    office.open(f"/admin/programme/delegation/{girona.pk}/change/")
    office.page.get_by_role("button", name="Invite coordinator").click()
    expect(office.page.get_by_text("1 email will be sent.")).to_be_visible()
    office.page.get_by_role("button", name="Invite coordinator").click()
    expect(office.page.get_by_text("Invited: 1 delegation.")).to_be_visible()

    # The coordinator registers and invites the team.
    carme = start(**PHONE)
    carme.open(link_in(mail("carme@girona.example", "coordinator_invited")))
    press(carme.page, "Send me a code")
    enter_code(carme.page, "carme@girona.example")
    answer(carme.page, "Carme Coll")
    press(carme.page, "Send")
    expect(carme.page.get_by_text("You are registered.")).to_be_visible()
    carme.open("/portal/academy/team/")
    type_into(carme.page, "Email addresses of your colleagues", "Bo Bø <bo@girona.example>\nnot an address")
    press(carme.page, "Send invitations")
    expect(carme.page.get_by_role("row", name="bo@girona.example invited")).to_be_visible()
    expect(carme.page.get_by_role("row", name="not an address no email address")).to_be_visible()

    # The colleague registers on a phone, by keyboard, and makes a mistake on the way.
    bo = start(**PHONE)
    bo.open(link_in(mail("bo@girona.example", "colleague_invited")))
    press(bo.page, "Send me a code")
    enter_code(bo.page, "bo@girona.example")
    expect(bo.page.get_by_label("Full name")).to_have_value("Bo Bø")
    press(bo.page, "Check my answers")
    summary = bo.page.get_by_role("alert")
    expect(summary).to_be_focused()
    bo.page.keyboard.press("Tab")
    bo.page.keyboard.press("Enter")
    bo.page.keyboard.type("Engineer")
    expect(bo.page.get_by_label("Job title")).to_have_value("Engineer")
    assert not bo.overflows()
    if has_script:  # axe is a script
        assert bo.violations("best-practice") == []
    tab_to(bo.page, bo.page.get_by_label("Department"))
    bo.page.keyboard.type("Mobility")
    type_into(bo.page, "What do you hope to learn?", "Everything.")
    for question in ("free pass", "photos"):
        tab_to(bo.page, bo.page.get_by_role("group", name=question).get_by_label("Yes"))
        bo.page.keyboard.press("Space")
    press(bo.page, "Check my answers")
    expect(bo.page.get_by_role("heading", name="Check your answers")).to_be_visible()
    press(bo.page, "Send")
    expect(bo.page.get_by_role("heading", name="Hello Bo Bø")).to_be_visible()
    bo.page.go_back()
    bo.page.reload()
    expect(bo.page.get_by_role("heading", name="Hello Bo Bø")).to_be_visible()  # nothing is sent twice

    # A stranger applies; the organiser approves with one click, and withdraws another.
    stella = start(**PHONE)
    stella.open("/academy/")
    stella.page.get_by_role("link", name="Register").first.click()
    type_into(stella.page, "Email address", "stella@elsewhere.example")
    press(stella.page, "Send me a code")
    enter_code(stella.page, "stella@elsewhere.example")
    tab_to(stella.page, stella.page.get_by_label("Your city"))
    stella.page.keyboard.type("Girona")
    answer(stella.page, "Stella Stranger")
    press(stella.page, "Send")
    expect(stella.page.get_by_role("heading", name="Your registration is waiting for approval")).to_be_visible()

    office.open("/admin/")
    office.page.get_by_role("link", name="1 waiting for approval").click()
    office.page.get_by_role("button", name="Approve").click()
    expect(office.page.get_by_text("Stella Stranger is now registered and gets an email.")).to_be_visible()
    withdrawn = Participant.objects.get(user__email="bo@girona.example")
    office.open(f"/admin/programme/participant/{withdrawn.pk}/change/")
    office.page.get_by_role("button", name="Withdraw").click()
    office.page.get_by_label("Reason").fill("Moved to another city.")
    office.page.get_by_role("button", name="Withdraw").click()
    expect(office.page.get_by_text("Withdrawn: 1 person.")).to_be_visible()

    stella.page.reload()
    expect(stella.page.get_by_role("heading", name="Hello Stella Stranger")).to_be_visible()
    bo.page.reload()
    expect(bo.page.get_by_text("Moved to another city.")).to_be_visible()
    assert set(Participant.objects.values_list("user__name", "state", "is_coordinator")) == {
        ("Carme Coll", "registered", True),
        ("Bo Bø", "withdrawn", False),
        ("Stella Stranger", "registered", False),
    }
    assert {*carme.complaints, *bo.complaints, *stella.complaints, *office.complaints} == set()


def test_the_visitors_own_zone_is_suggested_once(visit, girona):
    visit = visit(timezone_id="Europe/Athens")
    user = UserFactory(name="")
    visit.sign_in(user)

    visit.open("/academy/register/")
    expect(visit.page.get_by_label("Your time zone")).to_have_value("Europe/Athens")
    visit.page.get_by_label("Your time zone").select_option("Europe/Lisbon")
    visit.page.get_by_role("button", name="Save for later").click()

    expect(visit.page.get_by_label("Your time zone")).to_have_value("Europe/Lisbon")


@pytest.fixture
def pages(open_edition, coordinator, stranger, organiser):
    """Who opens which page; each state of them that looks different."""
    SessionFactory(edition=open_edition, format="in_person", held_on=open_edition.last_on)
    open_edition.coming_question_days = 60  # people are asked now
    open_edition.save()
    waiting = ParticipantFactory(delegation=coordinator.delegation, state="pending", user__name="N" * 60)
    ParticipantFactory(delegation=coordinator.delegation)
    InvitationFactory(delegation=coordinator.delegation)
    InvitationFactory(delegation=coordinator.delegation, email=f"{'n' * 50}@city.example")
    step = StepFactory(edition=open_edition, slug="challenge", title="Challenge")
    part = PartFactory(plan=ActionPlanFactory(delegation=coordinator.delegation), step=step, n_versions=2)
    ActionPlanVersion.objects.create(part=part, number=2, text="# Heat\n\n- Who\n\n| a | b |\n|---|---|\n| c | d |")
    PlanFileFactory(part=part)
    other = PartFactory(plan=ActionPlanFactory(delegation__edition=open_edition, is_shared=True), step=step)
    city = other.plan.delegation
    PeerFeedbackFactory(edition=open_edition, giver=coordinator.delegation, receiver=city)
    plan = ("", "steps/challenge/", "steps/challenge/versions/", f"cities/{city.pk}/")
    return {
        None: ["/academy/", "/academy/register/"],
        stranger: ["/portal/", "/academy/register/"],
        waiting.user: ["/portal/academy/", "/portal/academy/profile/"],
        coordinator.user: [f"/portal/academy/{it}" for it in ("", "programme/", "team/", "profile/", "coming/")]
        + [f"/portal/academy/action-plan/{it}" for it in plan],
    }


def test_peoples_pages_are_accessible_fit_and_valid(visit, pages, html_findings, tmp_path):
    files = []
    for user, paths in pages.items():
        visitor = visit()
        if user:
            visitor.sign_in(user)
        for path in paths:
            opened = visitor.open(path)
            for look in visitor.looks():
                assert visitor.violations("best-practice") == [], (path, look)
                assert not visitor.overflows(), (path, look)
                assert visitor.small_targets() == [], (path, look)
            files.append(tmp_path / f"{len(files)}{path.replace('/', '-')}.html")
            files[-1].write_bytes(opened.body())
        assert visitor.complaints == []
    assert html_findings(*files) == ""


def test_a_file_that_is_too_large_is_said_before_it_is_sent_and_what_was_typed_stays(visit, girona, tmp_path):
    QuestionFactory(edition=girona.edition, key="cv", kind="file", labels={"en": "Your CV"})
    person = ParticipantFactory(delegation=girona)
    large, other = tmp_path / "large.pdf", tmp_path / "other.exe"
    large.write_bytes(PDF + b"x" * 5 * 2**20)
    other.write_bytes(b"MZ")
    visitor = visit(**PHONE)
    visitor.sign_in(person.user)
    visitor.open("/portal/academy/profile/")
    page = visitor.page
    field, problem = page.get_by_label("Your CV"), page.locator("#id_q-cv_problem")

    field.set_input_files(other)
    expect(problem).to_contain_text("this is not a PDF")
    page.get_by_label("Job title").fill("Typed")
    field.set_input_files(large)
    expect(problem).to_contain_text("larger than 5 MB")
    page.get_by_role("button", name="Save", exact=True).first.click()

    expect(field).to_be_focused()
    expect(page.get_by_label("Job title")).to_have_value("Typed")
    field.set_input_files([])
    expect(problem).to_be_hidden()
