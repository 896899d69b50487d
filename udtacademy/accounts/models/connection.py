from allauth.socialaccount.models import SocialAccount

from udtacademy.db.history import tracked


@tracked(obj_field=None, leaving_out=["extra_data", "last_login"])
class Connection(SocialAccount):  # type: ignore[misc]
    """An account at an OpenID provider that signs in a user. allauth stores the present ones; the history also has former ones."""

    class Meta:
        proxy = True
        ordering = ["pk"]
