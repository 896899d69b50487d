from pathlib import Path
from typing import Any

import pghistory
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from programme.errors import ProgrammeError
from programme.programme_files.load import load_programme
from programme.programme_files.mistakes import DocumentError
from programme.programme_files.reading import loads


class Command(BaseCommand):
    help = "Load an edition's programme from a TOML file. Load it again to apply changes in the file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="show what would change, but change nothing")

    def handle(self, *_args: Any, file: Path, dry_run: bool, **_options: Any) -> None:
        try:
            document = loads(file.read_bytes())
            with transaction.atomic(), pghistory.context(command="load_programme", file=file.name):
                edition, changes = load_programme(document=document, by=None)
                if dry_run:
                    transaction.set_rollback(True)
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
        except DocumentError as error:
            count = f"{len(error.mistakes)} mistake{'s' if len(error.mistakes) > 1 else ''}"
            raise CommandError(f"{file} has {count}; nothing was loaded.\n{error}") from error
        except ProgrammeError as error:
            raise CommandError(f"{error} Nothing was loaded.") from error
        for line in changes.made + changes.left_alone:
            self.stdout.write(line)
        if not changes.made:
            self.stdout.write(f"Edition {edition.slug}: nothing to change.")
        elif dry_run:
            self.stdout.write(
                f"Edition {edition.slug}: {len(changes.made)} changes to make; none was made (--dry-run)."
            )
        else:
            self.stdout.write(f"Edition {edition.slug}: {len(changes.made)} changes.")
