import pytest

from programme.forms.answers import AnswersForm, ProfileForm, RegistrationForm, answers_of, typed_answers
from programme.queries.published_programme import published_programme
from tests.factories.people import DelegationFactory, ParticipantFactory
from tests.factories.programme import SessionFactory

pytestmark = pytest.mark.django_db


def in_person(edition):
    SessionFactory(edition=edition, format="in_person")
    SessionFactory(edition=edition, format="external")


def test_what_only_matters_in_person_is_asked_there_only(open_edition):
    online = list(AnswersForm(programme=published_programme(open_edition.slug)).fields)
    in_person(open_edition)

    everything = list(AnswersForm(programme=published_programme(open_edition.slug)).fields)

    assert online == ["name", "job_title", "department", "hopes", "time_zone"]
    assert set(everything) - set(online) == {
        "dietary_needs",
        "accessibility_needs",
        "wants_expo_pass",
        "photo_consent",
    }


def test_each_question_says_why_it_is_asked_who_sees_it_and_how_long_it_is_kept(open_edition, delegation):
    in_person(open_edition)
    programme = published_programme(open_edition.slug)
    participant = ParticipantFactory(delegation=delegation)

    for form in (
        RegistrationForm(programme=programme, delegation=None),
        ProfileForm(programme=programme, participant=participant),
    ):
        assert all(field.help_text and all(field.privacy) for field in form.fields.values())


def test_the_language_is_asked_where_the_site_has_several(open_edition, settings, answers):
    settings.LANGUAGES = [("en", "English"), ("ca", "Català")]

    form = RegistrationForm(
        answers | {"language": "fi"}, programme=published_programme(open_edition.slug), delegation=None
    )

    assert [code for code, _label in form.fields["language"].choices] == ["en", "ca"]
    assert "language" in form.errors


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("", "Enter your name."),
        ("   ", "Enter your name."),
        ("\u200b\u200b", "Enter at least one letter or digit."),
        ("x" * 201, "Shorten this to 200 characters or fewer. It has 201."),
        ("Ana\0", "This contains characters that cannot be shown. Type the text instead of pasting it."),
        ("Ana \u202egnp.exe", "This contains characters that cannot be shown. Type the text instead of pasting it."),
        ("👩‍🚀", "Enter at least one letter or digit."),
    ],
)
def test_names_that_nobody_can_read_are_mistakes(open_edition, answers, name, error):
    form = AnswersForm(answers | {"name": name}, programme=published_programme(open_edition.slug))

    assert list(form.errors) == ["name"]
    assert form.errors["name"][0] == error


@pytest.mark.parametrize("name", ["Ñ", "محمد الفاسي", "李 小龍", "Ana 🚀 Anaya", "d’Aubigné-O'Rourke", "x" * 200])
def test_names_of_the_world_are_taken(open_edition, answers, name):
    form = AnswersForm(answers | {"name": f"  {name}\n"}, programme=published_programme(open_edition.slug))

    assert form.is_valid(), form.errors
    assert form.answers().name == name


def test_cities_are_those_of_the_edition(open_edition, delegation, answers):
    elsewhere = DelegationFactory()

    form = RegistrationForm(
        answers | {"delegation": elsewhere.pk}, programme=published_programme(open_edition.slug), delegation=None
    )

    assert form.errors == {"delegation": ["Choose a city of this edition."]}
    assert [row.pk for row in form.fields["delegation"].rows] == [delegation.pk]


def test_an_invitation_answers_the_city(open_edition, delegation, answers):
    form = RegistrationForm(answers, programme=published_programme(open_edition.slug), delegation=delegation)

    assert form.is_valid()
    assert form.chosen == delegation


def test_a_participants_answers_fill_the_form_again(open_edition):
    in_person(open_edition)
    participant = ParticipantFactory(
        delegation__edition=open_edition,
        user__time_zone="Europe/Athens",
        user__language="el",
        photo_consent=False,
        expo_pass="wanted",
    )

    form = AnswersForm(answers_of(participant), programme=published_programme(open_edition.slug))

    assert form.is_valid(), form.errors
    answers = form.answers()
    assert (answers.photo_consent, answers.wants_expo_pass, answers.time_zone) == (False, True, "Europe/Athens")


def test_what_was_typed_is_kept_without_what_cannot_be():
    answers = typed_answers(
        {"name": "A\0na", "hopes": "x" * 9000, "csrfmiddlewaretoken": "secret", "photo_consent": ["x"]}
    )

    assert answers == {"name": "Ana", "hopes": "x" * 5000}
