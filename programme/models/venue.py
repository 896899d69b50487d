from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from programme.rules.sessions import LARGEST_ROOM
from programme.triggers import AT_THE_VENUE, moves_sessions
from udtacademy.db.fields import LineField
from udtacademy.db.history import tracked


@tracked()
class Venue(models.Model):
    """A building where editions meet in person."""

    name = LineField(_("name"), max_length=200)
    address = LineField(_("address"), max_length=300)

    class Meta:
        verbose_name = _("venue")
        verbose_name_plural = _("venues")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                Lower("name"), name="venue_unique_name", violation_error_message=_("This venue already exists.")
            ),
        ]
        triggers = [
            moves_sessions(
                fields=["name", "address"],
                where="room_id IN (SELECT id FROM programme_room WHERE venue_id = NEW.id) OR"  # noqa: S608 - constant SQL
                f" edition_id IN (SELECT id FROM programme_edition WHERE venue_id = NEW.id) AND {AT_THE_VENUE}",
            ),
        ]

    def __str__(self) -> str:
        return self.name


@tracked()
class Room(models.Model):
    """A room of a venue. Its capacity is the number of people it holds; null: unknown."""

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="rooms", verbose_name=_("venue"))
    name = LineField(_("name"), max_length=120)
    capacity = models.PositiveIntegerField(
        _("capacity"), null=True, blank=True, help_text=_("How many people it holds. Leave empty if unknown.")
    )

    class Meta:
        verbose_name = _("room")
        verbose_name_plural = _("rooms")
        ordering = ["venue", "name"]
        constraints = [
            models.UniqueConstraint(
                "venue",
                Lower("name"),
                name="room_unique_in_venue",
                violation_error_message=_("The venue already has a room with this name."),
            ),
            models.CheckConstraint(
                condition=models.Q(capacity__lte=LARGEST_ROOM),
                name="room_is_not_endless",
                violation_error_message=_("Enter a capacity of at most 100,000."),
            ),
        ]
        triggers = [moves_sessions(fields=["name", "venue"], where="room_id = NEW.id")]

    def __str__(self) -> str:
        return f"{self.name}, {self.venue}"
