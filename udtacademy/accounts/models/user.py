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
        """Create a user; without a password, one who cannot sign in with a password."""
        user = self.model(email=email, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


@tracked(leaving_out=["password", "last_login"])
class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in with an email address. Addresses are normalised: one mailbox, one account."""

    email = AddressField(
        _("email address"),
        max_length=254,
        unique=True,
        error_messages={"unique": _("There is already a user with this email address.")},
    )
    name = models.CharField(_("name"), max_length=200, blank=True, validators=[validate_name])
    language = models.CharField(
        _("preferred language"), max_length=7, choices=LANGUAGES, default="en", help_text=_("For written material.")
    )
    time_zone = models.CharField(
        _("time zone"),
        max_length=60,
        blank=True,
        validators=[validate_time_zone],
        help_text=_("For example Europe/Madrid. If empty, the time zone of the edition is used."),
    )
    is_staff = models.BooleanField(_("can use the admin"), default=False)
    is_active = models.BooleanField(_("active"), default=True, help_text=_("Clear this instead of deleting the user."))
    date_joined = models.DateTimeField(_("account created"), default=timezone.now, editable=False)

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
                violation_error_message=_("Email addresses are stored in lower case."),
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save; a user without a password gets an unusable one instead of an empty one."""
        if not self.password:
            self.set_unusable_password()
        super().save(*args, **kwargs)

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name


@tracked(obj_field=None)
class UserGroup(User.groups.through):  # type: ignore[name-defined,misc]
    """A user's membership of a group. Tracked, as permissions belong to the history."""

    class Meta:
        proxy = True


@tracked(obj_field=None)
class UserPermission(User.user_permissions.through):  # type: ignore[name-defined,misc]
    """A permission given to a user directly."""

    class Meta:
        proxy = True
