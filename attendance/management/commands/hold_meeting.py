from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from attendance.demo.simulators.meeting import hold_meeting
from programme.errors import ProgrammeError
from programme.models import Session


class Command(BaseCommand):
    help = "Hold a simulated meeting of a session: its events go to this site's webhook, its report to the review. Needs DEBUG."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("edition")
        parser.add_argument("session")
        parser.add_argument("--seconds", type=int, default=180)

    def handle(self, *_args: Any, **options: Any) -> None:
        sessions = Session.objects.select_related("edition", "actual_time").filter(edition__slug=options["edition"])
        session = sessions.filter(slug=options["session"]).first()
        if session is None:
            raise CommandError("There is no such session.")
        try:
            n = hold_meeting(session, seconds=options["seconds"])
        except ProgrammeError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{n} events were sent.")
