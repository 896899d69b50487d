"""Writing a part of the Action Plan: two at once, previews, versions, files."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from programme.actions.action_plan_files import MOST_FILES, save_row
from programme.models import ActionPlanComment, ActionPlanFile, ActionPlanPart, ActionPlanVersion
from programme.rules.text_differences import text_after, text_before
from tests.client import levels_of, text
from tests.documents import PDF, docx
from tests.factories.action_plans import ActionPlanFactory, PartFactory, PlanFileFactory, StepFactory
from tests.factories.people import ParticipantFactory
from tests.factories.programme import SessionFactory

pytestmark = pytest.mark.django_db
PLAN, STEP = "/portal/academy/action-plan/", "/portal/academy/action-plan/steps/challenge/"


@pytest.fixture(autouse=True)
def storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path / "action_plans"


@pytest.fixture
def step(open_edition):
    starts_at = timezone.now().replace(microsecond=0) + dt.timedelta(days=10)
    session = SessionFactory(
        edition=open_edition, slug="talk", starts_at=starts_at, ends_at=starts_at + dt.timedelta(hours=1)
    )
    return StepFactory(edition=open_edition, slug="challenge", title="Challenge", session=session)


@pytest.fixture
def member(client, coordinator, step):
    client.force_login(coordinator.user)
    return coordinator


def part(member, step, **values):
    return PartFactory(plan=ActionPlanFactory(delegation=member.delegation), step=step, **values)


def test_a_text_is_saved_then_submitted(client, member):
    saved = client.post(STEP, {"text": "It is **hot**.", "base": 0, "action": "save"})
    page = client.get(STEP)
    client.post(STEP, {"text": "It is **hot**.", "base": 1, "action": "submit"})

    assert saved.status_code == 302
    assert "<strong>hot</strong>" in page.content.decode()
    version = ActionPlanVersion.objects.get()
    assert (version.text, version.author, version.part.state) == ("It is **hot**.", member.user, "submitted")


def test_saving_what_is_submitted_does_not_say_that_it_is_a_draft(client, member, step):
    part(member, step)

    same = client.post(STEP, {"text": "It is **hot**.", "base": 1, "action": "save"}, follow=True)
    new = client.post(STEP, {"text": "It is cold.", "base": 1, "action": "save"}, follow=True)

    assert ["not submitted yet" in text(it) for it in (same, new)] == [False, True]


def test_the_second_of_two_sees_both_and_nothing_is_overwritten(client, member, step):
    part(member, step, state="draft")

    answer = client.post(STEP, {"text": "It is cold.", "base": 0, "action": "save"})

    assert (answer.status_code, ActionPlanVersion.objects.count()) == (409, 1)
    (row,) = answer.context["differences"]
    assert ["".join(it.text for it in side) for side in (row.before, row.after)] == ["It is **hot**.", "It is cold."]
    form = answer.context["form"]
    client.post(STEP, {"text": form["text"].value(), "base": form["base"].value(), "action": "save"})
    texts = ActionPlanVersion.objects.order_by("number").values_list("text", flat=True)
    assert list(texts) == ["It is **hot**.", "It is cold."]


@pytest.mark.parametrize("typed", ["<script>alert(1)</script>", "[x](javascript:alert(1))"])
@pytest.mark.usefixtures("member")
def test_what_could_run_is_refused_with_a_sentence_and_not_stored(client, typed):
    answer = client.post(STEP, {"text": typed, "base": 0, "action": "save"})

    assert (answer.status_code, answer.context["form"]["text"].value()) == (422, typed)
    assert "cannot stay in the text" in text(answer)
    assert not ActionPlanVersion.objects.exists()


@pytest.mark.usefixtures("member")
def test_a_preview_saves_nothing(client):
    whole = client.post(STEP, {"text": "# Aim", "base": 0, "action": "preview"})
    fragment = client.post(f"{STEP}preview/", {"text": "# Aim"})
    refused = client.post(f"{STEP}preview/", {"text": "<b>"})

    assert whole.status_code == 200
    assert "<h3>Aim</h3>" in fragment.content.decode()
    assert "<html" not in fragment.content.decode()
    assert "cannot stay" in text(refused)
    assert not ActionPlanVersion.objects.exists()


def test_empty_lines_between_paragraphs_are_compared(client, member, step):
    one = part(member, step)
    ActionPlanVersion.objects.create(part=one, number=2, text="It is **hot**.\n\nVery.")
    ActionPlanPart.objects.filter(pk=one.pk).update(n_versions=2)

    conflict = client.post(STEP, {"text": "It is **hot**.\r\nVery.", "base": 1, "action": "save"})
    versions = client.get(f"{STEP}versions/?version=2")

    compared = [
        (text_before(it), text_after(it)) for it in (page.context["differences"] for page in (conflict, versions))
    ]
    assert compared == [
        ("It is **hot**.\n\nVery.", "It is **hot**.\nVery."),
        ("It is **hot**.", "It is **hot**.\n\nVery."),
    ]


def test_versions_show_what_each_changed(client, member, step):
    one = part(member, step)
    ActionPlanVersion.objects.create(part=one, number=2, text="It is **very** hot.")

    latest, first, none = (client.get(f"{STEP}versions/{it}") for it in ("", "?version=1", "?version=x"))

    assert [it.context["chosen"] for it in (latest, first, none)] == [2, 1, 2]
    assert len(latest.context["versions"]) == 2


@pytest.mark.parametrize("is_signed_in", [True, False])
def test_no_button_loses_what_is_typed(client, member, step, is_signed_in):
    file, long = PlanFileFactory(part=part(member, step)), "It is cold. " * 2000
    typed = {"text": long, "base": 1, "comment-text": "We will."} | {"typed_by": client.get(STEP).context["typed_by"]}
    buttons = {  # what each sends, and what is shown again
        f"{STEP}files/": ({"file": SimpleUploadedFile("x.pdf", PDF)}, (long, "We will.")),
        f"{STEP}files/{file.token}/remove/": ({}, (long, "We will.")),
        f"{STEP}comments/": ({}, (long, "")),
        STEP: ({"text": "It is cold.", "action": "save"}, ("It is cold.", "We will.")),
    }
    if not is_signed_in:
        typed, long = typed | {"text": "It is cold."}, "It is cold."

    for url, (sent, expected) in buttons.items():
        if not is_signed_in:
            client.logout()
        answer = client.post(url, typed | sent)
        client.force_login(member.user)
        page = client.get(STEP)

        again = [page.context[name]["text"].value() for name in ("form", "comment_form")]
        assert again == ([*expected] if is_signed_in else [long, "We will."]), url
        assert is_signed_in == (answer.url == STEP)
        assert page.context["is_unsaved"] == (url != STEP or not is_signed_in)
        assert 'id="part-form"' in page.content.decode()


@pytest.mark.parametrize("state", ["draft", "final"])
def test_what_is_typed_stays_beside_a_mistake(client, member, step, state):
    part(member, step, state=state)
    typed = {"text": "It is cold.", "base": 1, "comment-text": ""}

    pages = [client.post(f"{STEP}{it}", typed) for it in ("files/", "comments/")]

    assert [(it.status_code, it.context["is_unsaved"]) for it in pages] == [(422, True)] * 2
    assert ["It is cold.</textarea>" in it.content.decode() for it in pages] == [True, True]


@pytest.mark.usefixtures("member")
def test_a_chosen_file_that_another_button_leaves_out_is_named(client):
    answer = client.post(STEP, {"text": "It is cold.", "base": 0, "action": "save", "file": "x.pdf"}, follow=True)

    assert levels_of(answer) == ["success", "warning"]


@pytest.mark.usefixtures("member")
def test_a_file_is_sent_back_as_a_download_only(client, storage):
    for _click in range(2):
        client.post(f"{STEP}files/", {"file": SimpleUploadedFile("../../x.pdf", PDF)})
    file = ActionPlanFile.objects.get()

    answer = client.get(f"{PLAN}files/{file.token}/")

    assert (file.name, [it.name for it in storage.iterdir()]) == ("x.pdf", [f"{file.token}.pdf"])
    assert answer["Content-Disposition"] == 'attachment; filename="x.pdf"'
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("application/pdf", "nosniff")
    assert answer.content == PDF


@pytest.mark.usefixtures("member")
@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<!doctype html><script>alert(1)</script>", "file_of_other_kind"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "file_of_other_kind"),
        (PDF[:9] + b"<script>alert(1)</script>" + PDF[9:], "file_of_other_kind"),
        (docx(**{"word/vbaProject.bin": "x"}), "file_with_macros"),
        (PDF + b" " * 25 * 2**20, "file_too_large"),
        (b"", "empty"),
    ],
    ids=["HTML", "SVG", "polyglot", "macros", "too large", "empty"],
)
def test_a_file_that_is_refused_is_not_stored(client, storage, content, code):
    answer = client.post(f"{STEP}files/", {"file": SimpleUploadedFile("plan.pdf", content, "application/pdf")})

    assert answer.status_code == 422
    assert [it.code for it in answer.context["file_form"].errors.as_data()["file"]] == [code]
    assert not ActionPlanFile.objects.exists()
    assert not storage.exists()


@pytest.mark.usefixtures("member")
def test_only_files_of_plans_may_be_large(client):
    large = {"CONTENT_LENGTH": str(20 * 2**20)}
    too_large = {"CONTENT_LENGTH": str(200 * 2**20)}

    statuses = [
        client.post(path, {}, **size).status_code for path, size in ((STEP, large), (f"{STEP}files/", too_large))
    ]

    assert statuses == [413, 413]


def test_what_is_final_takes_no_files_and_loses_none(client, member, step):
    file = PlanFileFactory(part=part(member, step, state="final"))

    answer = client.post(f"{STEP}files/", {"file": SimpleUploadedFile("x.pdf", PDF)})
    client.post(f"{STEP}files/{file.token}/remove/")

    assert answer.status_code == 422
    assert ActionPlanFile.objects.get() == file


def test_a_file_is_removed_with_what_the_storage_has(client, member, step, storage, django_capture_on_commit_callbacks):
    file = PlanFileFactory(part=part(member, step))
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(f"{STEP}files/{file.token}/remove/")

    assert (answer.status_code, list(storage.iterdir())) == (302, [])


def test_a_file_that_was_submitted_stays(client, member, step):
    one = part(member, step)
    file = PlanFileFactory(part=one, uploaded_at=one.submitted_at)

    answer = client.post(f"{STEP}files/{file.token}/remove/", follow=True)

    assert levels_of(answer) == ["error"]
    assert ActionPlanFile.objects.get() == file


def test_a_file_that_is_stored_while_the_part_is_submitted_is_newer(member, step):
    row = PlanFileFactory.build(part=None, uploaded_by=member.user)
    one = part(member, step)

    save_row(row, member.delegation, step)

    assert row.uploaded_at > one.submitted_at


def test_the_team_answers_comments(client, member, step):
    one = part(member, step)

    wrong = client.post(f"{STEP}comments/", {"comment-text": ""})
    client.post(f"{STEP}comments/", {"comment-text": "We will."})

    assert wrong.status_code == 422
    assert [(it.part, it.delegation) for it in ActionPlanComment.objects.all()] == [(one, member.delegation)]


def test_another_city_reads_and_changes_nothing(client, other_coordinator, member, step):
    file = PlanFileFactory(part=part(member, step))
    client.force_login(other_coordinator.user)

    statuses = [client.get(f"{PLAN}files/{file.token}/"), client.post(f"{STEP}files/{file.token}/remove/")]
    page = client.get(STEP)

    assert [it.status_code for it in statuses] == [404, 404]
    assert (page.context["version"], ActionPlanFile.objects.count()) == (None, 1)


def test_a_part_costs_the_same_with_more_versions_files_and_comments(client, member, step):
    one = part(member, step)
    client.get(STEP)  # reads what requests share
    costs = []
    for _n in range(2):
        with CaptureQueriesContext(connection) as counted:
            client.get(STEP)
        costs.append(len(counted))
        for number in (2, 3):
            ActionPlanVersion.objects.get_or_create(part=one, number=number)
            PlanFileFactory(part=one)
            ActionPlanComment.objects.create(part=one, edition=one.edition, author=ParticipantFactory().user, text="A")

    assert costs[0] == costs[1]


@pytest.mark.parametrize(
    ("is_submitted", "words"), [(True, "all are submitted"), (False, "Remove one that is not submitted")]
)
def test_a_part_with_as_many_files_as_it_can_have_says_what_to_do(client, member, step, is_submitted, words):
    full = part(member, step)
    then = full.submitted_at + dt.timedelta(minutes=-1 if is_submitted else 1)
    for _n in range(MOST_FILES):
        PlanFileFactory(part=full, uploaded_at=then)

    page = client.get(STEP)
    refused = client.post(f"{STEP}files/", {"file": SimpleUploadedFile("a.pdf", PDF)})

    assert words in text(page)
    assert (refused.status_code, [it.code for it in refused.context["file_form"].errors.as_data()["file"]]) == (
        422,
        ["too_many_files"],
    )
    assert ActionPlanFile.objects.count() == MOST_FILES
