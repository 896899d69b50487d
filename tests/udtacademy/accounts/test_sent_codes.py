"""Whose code is it? Two windows, two browsers, two addresses, and a code that is sent again."""

import pytest
import redis
import time_machine
from django.core.cache import cache

from tests.client import FORM, Client
from tests.factories.people import UserFactory
from udtacademy.accounts import sent_codes
from udtacademy.accounts.forms.guesses import INCORRECT, OLDER
from udtacademy.accounts.models import AttemptCount, User
from udtacademy.outbox.models import Message

SIGN_IN, CONFIRM = "/accounts/login/code/", "/accounts/login/code/confirm/"
RESET, CONFIRM_RESET = "/accounts/password/reset/", "/accounts/password/reset/confirm/"
EMAIL = "ana@girona.example"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel("2026-05-04T16:05:00Z", tick=False) as travelling:
        yield travelling


@pytest.fixture(params=["known", "unknown"])
def _anybody(request):
    if request.param == "known":
        UserFactory(email=EMAIL, time_zone="Asia/Tokyo")


def latest():
    return Message.objects.latest("pk")


def code():
    return next(word for word in latest().text.split() if word.isdigit() and len(word) == 6)


def error_of(response):
    [error] = response.context["form"].errors["code"]
    return error


def has_error(response, code):
    return response.status_code == 422 and response.context["form"].has_error("code", code)


@pytest.mark.usefixtures("_anybody", "open_edition")
def test_the_code_of_an_older_window_is_called_so_and_a_new_one_sent_there(client, clock):
    """The zone is that of the edition, for everybody: one's own would tell that there is an account."""
    client.post(SIGN_IN, {"email": EMAIL})
    first = code()
    clock.move_to("2026-05-04T16:09:00Z")
    client.post(SIGN_IN, {"email": EMAIL})

    refused = client.post(CONFIRM, {"code": first})

    assert refused.status_code == 422
    assert error_of(refused) == (
        "This code was requested at 18:05 CEST (Madrid). Since then, another code was requested in this browser at"
        " 18:09 CEST (Madrid), perhaps in another window. Only that code works."
    )
    assert refused.context["sent"].at == "18:09 CEST (Madrid)"
    [form] = [it for it in FORM.findall(refused.content.decode()) if f"Send a new code to {EMAIL}" in it]
    assert (f'action="{SIGN_IN}"' in form, f'name="email" value="{EMAIL}"' in form) == (True, True)
    clock.move_to("2026-05-04T16:11:00Z")
    assert client.post(SIGN_IN, {"email": EMAIL}).url == CONFIRM
    assert "requested at 18:11 CEST (Madrid)" in latest().text
    assert client.post(CONFIRM, {"code": code()}).url == "/portal/"


@pytest.mark.usefixtures("_anybody")
def test_the_code_of_another_browser_is_called_so(client, clock):
    there = Client()
    there.post(SIGN_IN, {"email": EMAIL})
    code_there = code()
    clock.move_to("2026-05-04T16:09:00Z")
    client.post(SIGN_IN, {"email": EMAIL})

    refused = client.post(CONFIRM, {"code": code_there})

    assert error_of(refused) == (
        "This code was requested at 16:05 UTC in another browser or on another device, and works only there."
        " Enter the code requested here at 16:09 UTC."
    )
    assert (refused.context["older"].email, refused.context["older"].is_elsewhere) == (EMAIL, True)
    assert f'name="email" value="{EMAIL}"' in refused.content.decode()
    assert client.get("/portal/").status_code == 302
    assert there.post(CONFIRM, {"code": code_there}).url == "/portal/"


def test_a_code_for_another_mailbox_is_only_known_to_the_browser_that_asked(client):
    """Whoever guesses learns nothing of what others were sent."""
    Client().post(SIGN_IN, {"email": "bo@girona.example"})
    others = code()
    client.post(SIGN_IN, {"email": EMAIL})

    refused = client.post(CONFIRM, {"code": others})

    assert has_error(refused, INCORRECT)
    assert refused.context["older"] is None


def test_a_code_for_the_address_before_a_slip_was_mended_is_called_so(client, clock):
    client.post(SIGN_IN, {"email": "anna@girona.example"})
    slip = code()
    clock.move_to("2026-05-04T16:09:00Z")
    client.post(SIGN_IN, {"email": EMAIL})

    refused = client.post(f"{CONFIRM}?next=/academy/", {"code": slip})

    assert error_of(refused) == (
        "This code was requested at 16:05 UTC for anna@girona.example. Since then, another code was requested in this"
        f" browser at 16:09 UTC for {EMAIL}. Only that code works here."
    )
    assert 'name="email" value="anna@girona.example"' in refused.content.decode()
    assert 'name="next" value="/academy/"' in refused.content.decode()


def test_each_is_an_attempt_and_the_third_ends_it(client):
    client.post(SIGN_IN, {"email": EMAIL})
    first = code()
    client.post(SIGN_IN, {"email": EMAIL})

    answers = [client.post(CONFIRM, {"code": first}) for _ in range(3)]

    assert [it.status_code for it in answers] == [422, 422, 302]
    assert answers[-1].url == SIGN_IN
    assert AttemptCount.objects.filter(n=3).count() >= 2  # of the code, and of the account
    assert client.post(CONFIRM, {"code": code()}).url == SIGN_IN


def test_a_code_that_was_sent_again_leaves_the_one_before_behind(client, clock):
    client.post(SIGN_IN, {"email": EMAIL})
    first = code()
    clock.move_to("2026-05-04T16:07:00Z")
    client.post(CONFIRM, {"action": "resend"})

    refused = client.post(CONFIRM, {"code": first})

    assert has_error(refused, OLDER)
    assert refused.context["older"].at == "16:05 UTC"
    assert client.post(CONFIRM, {"code": code()}).url == "/portal/"


def test_a_new_password_has_the_same(client, clock):
    UserFactory(email=EMAIL)
    client.post(RESET, {"email": EMAIL})
    first = code()
    clock.move_to("2026-05-04T16:09:00Z")
    client.post(RESET, {"email": EMAIL})
    assert "requested at 16:09 UTC" in latest().text

    refused = client.post(CONFIRM_RESET, {"code": first})

    assert has_error(refused, OLDER)
    assert refused.context["older"].at == "16:05 UTC"
    assert f'action="{RESET}"' in refused.content.decode()
    assert client.post(CONFIRM_RESET, {"code": code()}).status_code == 302


def test_a_new_address_has_the_same(client, clock):
    """The code for the address one has does not confirm the new one."""
    user = UserFactory(email=EMAIL)
    client.force_login(user)
    asked = client.post("/accounts/email/confirm/")
    client.post(asked.url, {"code": code()})
    client.post("/accounts/email/", {"action_add": "", "email": "new@city.example"})
    first = code()
    clock.move_to("2026-05-04T16:09:00Z")
    client.post("/accounts/confirm-email/", {"action": "resend"})

    refused = client.post("/accounts/confirm-email/", {"code": first})

    assert has_error(refused, OLDER)
    assert (refused.context["older"].at, refused.context["older"].email) == ("16:05 UTC", "new@city.example")
    assert "Send a new code to new@city.example" in refused.content.decode()
    client.post("/accounts/confirm-email/", {"action": "resend"})
    assert Message.objects.filter(to="new@city.example").count() == 3
    client.post("/accounts/confirm-email/", {"code": code()})
    assert User.objects.get().email == "new@city.example"


def test_without_a_cache_other_browsers_are_not_recognised_and_nobody_is_kept_out(client, monkeypatch):
    def away(*_arguments, **_options):
        raise redis.ConnectionError

    monkeypatch.setattr(cache, "get", away)
    monkeypatch.setattr(cache, "set", away)
    client.post(SIGN_IN, {"email": EMAIL})
    right = code()
    wrong = "000000" if right != "000000" else "111111"

    assert has_error(client.post(CONFIRM, {"code": wrong}), INCORRECT)
    assert client.post(CONFIRM, {"code": right}).url == "/portal/"


def test_neither_the_session_nor_the_cache_holds_a_code(client):
    client.post(SIGN_IN, {"email": EMAIL})

    rows = client.session[sent_codes.SESSION_KEY]

    assert code() not in str(rows)
    assert len(rows[0]["digest"]) == 64
    assert cache.get(sent_codes.cache_key(EMAIL, code())) is not None
    assert EMAIL not in sent_codes.cache_key(EMAIL, code())


def test_only_some_are_remembered(client):
    for n in range(sent_codes.MOST + 3):
        client.post(SIGN_IN, {"email": f"person{n}@girona.example"})

    assert len(client.session[sent_codes.SESSION_KEY]) == sent_codes.MOST


def test_whoever_asks_while_a_code_is_awaited_is_sent_another_one(client):
    """The form was open in two windows: what the second one says counts, also another address."""
    client.post(SIGN_IN, {"email": "anna@girona.example"})

    client.post(SIGN_IN, {"email": EMAIL})

    assert latest().to == EMAIL
    assert client.get(SIGN_IN).url == CONFIRM
    assert client.get(CONFIRM).context["email"] == EMAIL
