"""A copy of the database lets nobody in: whatever was given to somebody as a secret is in no column of any table."""

import datetime as dt
import re
import time

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.contrib.sessions.backends.db import SessionStore as DjangosSessionStore
from django.contrib.sessions.models import Session as SessionRow
from django.core import signing
from django.utils import timezone
from django.utils.crypto import get_random_string

from attendance.actions.nudges import nudge_missing
from attendance.actions.reminders import send_due_reminders
from attendance.personal_links.badges import code_of
from programme.actions.invitations import Invitee, invite_coordinators, invite_people, make_link
from programme.actions.speakers import ask_speaker
from tests.client import Client
from tests.dump import found_in_dump
from tests.factories.people import DelegationFactory, MessageFactory, everybody_was_told
from tests.factories.programme import SessionFactory
from tests.factories.speakers import SessionSpeakerFactory
from udtacademy.outbox.delivery import deliver_messages
from udtacademy.outbox.models import Message
from udtacademy.outbox.queue import cancel_message

pytestmark = pytest.mark.django_db

SIGN_IN = "/accounts/login/code/"
TOTP = "/accounts/2fa/totp/activate/"
SECRET_PART = re.compile(
    r"[?&]key=([^\s&\"]+)|/me/reminders/([^\s/]+)/|/invitations/([^\s/]+)/|/speaker/([^\s/]+)/|/calendar/([^\s/]+)\.ics"
)


@pytest.fixture
def codes(monkeypatch):
    """All codes that were made. Of letters: six digits are found by chance in any database."""
    made = []

    def make(**_format):
        made.append(get_random_string(20, "BCDFGHJKLMNPQRSTVWXZ"))
        return made[-1]

    monkeypatch.setattr("allauth.account.adapter.generate_user_code", make)
    monkeypatch.setattr("udtacademy.accounts.forms.guesses.looks_like_a_code", made.__contains__)
    return made


def secret_parts(text):
    return [next(filter(None, it)) for it in SECRET_PART.findall(text)]


def test_nothing_that_was_given_to_somebody_is_in_the_database(client, codes, running, ana, coordinator, organiser):
    soon = timezone.now() + dt.timedelta(minutes=50)
    session = SessionFactory(
        edition=running.edition,
        slug="soon",
        status="confirmed",
        meeting_url="https://meet.example/def",
        starts_at=soon,
        ends_at=soon + dt.timedelta(hours=1),
    )
    delegation = DelegationFactory(edition=running.edition, coordinator_email="new@city.example")
    secrets = {}

    # Codes: asked for, used, of a password, of a new address
    waits, resets = Client(), Client()
    waits.post(SIGN_IN, {"email": "nobody@city.example"})
    resets.post("/accounts/password/reset/", {"email": ana.user.email})
    client.post(SIGN_IN, {"email": ana.user.email})
    client.post("/accounts/login/code/confirm/", {"code": codes[-1]})
    client.post("/accounts/email/", {"action_add": "", "email": "ana@new.example"})
    assert len(codes) == 4

    # A second factor, set up and being set up
    setting_up = Client()
    setting_up.post(SIGN_IN, {"email": coordinator.user.email})
    setting_up.post("/accounts/login/code/confirm/", {"code": codes[-1]})
    secrets["authenticator being set up"] = setting_up.get(TOTP).context["form"].secret
    signed_in = Client()
    signed_in.post(SIGN_IN, {"email": organiser.email})
    signed_in.post("/accounts/login/code/confirm/", {"code": codes[-1]})
    secrets["authenticator"] = totp = signed_in.get(TOTP).context["form"].secret
    signed_in.post(TOTP, {"code": format_hotp_value(hotp_value(totp, int(time.time()) // 30))})
    assert {"totp", "recovery_codes"} == set(Authenticator.objects.values_list("type", flat=True))
    recovery = Authenticator.objects.get(type="recovery_codes").wrap()
    secrets |= {f"recovery code {number}": code for number, code in enumerate(recovery.get_unused_codes())}
    secrets["seed of recovery codes"] = get_adapter().decrypt(recovery.instance.data["seed"])

    # Links: invitations, joining, muting, the calendar; and what is posted to them
    invite_coordinators(delegations=[delegation], by=organiser)
    invite_people(delegation=ana.delegation, people=[Invitee("bo@city.example")], by=coordinator.user)
    make_link(delegation=ana.delegation, by=coordinator.user)
    speaker = SessionSpeakerFactory(session=session, confirmed_at=None).speaker
    ask_speaker(speaker=speaker, by=organiser)
    nudge_missing(session=running, by=organiser)
    everybody_was_told(running.edition)
    send_due_reminders()
    written = {message.kind: message.text for message in Message.objects.order_by("pk")}
    for kind, text in written.items():
        secrets |= {f"link of {kind} {number}": part for number, part in enumerate(secret_parts(text))}
    kinds = ("coordinator_invited", "colleague_invited", "link_to_forward", "nudge", "reminder", "speaker_invited")
    assert all(f"link of {kind} 0" in secrets for kind in kinds)
    assert any("/me/reminders/" in text for text in written.values())
    for path in re.findall(
        r"http://testserver(/(?:me/reminders|invitations|speaker)/\S+)", "\n".join(written.values())
    ):
        Client().post(path, {"email": "bo@city.example"})
    page = client.get("/portal/academy/calendar/")
    secrets["calendar"] = ana.calendar_token
    assert ana.calendar_token in page.context["calendar"].download
    secrets["badge"] = code_of(ana)

    secrets |= {f"code {number}": code for number, code in enumerate(codes)}
    for name, visitor in {
        "waits": waits,
        "resets": resets,
        "ana": client,
        "setting up": setting_up,
        "own": signed_in,
    }.items():
        secrets[f"cookie of {name}"] = visitor.cookies["sessionid"].value
    assert len(set(secrets.values())) > 25

    assert found_in_dump(secrets) == set()

    for message in Message.objects.filter(kind="login_code"):
        cancel_message(message=message)
    deliver_messages()
    assert found_in_dump(secrets) == set()
    assert set(Message.objects.filter(is_sensitive=True).exclude(state="queued").values_list("text", "content")) == {
        ("", b"")
    }


def test_a_secret_in_the_clear_would_be_found_wherever_it_lies(ana):
    """The negative control: in a text, in an email's base64, in Django's own sessions, in JSON."""
    secret = get_random_string(20)
    MessageFactory(text=f"It is {secret}.", calendars=[{"name": "a.ics", "method": "REQUEST", "text": secret}])
    session = DjangosSessionStore()
    session["account_login"] = {"code": secret, "more": "x" * 500}
    session.create()
    Authenticator.objects.create(user=ana.user, type="totp", data={"secret": secret})

    assert found_in_dump({"it": secret, "key": session.session_key}) == {
        "outbox_message.text: it",
        "outbox_message.content: it",
        "django_session.session_data: it",
        "django_session.session_key: key",
        "mfa_authenticator.data: it",
    }
    assert signing.loads(SessionRow.objects.get().session_data, salt=session.key_salt)


def test_what_is_in_the_database_is_neither_a_cookie_nor_a_link(client, ana, settings):
    client.force_login(ana.user)
    client.get("/portal/academy/calendar/")

    row = SessionRow.objects.get()
    for key in (row.session_key, row.session_data):
        thief = Client()
        thief.cookies[settings.SESSION_COOKIE_NAME] = key
        assert thief.get("/portal/academy/").status_code == 302
    for token in type(ana).objects.filter(pk=ana.pk).values_list("calendar_token", "calendar_hash").get():
        assert Client().get(f"/calendar/{token}.ics").status_code == 404
    assert client.get("/portal/academy/").status_code == 200
    assert client.get(f"/calendar/{ana.calendar_token}.ics").status_code == 200
