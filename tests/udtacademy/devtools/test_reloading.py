"""What each process of `make run` does when a file is saved, on a small site of its own."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from udtacademy.devtools import reloading

ROOT = Path(reloading.__file__).parents[2]
PATIENCE = 60  # seconds

SITE = """\
import pathlib, signal, sys, time
from programme import page
signal.signal(signal.SIGINT, lambda *_: sys.exit())
pathlib.Path("shown.new").write_text(page.text + pathlib.Path("templates/page.html").read_text())
pathlib.Path("shown.new").rename("shown")
time.sleep(600)
"""


@pytest.fixture
def folder(tmp_path):
    """A site that writes what it would show into the file `shown`."""
    for name in reloading.WATCHED:
        (tmp_path / name).mkdir()
    (tmp_path / "templates" / "page.html").write_text("<p>")
    (tmp_path / "programme" / "page.py").write_text("text = 'one'\n")
    (tmp_path / "site.sh").write_text(f"exec {sys.executable} -c '{SITE.replace(chr(39), chr(34))}'\n")
    return tmp_path


@pytest.fixture
def running(folder):
    """The site, reloaded, in a process group of its own as honcho starts it."""
    process = subprocess.Popen(
        [sys.executable, reloading.__file__, "sh", "site.sh"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": f"{folder}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    yield process
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
    process.communicate(timeout=PATIENCE)


def wait_until_shown(folder, expected):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if (folder / "shown").exists() and (folder / "shown").read_text() == expected:
            return
        time.sleep(0.05)  # asking again, not waiting for luck: the deadline decides
    pytest.fail(f"“{expected}” is never shown")


def wait_for_line(process, expected):
    for line in iter(process.stdout.readline, ""):
        if expected in line:
            return
    pytest.fail(f"“{expected}” is never said")


def save(file, text):
    """Save as editors do: beside it, then in its place."""
    file.with_suffix(".new").write_text(text)
    file.with_suffix(".new").replace(file)


def test_a_saved_module_and_a_saved_template_are_shown(folder, running):
    wait_until_shown(folder, "one<p>")

    save(folder / "programme" / "page.py", "text = 'second'\n")
    wait_until_shown(folder, "second<p>")

    save(folder / "templates" / "page.html", "<h1>")
    wait_until_shown(folder, "second<h1>")


def test_a_syntax_error_stops_nothing_for_good_and_mending_it_brings_the_site_back(folder, running):
    wait_until_shown(folder, "one<p>")

    save(folder / "programme" / "page.py", "text = (\n")
    wait_for_line(running, "SyntaxError")
    wait_for_line(running, "It will restart when a file is saved")
    assert running.poll() is None

    save(folder / "programme" / "page.py", "text = 'mended'\n")
    wait_until_shown(folder, "mended<p>")


def test_it_ends_with_its_process_group(folder, running):
    wait_until_shown(folder, "one<p>")

    os.killpg(running.pid, signal.SIGTERM)

    assert running.wait(PATIENCE) == 0
    with pytest.raises(ProcessLookupError):
        os.killpg(running.pid, 0)
