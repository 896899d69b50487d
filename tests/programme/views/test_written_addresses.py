"""However an address is written, it is one; each refusal says its own reason, with the status that belongs to it."""

import email
import email.policy
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection
from django.utils import timezone

from programme.actions.invitations import Invitee, invite_people
from programme.models import Invitation
from tests.client import Client
from tests.factories.people import InvitationFactory, ParticipantFactory, UserFactory
from udtacademy.accounts.models import User
from udtacademy.accounts.sign_in import TOO_MANY
from udtacademy.outbox.mime import content_of
from udtacademy.outbox.models import Message
from udtacademy.outbox.render import html_of

SIGN_IN, RESET, LOGIN = "/accounts/login/code/", "/accounts/password/reset/", "/accounts/login/"
UNICODE, PUNYCODE = "ana@münchen.example", "ana@xn--mnchen-3ya.example"
UNDELIVERABLE = "We cannot send email to an address with “ı” before the @. Use another address."
LOOKS_ENCODED = "We cannot send email to an address with “=?” before the @. Use another address."
LOCAL_TOO_LONG = "The part before the @ is too long: it can have at most 64 characters. Check the address."
NO_DOMAIN = "The domain “xn--zzzzzzzz.example” is not valid. Check the part after the @."
TOO_LONG = "This address is too long. Email addresses have at most 254 characters."
INVALID = "Enter an email address such as name@city.example."

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def code():
    text = Message.objects.latest("pk").text
    return next(word for word in text.split() if word.isdigit() and len(word) == 6)


@pytest.fixture(params=["register", "invitation", "sign in", "reset", "change"])
def page(request, open_edition, client):
    """Each page where an address is typed to which a code is sent."""
    if request.param == "invitation":
        invitation = InvitationFactory(delegation__edition=open_edition, email="")
        token = invitation.renew_token()
        invitation.save()
        return f"/invitations/{token}/"
    if request.param == "change":
        user = UserFactory()
        client.force_login(user)
        client.post(client.post("/accounts/email/confirm/").url, {"code": code()})
    return {
        "register": f"/{open_edition.slug}/register/",
        "sign in": SIGN_IN,
        "reset": RESET,
        "change": "/accounts/email/",
    }[request.param]


@pytest.mark.parametrize(
    ("email", "sentence"),
    [
        ("ılgaz@ankara.example", UNDELIVERABLE),
        ("ana@xn--zzzzzzzz.example", NO_DOMAIN),
        ("ana", INVALID),
        ("ana@localhost", INVALID),
        ("=?foo?q?a?=@x.com", LOOKS_ENCODED),
        ("=?utf-8?b?abc?=@x.com", LOOKS_ENCODED),
        ("=?us-ascii?q?a=0d=0abcc_=3a_x?=@x.com", LOOKS_ENCODED),
        (f"{'a' * 65}@x.example", LOCAL_TOO_LONG),
        (f"{'a' * 250}@x.example", TOO_LONG),
        (f"{'a' * 200}@{'ü' * 20}.{'ü' * 20}.example", TOO_LONG),
    ],
)
def test_an_address_that_is_refused_is_told_why(client, page, email, sentence):
    before = Message.objects.count()

    refused = client.post(page, {"email": email, "action_add": "1"})

    assert refused.status_code == 422
    assert refused.context["form"].errors["email"] == [sentence]
    assert Message.objects.count() == before


@pytest.mark.parametrize("page", ["register", "invitation", "sign in", "reset"], indirect=True)
def test_too_many_codes_are_said_to_be_that(page):
    answers = [Client().post(page, {"email": "ana@girona.example"}) for _ in range(4)]

    assert [it.status_code for it in answers] == [302, 302, 302, 429]
    assert answers[-1].context["form"].has_error("email", TOO_MANY)


@pytest.mark.parametrize("email", [UNICODE, PUNYCODE, "ANA@Mu\u0308nchen.Example"])
def test_somebody_gets_in_however_the_address_is_written(client, email):
    user = UserFactory(email=UNICODE)

    asked = client.post(SIGN_IN, {"email": email})
    assert Message.objects.get().to == UNICODE
    assert client.post(asked.url, {"code": code()}).url == "/portal/"

    assert client.get("/portal/").context["user"] == user
    user.set_password("a long enough one")
    user.save()
    assert Client().post(LOGIN, {"login": email, "password": "a long enough one"}).url == "/portal/"
    assert User.objects.count() == 1


def test_codes_of_one_mailbox_are_counted_together_however_it_is_written():
    answers = [Client().post(SIGN_IN, {"email": it}).status_code for it in [UNICODE, PUNYCODE] * 2]

    assert answers == [302, 302, 302, 429]


def test_with_a_server_that_has_smtputf8_other_letters_get_in(client, settings):
    settings.EMAIL_SMTPUTF8 = True

    asked = client.post(SIGN_IN, {"email": "Ünal@münchen.example"})
    client.post(asked.url, {"code": code()})

    assert User.objects.get().email == "ünal@münchen.example"


def test_the_coordinator_is_told_who_cannot_be_written_to(client, coordinator):
    client.force_login(coordinator.user)
    path = f"/portal/{coordinator.edition.slug}/team/"
    people = f"ılgaz@ankara.example\n{PUNYCODE}\n{UNICODE}\n{'a' * 65}@x.example"
    page = client.post(f"{path}invite/", {"people": people}, follow=True)

    outcomes = [outcome for _text, outcome, _is_invited in page.context["outcomes"]]
    assert outcomes == [UNDELIVERABLE, "invited", "in the list twice", LOCAL_TOO_LONG]
    assert Message.objects.get().to == UNICODE


@pytest.mark.parametrize("name", ["=?us-ascii?q?Ann=0D=0AReply-To_=3A_evil@x.example=0D=0AX?=", "=?foo?q?a?="])
def test_a_name_that_looks_encoded_writes_no_headers(client, coordinator, name):
    coordinator.user.name = name
    coordinator.user.save()
    client.force_login(coordinator.user)

    client.post(f"/portal/{coordinator.edition.slug}/team/invite/", {"people": "bo@girona.example"})

    message = Message.objects.get()
    mail = email.message_from_bytes(content_of(message, html_of(message)), policy=email.policy.default)
    assert name in message.subject
    assert (mail["Subject"], mail.defects) == (message.subject, [])
    assert mail.get_all("Reply-To", []) == [it for it in [coordinator.edition.contact_email] if it]


def test_a_citys_domain_is_known_however_it_is_written(client, open_edition, delegation, answers):
    delegation.email_domains = ["xn--mnchen-3ya.example"]
    delegation.save()
    register = f"/{open_edition.slug}/register/"
    asked = client.post(register, {"email": "ana@IT.München.example"})
    client.post(asked.url, {"code": code()})

    client.post(register, answers | {"delegation": delegation.pk})
    client.post(f"{register}check/")

    assert delegation.participants.get().is_registered


def test_organisers_find_somebody_however_the_address_is_written(client, organiser):
    participant = ParticipantFactory(user__email=UNICODE)
    client.force_login(organiser)

    for term in (PUNYCODE, "XN--mnchen-3ya.example", "münchen", "ANA@MÜNCHEN.example"):
        page = client.get("/admin/accounts/user/", {"q": term})
        assert list(page.context["cl"].queryset) == [participant.user]


@pytest.fixture
def two_invitations(delegation):
    """Two open ones for one mailbox, one written as it was before addresses were written in one way."""
    old = InvitationFactory(delegation=delegation, email="bo@city.example", token="old")
    new = InvitationFactory(delegation=delegation, email=UNICODE, token="new")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE programme_invitation SET email = %s WHERE id = %s", [PUNYCODE, old.pk])
    return {"old": old, "new": new}


@pytest.mark.parametrize("token", ["old", "new"])
@pytest.mark.parametrize("is_signed_in", [True, False])
def test_both_invitations_for_one_mailbox_lead_in(client, two_invitations, answers, token, is_signed_in):
    user = UserFactory(email=UNICODE)
    if is_signed_in:
        client.force_login(user)
    invitation = two_invitations[token]

    register = client.post(f"/invitations/{token}/")
    if not is_signed_in:
        register = client.post(register.url, {"code": code()})
    client.post(register.url, answers)
    client.post(f"{register.url}check/")

    invitation.refresh_from_db()
    assert (invitation.accepted_by, invitation.delegation.participants.get().user) == (user, user)


def test_an_invitation_that_was_written_otherwise_leads_nobody_else_in(client, two_invitations):
    client.force_login(UserFactory(email="anna@münchen.example"))

    assert client.post("/invitations/old/").status_code == 403


def test_an_account_that_was_written_otherwise_uses_an_invitation_for_its_mailbox(client, two_invitations):
    user = UserFactory()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_user SET email = %s WHERE id = %s", [PUNYCODE, user.pk])
    client.force_login(user)

    assert client.post("/invitations/new/").url == client.post("/invitations/old/").url != ""


def test_inviting_again_ends_both_invitations(two_invitations, coordinator):
    invite = partial(invite_people, delegation=coordinator.delegation, people=[Invitee(UNICODE)], by=coordinator.user)
    Invitation.objects.update(created_at=timezone.now() - timedelta(minutes=2))

    outcomes = [[outcome for _invitee, outcome in invite()] for _time in range(2)]

    assert outcomes == [["invited"], ["invited"]]
    assert {Invitation.objects.get(pk=it.pk).state(timezone.now()) for it in two_invitations.values()} == {"revoked"}
    assert Message.objects.get().to == Invitation.objects.unused().get().email == UNICODE


def test_a_second_click_makes_nothing_anew_however_the_address_was_written(two_invitations, coordinator):
    Invitation.objects.filter(pk=two_invitations["new"].pk).delete()

    invite_people(delegation=coordinator.delegation, people=[Invitee(UNICODE)], by=coordinator.user)

    assert Invitation.objects.unused().get() == two_invitations["old"]
