"""Giving a file as an answer: chosen once, shown as a name, sent back to those who may open it."""

import re

import pytest
from django.core.files.storage.filesystem import FileSystemStorage
from django.core.files.uploadedfile import SimpleUploadedFile

from programme.models import Answer, AnswerFile, RegistrationDraft
from tests.client import text
from tests.documents import PDF, PNG
from tests.factories.people import ParticipantFactory, UserFactory
from tests.factories.questions import QuestionFactory

pytestmark = pytest.mark.django_db
REGISTER, CHECK, PROFILE = "/academy/register/", "/academy/register/check/", "/portal/academy/profile/"


@pytest.fixture(autouse=True)
def storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def cv(open_edition):
    return QuestionFactory(edition=open_edition, key="cv", kind="file", is_required=True, labels={"en": "Your CV"})


@pytest.fixture
def newcomer(client, delegation):
    user = UserFactory(name="", email="ana@girona.example")
    client.force_login(user)
    return user


@pytest.fixture
def typed(answers, delegation):
    return answers | {"delegation": str(delegation.pk)}


def chosen(content=PDF, name="CV.pdf"):
    return {"file-q-cv": SimpleUploadedFile(name, content)}


@pytest.mark.usefixtures("cv", "newcomer")
def test_a_file_is_chosen_once_although_the_form_has_a_mistake(client, typed):
    wrong = client.post(REGISTER, typed | {"name": ""} | chosen(name="سيرة.pdf"))
    value = wrong.context["form"]["q-cv"].value()
    checked = client.post(REGISTER, typed | {"q-cv": value})
    page = client.get(checked.url)
    client.post(CHECK)

    assert (wrong.status_code, list(wrong.context["form"].errors)) == (422, ["name"])
    assert "Saved, and sent when you register:" in text(wrong)
    assert "سيرة.pdf" in text(page)
    answer, file = Answer.objects.get(), AnswerFile.objects.get()
    assert answer.content == file.answer == value
    assert file.participant == answer.participant
    assert "Uploaded:" in text(client.get(PROFILE))


@pytest.mark.usefixtures("newcomer")
@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "file_empty"), (b"<html>", "file_of_other_kind"), (PDF + b"x" * 5 * 2**20, "file_too_large")],
)
def test_a_file_that_is_refused_loses_neither_the_answers_nor_the_file_before(client, typed, cv, content, code):
    client.post(REGISTER, typed | chosen() | {"action": "save"})
    before = RegistrationDraft.objects.get().answers["q-cv"]

    response = client.post(REGISTER, typed | {"q-cv": before, "hopes": "Plenty", "action": "save"} | chosen(content))

    assert response.status_code == 422
    assert {name: [it.code for it in errors] for name, errors in response.context["form"].errors.as_data().items()} == {
        "q-cv": [code]
    }
    draft = RegistrationDraft.objects.get().answers
    assert (draft["q-cv"], draft["hopes"]) == (before, "Plenty")


@pytest.mark.usefixtures("newcomer")
def test_a_required_file_must_be_chosen(client, typed, cv):
    response = client.post(REGISTER, typed)

    assert list(response.context["form"].errors) == ["q-cv"]
    assert 'enctype="multipart/form-data"' in response.content.decode()


def test_a_file_that_is_not_theirs_is_refused_in_the_profile(client, coordinator, answers, cv):
    client.force_login(coordinator.user)

    response = client.post(PROFILE, answers | {"q-cv": f"{'A' * 22}/CV.pdf"})

    assert response.status_code == 422
    assert [it.code for it in response.context["form"].errors.as_data()["__all__"]] == ["file_gone"]
    assert not Answer.objects.exists()


def test_a_file_is_replaced_and_taken_out_in_the_profile(client, coordinator, answers, cv):
    client.force_login(coordinator.user)
    type(cv).objects.update(is_required=False)

    client.post(PROFILE, answers | chosen())
    first = Answer.objects.get().content
    client.post(PROFILE, answers | {"q-cv": first} | chosen(PNG, "photo.png"))
    second = AnswerFile.objects.get()
    client.post(PROFILE, answers | {"q-cv": second.answer, "remove-q-cv": "on"})

    assert second.kind == "png"
    assert Answer.objects.get().content is None
    assert not AnswerFile.objects.exists()


@pytest.fixture
def given(client, coordinator, answers, cv):
    client.force_login(coordinator.user)
    client.post(PROFILE, answers | chosen(name="Currículum.pdf"))
    client.logout()
    return AnswerFile.objects.get()


def test_a_file_is_sent_as_a_download_of_its_kind(client, coordinator, organiser, given):
    """To the person and to organisers; as it was given."""
    for user, url in (
        (coordinator.user, f"/portal/academy/files/{given.token}/"),
        (organiser, f"/admin/editions/academy/people/files/{given.token}/"),
    ):
        client.force_login(user)

        response = client.get(url)

        assert response.content == PDF
        assert response["Content-Type"] == "application/pdf"
        assert response["Content-Disposition"] == "attachment; filename*=utf-8''Curr%C3%ADculum.pdf"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in response["Cache-Control"]


def test_a_file_that_the_storage_has_lost_is_not_found(client, coordinator, given):
    given.file.storage.delete(given.file.name)
    client.force_login(coordinator.user)

    assert client.get(f"/portal/academy/files/{given.token}/").status_code == 404


def test_organisers_find_a_file_on_the_page_of_the_person_and_in_the_list_of_answers(client, organiser, given):
    client.force_login(organiser)
    url = f"/admin/editions/academy/people/files/{given.token}/"

    assert url in client.get(f"/admin/programme/participant/{given.participant_id}/change/").content.decode()
    listed = b"".join(client.get("/admin/editions/academy/people/lists/answers/export.csv").streaming_content)
    assert f"{given.name} http://testserver{url}" in listed.decode()


def test_who_was_signed_out_is_told_that_the_file_has_to_be_chosen_again(client, coordinator, answers, cv):
    client.force_login(coordinator.user)
    signature = client.get(PROFILE).context["typed_by"]
    client.logout()

    client.post(PROFILE, answers | {"typed_by": signature} | chosen())

    client.force_login(coordinator.user)
    page = text(client.get(PROFILE))
    assert "choose them again" in page
    assert not AnswerFile.objects.exists()


def test_a_file_that_cannot_be_read_is_said_and_recorded(client, coordinator, given, monkeypatch, caplog):
    def refuse(self, name, mode="rb"):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(FileSystemStorage, "_open", refuse)
    client.force_login(coordinator.user)

    response = client.get(f"/portal/academy/files/{given.token}/")

    assert response.status_code == 500
    assert "We have recorded the error." in text(response)
    assert "cannot be read" in caplog.text


@pytest.mark.parametrize("chosen_now", [{}, chosen(b"<html>")])
def test_a_profile_opened_before_the_upload_does_not_take_the_file_out(client, coordinator, answers, given, chosen_now):
    client.force_login(coordinator.user)

    response = client.post(PROFILE, answers | chosen_now)

    assert response.status_code == (422 if chosen_now else 302)
    assert (Answer.objects.get().content, AnswerFile.objects.get()) == (given.answer, given)


@pytest.mark.usefixtures("cv", "newcomer")
def test_a_registration_opened_before_the_upload_does_not_take_the_file_out(client, typed):
    client.post(REGISTER, typed | chosen() | {"action": "save"})
    before = RegistrationDraft.objects.get().answers["q-cv"]

    response = client.post(REGISTER, typed)

    assert response.url == CHECK
    assert RegistrationDraft.objects.get().answers["q-cv"] == before


def test_correcting_answers_leads_back_if_there_are_only_questions_to_cities(
    client, open_edition, delegation, organiser
):
    participant = ParticipantFactory(delegation=delegation)
    QuestionFactory(edition=open_edition, key="case", asked_when="application")
    client.force_login(organiser)

    response = client.get(f"/admin/editions/academy/people/{participant.pk}/answers/")

    assert response.url == f"/admin/programme/participant/{participant.pk}/change/"


def test_an_organiser_replaces_a_file_which_is_the_persons_and_takes_it_out(client, organiser, given):
    person, before = given.participant, given.answer
    page = f"/admin/editions/academy/people/{person.pk}/answers/"
    client.force_login(organiser)

    shown = client.get(page).content.decode()
    wrong = client.post(page, chosen(b"<html>"))
    client.post(page, chosen(PNG, "signed.png") | {"reason": "It was not signed"})
    second = AnswerFile.objects.get()
    client.post(page, {})
    untouched = Answer.objects.get().content
    client.post(page, {"remove-q-cv": "on"})

    assert f"/admin/editions/academy/people/files/{given.token}/" in shown
    assert (wrong.status_code, list(wrong.context["form"].errors)) == (422, ["q-cv"])
    assert (second.kind, second.participant, second.uploaded_by) == ("png", person, person.user)
    assert untouched == second.answer != before
    assert (Answer.objects.get().content, AnswerFile.objects.count()) == (None, 0)
    events = Answer.pgh_event_model.objects.select_related("pgh_context").order_by("pgh_id")
    changed = [it.pgh_context.metadata for it in events if it.value == second.answer]
    assert [(it["user"], it["reason"]) for it in changed] == [(organiser.pk, "It was not signed")]


def test_a_file_that_the_person_replaced_meanwhile_stays(client, organiser, coordinator, answers, given):
    page = f"/admin/editions/academy/people/{coordinator.pk}/answers/"
    client.force_login(organiser)
    stale = re.findall(r'name="q-cv" value="([^"]+)"', client.get(page).content.decode())
    client.force_login(coordinator.user)
    client.post(PROFILE, answers | chosen(PNG, "photo.png"))
    theirs = Answer.objects.get().content

    client.force_login(organiser)
    response = client.post(page, {"reason": ""})

    assert (stale, response.status_code) == ([], 302)
    assert Answer.objects.get().content == theirs != given.answer
