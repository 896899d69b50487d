"""The last seal of a day leaves the site by email, once that day is over where the edition is held."""

import datetime as dt
import re

import jwt
import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from attendance.actions.emails_again import COMPOSERS
from attendance.actions.seal_emails import send_seals
from attendance.actions.seals import seal_records
from attendance.models import Seal
from programme.errors import ProgrammeError
from tests.factories.attendance import EvidenceFactory
from udtacademy.credential_keys import CredentialKeys
from udtacademy.outbox.models import Message

NIGHT = dt.datetime(2025, 9, 25, 22, 0, tzinfo=dt.UTC)  # midnight in Madrid


@pytest.fixture
def sealed(participant, session, organiser):
    """Two seals of one day in Madrid, and one of the next."""
    for hours in (-3, -1, 1):
        with time_machine.travel(NIGHT + dt.timedelta(hours=hours), tick=False):
            EvidenceFactory(participant=participant, session=session)
            seal_records()
    return list(Seal.objects.order_by("number"))


def at(moment, call):
    with time_machine.travel(moment, tick=False):
        return call()


def test_the_last_seal_of_a_day_is_emailed_once_after_midnight(sealed, organiser):
    hour, day = dt.timedelta(hours=1), dt.timedelta(days=1)

    sent = [at(NIGHT + it, send_seals) for it in (-hour, 2 * hour, 3 * hour, day, day + hour, 30 * day)]

    assert sent == [0, 1, 0, 1, 0, 0]
    messages = Message.objects.filter(kind="seal").order_by("pk")
    assert [it.user for it in messages] == [organiser] * 2
    assert bytes(sealed[1].digest).hex() in messages[0].text
    assert bytes(sealed[2].digest).hex() in messages[1].text


def test_an_organiser_is_sent_the_last_seal_again(sealed, edition, organiser):
    at(NIGHT + dt.timedelta(hours=2), send_seals)
    message = Message.objects.get(kind="seal")

    assert bytes(sealed[2].digest).hex() in COMPOSERS["seal"](message, organiser).text
    message.to = "gone@city.example"
    with pytest.raises(ProgrammeError):
        COMPOSERS["seal"](message, organiser)


def test_nobody_is_written_to_about_an_edition_without_seals(edition, organiser):
    assert send_seals() == 0


def test_where_the_site_has_a_key_the_seal_is_signed(sealed, organiser, settings):
    key = generate_private_key(SECP256R1())
    settings.CREDENTIAL_KEYS = CredentialKeys(key)

    at(NIGHT + dt.timedelta(hours=2), send_seals)

    text = Message.objects.get(kind="seal").text
    token = re.search(r"Signature \(JWT\): (\S+)", text)[1]
    signed = jwt.decode(token, key.public_key(), algorithms=["ES256"])
    assert signed["seal"]["digest"] == bytes(sealed[1].digest).hex()
    assert signed["seal"]["sealed_at"] == "2025-09-25T21:00:00.000000Z"
    assert "Sealed: 25 September 2025, 23:00" in text
