import datetime as dt
import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone
from django.utils.formats import date_format

from attendance.queries.reminder_previews import GETS, GOT, Preview, previews_of
from attendance.queries.reminders import preview
from programme.management.arguments import edition_called, moment
from programme.models import Edition


class Command(BaseCommand):
    help = "Show who is reminded of which session and when, and who is not and why. Sends nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("edition", help="the edition's slug, such as udt-2025")
        parser.add_argument(
            "--at",
            type=moment,
            help="plan as if it were this time, such as 2025-09-24T09:00, in the edition's zone unless an offset is given",
        )
        parser.add_argument(
            "--json", action="store_true", help="JSON output for scripts: a list with one entry for each reminder"
        )

    def handle(self, *_args: Any, edition: str, at: dt.datetime | None, json: bool, **_options: Any) -> None:
        chosen = edition_called(edition)
        now = at or timezone.now()
        previews = previews_of(preview(chosen, now.replace(tzinfo=chosen.zone) if now.tzinfo is None else now))
        self.stdout.write(as_json(previews) if json else as_table(chosen, previews))


def as_json(previews: list[Preview]) -> str:
    return json.dumps([as_mapping(it) for it in previews], indent=2, ensure_ascii=False)


def as_mapping(preview: Preview) -> dict[str, Any]:
    """Return a preview as JSON-compatible values. Where only the number of people was recorded, that number."""
    return {
        "session": preview.session.slug,
        "starts_at": preview.round.starts_at.isoformat(),
        "offset_minutes": preview.round.offset_minutes,
        "at": preview.at.isoformat(),
        "useful_until": preview.round.useful.until.isoformat(),
        "gets": addresses(preview, GETS),
        "got": addresses(preview, GOT),
        "does_not": {
            label: n if preview.is_done else addresses(preview, group) for group, label, n in preview.does_not
        },
    }


def addresses(preview: Preview, group: str) -> list[str]:
    return [it.user.email for it in preview.people(group)]


def as_table(edition: Edition, previews: list[Preview]) -> str:
    if not previews:
        return "No upcoming published session has a time."
    with timezone.override(edition.zone):
        return "\n".join(line for it in previews for line in text_lines(it))


def text_lines(preview: Preview) -> list[str]:
    """Return a preview as lines of text: the time and the session, then who gets the reminder and who does not."""
    when = date_format(timezone.localtime(preview.at), "D Y-m-d H:i")
    output = [f"{when}  {preview.offset} before “{preview.session}”"]
    counted = [(GETS, "gets it", preview.n_gets), (GOT, "got it", preview.n_got), *preview.does_not]
    for group, label, n in counted:
        if n:
            names = ", ".join(f"{it} <{it.user.email}>" for it in preview.people(group))
            output.append(f"    {label}: {names or n}")
    return output
