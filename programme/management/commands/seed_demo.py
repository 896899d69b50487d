from typing import Any

import pghistory
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from programme.demo.seed import seed_demo
from programme.errors import ProgrammeError


class Command(BaseCommand):
    help = "Make the demo edition, the 2025 programme around now. Again: nothing changes while a session is on or near."

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            with pghistory.context(command="seed_demo"):
                edition, is_changed = seed_demo(now=timezone.now())
        except ProgrammeError as error:
            raise CommandError(str(error)) from error
        state = "is set up around now" if is_changed else "is already around now: nothing to change"
        self.stdout.write(f"{edition.name} {state}.")
