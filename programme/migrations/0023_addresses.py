import logging
import unicodedata

import idna
from django.db import migrations

logger = logging.getLogger(__name__)
ODD = r"[^\x01-\x7f]|[A-Z]|xn--|^\s|\s$|\.$"  # what may be written in another way


# As programme/rules/addresses.py had them: what a migration does stays the same.


def normalised_address(address):
    address = address.strip()
    local, at, domain = address.rpartition("@")
    if not at:
        return small(address)
    return f"{small(local)}@{normalised_domain(domain)}"


def normalised_domain(domain):
    domain = domain.strip().removesuffix(".")
    plain = small(domain)
    if (domain.isascii() and "xn--" not in plain) or len(domain) > 255:  # noqa: PLR2004 - octets of a domain
        return plain
    try:
        return idna.decode(idna.encode(domain, uts46=True)).removesuffix(".")
    except UnicodeError:
        return plain


def small(text):
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).lower())


def normalise_people(apps, schema_editor):
    """Write each address in the one way in which it is kept and looked for now. No accounts are merged.

    Those whose address somebody else has, too, once it is written so, stay as they are; the log numbers them.
    """
    User = apps.get_model("programme", "User")
    EmailAddress = apps.get_model("account", "EmailAddress")

    def is_taken(email, user):
        of_others = EmailAddress.objects.filter(email=email).exclude(user=user)
        return of_others.exists() or User.objects.filter(email=email).exclude(pk=user).exists()

    left = set()
    for user in User.objects.filter(email__regex=ODD).only("email").order_by("pk"):
        email = normalised_address(user.email)
        if is_taken(email, user.pk):
            left.add(user.pk)
        elif email != user.email:
            User.objects.filter(pk=user.pk).update(email=email)
    for address in EmailAddress.objects.filter(email__regex=ODD).order_by("pk"):
        email = normalised_address(address.email)
        if is_taken(email, address.user_id):
            left.add(address.user_id)
        elif email != address.email and not EmailAddress.objects.filter(user=address.user_id, email=email).exists():
            EmailAddress.objects.filter(pk=address.pk).update(email=email)
    if left:
        logger.warning("The addresses of these accounts are also others', and stay as they are: %s", sorted(left))


def normalise_invitations(apps, schema_editor):
    """Of two open invitations that turn out to be for the same address, both go on: their links are what leads in."""
    Invitation = apps.get_model("programme", "Invitation")
    for invitation in Invitation.objects.filter(email__regex=ODD).order_by("pk"):
        email = normalised_address(invitation.email)
        unused = Invitation.objects.filter(revoked_at=None, accepted_at=None)
        others = unused.filter(delegation=invitation.delegation_id, email=email).exclude(pk=invitation.pk)
        if email != invitation.email and not (unused.filter(pk=invitation.pk).exists() and others.exists()):
            Invitation.objects.filter(pk=invitation.pk).update(email=email)


def normalise_editions(apps, schema_editor):
    Delegation = apps.get_model("programme", "Delegation")
    Edition = apps.get_model("programme", "Edition")
    for delegation in Delegation.objects.order_by("pk"):
        email = normalised_address(delegation.coordinator_email)
        domains = list(dict.fromkeys(map(normalised_domain, delegation.email_domains)))
        if (email, domains) != (delegation.coordinator_email, delegation.email_domains):
            Delegation.objects.filter(pk=delegation.pk).update(coordinator_email=email, email_domains=domains)
    for edition in Edition.objects.filter(contact_email__regex=ODD).order_by("pk"):
        Edition.objects.filter(pk=edition.pk).update(contact_email=normalised_address(edition.contact_email))


class Migration(migrations.Migration):
    dependencies = [
        ("account", "0009_emailaddress_unique_primary_email"),
        ("programme", "0022_announcements"),
    ]

    operations = [
        migrations.RunPython(normalise_people, migrations.RunPython.noop),
        migrations.RunPython(normalise_invitations, migrations.RunPython.noop),
        migrations.RunPython(normalise_editions, migrations.RunPython.noop),
    ]
