import datetime as dt
from io import StringIO

import pghistory.models
import pytest
import time_machine
from django.core.management import CommandError, call_command

from programme.models import City, Edition, Participant, Session
from programme.queries.in_person_days import in_person_days
from programme.queries.staff import role_of
from programme.rules.stays import arrival_span, departure_span, is_within
from tests.factories.programme import PROGRAMME_2025
from udtacademy.accounts.models import User

pytestmark = pytest.mark.slow

NOW = dt.datetime(2026, 11, 23, 10, 20, tzinfo=dt.UTC)


def local(moment, edition):
    return moment.astimezone(edition.zone)


def run(*arguments, **options):
    out = StringIO()
    call_command(*arguments, stdout=out, **options)
    return out.getvalue()


@pytest.mark.django_db
def test_load_programme_wording():
    assert run("load_programme", PROGRAMME_2025).splitlines()[-1] == "Edition udt-2025: 34 changes."
    assert run("load_programme", PROGRAMME_2025) == "Edition udt-2025: nothing to change.\n"
    session = Session.objects.get(slug="peer-learning")
    event = pghistory.models.Events.objects.tracks(session).get()
    assert event.pgh_context == {"command": "load_programme", "file": "udt-2025.toml"}


@pytest.mark.django_db
def test_load_programme_dry_run_changes_nothing():
    assert "none was made (--dry-run)" in run("load_programme", PROGRAMME_2025, dry_run=True)
    assert not Edition.objects.exists()


@pytest.mark.django_db
def test_load_programme_of_a_bad_file_tells_all_and_loads_nothing(tmp_path):
    file = tmp_path / "bad.toml"
    file.write_text(PROGRAMME_2025.read_text().replace('"online"', '"onlin"').replace("Europe/Madrid", "Madrid"))

    with pytest.raises(CommandError, match=r"has 7 mistakes; nothing was loaded\.\nedition\.time_zone: expected"):
        run("load_programme", file)
    assert not Edition.objects.exists()


@pytest.mark.django_db
def test_load_programme_of_a_missing_file_says_so(tmp_path):
    with pytest.raises(CommandError, match=r"cannot be read: No such file or directory\."):
        run("load_programme", tmp_path / "none.toml")


def test_load_programme_refuses_a_collision(edition_2025, tmp_path):
    edition_2025.sessions.filter(slug="peer-learning").update(slug="renamed")

    with pytest.raises(CommandError, match="Nothing was loaded"):
        run("load_programme", PROGRAMME_2025)


def test_dump_programme_writes_the_file(edition_2025):
    assert run("dump_programme", "udt-2025") == PROGRAMME_2025.read_text().partition("\n\n")[2]


def test_dump_programme_of_an_unknown_edition_names_those_there_are(edition_2025):
    with pytest.raises(CommandError, match=r"There is no edition “x”\. Existing editions: udt-2025\."):
        run("dump_programme", "x")


def test_clone_edition_wording(edition_2025):
    printed = run("clone_edition", "udt-2025", "udt-2026", first_day=dt.date(2026, 9, 15))

    assert printed.startswith(
        "UDT Academy 2026: 2026-09-15 to 2026-12-30\nCopied:\n  - 27 sessions, moved by +364 days"
    )
    assert "Checklist:\n  - Check the dates of the sessions" in printed
    assert "Not copied:\n  - 0 participants" in printed


def test_clone_edition_refuses_a_bad_slug_and_a_bad_day(edition_2025):
    with pytest.raises(CommandError, match="Nothing was cloned"):
        run("clone_edition", "udt-2025", "admin", "--first-day=2026-09-15")
    with pytest.raises(CommandError, match="“soon” is not a date"):
        run("clone_edition", "udt-2025", "udt-2026", "--first-day=soon")


@pytest.mark.django_db
@time_machine.travel(NOW, tick=False)
def test_seed_demo_lies_around_now_and_is_idempotent(settings):
    settings.DEBUG = True

    assert run("seed_demo") == "Demo edition (invented cities) is set up around now.\n"

    demo = Edition.objects.get(slug="demo")
    timed = demo.sessions.timed().exclude(format="break")
    assert timed.filter(ends_at__lt=NOW).count() == 3
    assert timed.filter(starts_at__gt=NOW, starts_at__lte=NOW + dt.timedelta(hours=1)).count() == 1
    assert timed.filter(starts_at__lte=NOW, ends_at__gt=NOW).get().format == "in_person"
    assert timed.filter(starts_at__gt=NOW + dt.timedelta(days=1)).count() > 10
    assert (City.objects.count(), demo.delegations.count(), demo.participants.count()) == (12, 12, 32)
    organiser = User.objects.get(email="organiser@demo.example")
    assert role_of(organiser) == "organiser"
    assert not organiser.is_superuser
    assert demo.participants.filter(is_coordinator=True).count() == 12
    assert demo.participants.pending().count() == 1
    days = [it.day for it in in_person_days(demo)][1:]  # without today
    said = demo.participants.exclude(arrives_at=None)
    answered = demo.participants.exclude(photo_consent=None).exclude(expo_pass="not_asked")
    n_registered = demo.participants.registered().count()
    assert [0 < it.count() < n_registered for it in (said, answered)] == [True, True]
    assert all(is_within(local(it.arrives_at, demo), arrival_span(days)) for it in said)
    assert all(is_within(local(it.leaves_at, demo), departure_span(days)) for it in said)

    before = [list(model.objects.order_by("pk").values()) for model in (Session, Participant, User, City)]
    assert run("seed_demo") == "Demo edition (invented cities) is already around now: nothing to change.\n"
    assert [list(model.objects.order_by("pk").values()) for model in (Session, Participant, User, City)] == before


@pytest.mark.django_db
def test_seed_demo_moves_on_with_the_days(settings):
    settings.DEBUG = True
    with time_machine.travel(NOW, tick=False):
        run("seed_demo")
    later = NOW + dt.timedelta(days=3, hours=9, minutes=27)  # 22:47 in Madrid

    with time_machine.travel(later, tick=False):
        run("seed_demo")

    demo = Edition.objects.get(slug="demo")
    assert demo.sessions.filter(starts_at__gt=later, starts_at__lte=later + dt.timedelta(hours=1)).count() == 1
    assert demo.participants.count() == 32


@pytest.mark.django_db
def test_seed_demo_is_refused_in_production():
    with pytest.raises(CommandError, match="only if DEBUG is on"):
        run("seed_demo")
    assert not Edition.objects.filter(slug="demo").exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("hour", "minute"),  # in UTC; across midnight in Madrid
    [
        *((0, 56), (22, 28), (23, 0)),
        *(
            pytest.param(*it, marks=pytest.mark.nightly)
            for it in [(0, 0), (0, 28), (22, 0), (22, 56), (23, 28), (23, 56)]
        ),
    ],
)
def test_seed_demo_has_a_session_within_the_hour_at_any_time(settings, hour, minute):
    settings.DEBUG = True
    now = dt.datetime(2026, 10, 25, hour, minute, tzinfo=dt.UTC)  # the clocks go back at 1 UTC

    with time_machine.travel(now, tick=False):
        run("seed_demo")

    soon = Session.objects.filter(starts_at__gt=now, starts_at__lte=now + dt.timedelta(hours=1))
    assert soon.get().ends_at - soon.get().starts_at == dt.timedelta(minutes=60)
    arrival = Session.objects.get(slug="arrival-today")
    assert arrival.starts_at <= now < arrival.ends_at
    assert arrival.local_day == now.astimezone(arrival.edition.zone).date()


def test_start_is_refused_in_production():
    with pytest.raises(CommandError, match="for a development machine"):
        run("start")


@pytest.mark.parametrize("port", ["0", "65536", "abc", "-1", "８０００", ""])
def test_start_refuses_what_is_no_port(settings, monkeypatch, port):
    settings.DEBUG = True
    monkeypatch.setenv("PORT", port)

    with pytest.raises(CommandError, match="PORT must be a number from 1 to 65535"):
        run("start")
