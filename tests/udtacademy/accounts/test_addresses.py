"""Addresses are one however they are written: where they are saved, where they are looked for, and in what was there before."""

import pytest
from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError

from programme.models import Delegation
from tests.factories.people import DelegationFactory, InvitationFactory, UserFactory
from tests.factories.programme import EditionFactory
from udtacademy.accounts.models import Address, User

UNICODE, PUNYCODE, TYPED = "ana@münchen.example", "ana@xn--mnchen-3ya.example", "Ana@MU\u0308NCHEN.example"

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("written", [UNICODE, PUNYCODE, TYPED])
@pytest.mark.parametrize("looked_for", [UNICODE, PUNYCODE, TYPED])
def test_a_user_is_found_however_the_address_is_written(written, looked_for):
    user = User.objects.create_user(written)

    assert user.email == UNICODE
    assert User.objects.get(email=looked_for) == User.objects.get_by_natural_key(looked_for) == user
    assert User.objects.filter(email__in=[looked_for]).count() == 1
    assert User.objects.get_or_create(email=looked_for) == (user, False)


def test_other_rows_keep_the_same_form():
    user = UserFactory(email="other@city.example")
    address = EmailAddress.objects.create(user=user, email=PUNYCODE, verified=True)
    delegation = DelegationFactory(coordinator_email=TYPED, email_domains=["XN--MNCHEN-3YA.example"])
    invitation = InvitationFactory(delegation=delegation, email=PUNYCODE)
    for row in (address, delegation, invitation):
        row.refresh_from_db()

    assert address.email == Address.objects.get(email=TYPED).email == UNICODE
    assert (delegation.coordinator_email, delegation.email_domains) == (UNICODE, ["münchen.example"])
    assert invitation.email == UNICODE
    assert Delegation.objects.filter(email_domains__contains=["xn--mnchen-3ya.example"]).exists()


def test_bulk_creation_and_updates_keep_it_too():
    User.objects.bulk_create([User(email=PUNYCODE)])
    User.objects.update(email=TYPED)

    assert User.objects.values_list("email", flat=True).get() == UNICODE


@pytest.mark.parametrize(
    ("email", "sentence"),
    [
        ("ılgaz@ankara.example", "We cannot send email to an address with “ı” before the @. Use another address."),
        ("ana@xn--zzzzzzzz.example", "The domain “xn--zzzzzzzz.example” is not valid. Check the part after the @."),
    ],
)
def test_what_cannot_be_delivered_is_refused_with_that_sentence(email, sentence):
    user = UserFactory.build(email=email, password="x")

    with pytest.raises(ValidationError) as caught:
        user.full_clean()

    assert caught.value.message_dict["email"] == [sentence]


def test_the_contact_of_an_edition_can_be_written_to_by_everybody(settings):
    settings.EMAIL_SMTPUTF8 = True
    edition = EditionFactory(contact_email="ünal@girona.example")

    with pytest.raises(ValidationError) as caught:
        edition.full_clean()

    assert "contact_email" in caught.value.message_dict


@pytest.mark.parametrize(
    ("domains", "stored"),
    [
        (["Girona.Example"], ["girona.example"]),
        (["münchen.example", "xn--mnchen-3ya.example."], ["münchen.example"]),
        (["gmail.com"], None),
        (["GMAIL.com."], None),
        (["example"], None),
        (["xn--zzzzzzzz.example"], None),
    ],
)
def test_domains_of_a_city(domains, stored):
    delegation = DelegationFactory(email_domains=[])
    delegation.email_domains = domains

    if stored is None:
        with pytest.raises(ValidationError, match="Enter domains that belong to the city"):
            delegation.full_clean()
    else:
        delegation.full_clean()
        assert delegation.email_domains == stored
