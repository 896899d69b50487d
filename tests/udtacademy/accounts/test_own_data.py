"""One's own data: everything about oneself, nothing about anybody else, to read, as JSON with a schema, and with files."""

import io
import json
import zipfile

import jsonschema
import pytest
from django.urls import reverse

from programme.models import AnswerFile
from tests.factories.attendance import CertificateFactory, DecisionFactory, EvidenceFactory
from tests.factories.people import InvitationFactory, MessageFactory, SeatFactory
from tests.factories.questions import AnswerFileFactory, QuestionFactory
from udtacademy.accounts.own_data import SCHEMA, as_document

PAGE, DOWNLOAD = reverse("own-data"), reverse("own-data-download")


@pytest.fixture
def person(coordinator, other_coordinator, tracks, organiser):
    """Carme Coll of Girona, with something of many kinds; Otto Ost has the same."""
    session = tracks["governance-morning"]
    question = QuestionFactory(edition=session.edition, kind="file")
    for participant in (coordinator, other_coordinator):
        who = participant.user.name.split()[0]
        about = {"participant": participant, "session": session, "edition": session.edition}
        SeatFactory(participant=participant, session=session)
        EvidenceFactory(**about, kind="word", by=organiser, note=f"{who} was seen")
        DecisionFactory(**about, by=organiser, reason=f"{who} was there")
        CertificateFactory(participant=participant, issued_by=organiser, file=f"%PDF {who}".encode())
        MessageFactory(user=participant.user, to=participant.user.email, subject=f"Dear {who}")
        AnswerFileFactory(question=question, participant=participant, uploaded_by=participant.user)
        InvitationFactory(delegation=participant.delegation, email=participant.user.email)
        participant.job_title = f"Planner {who}"
        participant.save()
    return coordinator.user


def archive(client):
    response = client.get(DOWNLOAD)
    assert response.status_code == 200
    assert response["Content-Disposition"].startswith("attachment; filename=")
    content = io.BytesIO(b"".join(response.streaming_content))
    response.close()
    return zipfile.ZipFile(content)


def test_the_page_shows_ones_own_records_and_nobody_elses(client, person):
    client.force_login(person)

    page = client.get(PAGE).content.decode()

    for own in ("Planner Carme", "Carme was seen", "Carme was there", "Dear Carme"):
        assert own in page
    assert "Otto" not in page
    assert "Olga" not in page  # who decided


def test_the_archive_has_json_with_its_schema_a_page_and_files(client, person):
    client.force_login(person)

    zipped = archive(client)

    document = json.loads(zipped.read("data.json"))
    jsonschema.validate(document, json.loads(zipped.read("schema.json")), cls=jsonschema.Draft202012Validator)
    models = {it["model"]: it for it in document["models"]}
    assert models["attendance.Evidence"]["records"][0]["note"] == "Carme was seen"
    assert [it["record"]["job_title"] for it in models["programme.Participant"]["history"]] == [
        "Planner",
        "Planner Carme",
    ]
    files = {name.split("/")[1]: zipped.read(name) for name in zipped.namelist() if name.startswith("files/")}
    assert set(files) == {"answerfile", "certificatefile"}
    assert files["certificatefile"] == b"%PDF Carme"
    text = zipped.read("data.json").decode() + zipped.read("index.html").decode()
    assert "Otto" not in text
    assert person.password not in text


def test_invitations_are_found_by_a_confirmed_address_only(person):
    def invitations():
        return [it for it in as_document(person)["models"] if it["model"] == "programme.Invitation"]

    person.emailaddress_set.all().delete()
    assert invitations() == []
    person.emailaddress_set.create(email=person.email, verified=True, primary=True)
    assert len(invitations()[0]["records"]) == 1


def test_somebody_with_an_account_only_has_a_page(client, stranger):
    client.force_login(stranger)

    response = client.get(PAGE)

    labels = [it.label for it in response.context["records"]]
    assert labels[0] == "accounts.User"
    assert "programme.Participant" not in labels


def test_a_file_that_storage_has_lost_does_not_stop_the_download(client, person):
    for row in AnswerFile.objects.filter(participant__user=person):
        row.file.storage.delete(row.file.name)
    client.force_login(person)

    assert not any(name.startswith("files/answerfile") for name in archive(client).namelist())


def test_it_can_be_asked_for_five_times_a_minute(client, stranger):
    client.force_login(stranger)

    responses = [client.get(DOWNLOAD) for _ in range(6)]

    assert [it.status_code for it in responses] == [200] * 5 + [429]
    for response in responses:
        response.close()


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(json.loads(SCHEMA.read_text()))
