from allauth.account.models import EmailAddress

from udtacademy.db.address_fields import AddressField
from udtacademy.db.history import tracked


@tracked(obj_field=None)
class Address(EmailAddress):  # type: ignore[misc]
    """An e-mail address of somebody's account. allauth keeps those of now; the history also has those they once verified."""

    class Meta:
        proxy = True
        ordering = ["pk"]


def normalise_addresses() -> None:
    """Let allauth's addresses be normalised as ours are; it has no setting for that."""
    EmailAddress._meta.get_field("email").__class__ = AddressField
