"""Meeting reports as organisers upload them."""

import datetime as dt

from attendance.actions.meeting_identities import Choice, Verdict
from attendance.actions.platform_people import choose_platform_people, save_people
from attendance.actions.reported_people import choose_people
from attendance.actions.reports import Choices, add_reports
from attendance.models import PlatformPerson
from attendance.platforms.events import Person
from attendance.rules.meeting_events import Presence, Stay
from tests.attendance.meeting_reports.reading import files


def give(session, content, by, *, name="zoom.csv", **choices):
    reports, _is_new = add_reports(
        edition=session.edition, name=name, content=content, choices=Choices(session=session, **choices), by=by
    )
    return reports[0]


def zoom(session, *people):
    return files.zoom(people, session.starts_at, session.edition.zone)


def people_live(session, *named):
    """Let people be in a session's meeting for its first half: by name, or by name and address. Return them in this order."""
    stay = Stay(session.starts_at, session.starts_at + dt.timedelta(minutes=30))
    people = {f"{n:02}:": Person(*([it] if isinstance(it, str) else it)) for n, it in enumerate(named)}
    save_people(session, ("zoom", "1"), {key: Presence((stay,)) for key in people}, people)
    return list(PlatformPerson.objects.filter(session=session).order_by("key"))


def choose_person(*, person, participant, by):
    """Choose who one person of a report is; None: not a participant."""
    verdict = Verdict.PARTICIPANT if participant else Verdict.NOBODY
    choose_people(choices=[Choice(person, verdict, participant)], by=by)


def leave_open(*, person, by):
    choose_people(choices=[Choice(person, Verdict.OPEN)], by=by)


def choose_platform_person(*, person, participant, by):
    """Choose who one person in a meeting is; None: not a participant."""
    verdict = Verdict.PARTICIPANT if participant else Verdict.NOBODY
    choose_platform_people(session=person.session, choices=[Choice(person, verdict, participant)], by=by)


def leave_platform_person_open(*, person, by):
    choose_platform_people(session=person.session, choices=[Choice(person, Verdict.OPEN)], by=by)
