from allauth.account.models import EmailAddress

from udtacademy.db.address_fields import AddressField
from udtacademy.db.history import tracked


@tracked(obj_field=None)
class Address(EmailAddress):  # type: ignore[misc]
    """An email address of an account. allauth stores the present ones; the history also has those verified before."""

    class Meta:
        proxy = True
        ordering = ["pk"]


def normalise_addresses() -> None:
    """Normalise allauth's addresses like ours. allauth has no setting for it."""
    EmailAddress._meta.get_field("email").__class__ = AddressField
