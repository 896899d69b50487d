import time

import psycopg2
import pytest
import redis
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.contrib.auth.models import Group, Permission
from django.core.cache import cache
from django.db import OperationalError
from django.utils import timezone

from tests.client import Client
from tests.factories.people import UserFactory
from udtacademy.accounts.forms.guesses import MALFORMED
from udtacademy.accounts.models import AttemptCount, User
from udtacademy.outbox import demo as demo_mails
from udtacademy.outbox.delivery import deliver_messages
from udtacademy.outbox.models import Message

pytestmark = pytest.mark.django_db
SIGN_IN = "/accounts/login/code/"
EMAIL = "/accounts/email/"


def code():
    text = Message.objects.exclude(text="").latest("pk").text
    return next(word for word in text.split() if word.isdigit() and len(word) == 6)


def sign_in(client, email):
    asked = client.post(SIGN_IN, {"email": email})
    return client.post(asked.url, {"code": code()})


def test_signing_in_by_code_leads_to_the_portal(client, stranger):
    assert sign_in(client, stranger.email.upper()).url == "/portal/"
    assert client.get("/portal/").context["user"] == stranger


def test_a_wrong_code_can_be_corrected_twice(client, stranger):
    asked = client.post(SIGN_IN, {"email": stranger.email})
    wrong = "000000" if code() != "000000" else "111111"

    for _ in range(2):
        assert client.post(asked.url, {"code": wrong}).status_code == 422
    assert client.post(f"{asked.url}?next=/academy/", {"code": wrong}).url == f"{SIGN_IN}?next=%2Facademy%2F"
    client.post(asked.url, {"code": code()})

    assert client.get("/portal/").status_code == 302  # the code is worth nothing after three wrong ones


@pytest.mark.parametrize("email", ["stella@here.example", "nobody@here.example"])
def test_what_can_be_no_code_is_refused_and_costs_no_attempt(client, email):
    UserFactory(email="stella@here.example")
    asked = client.post(SIGN_IN, {"email": email})
    counts = set(AttemptCount.objects.values_list("key", "n"))

    answers = [
        client.post(asked.url, {"code": typed}) for typed in ("", "12345", "1234567", "l23456", "١٢٣٤٥٦", "12-45")
    ]
    errors = [error.code for it in answers for error in it.context["form"].errors["code"].as_data()]

    assert [it.status_code for it in answers] == [422] * 6
    assert errors == ["required"] + [MALFORMED] * 5
    assert set(AttemptCount.objects.values_list("key", "n")) == counts
    assert client.post(asked.url, {"code": f" {code()[:3]} {code()[3:]} "}).url == "/portal/"


def test_what_can_be_no_code_gives_no_further_guesses(client, stranger):
    asked = client.post(SIGN_IN, {"email": stranger.email})
    right = code()
    wrong = "000000" if right != "000000" else "111111"

    answers = [client.post(asked.url, {"code": typed}) for typed in (wrong, "1", wrong, "2", wrong, "3", right)]

    assert [it.status_code for it in answers] == [422, 422, 422, 422, 302, 302, 302]
    assert client.get("/portal/").status_code == 302  # not signed in


def test_a_code_works_once(client, stranger):
    sign_in(client, stranger.email)
    other = Client()
    other.post(SIGN_IN, {"email": stranger.email})
    first = Message.objects.order_by("pk").first().text

    other.post("/accounts/login/code/confirm/", {"code": next(w for w in first.split() if w.isdigit())})

    assert other.get("/portal/").status_code == 302


def test_an_expired_code_leads_back_with_a_word(client, stranger, time_machine):
    asked = client.post(SIGN_IN, {"email": stranger.email})
    time_machine.move_to(timezone.now() + timezone.timedelta(minutes=16))

    response = client.post(asked.url, {"code": code()}, follow=True)

    assert response.redirect_chain[-1][0] == SIGN_IN


def test_a_new_code_can_be_asked_for(client, stranger):
    asked = client.post(SIGN_IN, {"email": stranger.email})
    client.post(asked.url, {"action": "resend"})

    assert Message.objects.count() == 2
    assert client.post(asked.url, {"code": code()}).url == "/portal/"


def test_somebody_new_without_an_account_can_ask_again_too(client):
    asked = client.post(SIGN_IN, {"email": "new@city.example"})
    client.post(asked.url, {"action": "resend"})

    assert client.post(asked.url, {"code": code()}).url == "/portal/"
    assert User.objects.get().email == "new@city.example"


def test_somebody_switched_off_does_not_get_in(client):
    user = UserFactory(is_active=False)

    sign_in(client, user.email)

    assert client.get("/portal/").status_code == 302


def test_there_is_no_separate_sign_up(client):
    assert client.get("/accounts/signup/?next=/portal/").url == f"{SIGN_IN}?next=/portal/"


def test_a_password_is_optional_and_works(client, stranger):
    sign_in(client, stranger.email)
    client.post("/accounts/password/set/", {"password1": "a long enough one", "password2": "a long enough one"})
    client.post("/accounts/logout/")

    response = client.post("/accounts/login/", {"login": stranger.email, "password": "a long enough one"})

    assert response.url == "/portal/"


def test_a_wrong_password_says_the_same_for_all(client, stranger):
    stranger.set_password("a long enough one")
    stranger.save()
    answers = [
        client.post("/accounts/login/", {"login": email, "password": "wrong"}).context["form"].errors
        for email in (stranger.email, "nobody@city.example")
    ]

    assert answers[0] == answers[1]


def test_a_forgotten_password_is_reset_by_code_and_tells_nobody(client, stranger):
    first = client.post("/accounts/password/reset/", {"email": stranger.email})
    second = Client().post("/accounts/password/reset/", {"email": "nobody@city.example"})

    assert (first.status_code, first.url) == (second.status_code, second.url)


def test_an_address_is_changed_with_a_code_to_each_end(client, stranger):
    client.force_login(stranger)
    client.post(EMAIL, {"action_add": "", "email": "new@city.example"})
    assert not Message.objects.exists()  # the old address first

    asked = client.post("/accounts/email/confirm/")
    assert Message.objects.get().to == stranger.email
    assert client.post(asked.url, {"code": code()}).url == EMAIL
    old = stranger.email
    asked = client.post(EMAIL, {"action_add": "", "email": "new@city.example"})
    assert Message.objects.latest("pk").to == "new@city.example"
    client.post(asked.url, {"code": code()})

    stranger.refresh_from_db()
    assert stranger.email == "new@city.example"
    notice = Message.objects.get(to=old, kind="email_changed")
    assert (notice.is_sensitive, notice.expires_at) == (False, None)  # a warning is never too late
    assert not Message.objects.exclude(pk=notice.pk).filter(is_sensitive=False).exists()
    assert not Message.objects.exclude(pk=notice.pk).filter(expires_at=None).exists()


def test_an_address_of_somebody_else_cannot_be_taken_nor_guessed(client, stranger, organiser):
    client.force_login(stranger)
    client.post(client.post("/accounts/email/confirm/").url, {"code": code()})

    taken = client.post(EMAIL, {"action_add": "", "email": organiser.email})
    free = client.post(EMAIL, {"action_add": "", "email": "free@city.example"})

    assert (taken.status_code, taken.url) == (free.status_code, free.url)
    stranger.refresh_from_db()
    assert stranger.email != organiser.email


def test_own_sign_ins_are_listed_and_the_others_ended(client, stranger):
    elsewhere = Client()
    sign_in(elsewhere, stranger.email)
    sign_in(client, stranger.email)
    assert client.get("/accounts/sessions/").status_code == 200

    client.post("/accounts/sessions/")

    assert elsewhere.get("/portal/").status_code == 302
    assert client.get("/portal/").status_code == 200


@pytest.mark.parametrize("method", ["get", "put"])
def test_confirming_the_address_is_a_post(client, stranger, method):
    client.force_login(stranger)

    assert getattr(client, method)("/accounts/email/confirm/").status_code == 405


def test_staff_without_a_second_factor_reach_only_the_page_to_set_one_up(client, organiser, settings):
    settings.STAFF_SECOND_FACTOR = True
    sign_in(client, organiser.email)

    for path in ("/admin/", "/portal/", "/", "/accounts/email/", "/accounts/password/set/", "/accounts/demo/"):
        assert client.get(path).url == "/accounts/2fa/"
    assert client.get("/accounts/2fa/").status_code == 200
    page = client.get("/accounts/2fa/totp/activate/")
    assert page.status_code == 200
    secret = page.context["form"].secret
    client.post("/accounts/2fa/totp/activate/", {"code": totp_now(secret)})

    assert client.get("/admin/").status_code == 200
    again = Client()
    assert sign_in(again, organiser.email).url == "/accounts/2fa/authenticate/"
    assert again.get("/admin/").status_code == 302


def test_participants_need_no_second_factor(client, stranger, settings):
    settings.STAFF_SECOND_FACTOR = True
    client.force_login(stranger)

    assert client.get("/portal/").status_code == 200


def test_a_second_factor_is_asked_for_of_staff_only(client, organiser, stranger, settings, django_assert_num_queries):
    TOTP.activate(organiser, generate_totp_secret())
    settings.STAFF_SECOND_FACTOR = True

    for user, n_queries in ((organiser, 3), (stranger, 2)):  # who it is, the editions; of staff the second factor
        client.force_login(user)
        with django_assert_num_queries(n_queries):
            client.get("/editions/")


def test_recovery_codes_alone_are_no_second_factor(client, organiser, settings):
    settings.STAFF_SECOND_FACTOR = True
    RecoveryCodes.activate(organiser)
    client.force_login(organiser)

    assert client.get("/admin/").url == "/accounts/2fa/"


def totp_now(secret):
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def test_the_admins_own_sign_in_leads_to_the_sites(client, stranger):
    assert client.get("/admin/login/").url == f"{SIGN_IN}?next=/admin/"
    client.force_login(stranger)
    assert client.get("/admin/", follow=True).status_code == 403


def test_the_roles_of_staff_are_groups_with_rights():
    rights = {group.name: set(group.permissions.values_list("codename", flat=True)) for group in Group.objects.all()}

    assert set(rights) == {"desk", "viewer", "organiser"}
    assert rights["desk"] - rights["viewer"] == {"add_evidence"}  # the desk checks people in
    assert rights["desk"] | rights["viewer"] < rights["organiser"]
    assert all(name.startswith("view_") for name in rights["viewer"])
    assert {"change_participant", "add_delegation", "delete_session"} <= rights["organiser"]
    assert not any(name.endswith("_user") and not name.startswith("view_") for name in rights["organiser"])


def test_the_desk_sees_participants_and_changes_nothing(client, desk, participant):
    client.force_login(desk)

    base = f"/admin/editions/{participant.edition.slug}/"

    assert client.get(f"{base}people/").status_code == 200
    assert client.post(f"/admin/programme/participant/{participant.pk}/approve/").status_code == 403
    assert client.get(f"{base}messages/").status_code == 403


def test_a_cache_that_is_away_keeps_nobody_out(client, stranger, monkeypatch):
    """What guards accounts and mailboxes is counted in the database."""

    def away(*_arguments, **_options):
        raise redis.ConnectionError

    monkeypatch.setattr(cache, "add", away)

    assert sign_in(client, stranger.email).url == "/portal/"
    assert client.post(EMAIL, {"action_add": "", "email": "new@city.example"}).status_code == 302


@pytest.mark.parametrize(("error", "status"), [(OperationalError("gone"), 503), (OperationalError("odd"), 500)])
def test_a_database_that_is_away_while_asking_for_the_second_factor(client, monkeypatch, settings, error, status):
    settings.STAFF_SECOND_FACTOR = True
    client.raise_request_exception = False
    if status == 500:
        error.__cause__ = type("Deadlock", (psycopg2.OperationalError,), {"pgcode": "40P01"})()

    def ask(_visitor):
        raise error

    monkeypatch.setattr("udtacademy.accounts.sign_in.needs_second_factor", ask)

    assert client.get("/editions/").status_code == status


def test_guessing_in_parallel_is_no_way_around_three_guesses(client, stranger):
    asked = client.post(SIGN_IN, {"email": stranger.email})
    before = dict(client.session.items())
    wrong = "000000" if code() != "000000" else "111111"
    statuses = []
    for _ in range(5):  # each request starts from the session as it was: none knows of the others
        session = client.session
        session.update(before)
        session.save()
        statuses.append(client.post(asked.url, {"code": wrong}).status_code)

    assert statuses == [422, 422, 422, 302, 302]


def test_resending_in_parallel_is_no_way_around_the_limit(client, stranger):
    asked = client.post(SIGN_IN, {"email": stranger.email})
    before = dict(client.session.items())
    for _ in range(6):
        session = client.session
        session.update(before)
        session.save()
        client.post(asked.url, {"action": "resend"})

    assert Message.objects.count() == 3


@pytest.mark.parametrize("path", [SIGN_IN, "/accounts/password/reset/"])
def test_an_address_that_grows_in_small_letters_is_refused(client, path):
    email = "x@" + ".".join(["\u0130" * 30] * 7) + ".com"

    assert client.post(path, {"email": email}).status_code == 422


def test_the_demo_knows_only_its_people(client, settings):
    settings.DEMO = settings.DEBUG = True

    assert client.post("/accounts/demo/", {"email": "a\0b"}).status_code == 404


def test_rights_are_those_of_a_person_and_of_their_groups_asked_for_once(django_assert_num_queries):
    user = UserFactory(is_staff=True)
    user.groups.add(Group.objects.get(name="viewer"), Group.objects.get(name="desk"))
    user.user_permissions.add(Permission.objects.get(codename="delete_city"))
    expected = {
        f"{permission.content_type.app_label}.{permission.codename}"
        for permission in Permission.objects.filter(group__in=user.groups.all()).select_related("content_type")
    }
    user = User.objects.get(pk=user.pk)

    with django_assert_num_queries(1):
        assert user.get_all_permissions() == expected | {"programme.delete_city"}
        assert user.has_perm("programme.delete_city")
        assert not user.has_perm("programme.delete_edition")


@pytest.mark.parametrize("lacks", ["is_staff", "is_active"])
def test_who_is_no_staff_or_not_active_has_no_right(lacks):
    user = UserFactory(**{"is_staff": True, lacks: False})
    user.groups.add(Group.objects.get(name="organiser"))
    user.user_permissions.add(Permission.objects.get(codename="delete_city"))

    assert user.get_all_permissions() == set()
    assert not user.has_perm("programme.delete_city")


def test_no_right_is_about_one_object_alone():
    user = UserFactory(is_staff=True)
    user.groups.add(Group.objects.get(name="organiser"))

    assert not user.has_perm("programme.view_edition", user)


def test_the_demo_shows_codes_that_are_gone_from_the_database(client, settings, django_capture_on_commit_callbacks):
    settings.DEMO = settings.DEBUG = True
    with django_capture_on_commit_callbacks(execute=True):
        client.post(SIGN_IN, {"email": "pia@demo.example"})
    sent = code()
    deliver_messages()

    assert Message.objects.get().text == ""
    assert sent in client.get("/accounts/demo/").content.decode()


def test_outside_of_the_demo_no_code_is_kept_for_its_page(client, stranger, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        client.post(SIGN_IN, {"email": stranger.email})

    assert demo_mails.with_texts(Message.objects.all())[0][1] == Message.objects.get().text
    assert cache.get(demo_mails.key_of(Message.objects.get())) is None


# Signing in elsewhere


def test_ones_sign_ins_are_listed_and_the_others_ended(client, stranger):
    other = Client()
    for visitor in (client, other):
        sign_in(visitor, stranger.email)
    assert client.get("/accounts/sessions/").context["session_count"] == 2
    assert client.get("/accounts/sessions/").content.decode().count("this one") == 1

    client.post("/accounts/sessions/")

    assert client.get("/portal/").status_code == 200
    assert other.get("/portal/").status_code == 302
    assert client.get("/accounts/sessions/").context["session_count"] == 1


def test_signing_in_again_and_a_new_password_keep_one_sign_in(client, stranger):
    for _ in range(2):
        sign_in(client, stranger.email)
    client.post("/accounts/password/set/", {"password1": "a long enough one", "password2": "a long enough one"})

    assert client.get("/accounts/sessions/").context["session_count"] == 1


# Another SECRET_KEY


def test_a_second_factor_that_cannot_be_read_says_so_and_lets_nobody_in(client, organiser, settings):
    secret = generate_totp_secret()
    TOTP.activate(organiser, secret)
    RecoveryCodes.activate(organiser)
    settings.SECRET_KEY = "another-key-" + "y" * 40
    assert sign_in(client, organiser.email).url == "/accounts/2fa/authenticate/"

    for guess in (totp_now(secret), format_hotp_value(hotp_value("", int(time.time()) // 30)), "00000000"):
        response = client.post("/accounts/2fa/authenticate/", {"code": guess})
        assert response.status_code == 422
        assert "can no longer be checked" in response.content.decode()
    assert client.get("/admin/").status_code == 302


@pytest.mark.parametrize("page", ["", "recovery-codes/", "recovery-codes/download/", "recovery-codes/generate/"])
def test_recovery_codes_that_cannot_be_read_are_not_shown(client, organiser, settings, page):
    sign_in(client, organiser.email)
    session = client.session
    session["account_authentication_methods"][-1]["reauthenticated"] = True
    session.save()
    codes = RecoveryCodes.activate(organiser).generate_codes()
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another-key-" + "y" * 40
    client.get("/portal/")  # the session goes on with the new key
    settings.SECRET_KEY_FALLBACKS = []

    response = client.get(f"/accounts/2fa/{page}", follow=True)

    assert response.context["user"] == organiser
    assert [path for path, _status in response.redirect_chain] == (["/accounts/2fa/"] if page else [])
    assert ("can no longer be checked" in response.content.decode()) == bool(page)
    assert not [code for code in codes if code in response.content.decode()]
