"""Files as answers: stored, kept with the answer, and deleted with it."""

import datetime as dt

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.storage.filesystem import FileSystemStorage
from django.db import connection, transaction
from django.utils import timezone

from programme.actions import answer_retention
from programme.actions.answer_files import MOST_UNUSED, delete_unused_files, store_file
from programme.actions.answer_retention import delete_due_answers
from programme.actions.profiles import Answers, update_profile
from programme.actions.questions import delete_question
from programme.actions.registration_drafts import delete_old_drafts
from programme.actions.registrations import remove_participant
from programme.models import Answer, AnswerFile, RegistrationDraft
from programme.tasks import delete_due_answers as delete_due_answers_task
from tests.documents import PDF, PNG, docx
from tests.factories.people import ParticipantFactory, UserFactory
from tests.factories.questions import QuestionFactory
from tests.refusals import refused
from tests.threads import in_threads

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("storage")]


@pytest.fixture
def storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path / "answers"


@pytest.fixture
def cv(open_edition):
    return QuestionFactory(edition=open_edition, key="cv", kind="file", privacy="personal", kept_days=30)


@pytest.fixture
def person(delegation):
    return ParticipantFactory(delegation=delegation, user__name="Ana")


def give(person, question, answer, *, by=None):
    answers = Answers(name="Ana", time_zone="Europe/Madrid", own={question.pk: answer})
    update_profile(participant=person, answers=answers, by=by or person.user)


def stored(folder):
    return sorted(it.name for it in folder.iterdir()) if folder.exists() else []


def test_a_file_becomes_the_answer_and_replaces_the_one_before(storage, cv, person, django_capture_on_commit_callbacks):
    first = store_file(question=cv, content=PDF, name="../../CV.exe", by=person.user)
    give(person, cv, f"{first.token}/another name.pdf")
    assert Answer.objects.get().content == f"{first.token}/CV.exe.pdf"
    second = store_file(question=cv, content=PNG, name="photo", by=person.user)
    assert stored(storage) == sorted([f"{first.token}.pdf", f"{second.token}.png"])

    with django_capture_on_commit_callbacks(execute=True):
        give(person, cv, second.answer)
        give(person, cv, second.answer)

    assert AnswerFile.objects.get(participant=person) == second
    assert stored(storage) == [f"{second.token}.png"]
    assert (storage / f"{second.token}.png").stat().st_mode & 0o077 == 0
    with django_capture_on_commit_callbacks(execute=True):
        give(person, cv, None)
    assert stored(storage) == []


def test_nobody_can_make_the_file_of_somebody_else_their_answer(cv, person, delegation):
    other = ParticipantFactory(delegation=delegation)
    theirs, used = (store_file(question=cv, content=PDF, name="CV.pdf", by=other.user) for _n in range(2))
    give(other, cv, used.answer)
    of_another_question = store_file(
        question=QuestionFactory(edition=cv.edition, kind="file"), content=PDF, name="x", by=person.user
    )

    for file in (theirs, used, of_another_question):
        with refused("file_gone"):
            give(person, cv, file.answer)
    assert not person.answers.exists()
    assert Answer.objects.get(participant=other).content == used.answer


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"<svg/>", "file_of_other_kind"),
        (docx(**{"word/vbaProject.bin": "x"}), "file_with_macros"),
    ],
)
def test_what_is_refused_is_not_stored(storage, cv, person, content, code):
    with refused(code):
        store_file(question=cv, content=content, name="CV.pdf", by=person.user)

    assert (AnswerFile.objects.count(), stored(storage)) == (0, [])


def test_a_full_disk_is_said_and_nothing_is_left(monkeypatch, storage, cv, person):
    def full(self, name, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(FileSystemStorage, "_save", full)

    with refused("file_not_stored"):
        store_file(question=cv, content=PDF, name="CV.pdf", by=person.user)
    assert (AnswerFile.objects.count(), stored(storage)) == (0, [])


@pytest.mark.parametrize("how", ["erased", "due"])
def test_the_file_goes_with_the_answer(storage, cv, person, organiser, how, django_capture_on_commit_callbacks):
    give(person, cv, store_file(question=cv, content=PDF, name="CV.pdf", by=person.user).answer)
    long_after = timezone.now() + dt.timedelta(days=300)

    with django_capture_on_commit_callbacks(execute=True):
        if how == "erased":
            remove_participant(participant=person, by=organiser)
        else:
            with time_machine.travel(long_after, tick=False):
                delete_due_answers()

    assert (AnswerFile.objects.count(), Answer.objects.count(), stored(storage)) == (0, 0, [])


def test_a_deleted_question_takes_the_files_of_unsent_forms_along(
    storage, cv, person, organiser, django_capture_on_commit_callbacks
):
    store_file(question=cv, content=PDF, name="CV.pdf", by=person.user)

    with django_capture_on_commit_callbacks(execute=True):
        delete_question(question=cv, by=organiser)

    assert stored(storage) == []


def test_unused_files_are_deleted_after_a_day_but_not_those_of_drafts(
    storage, cv, person, django_capture_on_commit_callbacks
):
    newcomer = UserFactory()
    used, left = (store_file(question=cv, content=PDF, name="CV.pdf", by=person.user) for _n in range(2))
    give(person, cv, used.answer)
    drafted = store_file(question=cv, content=PDF, name="CV.pdf", by=newcomer)
    RegistrationDraft.objects.create(user=newcomer, edition=cv.edition, answers={"q-cv": drafted.answer})
    orphan = default_storage.save("answers/of-a-killed-process.pdf", ContentFile(PDF))

    with django_capture_on_commit_callbacks(execute=True):
        assert delete_unused_files() == 0
        with time_machine.travel(timezone.now() + dt.timedelta(days=1, minutes=1), tick=False):
            assert delete_unused_files() == 2

    assert set(AnswerFile.objects.all()) == {used, drafted}
    assert not default_storage.exists(orphan)
    assert left.file.name.rpartition("/")[2] not in stored(storage)
    assert len(stored(storage)) == 2


def test_nobody_fills_the_disk_with_files_that_they_do_not_send(
    storage, cv, person, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        files = [store_file(question=cv, content=PDF, name="CV.pdf", by=person.user) for _n in range(MOST_UNUSED + 3)]

    assert list(AnswerFile.objects.all()) == files[-MOST_UNUSED - 1 :]
    assert len(stored(storage)) == MOST_UNUSED + 1
    with files[-1].file.open() as content:
        assert content.read() == PDF


def test_one_step_of_the_night_that_fails_stops_neither_the_others_nor_what_can_be_deleted(
    monkeypatch, storage, cv, person, caplog, django_capture_on_commit_callbacks
):
    """The storage is away, for answers, Action Plans and materials, and so is what deletes answers."""
    store_file(question=cv, content=PDF, name="CV.pdf", by=person.user)

    def fail(*_args):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(FileSystemStorage, "listdir", fail)
    monkeypatch.setattr(answer_retention, "protect_answers", fail)
    monkeypatch.setattr(answer_retention, "deleted_on", fail)

    with (
        time_machine.travel(timezone.now() + dt.timedelta(days=2), tick=False),
        pytest.raises(ExceptionGroup) as raised,
    ):
        delete_due_answers_task()

    assert len(raised.value.exceptions) == 4
    assert not AnswerFile.objects.exists()


def test_somebody_who_is_erased_leaves_no_draft_and_no_file_of_one(
    storage, cv, person, organiser, django_capture_on_commit_callbacks
):
    elsewhere = QuestionFactory(kind="file")
    other = store_file(question=elsewhere, content=PDF, name="CV.pdf", by=person.user)
    drafted = store_file(question=cv, content=PDF, name="CV.pdf", by=person.user)
    for file in (drafted, other):
        answers = {f"q-{file.question.key}": file.answer}
        RegistrationDraft.objects.create(user=person.user, edition=file.question.edition, answers=answers)

    with django_capture_on_commit_callbacks(execute=True):
        remove_participant(participant=person, by=organiser)

    assert RegistrationDraft.objects.get().edition == elsewhere.edition
    assert AnswerFile.objects.get() == other
    assert stored(storage) == [f"{other.token}.pdf"]


def test_drafts_go_a_month_after_the_edition(person):
    draft = RegistrationDraft.objects.create(user=UserFactory(), edition=person.edition, answers={"q-cv": "x"})
    noon = dt.datetime.combine(person.edition.last_on, dt.time(12), dt.UTC)

    with time_machine.travel(noon + dt.timedelta(days=30), tick=False):
        assert delete_old_drafts() == 0
    with time_machine.travel(noon + dt.timedelta(days=31), tick=False):
        assert delete_old_drafts() == 1

    assert not RegistrationDraft.objects.filter(pk=draft.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_a_file_that_becomes_an_answer_at_this_moment_is_not_deleted(storage, cv, person):
    """Its row is locked by the transaction that makes it an answer, while the nightly task looks for what nobody uses."""
    file = store_file(question=cv, content=PDF, name="CV.pdf", by=person.user)
    AnswerFile.objects.update(uploaded_at=timezone.now() - dt.timedelta(days=2))

    def delete_without_waiting():
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '1s'")
        return delete_unused_files()

    with transaction.atomic():
        give(person, cv, file.answer)
        (n,) = in_threads([delete_without_waiting])

    assert n == 0
    assert AnswerFile.objects.get().participant == person
    assert stored(storage) == [f"{file.token}.pdf"]
