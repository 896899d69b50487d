from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from programme.management.arguments import edition_called
from programme.programme_files.dump import dump_programme, dumps


class Command(BaseCommand):
    help = "Write an edition's programme as a TOML file to standard output. load_programme reads it back without loss."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("edition", help="the edition's slug, such as udt-2025")

    def handle(self, *_args: Any, edition: str, **_options: Any) -> None:
        self.stdout.write(dumps(dump_programme(edition=edition_called(edition))), ending="")
