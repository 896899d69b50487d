"""What the screen in a session's room shows."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from programme.models import Session
from udtacademy.db.history import tracked


@tracked()
class RoomScreen(models.Model):
    """What the screen in a session's room shows, as organisers chose. Without a row: no code, and cities without names."""

    class Missing(models.TextChoices):
        NUMBERS = "numbers", _("only how many")
        CITIES = "cities", _("how many of each city")
        NAMES = "names", _("names and cities")

    session = models.OneToOneField(Session, models.CASCADE, related_name="room_screen", verbose_name=_("session"))
    takes_self_check_in = models.BooleanField(
        _("people can check themselves in"),
        default=False,
        help_text=_("The screen shows a code that changes every 20 seconds. It counts less than a scan at the door."),
    )
    missing = models.CharField(
        _("who is still missing"),
        max_length=10,
        choices=Missing,
        default=Missing.CITIES,
        help_text=_("Everybody in the room reads it. Show names only if people know that you do."),
    )

    class Meta:
        verbose_name = _("room screen")
        verbose_name_plural = _("room screens")

    def __str__(self) -> str:
        return str(self.session)
