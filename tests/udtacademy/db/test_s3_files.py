"""Files in a bucket, on a server that answers as S3 does."""

import datetime as dt
import uuid

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone
from environs import Env, EnvError
from moto.server import ThreadedMotoServer

from programme.actions.stored_files import stored_without_row
from udtacademy.db.s3_files import PrivateS3Storage
from udtacademy.file_storage import BUCKET, FOLDER, file_storage

KEYS = {"S3_ACCESS_KEY": "someone", "S3_SECRET_KEY": "something"}
NAME = "action_plans/a.pdf"


@pytest.fixture
def read(monkeypatch):
    def storage(**environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return file_storage(Env())

    return storage


@pytest.fixture
def server():
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def bucket(read, server):
    host, port = server.get_host_and_port()
    name = f"academy-{uuid.uuid4()}"  # what a server has, those after it in this process have too
    found = read(S3_BUCKET=name, S3_ENDPOINT_URL=f"http://{host}:{port}", S3_FOLDER="files", **KEYS)
    storage = PrivateS3Storage(**found["OPTIONS"])
    storage.connection.create_bucket(Bucket=name)
    return storage


@pytest.mark.slow
def test_a_file_is_stored_read_and_deleted_and_has_no_address(bucket):
    name = bucket.save(NAME, ContentFile(b"%PDF-1.7"))

    with bucket.open(name) as file:
        assert (name, file.read(), file.size) == (NAME, b"%PDF-1.7", 8)
    assert [it.key for it in bucket.bucket.objects.all()] == [f"files/{NAME}"]
    assert bucket.save(NAME, ContentFile(b"another")) != NAME  # nothing is overwritten
    with pytest.raises(NotImplementedError):
        bucket.url(name)
    bucket.delete(name)
    assert not bucket.exists(name)
    with pytest.raises(FileNotFoundError):
        bucket.open(name)


@pytest.mark.slow
def test_what_no_row_refers_to_is_found_there_as_in_a_folder(bucket):
    for name in ("kept.pdf", "lost.pdf"):
        bucket.save(f"action_plans/{name}", ContentFile(b"x"))
    later = timezone.now() + dt.timedelta(minutes=1)

    assert list(stored_without_row(bucket, "action_plans", {"action_plans/kept.pdf"}, later)) == [
        "action_plans/lost.pdf"
    ]


@pytest.mark.slow
def test_what_the_service_refuses_is_an_error_as_of_a_disk(bucket):
    bucket.bucket.delete()

    with pytest.raises(OSError, match="NoSuchBucket"):
        bucket.save(NAME, ContentFile(b"x"))


@pytest.mark.slow
def test_a_file_that_goes_once_it_is_open_is_not_found_and_never_empty(bucket):
    bucket.save(NAME, ContentFile(b"%PDF-1.7"))
    file = bucket.open(NAME)
    bucket.delete(NAME)

    for _time in range(2):
        with pytest.raises(FileNotFoundError):
            file.read()
    for ask in (bucket.open, bucket.size, bucket.get_modified_time):
        with pytest.raises(FileNotFoundError):
            ask(NAME)
    bucket.save(NAME, ContentFile(b"again"))
    with file:
        assert file.read() == b"again"


@pytest.mark.slow
def test_a_service_that_has_gone_is_an_error_as_of_a_disk(bucket, server):
    bucket.save(NAME, ContentFile(b"%PDF-1.7"))
    file = bucket.open(NAME)
    server.stop()

    asks = (bucket.open, bucket.size, bucket.exists, bucket.delete, bucket.get_modified_time, bucket.listdir)
    for ask in (lambda _name: file.read(), *asks):
        with pytest.raises(OSError, match="Could not connect"):
            ask(NAME)


def test_without_a_bucket_files_are_in_a_folder(read):
    assert read() == {"BACKEND": FOLDER}


def test_a_machine_with_a_role_needs_no_keys(read):
    found = read(S3_BUCKET="academy")

    assert (found["BACKEND"], found["OPTIONS"]["access_key"]) == (BUCKET, None)


@pytest.mark.parametrize(
    ("environment", "name"),
    [
        (KEYS, "S3_BUCKET"),
        ({"S3_BUCKET": "academy", "S3_ACCESS_KEY": "someone"}, "S3_SECRET_KEY"),
        ({"S3_BUCKET": "academy", "S3_ENDPOINT_URL": "http://s3.example.org", **KEYS}, "S3_ENDPOINT_URL"),
    ],
)
def test_settings_that_cannot_be_say_what_to_change(read, environment, name):
    with pytest.raises(EnvError, match=name):
        read(**environment)
