"""Whatever is in a file, reading it and matching its people takes little memory and little time."""

import json
import os
import re
import subprocess
import sys

import pytest

from tests.attendance.meeting_reports.reading import bombs

pytestmark = pytest.mark.slow

# Of CPU: the dearest file takes 6 s beside other tests, what grows with the square of its lines minutes. Of a process with Django.
MOST_SECONDS, MOST_MEGABYTES = 10, 300
FILES = {f"{name}.xlsx": bomb for name, bomb in bombs.WORKBOOKS.items()}
FILES |= {f"{name}.csv": bomb for name, bomb in bombs.TEXTS.items()}


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """What came of each: the sentence with which it was refused, seconds, megabytes. Read one after the other, apart from us."""
    folder = tmp_path_factory.mktemp("bombs")
    for name, (content, _sentence) in FILES.items():
        made = content()
        (folder / name).write_bytes(made if isinstance(made, bytes) else made.encode())
    command = [sys.executable, "-m", "tests.attendance.meeting_reports.reading.bombs", str(folder)]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "udtacademy.settings"}
    answer = subprocess.run(command, env=environment, capture_output=True, check=True, timeout=1200)
    return json.loads(answer.stdout)


@pytest.mark.parametrize("name", FILES)
def test_a_bomb_takes_little_and_is_answered(measured, name):
    sentence, seconds, megabytes = measured[name]

    assert (seconds < MOST_SECONDS, megabytes < MOST_MEGABYTES) == (True, True), (seconds, megabytes)
    assert re.search(FILES[name][1] or "^$", sentence), sentence
