"""Encrypting what was written in the clear, or under an older key: what the hourly task does."""

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

from programme.actions.profiles import put_answers
from programme.models import Answer, Participant, Speaker
from tests.dump import found_in_dump
from tests.factories.people import MessageFactory, ParticipantFactory
from tests.factories.questions import QuestionFactory
from tests.factories.speakers import SpeakerFactory
from udtacademy.db.encrypted_fields import hash_of
from udtacademy.db.secrets import encrypt_secrets
from udtacademy.outbox.models import Message
from udtacademy.tasks import encrypt_secrets as encrypt_task

pytestmark = pytest.mark.django_db

ANOTHER_KEY = "another-key-" + "y" * 40
TOKEN, LINK, CODE, ANSWER, SECRET, SEED, CONTENT = (
    "old-calendar-token",
    "old-link-of-a-speaker",
    "the-code",
    "the-allergy",
    "JBSWY3DPEHPK3PXP",
    "5eed" * 20,
    b"To: a\r\n\r\nthe-code",
)


@pytest.fixture
def old(participant):
    """As code from before wrote it: all in the clear."""
    Participant.objects.filter(pk=participant.pk).update(calendar_token=TOKEN, calendar_hash=None)
    for state in ("queued", "cancelled"):
        message = MessageFactory(is_sensitive=True, state=state)
        if state == "queued":
            Message.objects.filter(pk=message.pk).update(text=CODE, content=CONTENT, unsubscribe_url=f"http://x/{CODE}")
    question = QuestionFactory(edition=participant.edition, privacy="sensitive", kept_days=1)
    put_answers(participant, {question: ANSWER})
    Answer.objects.update(private_value=f'"{ANSWER}"')
    speaker = SpeakerFactory(edition=participant.edition)
    Speaker.objects.filter(pk=speaker.pk).update(link_token=LINK, link_hash=hash_of(LINK))
    MessageFactory(text="An open word")
    Authenticator.objects.create(user=participant.user, type="totp", data={"secret": SECRET})
    Authenticator.objects.create(user=participant.user, type="recovery_codes", data={"seed": SEED, "used_mask": 1})
    Authenticator.objects.create(user=participant.user, type="webauthn", data={"name": "Key", "credential": {}})
    return {"token": TOKEN, "link": LINK, "code": CODE, "answer": ANSWER, "secret": SECRET, "seed": SEED}


def test_all_that_lies_in_the_clear_is_encrypted_and_works_as_before(client, old, participant):
    assert {it.partition(": ")[2] for it in found_in_dump(old)} == set(old)

    changed = encrypt_secrets()

    assert changed == 6
    assert found_in_dump(old) == set()
    assert client.get(f"/calendar/{TOKEN}.ics").status_code == 200
    assert Participant.objects.get().calendar_token == TOKEN
    assert Speaker.objects.of_link(LINK).get().link_token == LINK
    assert Answer.objects.get().content == ANSWER
    message = Message.objects.get(is_sensitive=True, state="queued")
    assert (message.text, message.content, message.unsubscribe_url) == (CODE, CONTENT, f"http://x/{CODE}")
    assert Message.objects.values_list("text", flat=True).get(is_sensitive=False) == "An open word"
    factors = {it.type: it.data for it in Authenticator.objects.all()}
    assert get_adapter().decrypt(factors["totp"]["secret"]) == SECRET
    assert get_adapter().decrypt(factors["recovery_codes"]["seed"]) == SEED
    assert factors["recovery_codes"]["used_mask"] == 1
    assert factors["webauthn"] == {"name": "Key", "credential": {}}
    assert encrypt_secrets() == 0


def test_a_change_of_the_key_is_done_once_the_task_has_run(client, settings):
    person = ParticipantFactory()
    token = person.calendar_token
    message = MessageFactory(is_sensitive=True, text=CODE)
    codes = RecoveryCodes.activate(person.user).generate_codes()
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], ANOTHER_KEY

    encrypt_task()

    settings.SECRET_KEY_FALLBACKS = []
    assert Participant.objects.get().calendar_token == token
    assert Message.objects.get(pk=message.pk).text == CODE
    assert Authenticator.objects.get().wrap().generate_codes() == codes


def test_what_cannot_be_read_stays_and_stops_nothing(client, settings):
    lost = ParticipantFactory()
    token = lost.calendar_token
    settings.SECRET_KEY = ANOTHER_KEY
    Participant.objects.filter(pk=ParticipantFactory().pk).update(calendar_token=TOKEN, calendar_hash=None)

    assert encrypt_secrets() == 1

    assert Participant.objects.get(calendar_hash=hash_of(token)).pk == lost.pk
    assert client.get(f"/calendar/{TOKEN}.ics").status_code == 200


def test_a_link_that_is_renewed_meanwhile_stays_the_new_one(old, monkeypatch):
    """The row was read, then somebody asked for a new link."""
    from programme.actions import secrets  # noqa: PLC0415 - patched

    encrypted = secrets.text_brought_up_to_date

    def renewed_meanwhile(text, purpose):
        Participant.objects.filter(calendar_token=TOKEN).update(calendar_token="new")
        return encrypted(text, purpose)

    monkeypatch.setattr(secrets, "text_brought_up_to_date", renewed_meanwhile)

    assert secrets.encrypt_calendar_tokens() == 0
    assert Participant.objects.get().calendar_token == "new"


@pytest.mark.django_db(transaction=True)
def test_it_needs_no_transaction_as_in_the_migration_and_the_task():
    people = ParticipantFactory.create_batch(3)
    for person in people:
        Participant.objects.filter(pk=person.pk).update(calendar_token=f"{TOKEN}-{person.pk}", calendar_hash=None)

    assert encrypt_secrets() == 3

    assert [it.calendar_token for it in Participant.objects.order_by("pk")] == [f"{TOKEN}-{it.pk}" for it in people]
