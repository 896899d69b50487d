import datetime as dt
import itertools

import django.test
import pytest
import time_machine
from django.contrib import admin

from attendance.actions.kiosks import add_kiosk
from attendance.actions.reports import Choices, add_reports
from attendance.meeting_reports.matching import MatchGroup as ReportGroup
from attendance.models import FeedbackTally, PlatformPerson, ReportPull
from programme.actions.campaign_sending import send_campaign
from programme.actions.campaigns import plan_campaign, token_of, write_campaign
from programme.actions.email_words import save_words
from programme.models import (
    ActionPlan,
    ChecklistItem,
    Edition,
    Invitation,
    Notice,
    SavedText,
    Seat,
    Session,
    SessionDraft,
)
from programme.queries.ready_lists import READY_LISTS
from programme.rules.email_words import NO_WORDS, Words
from programme.selections import Selection
from tests.attendance.meeting_reports.reading import files
from tests.factories.action_plans import ActionPlanFactory, PartFactory
from tests.factories.applications import (
    ApplicationFactory,
    CriterionFactory,
    ScoreFactory,
    takes_applications,
)
from tests.factories.attendance import CertificateFactory
from tests.factories.feedback import FeedbackSetFactory
from tests.factories.people import (
    InvitationFactory,
    MessageFactory,
    NoticeFactory,
    ParticipantFactory,
    SeatFactory,
    StoppedAddressFactory,
    everybody_was_told,
)
from tests.factories.programme import EditionFactory, RoomFactory, SessionFactory
from tests.factories.questions import QuestionFactory
from tests.factories.speakers import MaterialFactory, SessionSpeakerFactory
from tests.returned_mail import NoNames
from udtacademy.http import load_shedding
from udtacademy.http.error_pages import error_page
from udtacademy.outbox.models import Message

PUBLIC = [
    *("/", "/editions/", "/udt-2025/", "/udt-2025/?core", "/udt-2025/sessions/peer-learning/"),
    *("/udt-2025/sessions/data-infrastructure/", "/udt-2025/sessions/action-plan-presentation/", "/nothing/"),
    *("/udt-2025/privacy/", "/udt-2025/accessibility/", "/legal/"),
]
MODELS = [model for model in admin.site._registry if model._meta.app_label in {"programme", "auth"}]

RECORDS = tuple(f"/admin/{it._meta.app_label}/{it._meta.model_name}/" for it in MODELS)
# The history and deletion of records have one template, but for sessions: `make nightly` looks at all, `make test` at a few.
MORE_RECORDS = tuple(it for it in RECORDS[2:] if it != "/admin/programme/session/")

STACKED = """() => {
  const wide = document.querySelector(".academy-wide"), cell = wide.querySelector("tbody tr td:nth-of-type(2)");
  return [wide.scrollWidth - wide.clientWidth, getComputedStyle(cell, "::before").content];
}"""  # how much is out of sight, and what stands before the second cell of a row

NOT_ADDED = {Invitation, Message, Notice, Seat}  # by hand, that is


@pytest.fixture
def admin_paths(edition_2025, organiser, monkeypatch):
    """Every page of the admin: list, add, change, history and delete of each model, and the few beside them."""
    monkeypatch.setattr("udtacademy.outbox.sender_page.DnsResolver", NoNames)
    participant = ParticipantFactory(delegation__edition=edition_2025, state="pending")
    StoppedAddressFactory(address=participant.user.email)
    InvitationFactory(delegation=participant.delegation)
    MessageFactory()
    prepared = EditionFactory(slug="prepared", is_published=False, registration_opens_at=None)
    ChecklistItem.objects.create(edition=prepared, kind="dates")
    NoticeFactory(edition=edition_2025)
    registered = ParticipantFactory(delegation=participant.delegation)
    SeatFactory(participant=registered, session=edition_2025.sessions.get(slug="data-infrastructure"))
    RoomFactory(venue=edition_2025.venue)
    question = QuestionFactory(edition=edition_2025, kind="choices")
    plan = ActionPlanFactory(delegation=registered.delegation)
    part = PartFactory(plan=plan, step=edition_2025.steps.first())
    takes_applications(edition_2025)
    applied = ApplicationFactory(edition=edition_2025)
    ScoreFactory(application=applied, criterion=CriterionFactory(edition=edition_2025), points=3)
    session = edition_2025.sessions.get(slug="peer-learning")
    SessionDraft.objects.create(edition=edition_2025, session=session, values={"title": "A"}, base={"title": "B"})
    SessionDraft.objects.create(edition=edition_2025, values={"title": "New"})
    with time_machine.travel(session.starts_at - dt.timedelta(days=30)):
        everybody_was_told(edition_2025)
    add_kiosk(edition=edition_2025, name="Entrance", day=dt.date(2099, 1, 1), session=None, by=organiser)
    to_registered = MessageFactory(context=edition_2025, user=registered.user, state="sent")
    paths = [
        "/admin/",
        "/admin/editions/udt-2025/messages/planned/",
        f"/admin/editions/udt-2025/messages/{to_registered.pk}/again/",
        "/admin/editions/prepared/settings/publish/",
        "/admin/programme/",
        "/admin/password_change/",
        "/admin/editions/udt-2025/",
        "/admin/editions/udt-2025/programme/table/",
        "/admin/editions/udt-2025/programme/draft/",
        "/admin/editions/udt-2025/search/?q=p",
        "/admin/editions/udt-2025/settings/colleagues/",
        "/admin/editions/udt-2025/settings/questions/",
        f"/admin/editions/udt-2025/settings/questions/{question.pk}/",
        *(
            f"/admin/editions/udt-2025/people/applications/{it}"
            for it in ("", "ranking/", "criteria/", f"{applied.pk}/")
        ),
        f"/admin/editions/udt-2025/people/{registered.pk}/as/tracks/",
        "/admin/editions/udt-2025/people/",
        "/admin/editions/udt-2025/people/badges/",
        "/admin/editions/udt-2025/people/lists/",
        *(f"/admin/editions/udt-2025/people/lists/{name}/" for name in READY_LISTS),
        "/admin/editions/udt-2025/seats/",
        "/admin/editions/udt-2025/outcomes/plans/",
        f"/admin/editions/udt-2025/outcomes/plans/{part.plan.delegation_id}/",
        *speaker_paths(session),
        f"/admin/editions/udt-2025/outcomes/plans/steps/{part.step_id}/",
        "/admin/editions/udt-2025/people/add/",
        f"/admin/editions/udt-2025/people/{registered.pk}/correct/",
        f"/admin/editions/udt-2025/people/{registered.pk}/take-over/",
        "/admin/editions/udt-2025/people/import/",
        "/admin/editions/udt-2025/people/cities/import/",
        "/admin/editions/udt-2025/messages/changes/",
        "/admin/editions/udt-2025/settings/copy/",
        "/admin/editions/udt-2025/settings/file/",
        "/admin/programme/edition/upload/",
        f"/admin/programme/session/{session.pk}/announcements/",
        "/admin/editions/udt-2025/messages/reminders/",
        "/admin/editions/udt-2025/messages/chasers/",
        "/admin/editions/udt-2025/attendance/missing/peer-learning/",
        "/admin/editions/udt-2025/attendance/kiosks/",
        "/admin/editions/udt-2025/attendance/screen/data-infrastructure/",
        "/admin/editions/udt-2025/people/badges/sign-in/data-infrastructure/",
        *meeting_paths(edition_2025, registered),
        *(
            f"/admin/editions/udt-2025/outcomes/certificates/{it}"
            for it in ("", "layout/", f"{CertificateFactory(participant=registered, issued_by=organiser).pk}/")
        ),
        *feedback_paths(session, registered.delegation),
        *report_paths(edition_2025, organiser),
        *campaign_paths(edition_2025, organiser),
        *built_in_email_paths(edition_2025, organiser),
        f"/admin/accounts/user/{organiser.pk}/password/",
        "/admin/outbox/message/sender/",
    ]
    for model in MODELS:
        base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        one = f"{base}{model._default_manager.order_by('pk').first().pk}/"
        paths += [base, f"{one}change/"]
        paths += [] if model in NOT_ADDED else [f"{base}add/"]
        paths += [] if model is Message else [f"{one}history/"]
        paths += [] if model in {Message, Notice, Seat} else [f"{one}delete/"]
    return paths


def speaker_paths(session):
    """Speakers and materials: the lists, and the forms for a new one and for one that is there."""
    asked = SessionSpeakerFactory(session=session, confirmed_at=None)
    SessionSpeakerFactory(session=session)
    material = MaterialFactory(session=session.edition.sessions.get(slug="data-infrastructure"))
    base = f"/admin/editions/{session.edition.slug}"
    speakers, materials = f"{base}/programme/speakers/", f"{base}/outcomes/materials/"
    return [
        *(f"{speakers}{it}" for it in ("", "add/", f"{asked.speaker.pk}/")),
        *(f"{materials}{it}" for it in ("", "add/", f"{material.pk}/")),
    ]


def campaign_paths(edition, organiser):
    """What organisers write to people: the list, the forms, a draft, and one that has left."""
    write = {
        "edition": edition,
        "selection": Selection("people"),
        "subject": "News",
        "text": "Dear {name}",
        "by": organiser,
    }
    draft, left = write_campaign(**write), write_campaign(**write)
    plan_campaign(campaign=left, send_at=None, agreed_to=token_of(left), by=organiser)
    send_campaign(left)
    saved = SavedText.objects.create(edition=edition, name="News", subject="News", text="Dear {name}")
    base = f"/admin/editions/{edition.slug}/messages/campaigns/"
    return [base, *(f"{base}{it}/" for it in ("add", draft.pk, f"{draft.pk}/edit", left.pk, f"texts/{saved.pk}"))]


def built_in_email_paths(edition, organiser):
    """The list of built-in emails, one with words of the edition's own, and one whose subject stays."""
    words = Words("Welcome, {name}", "You are in.", "Olga")
    key = {"edition": edition, "kind": "registered", "language": "en"}
    save_words(**key, words=words, agreed_to=NO_WORDS.token, by=organiser)
    base = f"/admin/editions/{edition.slug}/messages/built-in/"
    return [base, f"{base}registered/", f"{base}reminder/"]


def feedback_paths(session, delegation):
    """Figures of a session that is over, beside those of an edition before, and the preview of results with a released plan."""
    before = SessionFactory(
        edition=EditionFactory(name="Former", first_on=dt.date(2024, 9, 1), last_on=dt.date(2024, 12, 1)),
        starts_at=dt.datetime(2024, 9, 20, 9, tzinfo=dt.UTC),
        ends_at=dt.datetime(2024, 9, 20, 10, tzinfo=dt.UTC),
    )
    for one in (session, before):
        questions = FeedbackSetFactory(edition=one.edition).questions
        answers = {"satisfaction": {"2": 1, "4": 3, "5": 2}, "pace": {"right": 5}, "change": ["A text " * 40, "W" * 90]}
        FeedbackTally.objects.create(
            session=one,
            edition=one.edition,
            questions=questions,
            closes_on=dt.date(2025, 11, 1),
            answers=answers,
            n_given=6,
        )
    ActionPlan.objects.filter(delegation=delegation).update(is_released=True)
    pages = ("feedback/", "feedback/questions/", "feedback/sessions/peer-learning/", "results/")
    return [f"/admin/editions/udt-2025/outcomes/{it}" for it in (*pages, f"{pages[2]}questions/")]


def meeting_paths(edition, participant):
    """Who is in a meeting: to be matched, matched, and no participant. A report that could not be fetched is on the list of reports."""
    session = edition.sessions.get(slug="peer-learning")
    times = [session.starts_at.isoformat(), session.ends_at.isoformat(), False]
    about = {"session": session, "edition": edition, "platform": "zoom", "meeting": "1", "intervals": [times]}
    for name, decided in (
        ("Quentin Quirk", {"group": "to_choose", "suggestions": [participant.pk]}),
        ("Pia", {"group": "matched", "how": "email", "participant": participant, "email": participant.user.email}),
        ("iPad", {"group": "ignored", "how": "nobody"}),
    ):
        PlatformPerson.objects.create(key=name, name=name, **about, **decided)
    other = edition.sessions.get(slug="data-infrastructure")
    ReportPull.objects.create(
        session=other,
        edition=edition,
        platform="zoom",
        ended_at=other.ends_at,
        tried_at=other.ends_at + dt.timedelta(minutes=31),
        problem="refused",
    )
    return [f"/admin/editions/{edition.slug}/attendance/live/peer-learning/{it}" for it in ("", "meeting/")]


def report_paths(edition, organiser):
    """A meeting report with somebody in each group, and a page of one of them."""
    session = edition.sessions.get(slug="peer-learning")
    people = [
        ("Pia Person", "", 0, 90),
        ("Pia Parson", "", 0, 9),
        ("Quentin Quirk", "", 0, 90),
        ("Otter.ai", "", 0, 90),
    ]
    content = files.zoom(people, session.starts_at, edition.zone)
    (report,), _is_new = add_reports(
        edition=edition, name="zoom.csv", content=content, choices=Choices(session=session), by=organiser
    )
    base = f"/admin/editions/{edition.slug}/attendance/reports/"
    groups = [f"{base}{report.pk}/?group={it}" for it in ReportGroup]
    return [base, *groups, f"{base}{report.pk}/{report.people.first().pk}/"]


def violations_in(visit, look):
    _width, scheme = look
    return visit.violations_of_colours() if scheme == "dark" else visit.violations("best-practice")


def test_public_pages_are_accessible_fit_and_ask_nobody_else(visit, edition_2025):
    Edition.objects.update(last_on=dt.date(2099, 12, 31))  # an edition that is over has no menu of calendars
    Session.objects.filter(slug="wrap-up").update(status="cancelled")
    visit, n_menus = visit(timezone_id="America/New_York"), 0

    for path in PUBLIC:
        visit.open(path)
        menu = visit.page.locator("summary")
        for look in visit.looks(itertools.product([320, 1280], ["light", "dark"])):
            assert violations_in(visit, look) == [], (path, look)
            assert not visit.overflows(), (path, look)
            assert visit.small_targets() == [], (path, look)
            if menu.count():
                n_menus += 1
                menu.click()
                assert violations_in(visit, look) == [], (path, look, "with the menu open")
                assert not visit.overflows(), (path, look, "with the menu open")
                menu.click()
    assert n_menus
    assert visit.complaints == []
    assert visit.hosts == {visit.site.removeprefix("http://")}


def is_nightly(path):
    return path.startswith(MORE_RECORDS) and path.endswith(("/history/", "/delete/"))


# Three parts, so that no process has all of them.
@pytest.mark.parametrize("part", [*range(3), pytest.param("nightly", marks=pytest.mark.nightly)])
def test_admin_pages_are_accessible_and_keep_the_policy(visit, admin_paths, organiser, part):
    """Records are all of the same few templates: each is looked at in one of the looks, in turn. Ready lists are in test_lists.py."""
    visit, looks = visit(), [(1280, "light"), (375, "dark")]
    visit.sign_in(organiser)
    nightly = [it for it in enumerate(admin_paths) if is_nightly(it[1])]
    others = [it for it in enumerate(admin_paths) if it not in nightly and "/people/lists/" not in it[1]]

    for number, path in nightly if part == "nightly" else others[part::3]:
        visit.open(path)
        assert visit.page.locator(":is(button, input).default:visible").count() <= 1, path
        is_record = path.startswith(RECORDS)
        for look in visit.looks([looks[number % 2]] if is_record else looks):
            assert visit.violations() == [], (path, look)
    assert visit.complaints == []


def test_a_question_with_choices_fits_a_phone(visit, edition_2025, organiser):
    question = QuestionFactory(edition=edition_2025, kind="choices")
    visit = visit(width=320)
    visit.sign_in(organiser)

    visit.open(f"/admin/editions/udt-2025/settings/questions/{question.pk}/")

    assert not visit.overflows()


def test_the_question_before_a_change_is_accessible(visit, edition_2025, organiser):
    visit, looks = visit(), [(1280, "light"), (375, "dark")]
    visit.sign_in(organiser)
    session = edition_2025.sessions.get(slug="peer-learning")
    visit.open(f"/admin/programme/session/{session.pk}/change/")
    visit.page.get_by_role("button", name="Postpone").click()
    visit.page.get_by_text("This affects").wait_for()
    for look in visit.looks(looks):
        assert visit.violations() == [], ("the question before something is done", look)
    assert visit.complaints == []


def test_tables_for_organisers_are_stacked_on_a_narrow_screen(visit, edition_2025, organiser):
    ParticipantFactory(delegation__edition=edition_2025)
    report_paths(edition_2025, organiser)
    session = edition_2025.sessions.get(slug="peer-learning")
    visit = visit(width=375)
    seen = {}

    with time_machine.travel(session.starts_at - dt.timedelta(days=30)):
        everybody_was_told(edition_2025)
        visit.sign_in(organiser)
        for path in (
            f"/admin/programme/session/{session.pk}/announcements/",
            "/admin/editions/udt-2025/messages/reminders/",
            "/admin/editions/udt-2025/attendance/reports/",
        ):
            visit.open(path)
            seen[path] = visit.page.evaluate(STACKED)

    assert list(seen.values()) == [[0, '"Told: "'], [0, '"Will get it: "'], [0, '"Session: "']]


def test_public_pages_and_error_pages_are_valid_html(client, edition_2025, html_findings, tmp_path):
    pages = {path.replace("/", "-"): client.get(path) for path in PUBLIC}
    pages |= {str(status): error_page(status) for status in (400, 403, 404, 413, 429, 500, 503)}
    files = [tmp_path / f"{name}.html" for name in pages]
    for file, response in zip(files, pages.values(), strict=True):
        file.write_bytes(response.content)

    assert html_findings(*files) == ""


def test_the_page_that_asks_to_wait_is_valid_html(html_findings, tmp_path, monkeypatch):
    monkeypatch.setattr(load_shedding, "is_too_long", lambda _method: True)
    client = django.test.Client(enforce_csrf_checks=True)

    page = client.post("/editions/", "a=1", "application/x-www-form-urlencoded", headers={"Accept": "text/html"})

    (tmp_path / "wait.html").write_bytes(page.content)
    assert page.status_code == 202
    assert html_findings(tmp_path / "wait.html") == ""


def test_admin_pages_are_valid_html(client, admin_paths, organiser, html_findings, tmp_path):
    client.force_login(organiser)
    admin_paths.remove(f"/admin/accounts/user/{organiser.pk}/password/")  # Django's template has a stray </p>
    for number, path in enumerate(admin_paths):
        (tmp_path / f"{number:02}{path.replace('/', '-')}.html").write_bytes(client.get(path).content)

    assert html_findings(*sorted(tmp_path.glob("*.html")), config="html-validate-admin.json") == ""


def test_the_criteria_of_applications_fit_a_phone(visit, edition_2025, organiser):
    takes_applications(edition_2025)
    CriterionFactory(edition=edition_2025, name="What a digital twin should help to decide")
    visit = visit(width=320)
    visit.sign_in(organiser)

    visit.open("/admin/editions/udt-2025/people/applications/criteria/")

    assert not visit.overflows()
