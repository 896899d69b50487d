from typing import Any

import pghistory
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from attendance.demo.seed import seed_attendance
from programme.errors import ProgrammeError
from programme.models import Edition


class Command(BaseCommand):
    help = "Add attendance to past sessions of the demo edition. Sessions that have attendance already stay unchanged."

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            with pghistory.context(command="seed_attendance"):
                n, pages = seed_attendance(now=timezone.now())
        except (ProgrammeError, Edition.DoesNotExist) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Added attendance to {n} demo sessions. Check-in of the demo, to be tried now:")
        for page in pages:
            self.stdout.write(f"  {page}")
