"""The cast, and what several test files share."""

import datetime as dt
import gc
import hashlib

import pgtrigger
import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection, connections
from django.utils import timezone
from whitenoise import WhiteNoise

from attendance.actions.retention import GUARDED
from attendance.triggers import NOT_EMPTIED
from programme.programme_files.load import load_programme
from programme.programme_files.reading import loads
from tests import emptying, node, properties, servers
from tests.client import Client
from tests.factories.people import DelegationFactory, ParticipantFactory, UserFactory
from tests.factories.programme import PROGRAMME_2025, EditionFactory, SessionFactory, TrackFactory
from udtacademy.devtools.embedded import exclusive

# Python looks for circles after every 700 new objects. That is a third of the CPU of migrating, and a few hundredths of tests.
gc.set_threshold(20_000, 10, 10)

# Two hundred people connect at the same moment, beside other tests: that is no database that is away.
connections.settings["default"]["OPTIONS"]["connect_timeout"] = 60  # seconds
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # that of production takes 0.2 s

properties.load_profile()


def pytest_collection_modifyitems(config, items):
    """Leave what is nightly to `make nightly`, and put the others in order.

    Production tests are first: a process takes over tests from the end of another's list, and these share one set-up. Then
    those in a browser and the slow ones, so that no process is left with one at the end.
    """
    if properties.PROFILE != "nightly":
        nightly = [item for item in items if item.get_closest_marker("nightly")]
        config.hook.pytest_deselected(items=nightly)
        items[:] = [item for item in items if item not in nightly]

    def place(item):
        if "production" in item.path.parts:
            return 0
        if item.get_closest_marker("browser"):
            return 1
        return 2 if item.get_closest_marker("slow") else 3

    items.sort(key=place)


def pytest_collection_finish():
    """Leave what is loaded by now out of garbage collection, which would look through all of it again and again."""
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _static_files():
    """Hashed and compressed, as in production. WhiteNoise looks through them once, not each time that a setting changes."""
    call_command("collectstatic", verbosity=0, interactive=False)
    look_through, known = WhiteNoise.update_files_dictionary, {}

    def look_through_once(files, root, prefix):
        key = root, prefix, files.max_age
        if key not in known:
            look_through(files, root, prefix)
            known[key] = dict(files.files)
        files.files.update(known[key])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoise, "update_files_dictionary", look_through_once)
        yield


@pytest.fixture(scope="session")
def run_node():
    return node.run


def digest_of_migrations():
    """What a migrated database depends on: our migrations, and the versions of the packages that bring others."""
    packages = [settings.BASE_DIR / it for it in ("udtacademy", "programme", "attendance")]
    files = [file for it in packages for file in sorted(it.glob("**/migrations/*.py"))]
    files.append(settings.BASE_DIR / "requirements" / "dev.txt")
    return hashlib.sha256(b"\0".join(it.read_bytes() for it in files)).hexdigest()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings, django_db_blocker):
    """As pytest-django's. Each process starts with a copy of a migrated database, which stays until a migration changes.

    Migrating takes 20 s of CPU. Its comment is the digest of the migrations; a run that is killed leaves none.
    """
    name, of_tests = connection.settings_dict["NAME"], connection.settings_dict["TEST"]
    own, template, digest = of_tests["NAME"], f"test_{name}_template", digest_of_migrations()
    comment = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s"
    with exclusive(servers.VAR / "template.lock"), django_db_blocker.unblock():
        with connection._nodb_cursor() as cursor:
            cursor.execute(comment, [template])
            is_migrated = cursor.fetchone() == (digest,)
        if not is_migrated:
            of_tests["NAME"] = template
            connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
            connection.creation.destroy_test_db(name, verbosity=0, keepdb=True)  # forgets it
            with connection._nodb_cursor() as cursor:
                cursor.execute(f"COMMENT ON DATABASE {template} IS %s", [digest])
    of_tests |= {"NAME": own, "TEMPLATE": template}


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """As pytest-django's. Tests that commit empty all tables afterwards, which those of evidence refuse elsewhere."""
    with django_db_blocker.unblock():
        pgtrigger.disable(*(f"{model}:{NOT_EMPTIED}" for model in GUARDED))
        emptying.install()


@pytest.fixture(autouse=True)
def _nobody_has_tried_too_often():
    """The limits count in the cache, which outlives a test."""
    cache.clear()


@pytest.fixture
def client():
    """Checks CSRF tokens, and every form of every page it is shown."""
    return Client()


@pytest.fixture
def document_2025():
    return loads(PROGRAMME_2025.read_bytes())


@pytest.fixture
def edition_2025(db, document_2025):
    edition, _ = load_programme(document=document_2025, by=None)
    return edition


@pytest.fixture
def edition(db):
    return EditionFactory()


@pytest.fixture
def session(edition):
    """Core, confirmed, published: 25 September 2025, 16:00–17:30 in Madrid."""
    starts_at = dt.datetime(2025, 9, 25, 14, 0, tzinfo=dt.UTC)
    return SessionFactory(
        edition=edition,
        slug="peer-learning",
        title="Peer-learning",
        is_core=True,
        status="confirmed",
        starts_at=starts_at,
        ends_at=starts_at + dt.timedelta(minutes=90),
    )


@pytest.fixture
def organiser(db):
    return UserFactory(name="Olga Organiser", is_staff=True, is_superuser=True)


@pytest.fixture
def participant(edition):
    return ParticipantFactory(delegation=DelegationFactory(edition=edition))


@pytest.fixture
def open_edition(db):
    """Runs now, and takes registrations."""
    now = timezone.now()
    return EditionFactory(
        slug="academy",
        name="Academy",
        first_on=now.date() - dt.timedelta(days=3),
        last_on=now.date() + dt.timedelta(days=60),
        registration_opens_at=now - dt.timedelta(days=3),
        registration_closes_at=now + dt.timedelta(days=30),
        contact_email="organisers@academy.example",
    )


@pytest.fixture
def delegation(open_edition):
    """Girona: three seats, addresses at girona.example need no approval."""
    return DelegationFactory(edition=open_edition, city__name="Girona", quota=3, email_domains=["girona.example"])


@pytest.fixture
def coordinator(delegation):
    """Of Girona: a participant."""
    return ParticipantFactory(
        delegation=delegation, is_coordinator=True, user__name="Carme Coll", user__email="carme@girona.example"
    )


@pytest.fixture
def other_coordinator(open_edition):
    """Of another city in the same edition: a participant."""
    return ParticipantFactory(
        delegation__edition=open_edition, is_coordinator=True, user__name="Otto Ost", user__email="otto@ost.example"
    )


@pytest.fixture
def desk(db):
    """Staff who only check people in."""
    user = UserFactory(name="Desi Desk", is_staff=True)
    user.groups.add(Group.objects.get(name="desk"))
    return user


@pytest.fixture
def answers():
    """What somebody types into the registration form, where no session is in person."""
    return {
        "name": "Ana Anaya",
        "job_title": "Planner",
        "department": "Urban planning",
        "hopes": "How others began.",
        "language": "ca",
        "time_zone": "Europe/Madrid",
    }


@pytest.fixture
def stranger(db):
    """Signed in, with no part in anything."""
    return UserFactory(name="Stella Stranger")


@pytest.fixture
def fire_deferred_triggers(db):
    """Call it for what the database does at a commit, which a test's transaction never reaches."""

    def fire():
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")

    return fire


@pytest.fixture
def tracks(open_edition):
    """Two slots in a week, each with a governance and a technical session of two places; choosing is open."""
    now = timezone.now().replace(second=0, microsecond=0)
    open_edition.choice_opens_at, open_edition.choice_closes_at = now - dt.timedelta(days=1), now + dt.timedelta(days=5)
    open_edition.save()
    found = {}
    for position, name in enumerate(("Governance", "Technical")):
        track = TrackFactory(edition=open_edition, slug=name.lower(), name=name, position=position)
        for hour, word in enumerate(("morning", "afternoon")):
            starts_at = now + dt.timedelta(days=7, hours=3 * hour)
            found[f"{track.slug}-{word}"] = SessionFactory(
                edition=open_edition,
                slug=f"{track.slug}-{word}",
                title=f"{name} in the {word}",
                track=track,
                format="in_person",
                capacity=2,
                starts_at=starts_at,
                ends_at=starts_at + dt.timedelta(hours=1),
            )
    return found
