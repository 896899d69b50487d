import json

import pytest
import time_machine
from django.core.management import CommandError, call_command

from tests.factories.people import DelegationFactory, ParticipantFactory, everybody_was_told


@pytest.fixture
def people(edition, session):
    city = DelegationFactory(edition=edition, quota=5)
    make = lambda name, **more: ParticipantFactory(  # noqa: E731 - three alike
        delegation=city, user__name=name, user__email=f"{name.lower()}@city.example", **more
    )
    both = make("Ana", state_at="2025-08-01T00:00Z"), make("Bo", state_at="2025-09-25T00:00Z")
    with time_machine.travel("2025-09-25T00:00Z", tick=False):
        everybody_was_told(edition)
    return both


def test_the_table_says_who_gets_what_when_and_who_not_and_why(edition, people, capsys):
    call_command("preview_reminders", edition.slug, "--at", "2025-09-25T09:00")

    assert capsys.readouterr().out.splitlines() == [
        "Thu 2025-09-18 16:00  7 days before “Peer-learning”",
        "    registered later: Bo <bo@city.example>",
        "    could not be sent in time: Ana <ana@city.example>",
        "Wed 2025-09-24 16:00  1 day before “Peer-learning”",
        "    gets it: Ana <ana@city.example>, Bo <bo@city.example>",
        "Thu 2025-09-25 15:00  1 hour before “Peer-learning”",
        "    gets it: Ana <ana@city.example>, Bo <bo@city.example>",
    ]


def test_json_is_for_scripts(edition, people, capsys):
    call_command("preview_reminders", edition.slug, "--at", "2025-09-25T09:00+02:00", "--json")

    week, _day, hour = json.loads(capsys.readouterr().out)
    assert week["does_not"]["registered later"] == ["bo@city.example"]
    assert hour == {
        "session": "peer-learning",
        "starts_at": "2025-09-25T14:00:00+00:00",
        "offset_minutes": 60,
        "at": "2025-09-25T13:00:00+00:00",
        "useful_until": "2025-09-25T14:00:00+00:00",
        "gets": ["ana@city.example", "bo@city.example"],
        "got": [],
        "does_not": {},
    }


def test_with_nothing_ahead_it_says_so(edition, people, capsys):
    call_command("preview_reminders", edition.slug)

    assert capsys.readouterr().out == "No upcoming published session has a time.\n"


@pytest.mark.parametrize(("arguments", "message"), [(["nowhere"], "There is no edition"), ([], "required")])
def test_what_cannot_be_previewed(db, arguments, message):
    with pytest.raises(CommandError, match=message):
        call_command("preview_reminders", *arguments)


def test_a_moment_that_is_none(edition):
    with pytest.raises(CommandError, match="“noon” is not a date and time. Write it like this: 2026-09-15T16:00"):
        call_command("preview_reminders", edition.slug, "--at", "noon")
