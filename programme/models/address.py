from allauth.account.models import EmailAddress

from udtacademy.db.history import tracked
from udtacademy.outbox.address_fields import AddressField


@tracked(obj_field=None)
class Address(EmailAddress):  # type: ignore[misc]
    """An e-mail address of somebody's account. allauth keeps those of now; the history also has those they once verified."""

    class Meta:
        proxy = True
        ordering = ["pk"]


def normalise_addresses() -> None:
    """Let allauth's addresses be normalised as ours are; it has no setting for that."""
    EmailAddress._meta.get_field("email").__class__ = AddressField
