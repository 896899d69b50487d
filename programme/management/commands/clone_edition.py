import datetime as dt
from typing import Any

import pghistory
from django.core.management.base import BaseCommand, CommandError, CommandParser

from programme.errors import ProgrammeError
from programme.management.arguments import day, edition_called
from programme.programme_files.clone import clone_edition


class Command(BaseCommand):
    help = "Make a new edition from an old one, moved by whole days at the same local time."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("old", help="the slug of the edition to clone, such as udt-2025")
        parser.add_argument("new", help="the slug of the new edition, such as udt-2026")
        parser.add_argument(
            "--first-day", type=day, required=True, help="the first day of the new edition, such as 2026-09-15"
        )
        parser.add_argument("--name", default="", help="the new edition's name")

    def handle(self, *_args: Any, old: str, new: str, first_day: dt.date, name: str, **_options: Any) -> None:
        edition = edition_called(old)
        try:
            with pghistory.context(command="clone_edition"):
                clone = clone_edition(edition=edition, slug=new, first_day=first_day, name=name, by=None)
        except ProgrammeError as error:
            raise CommandError(f"{error} Nothing was cloned.") from error
        self.stdout.write(f"{clone.edition.name}: {clone.edition.first_on} to {clone.edition.last_on}")
        for heading, items in (
            ("Copied", clone.copied),
            ("Checklist", clone.to_check),
            ("Not copied", clone.not_copied),
        ):
            self.stdout.write(f"{heading}:")
            for item in items:
                self.stdout.write(f"  - {item}")
