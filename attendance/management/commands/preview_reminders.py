import datetime as dt
import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone
from django.utils.formats import date_format

from attendance.queries.reminder_previews import Preview, previews_of
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
        previews = previews_of(chosen, now.replace(tzinfo=chosen.zone) if now.tzinfo is None else now)
        self.stdout.write(as_json(previews) if json else as_table(chosen, previews))


def as_json(previews: list[Preview]) -> str:
    return json.dumps([it.as_mapping() for it in previews], indent=2, ensure_ascii=False)


def as_table(edition: Edition, previews: list[Preview]) -> str:
    if not previews:
        return "No upcoming published session has a time."
    with timezone.override(edition.zone):
        return "\n".join(line for it in previews for line in text_lines(it))


def text_lines(preview: Preview) -> list[str]:
    """Return a preview as lines of text: the time and the session, then who gets the reminder and who does not."""
    when = date_format(timezone.localtime(preview.at), "D Y-m-d H:i")
    output = [f"{when}  {preview.offset} before “{preview.session}”"]
    for label, people in [("gets it", preview.gets), ("got it", preview.got), *preview.does_not]:
        if people:
            output.append(f"    {label}: {', '.join(f'{it} <{it.user.email}>' for it in people)}")
    return output
