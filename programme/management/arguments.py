"""Argument types shared by management commands."""

import argparse
import datetime as dt

from django.core.management.base import CommandError

from programme.models import Edition


def edition_called(slug: str) -> Edition:
    """Return the edition with the slug. Raises CommandError that lists the existing ones."""
    try:
        return Edition.objects.select_related("venue").get(slug=slug)
    except Edition.DoesNotExist:
        known = ", ".join(Edition.objects.values_list("slug", flat=True)) or "none yet"
        raise CommandError(f"There is no edition “{slug}”. Existing editions: {known}.") from None


def day(text: str) -> dt.date:
    """Parse a day such as 2026-09-15."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"“{text}” is not a date. Write it like this: 2026-09-15") from None


def moment(text: str) -> dt.datetime:
    """Parse a moment such as 2026-09-15T16:00; aware if it has an offset."""
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"“{text}” is not a date and time. Write it like this: 2026-09-15T16:00"
        ) from None
