import pytest
from django.urls import reverse

from programme.formats import title_with_time
from programme.models import FeedbackSet
from tests.factories.feedback import FeedbackSetFactory


@pytest.fixture
def asked(over):
    FeedbackSetFactory(edition=over.edition)
    return over


def page(name, *args):
    return reverse(f"attendance-staff:{name}", args=["academy", *args])


ROW = {"label": "", "kind": "", "choices": "", "key": ""}


def form_of(*questions, open_days="7"):
    rows = [*questions, *[{}] * 5][:5]
    values = {f"{name}_{n}": value for n, row in enumerate(rows, 1) for name, value in (ROW | row).items()}
    return values | {"open_days": open_days}


SCALE = {"label": "Was it good?", "kind": "scale", "key": "satisfaction"}
CHOICE = {"label": "Which part?", "kind": "choice", "key": "part", "choices": "The talk\nThe break"}


def test_questions_are_suggested_then_saved_for_the_edition(client, organiser, over):
    client.force_login(organiser)
    suggested = client.get(page("feedback-questions"))
    assert suggested.context["form"]["key_1"].value() == "satisfaction"
    assert [title for _session, title, _set in suggested.context["sessions"]] == [title_with_time(over)]
    assert not FeedbackSet.objects.exists()

    response = client.post(page("feedback-questions"), form_of(SCALE, CHOICE))

    assert response.status_code == 302
    row = FeedbackSet.objects.get()
    assert (row.session, row.open_days, [(it.key, it.kind) for it in row.asked]) == (
        None,
        7,
        [("satisfaction", "scale"), ("part", "choice")],
    )
    assert row.asked[1].choices == {"1": {"en": "The talk"}, "2": {"en": "The break"}}


@pytest.mark.parametrize(
    ("rows", "field", "code"),
    [
        ([SCALE], None, "number_of_questions"),
        ([SCALE, SCALE], None, "key_twice"),
        ([SCALE, CHOICE | {"choices": "One"}], None, "number_of_choices"),
        ([SCALE, CHOICE | {"label": ""}], "label_2", "required"),
        ([SCALE, CHOICE | {"key": "Not a key"}], "key_2", "invalid"),
    ],
)
def test_questions_that_are_none_are_refused(client, organiser, over, rows, field, code):
    client.force_login(organiser)

    response = client.post(page("feedback-questions"), form_of(*rows))

    assert response.status_code == 422
    assert response.context["form"].has_error(field or "__all__", code)
    assert not FeedbackSet.objects.exists()


def test_a_session_replaces_the_questions_keeps_other_languages_and_gives_them_back(client, organiser, asked):
    usual = FeedbackSet.objects.get()
    usual.questions[0]["labels"]["ca"] = "Com ha anat?"
    usual.save()
    client.force_login(organiser)

    client.post(page("feedback-session-questions", "over"), form_of(SCALE, CHOICE))

    own = FeedbackSet.objects.get(session=asked)
    assert own.asked[0].labels == {"en": "Was it good?", "ca": "Com ha anat?"}
    client.post(page("feedback-session-questions", "over"), {"usual": "1"})
    assert list(FeedbackSet.objects.all()) == [usual]
