import datetime as dt
from typing import Any

import pghistory
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from attendance.demo.generated import Size, generate_edition
from programme.errors import ProgrammeError


def moment(text: str) -> dt.datetime:
    """Return an aware datetime, UTC unless an offset is given. Raises ValueError, as argparse expects."""
    parsed = dt.datetime.fromisoformat(text)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=dt.UTC)


class Command(BaseCommand):
    help = (
        "Add an edition with invented cities, people, seats and attendance, for benchmarks and tests of a server."
        " The same numbers make the same edition."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--cities", type=int, default=12)
        parser.add_argument("--people", type=int, default=36)
        parser.add_argument("--sessions", type=int, default=12)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument(
            "--at",
            type=moment,
            help="the moment in the middle of the edition, such as 2026-11-25T10:00Z (default: now)",
        )

    def handle(self, *_args: Any, slug: str, at: dt.datetime | None, **options: Any) -> None:
        size = Size(options["cities"], options["people"], options["sessions"])
        try:
            with pghistory.context(command="generate_edition"):
                edition = generate_edition(slug=slug, size=size, seed=options["seed"], now=at or timezone.now())
        except ProgrammeError as error:
            raise CommandError(str(error)) from error
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(
            f"Edition {edition.slug}: {size.n_cities} cities, {size.n_people} people, {size.n_sessions} sessions."
        )
