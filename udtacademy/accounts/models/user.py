from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from udtacademy.db.address_fields import AddressField
from udtacademy.db.fields import validate_name, validate_time_zone
from udtacademy.db.history import tracked

# The official languages of the European Union, and those of neighbours and regions whose cities take part.
LANGUAGES = [
    *[("bg", "Български"), ("ca", "Català"), ("cs", "Čeština"), ("da", "Dansk"), ("de", "Deutsch"), ("el", "Ελληνικά")],
    *[("en", "English"), ("es", "Español"), ("et", "Eesti"), ("eu", "Euskara"), ("fi", "Suomi"), ("fr", "Français")],
    *[("ga", "Gaeilge"), ("gl", "Galego"), ("hr", "Hrvatski"), ("hu", "Magyar"), ("it", "Italiano")],
    *[("lt", "Lietuvių"), ("lv", "Latviešu"), ("mt", "Malti"), ("nb", "Norsk bokmål"), ("nl", "Nederlands")],
    *[("pl", "Polski"), ("pt", "Português"), ("ro", "Română"), ("sk", "Slovenčina"), ("sl", "Slovenščina")],
    *[("sr", "Српски"), ("sv", "Svenska"), ("tr", "Türkçe"), ("uk", "Українська")],
]


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=username or "")

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A new person; without a password, one who cannot sign in by password."""
        user = self.model(email=email, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


@tracked(leaving_out=["password", "last_login"])
class User(AbstractBaseUser, PermissionsMixin):
    """Somebody who signs in, with an e-mail address. Addresses are normalised: one mailbox, one account."""

    email = AddressField(
        _("e-mail address"),
        max_length=254,
        unique=True,
        error_messages={"unique": _("Somebody with this e-mail address is here already.")},
    )
    name = models.CharField(_("name"), max_length=200, blank=True, validators=[validate_name])
    language = models.CharField(
        _("preferred language"), max_length=7, choices=LANGUAGES, default="en", help_text=_("Of written material.")
    )
    time_zone = models.CharField(
        _("own time zone"),
        max_length=60,
        blank=True,
        validators=[validate_time_zone],
        help_text=_("By its name, as in Europe/Madrid. Empty: that of the edition."),
    )
    is_staff = models.BooleanField(_("may enter the admin"), default=False)
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("Take this away rather than deleting somebody.")
    )
    date_joined = models.DateTimeField(_("here since"), default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ["email"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")),
                name="user_email_is_lower_case",
                violation_error_message=_("E-mail addresses are kept in lower case."),
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Whoever is added without a password has none, rather than an empty one."""
        if not self.password:
            self.set_unusable_password()
        super().save(*args, **kwargs)

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name


@tracked(obj_field=None)
class UserGroup(User.groups.through):  # type: ignore[name-defined,misc]
    """That somebody is in a group: who gave which rights to whom belongs to the history, too."""

    class Meta:
        proxy = True


@tracked(obj_field=None)
class UserPermission(User.user_permissions.through):  # type: ignore[name-defined,misc]
    """That somebody has a right without a group."""

    class Meta:
        proxy = True
