"""The scripts of the door, without a browser: which scans are sent, and when they say they were made."""

import json

import pytest
from django.conf import settings

SCRIPTS = settings.BASE_DIR / "static" / "js"


@pytest.fixture
def door(run_node):
    def run(test, **args):
        done = run_node("door.cjs", source=json.dumps({"test": test, "args": args}))
        assert not done.stderr
        return json.loads(done.stdout)

    return run


@pytest.mark.parametrize("is_old", [False, True])
@pytest.mark.parametrize("status", [403, 404, 405])
def test_a_scan_that_is_not_accepted_is_set_aside_and_the_next_is_sent(door, status, is_old):
    assert door("refused", status=status, shell=200, isOld=is_old) == {"states": ["stuck", "done"], "signedOut": 0}


@pytest.mark.parametrize(("status", "reason"), [(403, "forbidden"), (404, "gone"), (405, "gone")])
def test_a_scan_that_is_not_accepted_is_listed_with_its_session_and_why(door, status, reason):
    assert door("stuck", status=status) == {
        "name": "A",
        "title": "At /gone/",
        "reason": reason,
        "isToday": True,
        "unsettled": 1,  # signing out tells of it
    }


def test_as_many_scans_are_listed_as_are_said_to_wait(door):
    waiting = door("waiting", n=11)

    assert (waiting["counted"], waiting["listed"]) == (11, 11)
    assert waiting["first"] == {"n": 11, "name": "A10", "isUndo": False, "title": "At /there/"}
    assert waiting["last"] == {"n": 1, "name": "A0", "isUndo": True, "title": "At /there/"}


def test_leaving_loses_only_what_is_not_on_the_disk(door):
    assert door("leaving") == [True, False, True]


@pytest.mark.parametrize(
    ("answer", "is_signed_out"),
    [
        ({"status": 200, "redirected": True, "shell": 200}, True),  # to the page where one signs in
        ({"status": 404, "shell": 404}, True),  # somebody who may not see this door
        ({"status": 404, "shell": 503}, False),
        ({"status": 503, "shell": 200}, False),
    ],
)
def test_scans_wait_when_somebody_is_signed_out_or_the_server_is_away(door, answer, is_signed_out):
    assert door("refused", **answer) == {"states": ["waiting", "waiting"], "signedOut": int(is_signed_out)}


@pytest.mark.parametrize(
    ("shown", "kind", "state"),
    [
        ("noted", "checked_in", ["done", ""]),
        ("noted", "withdrawn", ["differs", "A"]),
        ("already_here", "already", ["done", ""]),
        ("unknown_here", "unknown", ["differs", "A"]),  # they are in the room, and nobody is checked in
        ("unknown_here", "checked_in", ["differs", "A"]),
    ],
)
def test_what_became_of_a_scan_is_listed_if_it_is_not_what_was_shown(door, shown, kind, state):
    assert door("settled", shown=shown, kind=kind) == [state]


# Hours: by how much the clock is off when the server first answers, and by how much it is put on before and after a scan.
PUT_RIGHT_LATER = [(3, 0, 0), (3, 0, -3), (-3, 0, 3), (26, 0, -26), (0, 5, 0), (0, -11, 0)]
PUT_RIGHT_BEFORE = [(3, -3, 0), (-3, 3, 0)]  # after a reload nothing tells this from a clock put right later


@pytest.mark.parametrize(
    ("off", "is_reloaded"),
    [(off, False) for off in PUT_RIGHT_LATER + PUT_RIGHT_BEFORE] + [(off, True) for off in PUT_RIGHT_LATER],
)
def test_a_scan_is_as_old_as_it_is_whenever_the_clock_is_put_right(door, off, is_reloaded):
    learned, before, after = off

    posted = door("clock", learned=learned, before=before, after=after, reloaded=is_reloaded)

    assert [it["waited"] for it in posted] == [60]


def test_two_tabs_send_each_scan_once_and_none_that_the_other_took_back(door):
    assert door("tabs") == {"posted": ["A", "B"], "after": [], "known": ["done", "done"]}


def test_a_kiosk_without_a_network_shows_the_page_that_says_so(run_node):
    answers = ["gone", "late", 502, 503, 200, 403]

    done = run_node("kiosk.cjs", source=json.dumps({"answers": answers}))

    assert not done.stderr
    assert json.loads(done.stdout) == ["away", "away", "away", "away", "page 200", "page 403"]


@pytest.mark.parametrize("page", ["kiosk", "kiosk_away", "room_screen"])
def test_screens_work_in_older_browsers(page):
    template = (settings.BASE_DIR / "templates" / "attendance" / f"{page}.html").read_text()

    assert "AbortSignal.timeout" in (SCRIPTS / f"{page}.js").read_text()
    assert template.index("js/older_browsers.js") < template.index(f"js/{page}.js")
