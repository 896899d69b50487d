from allauth.account.models import EmailAddress

from programme.history import tracked


@tracked(obj_field=None)
class Address(EmailAddress):  # type: ignore[misc]
    """An e-mail address of somebody's account. allauth keeps those of now; the history also has those they once verified."""

    class Meta:
        proxy = True
        ordering = ["pk"]
