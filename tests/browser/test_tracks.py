"""Choosing tracks as people do: on a phone, by keyboard, without JavaScript; and two of them for the last seat."""

import datetime as dt
import itertools

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from programme.models import Seat
from tests.factories.people import ParticipantFactory, SeatFactory
from udtacademy.http import load_shedding
from udtacademy.outbox.models import Message

PHONE = {"width": 375, "height": 740}
TRACKS = "/portal/academy/tracks/"


@pytest.fixture
def technical(tracks):
    """The technical session of the morning, with one seat left."""
    session = tracks["technical-morning"]
    SeatFactory(participant=ParticipantFactory(delegation__edition=session.edition), session=session)
    return session


@pytest.fixture
def two_people(delegation):
    return [ParticipantFactory(delegation=delegation, user__name=name) for name in ("Ada First", "Bo Second")]


def open_tracks(visit, participant, **options):
    visitor = visit(**options)
    visitor.sign_in(participant.user)
    visitor.open(TRACKS)
    return visitor


def option(visitor, title):
    return visitor.page.get_by_role("radio", name=title)


def save(visitor):
    visitor.page.get_by_role("button", name="Save my choice").click()


@pytest.mark.parametrize("has_script", [True, False], ids=["with JavaScript", "without"])
def test_two_people_at_once_for_the_last_seat(visit, technical, tracks, two_people, has_script):
    ada, bo = (open_tracks(visit, it, java_script_enabled=has_script, **PHONE) for it in two_people)
    for visitor in (ada, bo):
        expect(visitor.page.get_by_text("1 seat left")).to_be_visible()
        option(visitor, "Technical in the morning").check()

    save(ada)
    save(bo)

    expect(ada.page.get_by_text("You have a seat in “Technical in the morning”.")).to_be_visible()
    expect(bo.page.get_by_text("is full. You are number 1 on the waiting list.")).to_be_visible()
    expect(bo.page.get_by_text("Full: 1 on the waiting list")).to_be_visible()

    # Bo takes the other session, and waits for this one.
    option(bo, "Governance in the morning").check()
    save(bo)
    expect(bo.page.get_by_text("You have a seat in “Governance in the morning”.")).to_be_visible()
    option(bo, "Technical in the morning").check()
    save(bo)
    expect(bo.page.get_by_text("You are number 1 on the waiting list.")).to_be_visible()
    assert not bo.overflows()

    # Ada changes her mind; Bo is moved, told, and declines.
    option(ada, "Governance in the morning").check()
    save(ada)
    expect(ada.page.get_by_text("instead of “Technical in the morning”")).to_be_visible()
    assert Message.objects.filter(kind="seat_promoted", user=two_people[1].user).count() == 1
    bo.page.reload()
    bo.page.get_by_role("button", name="Decline and go back to “Governance in the morning”").click()
    expect(bo.page.get_by_text("You now have a seat in “Governance in the morning”")).to_be_visible()
    assert set(Seat.objects.filter(participant__in=two_people).values_list("session__slug", "state")) == {
        ("governance-morning", "held")
    }
    bo.page.go_back()
    bo.page.reload()
    expect(option(bo, "Governance in the morning")).to_be_checked()
    assert [*ada.complaints, *bo.complaints] == []


def test_the_numbers_follow_while_the_page_is_open_and_what_is_ticked_stays(visit, technical, tracks, two_people):
    bo = open_tracks(visit, two_people[1])
    bo.page.clock.install()
    bo.page.reload()
    option(bo, "Technical in the morning").check()
    SeatFactory(participant=two_people[0], session=technical)

    bo.page.clock.run_for(11_000)

    expect(bo.page.get_by_text("Full", exact=True)).to_be_visible()
    expect(option(bo, "Technical in the morning")).to_be_checked()
    SeatFactory(participant=two_people[1], session=tracks["governance-afternoon"])
    bo.page.clock.run_for(11_000)
    expect(bo.page.get_by_text("Your seats have changed since you opened this page.")).to_be_visible()
    save(bo)
    expect(bo.page.get_by_text("You are number 1 on the waiting list.")).to_be_visible()  # it was known to be full
    assert bo.complaints == []


def test_a_track_for_everything_by_keyboard_alone(visit, technical, two_people):
    visitor = open_tracks(visit, two_people[0], **PHONE)
    button = visitor.page.get_by_role("button", name="All Technical")
    for _ in range(30):
        if button.evaluate("it => it === document.activeElement"):
            break
        visitor.page.keyboard.press("Tab")

    visitor.page.keyboard.press("Enter")

    expect(visitor.page.get_by_text("You have a seat in “Technical in the morning”.")).to_be_visible()
    expect(visitor.page.get_by_text("You have a seat in “Technical in the afternoon”.")).to_be_visible()


@pytest.fixture
def pages(tracks, two_people, organiser, open_edition):
    """Who opens which page; each state of them that looks different."""
    ada, bo = two_people
    for session in tracks.values():
        session.description = "What it is about.\n\nAnd more."
        session.save()
    technical = tracks["technical-morning"]
    technical.title = "T" * 100
    technical.capacity = 0
    technical.save()
    SeatFactory(participant=ada, session=technical, state="waiting")
    SeatFactory(participant=ada, session=tracks["governance-afternoon"], is_promoted=True, moved_from=technical)
    SeatFactory(participant=bo, session=tracks["governance-morning"])
    SeatFactory(participant=bo, session=technical, state="waiting", offered_at=timezone.now())
    return {
        ada.user: [TRACKS, "/portal/academy/", "/portal/academy/calendar/"],
        bo.user: [TRACKS],
        organiser: ["/admin/editions/academy/seats/", "/admin/programme/seat/"],
    }


@pytest.mark.parametrize("is_open", [True, False], ids=["open", "closed"])
def test_pages_about_seats_are_accessible_fit_and_valid(visit, pages, open_edition, html_findings, tmp_path, is_open):
    if not is_open:
        open_edition.choice_closes_at = open_edition.choice_opens_at + dt.timedelta(hours=1)
        open_edition.save()
    files = []
    for user, paths in pages.items():
        visitor = visit()
        visitor.sign_in(user)
        for path in paths:
            opened = visitor.open(path)
            for look in visitor.looks():
                assert visitor.violations(*([] if "admin" in path else ["best-practice"])) == [], (path, look)
                assert "admin" in path or not visitor.overflows(), (path, look)
                assert "admin" in path or visitor.small_targets() == [], (path, look)
            if "admin" not in path:
                files.append(tmp_path / f"{len(files)}{path.replace('/', '-')}.html")
                files[-1].write_bytes(opened.body())
        assert visitor.complaints == []
    assert html_findings(*files) == ""


@pytest.mark.parametrize("has_script", [True, False], ids=["with JavaScript", "without"])
def test_in_a_rush_the_page_waits_and_sends_the_choice_again(visit, technical, two_people, monkeypatch, has_script):
    ada = open_tracks(visit, two_people[0], java_script_enabled=has_script, **PHONE)
    option(ada, "Technical in the morning").check()
    forms = itertools.count()
    monkeypatch.setattr(load_shedding, "is_too_long", lambda method: method == "POST" and next(forms) < 2)

    save(ada)
    for _ in range(2):
        expect(ada.page.get_by_role("heading", name="You are in a queue")).to_be_visible()
        if not has_script:
            ada.page.get_by_role("button", name="Send again").click()

    expect(ada.page.get_by_text("You have a seat in “Technical in the morning”.")).to_be_visible()
    assert not ada.overflows()
    assert Seat.objects.filter(participant=two_people[0]).count() == 1
