"""Events of mail providers: believed only with the provider's signature or password."""

import hashlib
import hmac
import json
from base64 import b64encode
from dataclasses import replace

import pytest
from django.utils import timezone

from tests.factories.people import MessageFactory
from udtacademy.outbox.configuration import Webhook
from udtacademy.outbox.mime import content_of
from udtacademy.outbox.models import ReturnedMail, StoppedAddress

pytestmark = pytest.mark.django_db

KEY = "key-of-the-webhook"
PASSWORD = "academy:a long password"
AUTHORISED = {"Authorization": f"Basic {b64encode(PASSWORD.encode()).decode()}"}


@pytest.fixture
def message(db):
    return MessageFactory(to="ana@city.example", state="sent", sent_at=timezone.now())


@pytest.fixture
def provider(settings):
    def use(name, key=PASSWORD):
        settings.MAIL = replace(settings.MAIL, webhook=Webhook(name, key))
        return f"/webhooks/email/{name}/"

    return use


def post(client, url, event, **headers):
    return client.post(url, json.dumps(event), content_type="application/json", headers=headers)


def mailgun(message, *, key=KEY, event="failed", severity="permanent", text="550 5.1.1 User unknown", at=1762761600):
    signed = {"timestamp": str(at), "token": "t" * 50}
    signature = hmac.new(key.encode(), f"{at}{'t' * 50}".encode(), hashlib.sha256).hexdigest()
    return {
        "signature": signed | {"signature": signature},
        "event-data": {
            "event": event,
            "severity": severity,
            "timestamp": at,
            "recipient": message.to,
            "reason": "bounce",
            "delivery-status": {"code": 550, "message": text},
            "message": {"headers": {"message-id": f"{message.message_id}@testserver"}},
        },
    }


def kinds():
    return [*ReturnedMail.objects.order_by("pk").values_list("kind", "source", "status")]


def test_a_signed_event_is_recorded_once(client, message, provider):
    url = provider("mailgun", KEY)

    for _time in range(2):
        assert post(client, url, mailgun(message)).status_code == 200

    assert kinds() == [("hard", "webhook", "5.1.1")]
    assert StoppedAddress.objects.get().address == "ana@city.example"


def test_characters_that_cannot_be_stored_are_left_out(client, message, provider):
    event = mailgun(message, text="550 5.1.1 User \0unknown \ud800")
    event["event-data"]["recipient"] = "\ud800" + message.to

    assert post(client, provider("mailgun", KEY), event).status_code == 200

    assert ReturnedMail.objects.get().answer == "550 5.1.1 User unknown"


@pytest.mark.parametrize(("name", "status"), [("mailgun", 403), ("postmark", 400), ("mailjet", 400)])
def test_an_event_nested_without_end_is_refused(client, provider, name, status):
    url = provider(name, KEY if name == "mailgun" else PASSWORD)

    response = client.post(url, "[" * 20_000, content_type="application/json", headers=AUTHORISED)

    assert response.status_code == status


@pytest.mark.parametrize("at", [1e17, 1e30, float("inf")])
def test_an_event_at_a_time_that_there_is_not_changes_nothing(client, message, provider, at):
    event = {"event": "bounce", "email": message.to, "time": at, "hard_bounce": True, "error": "user unknown"}
    event["Payload"] = json.dumps({"message": str(message.message_id)})
    signed = mailgun(message)
    signed["event-data"]["timestamp"] = at

    assert post(client, provider("mailjet"), [event], **AUTHORISED).status_code == 400
    assert post(client, provider("mailgun", KEY), signed).status_code == 400
    assert kinds() == []


@pytest.mark.parametrize("damage", ["key", "signature", "token", "none", "text", "not json"])
def test_a_forged_event_is_refused_and_changes_nothing(client, message, provider, damage):
    url = provider("mailgun", KEY)
    event = mailgun(message, key="guessed" if damage == "key" else KEY)
    if damage in {"signature", "token"}:
        event["signature"][damage] = "ä" * 64
    elif damage == "none":
        del event["signature"]
    elif damage == "text":
        event["signature"] = "signed"
    body = "{" if damage == "not json" else json.dumps(event)

    response = client.post(url, body, content_type="application/json")

    assert response.status_code == 403
    assert (kinds(), StoppedAddress.objects.count()) == ([], 0)


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Basic eDp5"}, {"Authorization": "Basic"}, {"Authorization": "Bearer x"}]
)
@pytest.mark.parametrize("name", ["postmark", "brevo", "mailjet", "sparkpost"])
def test_an_event_without_the_password_is_refused_and_changes_nothing(client, message, provider, name, headers):
    event = {
        "RecordType": "Bounce",
        "Type": "HardBounce",
        "Email": message.to,
        "Metadata": {"message": str(message.message_id)},
    }

    response = post(client, provider(name), event, **headers)

    assert response.status_code == 403
    assert kinds() == []


@pytest.mark.parametrize(
    ("name", "event", "expected"),
    [
        ("postmark", {"RecordType": "Bounce", "Type": "HardBounce", "Email": "ana@city.example", "ID": 1, "Description": "The server was unable to deliver your message"}, ["hard"]),
        ("postmark", {"RecordType": "Bounce", "Type": "SoftBounce", "Email": "ana@city.example", "ID": 1, "Description": "Unable to temporarily deliver"}, ["soft"]),
        ("postmark", {"RecordType": "SpamComplaint", "Type": "SpamComplaint", "Email": "ana@city.example", "ID": 1}, ["complaint"]),
        ("postmark", {"RecordType": "Bounce", "Type": "AutoResponder", "Email": "ana@city.example", "ID": 1}, []),
        ("postmark", {"RecordType": "Open", "Recipient": "ana@city.example"}, []),
        ("brevo", {"event": "hard_bounce", "email": "ana@city.example", "ts_epoch": 1762761600000, "reason": "mailbox does not exist"}, ["hard"]),
        ("brevo", {"event": "hard_bounce", "email": "ana@city.example", "reason": "blocked by spam filter"}, ["soft"]),
        ("brevo", {"event": "deferred", "email": "ana@city.example"}, []),
        ("mailjet", [{"event": "bounce", "email": "ana@city.example", "time": 1762761600, "hard_bounce": True, "error": "user unknown", "MessageID": 1}], ["hard"]),
        ("mailjet", [{"event": "spam", "email": "ana@city.example", "time": 1762761600, "MessageID": 1}], ["complaint"]),
        ("sparkpost", [{"msys": {"message_event": {"type": "bounce", "bounce_class": "10", "raw_rcpt_to": "ana@city.example", "raw_reason": "550 no", "timestamp": "1762761600"}}}], ["hard"]),
        ("sparkpost", [{"msys": {"message_event": {"type": "bounce", "bounce_class": "22", "raw_rcpt_to": "ana@city.example", "raw_reason": "552 mailbox full", "timestamp": "1"}}}], ["soft"]),
    ],
)  # fmt: skip
def test_each_provider_says_it_in_its_own_way(client, message, provider, name, event, expected):
    ours = str(message.message_id)
    for one in event if isinstance(event, list) else [event]:
        one |= {
            "Metadata": {"message": ours},
            "X-Mailin-custom": json.dumps({"message": ours}),
            "Payload": json.dumps({"message": ours}),
        }
        if "msys" in one:
            one["msys"]["message_event"]["rcpt_meta"] = {"message": ours}

    assert post(client, provider(name), event, **AUTHORISED).status_code == 200

    assert [kind for kind, _source, _status in kinds()] == expected


def test_mandrill_signs_our_address(client, message, provider, settings):
    url = provider("mandrill", KEY)
    events = json.dumps(
        [
            {
                "event": "hard_bounce",
                "ts": 1,
                "msg": {"email": message.to, "diag": "550 5.1.1", "metadata": {"message": str(message.message_id)}},
            }
        ]
    )
    signed = f"{settings.SITE_URL}{url}mandrill_events{events}".encode()
    signature = b64encode(hmac.new(KEY.encode(), signed, hashlib.sha1).digest()).decode()

    assert (
        client.post(url, {"mandrill_events": events}, headers={"X-Mandrill-Signature": "x" + signature[1:]}).status_code
        == 403
    )
    assert kinds() == []
    assert client.post(url, {"mandrill_events": events}, headers={"X-Mandrill-Signature": signature}).status_code == 200
    assert [kind for kind, _source, _status in kinds()] == ["hard"]


def test_events_about_no_email_of_ours_or_what_is_no_event_change_nothing(client, provider):
    url = provider("mailgun", KEY)
    unknown = MessageFactory.build(to="ana@city.example")

    assert post(client, url, mailgun(unknown)).status_code == 200
    assert (
        post(client, url, {"signature": mailgun(unknown)["signature"], "event-data": {"event": []}}).status_code == 400
    )
    assert client.post(url, "x" * 1_000_001, content_type="application/json").status_code == 413
    assert client.head(url).status_code == 200
    assert kinds() == []


def test_only_the_configured_provider_has_an_address(client, message, provider):
    provider("postmark")

    assert post(client, "/webhooks/email/mailgun/", mailgun(message, key="")).status_code == 404
    assert client.get("/webhooks/email/postmark/").status_code == 405


@pytest.mark.parametrize("name", ["brevo", "mailgun", "mailjet", "mandrill", "postmark", "sparkpost"])
def test_emails_carry_what_the_provider_returns(provider, message, name):
    before = content_of(message, "<p>Hello</p>")
    provider(name)

    added = content_of(message, "<p>Hello</p>").count(str(message.message_id).encode())

    assert (before.count(str(message.message_id).encode()), added) == (1, 2)
