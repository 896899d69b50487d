"""What people may say about their arrival and departure, and what they read otherwise."""

import datetime as dt

import pytest

from programme.actions.profiles import Stay
from programme.forms.answers import AnswersForm, ProfileForm, RegistrationForm
from programme.queries.published_programme import published_programme
from tests.factories.programme import SessionFactory, TimedSessionFactory

pytestmark = pytest.mark.django_db

FRIDAY = dt.datetime(2026, 3, 27, 9, tzinfo=dt.UTC)  # in person until Saturday; the clocks go forward on Sunday


@pytest.fixture
def days(open_edition):
    for day in range(2):
        TimedSessionFactory(edition=open_edition, format="in_person", starts_at=FRIDAY + dt.timedelta(days=day))


def form_of(participant, data=None, **kwargs):
    programme = published_programme(participant.edition.slug)
    return ProfileForm(data, programme=programme, participant=participant, **kwargs)


def typed(answers, **times):
    """Return the answers with times such as "2026-03-26 18:30"."""
    parts = {f"{name}_{number}": part for name, text in times.items() for number, part in enumerate(text.split())}
    return answers | {"photo_consent": "yes"} | parts


def test_it_is_asked_on_the_profile_once_the_days_in_person_are_known(coordinator, open_edition):
    SessionFactory(edition=open_edition, format="in_person", date_hint="March")
    SessionFactory(edition=open_edition, format="in_person", held_on=FRIDAY.date(), status="cancelled")
    assert not {"arrives_at", "leaves_at"} & form_of(coordinator).fields.keys()

    SessionFactory(edition=open_edition, format="in_person", held_on=FRIDAY.date())

    fields = form_of(coordinator).fields
    assert list(fields)[5:9] == ["accessibility_needs", "arrives_at", "leaves_at", "photo_consent"]
    assert fields["arrives_at"].help_text == (
        "For the days in person, so that the organisers know when to expect you. In Madrid time."
    )
    assert not {"arrives_at", "leaves_at"} & {*AnswersForm.base_fields, *RegistrationForm.base_fields}


@pytest.mark.usefixtures("days")
def test_times_are_those_of_the_edition(coordinator, answers):
    form = form_of(coordinator, typed(answers, arrives_at="2026-03-26 18:30", leaves_at="2026-03-29 03:00"))

    assert form.is_valid(), form.errors
    assert form.answers().stay == Stay(
        dt.datetime(2026, 3, 26, 17, 30, tzinfo=dt.UTC), dt.datetime(2026, 3, 29, 1, tzinfo=dt.UTC)
    )


@pytest.mark.usefixtures("days")
@pytest.mark.parametrize(
    ("times", "field", "error"),
    [
        (
            {"arrives_at": "2026-03-12 23:59"},
            "arrives_at",
            "Enter an arrival between 13 March 2026 and 28 March 2026.",
        ),
        ({"arrives_at": "2026-03-29 00:00"}, "arrives_at", "Enter an arrival between 13 March 2026 and 28 March 2026."),
        ({"leaves_at": "2026-03-26 23:59"}, "leaves_at", "Enter a departure between 27 March 2026 and 11 April 2026."),
        ({"leaves_at": "2026-04-12 00:00"}, "leaves_at", "Enter a departure between 27 March 2026 and 11 April 2026."),
        (
            {"arrives_at": "2026-03-27 18:00", "leaves_at": "2026-03-27 17:59"},
            "leaves_at",
            "Enter a departure that is not before the arrival.",
        ),
        (
            {"leaves_at": "2026-03-29 02:30"},
            "leaves_at",
            "This time does not exist in Madrid on that day, because the clocks go forward. Enter another time.",
        ),
        ({"arrives_at": "2026-03-26"}, "arrives_at", "Enter a time."),
    ],
)
def test_times_that_cannot_be_are_mistakes(coordinator, answers, times, field, error):
    form = form_of(coordinator, typed(answers, **times))

    assert form.errors == {field: [error]}


def test_of_two_such_times_people_choose(coordinator, answers, open_edition):
    TimedSessionFactory(edition=open_edition, format="in_person", starts_at=dt.datetime(2026, 10, 23, 9, tzinfo=dt.UTC))
    data = typed(answers, leaves_at="2026-10-25 02:30")

    assert form_of(coordinator, data).errors["leaves_at"][0].startswith("02:30 comes twice in Madrid on that day")
    second = form_of(coordinator, data | {"leaves_at_2": "1"})
    assert second.is_valid(), second.errors
    assert second.answers().stay.leaves_at == dt.datetime(2026, 10, 25, 1, 30, tzinfo=dt.UTC)
