"""The library of texts of an edition."""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from programme.errors import ProgrammeError
from programme.models import SavedText
from udtacademy.accounts.models import User
from udtacademy.db.history import acting


def save_text(*, text: SavedText, by: User) -> SavedText:
    """Save a text, new or changed. Raises ProgrammeError if somebody has just given its name to another one."""
    text.changed_at = timezone.now()
    try:
        with transaction.atomic(), acting(by):
            text.save()
    except IntegrityError as error:
        raise ProgrammeError(_("There is already a text with this name."), code="name_taken") from error
    return text


@transaction.atomic
def delete_text(*, text: SavedText, by: User) -> bool:
    """Delete a text. Return whether it was there."""
    with acting(by):
        return bool(SavedText.objects.filter(pk=text.pk).delete()[0])
