"""Addresses are one however they are written: where they are saved, where they are looked for, and in what was there before."""

import copy
import pickle
import re
from importlib import import_module
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from programme.accounts import Backend
from programme.models import Address, Delegation, Edition, Invitation, User
from tests.factories.people import DelegationFactory, InvitationFactory, UserFactory
from tests.factories.programme import EditionFactory

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
        ("ılgaz@ankara.example", "We cannot send e-mail to an address with “ı” before the @. Use another address."),
        ("ana@xn--zzzzzzzz.example", "There can be no domain “xn--zzzzzzzz.example”. Check what stands after the @."),
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
    ("domains", "kept"),
    [
        (["Girona.Example"], ["girona.example"]),
        (["münchen.example", "xn--mnchen-3ya.example."], ["münchen.example"]),
        (["gmail.com"], None),
        (["GMAIL.com."], None),
        (["example"], None),
        (["xn--zzzzzzzz.example"], None),
    ],
)
def test_domains_of_a_city(domains, kept):
    delegation = DelegationFactory(email_domains=[])
    delegation.email_domains = domains

    if kept is None:
        with pytest.raises(ValidationError, match="Not a city's own domain"):
            delegation.full_clean()
    else:
        delegation.full_clean()
        assert delegation.email_domains == kept


# What was there before


@pytest.fixture
def migrate():
    """Run what the migration does with the data, on the models that it sees."""
    migration = import_module("programme.migrations.0023_addresses")
    apps = MigrationExecutor(connection).loader.project_state(("programme", "0023_addresses")).apps

    def run():
        for step in (migration.normalise_people, migration.normalise_invitations, migration.normalise_editions):
            step(apps, None)

    return run


def written_as(row, column, value):
    """Put a value into the database as older code has put it there."""
    with connection.cursor() as cursor:
        cursor.execute(f'UPDATE "{row._meta.db_table}" SET "{column}" = %s WHERE id = %s', [value, row.pk])


def kept(row, column):
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT "{column}" FROM "{row._meta.db_table}" WHERE id = %s', [row.pk])
        return cursor.fetchone()[0]


def test_the_migration_normalises_what_was_there(migrate):
    edition = EditionFactory()
    delegation = DelegationFactory(edition=edition)
    user = UserFactory()
    address = EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    invitation = InvitationFactory(delegation=delegation)
    rows = [(user, "email"), (address, "email"), (invitation, "email"), (edition, "contact_email")]
    for row, column in [*rows, (delegation, "coordinator_email")]:
        written_as(row, column, PUNYCODE)
    written_as(delegation, "email_domains", ["xn--mnchen-3ya.example", "münchen.example", "city.example"])

    migrate()
    migrate()

    assert {kept(*it) for it in [*rows, (delegation, "coordinator_email")]} == {UNICODE}
    assert kept(delegation, "email_domains") == ["münchen.example", "city.example"]


@pytest.mark.parametrize("has_other_an_address_only", [False, True])
def test_the_migration_merges_nobody(migrate, caplog, has_other_an_address_only):
    one = UserFactory(email="one@city.example")
    other = UserFactory(email="other@city.example")
    EmailAddress.objects.create(user=one, email=one.email, verified=True, primary=True)
    address = EmailAddress.objects.create(user=other, email=UNICODE, verified=True)
    if not has_other_an_address_only:
        written_as(other, "email", UNICODE)
    written_as(one, "email", PUNYCODE)
    written_as(one.emailaddress_set.get(), "email", PUNYCODE)

    migrate()

    assert kept(one, "email") == kept(one.emailaddress_set.get(), "email") == PUNYCODE
    assert kept(address, "email") == UNICODE
    assert caplog.messages == [f"The addresses of these accounts are also others', and stay as they are: [{one.pk}]"]


def test_two_open_invitations_for_one_address_both_stay(migrate):
    delegation = DelegationFactory()
    first, second, used = (InvitationFactory(delegation=delegation, email=f"p{n}@city.example") for n in range(3))
    Invitation.objects.filter(pk=used.pk).update(revoked_at=used.created_at)
    for row in (first, used):
        written_as(row, "email", PUNYCODE)
    written_as(second, "email", UNICODE)

    migrate()

    assert (kept(first, "email"), kept(second, "email"), kept(used, "email")) == (PUNYCODE, UNICODE, UNICODE)
    assert Edition.objects.count() == 1


def test_an_account_that_stayed_as_it_was_can_be_saved(client, organiser):
    """With another password, by an organiser who takes away its access, and with another address."""
    UserFactory(email=UNICODE)
    left = UserFactory(email="left@city.example")
    address = EmailAddress.objects.create(user=left, email=left.email, verified=True, primary=True)
    for row in (left, address):
        written_as(row, "email", PUNYCODE)

    left.refresh_from_db()
    left.set_password("a long enough one")
    left.save()
    address.refresh_from_db()
    address.save()
    left.full_clean()
    signed_in = Backend().get_user(left.pk)
    signed_in.name = "Ana"
    signed_in.save()
    copied = pickle.loads(pickle.dumps(copy.copy(left)))
    copied.save(update_fields=["email"])
    User.objects.bulk_update([copied], ["email"])
    client.force_login(organiser)
    path = f"/admin/programme/user/{left.pk}/change/"
    form = client.get(path).context["adminform"].form
    values = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    posted = {name: value for name, value in values.items() if value not in (None, False, [])} | {"name": "Bo"}
    posted.pop("is_active")

    saved = client.post(path, posted)

    assert saved.status_code == 302
    assert kept(left, "email") == kept(address, "email") == PUNYCODE
    left.refresh_from_db()
    assert (left.name, left.is_active, left.has_usable_password()) == ("Bo", False, True)
    assert client.post(path, posted | {"email": TYPED.replace("Ana", "bo")}).status_code == 302
    assert kept(left, "email") == "bo@münchen.example"


def test_an_address_that_is_given_is_normalised_also_where_another_stood():
    user = UserFactory(email="other@city.example")
    written_as(user, "email", PUNYCODE)
    user.refresh_from_db()
    assert user.email == PUNYCODE

    user.email = str(user.email)
    user.save()

    assert kept(user, "email") == user.email == UNICODE


def test_the_migration_has_functions_of_its_own():
    """Which stay as they are when ours change."""
    source = Path(import_module("programme.migrations.0023_addresses").__file__).read_text()

    assert [it for it in source.splitlines() if re.match("(from|import) programme", it)] == []
