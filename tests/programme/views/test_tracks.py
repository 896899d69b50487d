import datetime as dt
import re

import pytest
from django.core.exceptions import NON_FIELD_ERRORS
from django.utils import timezone

from programme.actions.sessions import cancel_session
from programme.actions.waiting_lists import serve_waiting_lists
from programme.models import Edition, Participant, Seat, Session
from programme.queries.todos import choose_tracks, take_a_seat_meanwhile, take_an_offered_seat
from programme.rules.windows import Window
from tests.client import Client, levels_of, text
from tests.factories.people import ParticipantFactory, SeatFactory
from tests.factories.programme import SessionFactory, TrackFactory
from tests.programme.todos import has_todo

PORTAL = "/portal/academy/"
TRACKS = "/portal/academy/tracks/"
SEATS = f"{TRACKS}seats/"


@pytest.fixture
def chooser(coordinator, client):
    client.force_login(coordinator.user)
    return coordinator


@pytest.fixture
def morning(tracks):
    return tracks["governance-morning"], tracks["technical-morning"]


@pytest.fixture
def others(coordinator):
    """Two people who fill a session."""
    return [ParticipantFactory(delegation=coordinator.delegation) for _ in range(2)]


def body(client):
    return text(client.get(TRACKS))


def form_of(client, **changes):
    """What the browser would send: the page's fields as they stand, but for `changes`."""
    page = body(client)
    main = page[page.index('id="tracks"') : page.index("save-bar")]
    posted = dict(re.findall(r'type="hidden" name="(seen-[^"]+)" value="([^"]*)"', main))
    posted["full"] = re.findall(r'name="full" value="(\d+)"', main)
    posted |= dict(re.findall(r'name="(slot-[\d-]+)" value="(\d*)" checked', main))
    return posted | {name.replace("_", "-"): value for name, value in changes.items()}


def slot(*sessions):
    return "slot_" + "_".join(str(pk) for pk in sorted(session.pk for session in sessions))


def choice_of(response, session):
    """Return the first slot of a page with the session."""
    return next(it for it in response.context["choices"] if session in it.slot.sessions)


def sessions_of(options):
    return [it.session for it in options]


def states(participant):
    return set(participant.seats.values_list("session__slug", "state"))


def fill(session, people):
    for person in people:
        SeatFactory(participant=person, session=session)


def test_the_page_shows_each_slot_with_its_tracks_and_seats(client, chooser, morning, others):
    governance, technical = morning
    fill(technical, others)
    SeatFactory(participant=ParticipantFactory(delegation__edition=chooser.edition), session=technical, state="waiting")

    response = client.get(TRACKS)

    options = choice_of(response, governance).options
    counts = [(it.session, it.session.n_free, it.session.n_waiting, it.seat) for it in options]
    assert counts == [(governance, 2, 0, None), (technical, 0, 1, None)]
    page = text(response)
    assert page.count('<fieldset class="slot-choice"') == 2
    assert re.findall(r'id="seats-left-(\d+)">', page)[:2] == [str(it.pk) for it in morning]
    assert re.findall(r'name="full" value="(\d+)"', page) == [str(technical.pk)]
    assert re.findall(r'name="all" value="([^"]+)"', page) == ["governance", "technical"]


def test_the_counts_and_states_of_a_slot_wording(client, chooser, morning, others):
    governance, technical = morning
    fill(technical, others)
    without_a_seat = body(client)
    client.post(TRACKS, form_of(client, **{slot(*morning): technical.pk}))

    page = body(client)

    assert f'id="seats-left-{governance.pk}">2 seats left</span>' in page
    assert f'id="seats-left-{technical.pk}">Full: 1 on the waiting list <input' in page
    assert without_a_seat.count("You have no seat at this time.") == 2  # in the afternoon neither
    assert page.count("You have no seat at this time.") == 1
    assert '<span class="badge badge--warn">Number 1 on the waiting list</span> Technical in the morning' in page


def test_choosing_leads_back_to_the_page_which_says_what_happened_once(client, chooser, morning):
    governance, _technical = morning

    response = client.post(TRACKS, form_of(client, **{slot(*morning): governance.pk}))

    assert (response.status_code, response.url) == (302, TRACKS)
    assert states(chooser) == {("governance-morning", "held")}
    assert [levels_of(client.get(TRACKS)) for _time in range(2)] == [["success"], []]


def test_leaving_the_form_as_it_is_changes_nothing(client, chooser, morning):
    SeatFactory(participant=chooser, session=morning[0])
    posted = form_of(client)
    Seat.objects.all().delete()
    SeatFactory(participant=chooser, session=morning[1])

    client.post(TRACKS, posted)  # an old page, in which nothing was touched

    assert states(chooser) == {("technical-morning", "held")}


def test_an_old_page_does_not_undo_a_newer_choice(client, chooser, morning):
    governance, technical = morning
    posted = form_of(client, **{slot(*morning): governance.pk})
    SeatFactory(participant=chooser, session=technical)

    response = client.post(TRACKS, posted, follow=True)

    assert states(chooser) == {("technical-morning", "held")}
    assert levels_of(response) == ["warning"]


def test_whoever_chose_a_seat_taken_meanwhile_is_told_their_number(client, chooser, morning, others):
    governance, technical = morning
    SeatFactory(participant=chooser, session=governance)
    posted = form_of(client, **{slot(*morning): technical.pk})
    fill(technical, others)

    response = client.post(TRACKS, posted, follow=True)

    assert states(chooser) == {("governance-morning", "held"), ("technical-morning", "waiting")}
    assert levels_of(response) == ["success"]
    assert [it.seat.position for it in choice_of(response, technical).waited_for] == [1]


def test_nonsense_about_what_is_full_is_nothing(client, chooser, morning):
    posted = form_of(client, **{slot(*morning): morning[0].pk}) | {"full": ["9" * 5000, "-1", "x", ""]}

    assert client.post(TRACKS, posted).status_code == 302
    assert states(chooser) == {("governance-morning", "held")}


def test_a_session_known_to_be_full_is_waited_for_and_the_seat_kept(client, chooser, morning, others):
    governance, technical = morning
    SeatFactory(participant=chooser, session=governance)
    fill(technical, others)

    response = client.post(TRACKS, form_of(client, **{slot(*morning): technical.pk}), follow=True)

    assert states(chooser) == {("governance-morning", "held"), ("technical-morning", "waiting")}
    assert levels_of(response) == ["success"]
    choice = choice_of(response, technical)
    assert (sessions_of(choice.held), sessions_of(choice.waited_for)) == ([governance], [technical])
    assert f'value="{technical.pk}" checked' in text(response)


def test_a_seat_for_the_meanwhile_is_offered_and_keeps_the_line(client, chooser, morning, others):
    governance, technical = morning
    fill(technical, others)
    client.post(TRACKS, form_of(client, **{slot(*morning): technical.pk}))
    assert f'form="meanwhile" name="meanwhile" value="{governance.pk}"' in body(client)

    response = client.post(TRACKS, {"meanwhile": governance.pk}, follow=True)

    assert states(chooser) == {("governance-morning", "held"), ("technical-morning", "waiting")}
    assert levels_of(response) == ["success"]
    assert 'name="meanwhile"' not in text(response)


def test_saving_without_a_change_says_so(client, chooser, tracks):
    response = client.post(TRACKS, form_of(client), follow=True)

    assert levels_of(response) == ["info"]


@pytest.mark.parametrize("track", ["governance", "technical"])
def test_a_shortcut_chooses_one_track_everywhere(client, chooser, tracks, track):
    client.post(TRACKS, {"all": track})

    assert states(chooser) == {(f"{track}-morning", "held"), (f"{track}-afternoon", "held")}


def test_no_seat_at_this_time_gives_it_back(client, chooser, morning):
    SeatFactory(participant=chooser, session=morning[0])

    client.post(TRACKS, form_of(client, **{slot(*morning): ""}))

    assert states(chooser) == set()


def test_what_choosing_would_end_is_said_beside_it_and_afterwards(client, chooser, morning, others):
    governance, technical = morning
    fill(technical, others)
    before = client.get(TRACKS)
    client.post(TRACKS, form_of(client, **{slot(*morning): technical.pk}))

    waiting = client.get(TRACKS)
    afterwards = client.post(TRACKS, form_of(client, **{slot(*morning): governance.pk}), follow=True)

    assert [it.context["is_waiting"] for it in (before, waiting, afterwards)] == [False, True, False]
    assert [text(it).count("option__ends") for it in (before, waiting, afterwards)] == [0, 2, 0]
    page = text(waiting)
    described_by = re.findall(r'value="(\d*)" (?:checked )?aria-describedby="([^"]+)"', page)
    ends = re.findall(r'<p class="quiet option__ends" id="([^"]+)">([^<]+)', page)
    assert [value for value, _name in described_by] == [str(governance.pk), ""]  # and at "No seat at this time"
    assert [name for name, _sentence in ends] == [name for _value, name in described_by]
    assert all(technical.title in sentence for _name, sentence in ends)
    (message,) = afterwards.context["messages"]
    assert str(message).index(governance.title) < str(message).index(technical.title)


def test_a_full_session_at_another_stretch_says_what_it_would_end_too(client, chooser, tracks, others):
    """A workshop over the whole day, beside sessions in the morning and in the afternoon."""
    waited_for, last = tracks["technical-morning"], tracks["governance-afternoon"]
    workshop = SessionFactory(
        edition=chooser.edition,
        track=TrackFactory(edition=chooser.edition, position=5),
        starts_at=waited_for.starts_at,
        ends_at=last.ends_at,
    )
    SeatFactory(participant=chooser, session=waited_for, state="waiting")

    page = body(client)

    assert page.count(f'value="{workshop.pk}" aria-describedby') == 2  # in both stretches
    assert page.count("option__ends") == 4  # there, at the other session of the morning, and at no seat then


@pytest.fixture
def asked(chooser, morning, others):
    """They hold governance, wait for technical, and a place there is free: half an hour before both start."""
    governance, technical = morning
    SeatFactory(participant=chooser, session=governance)
    SeatFactory(participant=others[0], session=technical)
    SeatFactory(participant=chooser, session=technical, state="waiting")
    now = timezone.now()
    for session in morning:
        session.starts_at, session.ends_at = now + dt.timedelta(minutes=30), now + dt.timedelta(minutes=90)
        session.save()
    serve_waiting_lists()
    return technical


def test_a_free_place_is_offered_shortly_before_and_taken_by_a_button(client, chooser, asked):
    offer = client.get(TRACKS)
    choice = choice_of(offer, asked)
    assert [it.session for it in choice.waited_for if it.is_offered(offer.context["now"])] == [asked]
    assert choice.asked_from < offer.context["now"]
    assert has_todo(client.get(PORTAL), take_an_offered_seat)
    page = text(offer)
    assert f'form="take-{asked.pk}">' in page

    response = client.post(re.search(rf'<form id="take-{asked.pk}" method="post" action="([^"]+)"', page).group(1))

    assert (response.status_code, response.url) == (302, TRACKS)
    assert states(chooser) == {("technical-morning", "held")}
    after = client.get(TRACKS)
    assert levels_of(after) == ["success"]
    assert 'form="take-' not in text(after)


def test_a_place_that_somebody_else_took_is_refused_and_nothing_changes(client, chooser, asked, others):
    assert 'form="take-' in body(client)
    url = f"{SEATS}?seats={seats_hash_of(client)}"
    SeatFactory(participant=others[1], session=asked)
    serve_waiting_lists()

    response = client.post(f"{TRACKS}technical-morning/take/", follow=True)

    assert levels_of(response) == ["error"]
    assert states(chooser) == {("governance-morning", "held"), ("technical-morning", "waiting")}
    assert 'form="take-' not in text(response)
    assert client.get(url).context["is_changed"]


def test_until_when_one_is_moved_unasked_wording(client, chooser, morning, others):
    fill(morning[1], others)
    SeatFactory(participant=chooser, session=morning[0])
    SeatFactory(participant=chooser, session=morning[1], state="waiting")

    page = body(client)

    assert re.search(r"Then we move you and email you. From \w+ \d+ \w+, \d\d:\d\d, we ask you first.", page)
    assert 'form="take-' not in page


def test_the_page_says_so_where_the_seat_reaches_in_from_earlier(client, chooser, tracks, open_edition):
    wanted = tracks["technical-morning"]
    early = SessionFactory(
        edition=open_edition,
        track=TrackFactory(edition=open_edition, position=9),
        starts_at=wanted.starts_at - dt.timedelta(minutes=30),
        ends_at=wanted.starts_at + dt.timedelta(minutes=30),
    )
    tracks["governance-morning"].starts_at = early.ends_at
    tracks["governance-morning"].save()
    SeatFactory(participant=chooser, session=early)
    SeatFactory(participant=chooser, session=wanted, state="waiting")

    response = client.get(TRACKS)

    asked_from = [it.asked_from for it in response.context["choices"] if it.waited_for]
    assert asked_from == [early.starts_at - open_edition.seat_moves_end_before] * 2


def test_waiting_can_be_stopped(client, chooser, morning, others):
    fill(morning[1], others)
    SeatFactory(participant=chooser, session=morning[1], state="waiting")
    assert f'form="release-{morning[1].pk}">' in body(client)

    response = client.post(f"{TRACKS}technical-morning/release/", follow=True)
    again = client.post(f"{TRACKS}technical-morning/release/", follow=True)

    assert [levels_of(it) for it in (response, again)] == [["success"], ["error"]]
    assert states(chooser) == set()


def test_a_seat_from_the_line_can_be_declined_back(client, chooser, morning):
    governance, technical = morning
    SeatFactory(participant=chooser, session=technical, is_promoted=True, moved_from=governance)
    response = client.get(TRACKS)
    assert choice_of(response, technical).ways_back == {technical.pk: governance}
    assert f'form="release-{technical.pk}" name="back" value="1"' in text(response)

    client.post(f"{TRACKS}technical-morning/release/", {"back": "1"})

    assert states(chooser) == {("governance-morning", "held")}


@pytest.mark.parametrize(
    "posted",
    [
        {"slot-1": "1"},
        {"all": "nothing"},
        {"meanwhile": "987654"},
        {"meanwhile": "x"},
    ],
)
def test_what_the_page_does_not_offer_is_refused(client, chooser, tracks, posted):
    response = client.post(TRACKS, posted)

    assert response.status_code == 422
    assert response.context["form"].has_error(NON_FIELD_ERRORS)
    assert not Seat.objects.exists()


@pytest.mark.parametrize("what", ["foreign", "without a track", "cancelled", "unpublished", "of another slot"])
def test_sessions_that_are_no_choice_are_refused(client, chooser, tracks, morning, what):
    _governance, technical = morning
    offered = form_of(client)
    if what == "foreign":
        wanted = SessionFactory(track=None)
    elif what == "without a track":
        wanted = SessionFactory(edition=chooser.edition)
    elif what == "of another slot":
        wanted = tracks["technical-afternoon"]
    else:
        wanted = technical
        changes = {"status": "cancelled"} if what == "cancelled" else {"is_published": False}
        Session.objects.filter(pk=technical.pk).update(**changes)

    response = client.post(TRACKS, offered | {slot(*morning).replace("_", "-"): wanted.pk})

    assert response.status_code == 422
    assert not Seat.objects.exists()


def test_choosing_after_it_has_closed_is_refused_and_says_so(client, chooser, morning):
    posted = form_of(client, **{slot(*morning): morning[0].pk})
    Edition.objects.update(choice_closes_at=timezone.now())

    response = client.post(TRACKS, posted)

    assert response.status_code == 409
    assert response.context["window"] == "over"
    assert response.context["problem"]
    assert f"<p>{response.context['problem']}</p>" in text(response)
    assert not Seat.objects.exists()


@pytest.mark.parametrize(
    ("opens_in", "closes_in", "window", "sentence"),
    [
        (None, None, Window.UNKNOWN, "You cannot choose yet."),
        (1, None, Window.NOT_YET, "You can choose from "),
        (-1, None, Window.OPEN, "You can change your choice until they start."),
        (-1, 1, Window.OPEN, "You can change your choice until "),
        (-2, -1, Window.OVER, "You can no longer choose tracks. If you need to change something, write to"),
    ],
)
def test_when_one_can_choose_wording(client, chooser, tracks, opens_in, closes_in, window, sentence):
    moments = [days and timezone.now() + dt.timedelta(days=days) for days in (opens_in, closes_in)]
    Edition.objects.update(choice_opens_at=moments[0], choice_closes_at=moments[1])

    response = client.get(TRACKS)

    page = text(response)
    assert response.context["window"] == window.value
    assert sentence in page
    assert ('type="radio"' in page) == (window is Window.OPEN)
    assert page.count('id="seats-left-') == 4


def test_an_edition_without_parallel_sessions_has_a_calm_page(client, chooser):
    response = client.get(TRACKS)

    assert response.context["choices"] == []
    assert '<p class="empty">' in text(response)


def test_a_slot_that_has_begun_is_read_only(client, chooser, morning):
    Session.objects.filter(pk=morning[0].pk).update(starts_at=timezone.now())

    page = body(client)

    assert page.count('<fieldset class="slot-choice"') == 1
    assert page.count('<section class="slot-choice"') == 1


@pytest.mark.parametrize(
    "path", [TRACKS, SEATS, f"{TRACKS}technical-morning/release/", f"{TRACKS}technical-morning/take/"]
)
def test_strangers_and_people_who_wait_for_approval_find_nothing(client, stranger, coordinator, tracks, path):
    pending = ParticipantFactory(delegation=coordinator.delegation, state="pending")
    SeatFactory(participant=coordinator, session=tracks["technical-morning"], state="waiting")
    for user in (stranger, pending.user):
        client.force_login(user)
        assert client.get(path).status_code == (404 if path in (TRACKS, SEATS) else 405)
        assert client.post(path, {"all": "technical"}).status_code == (405 if path == SEATS else 404)
    assert states(coordinator) == {("technical-morning", "waiting")}


def test_nobody_gives_up_somebody_elses_seat(client, chooser, morning, others):
    SeatFactory(participant=others[0], session=morning[0])

    client.post(f"{TRACKS}governance-morning/release/")

    assert states(others[0]) == {("governance-morning", "held")}


def test_what_was_chosen_while_signed_out_is_kept(client, chooser, morning):
    page = body(client)
    typed_by = re.search(r'name="typed_by" value="([^"]+)"', page).group(1)
    posted = form_of(client, **{slot(*morning): morning[1].pk}) | {"typed_by": typed_by}
    client.logout()

    response = client.post(TRACKS, posted)
    waiting_for_sign_in = dict(client.session)
    client.force_login(chooser.user)
    session = client.session
    session.update({name: value for name, value in waiting_for_sign_in.items() if name.startswith("typed:")})
    session.save()

    assert response.url == f"/accounts/login/code/?next={TRACKS}"
    assert states(chooser) == set()
    assert f'value="{morning[1].pk}" checked' in body(client)


# The numbers that follow by themselves


def seats_hash_of(client):
    return re.search(r"seats/\?seats=(\w+)", body(client)).group(1)


def test_the_numbers_are_sent_when_they_have_changed_else_304(client, chooser, morning, others):
    url = f"{SEATS}?seats={seats_hash_of(client)}"
    first = client.get(url)
    again = client.get(url, headers={"If-None-Match": first["ETag"]})
    fill(morning[1], others)
    changed = client.get(url, headers={"If-None-Match": first["ETag"]})

    assert (first.status_code, again.status_code, changed.status_code) == (200, 304, 200)
    assert (first["Cache-Control"], again.content) == ("private, no-cache", b"")
    for response, n_free, is_full in ((first, 2, False), (changed, 0, True)):
        assert choice_of(response, morning[1]).options[1].session.n_free == n_free
        assert f'id="seats-left-{morning[1].pk}" hx-swap-oob="true">' in text(response)
        assert (f'name="full" value="{morning[1].pk}"' in text(response)) == is_full
    assert not changed.context["is_changed"]


def test_somebody_whose_own_seats_change_is_told_to_look(client, chooser, morning):
    url = f"{SEATS}?seats={seats_hash_of(client)}"
    first = client.get(url)
    SeatFactory(participant=chooser, session=morning[1])

    changed = client.get(url, headers={"If-None-Match": first["ETag"]})

    assert changed.context["is_changed"]
    assert f'<a href="{TRACKS}">' in text(changed)


def test_the_page_of_somebody_signed_out_stops_asking(tracks):
    assert Client().get(SEATS).status_code == 286  # htmx's own


def test_the_pages_cost_the_same_however_many(client, chooser, tracks, django_assert_num_queries):
    client.get(TRACKS)
    with django_assert_num_queries(5):  # one for the tabs
        client.get(TRACKS)
    with django_assert_num_queries(4):
        client.get(SEATS)
    for number in range(10):
        for session in tracks.values():
            later = dt.timedelta(days=number + 1)
            SessionFactory(
                edition=session.edition,
                track=session.track,
                starts_at=session.starts_at + later,
                ends_at=session.ends_at + later,
            )
    chooser.delegation.quota = 50
    chooser.delegation.save()
    Session.objects.update(capacity=10)
    fill(tracks["technical-morning"], ParticipantFactory.create_batch(10, delegation=chooser.delegation))

    with django_assert_num_queries(5):
        client.get(TRACKS)
    with django_assert_num_queries(4):
        client.get(SEATS)


# The portal


def test_the_portal_shows_only_ones_own_parallel_sessions(client, chooser, tracks):
    SeatFactory(participant=chooser, session=tracks["technical-morning"])
    SeatFactory(participant=chooser, session=tracks["governance-afternoon"], state="waiting")
    everybody = SessionFactory(edition=chooser.edition, title="For everybody")

    response, page = client.get(PORTAL), text(client.get(f"{PORTAL}programme/"))

    assert everybody.title in page
    assert tracks["technical-morning"].title in page
    for parallel in ("governance-morning", "governance-afternoon"):
        assert tracks[parallel].title not in page
    assert [it.seat.position for it in choice_of(response, tracks["governance-afternoon"]).waited_for] == [1]
    assert not has_todo(response, choose_tracks)


def test_the_to_do_to_choose_wording(client, chooser, tracks):
    SeatFactory(participant=chooser, session=tracks["technical-morning"])

    page = text(client.get(PORTAL))

    assert f'<a href="{TRACKS}">Choose your tracks</a>' in page
    assert "You have no seat at 1 time with parallel sessions. You can choose until " in page


def test_whoever_lost_a_seat_with_a_session_is_not_told_to_have_chosen_nothing(client, chooser, tracks, organiser):
    SeatFactory(participant=chooser, session=tracks["governance-morning"])
    cancel_session(session=tracks["governance-morning"], by=organiser)

    portal, page = client.get(PORTAL), client.get(TRACKS)

    assert has_todo(portal, choose_tracks)
    assert [choice.options[0].seat for it in (portal, page) for choice in it.context["choices"]] == [None] * 4
    assert not re.search("(not|nothing) chosen", text(portal) + text(page))


def test_the_portal_warns_whoever_only_waits(client, chooser, tracks):
    SeatFactory(participant=chooser, session=tracks["technical-morning"], state="waiting")
    SeatFactory(participant=chooser, session=tracks["technical-afternoon"])

    portal = client.get(PORTAL)

    assert has_todo(portal, take_a_seat_meanwhile)
    assert not has_todo(portal, choose_tracks)


def test_the_portal_says_that_it_is_too_late(client, chooser, tracks):
    Edition.objects.update(choice_closes_at=timezone.now())

    assert has_todo(client.get(PORTAL), choose_tracks)
    assert not client.get(f"{PORTAL}programme/").context["can_choose"]


def test_withdrawing_on_the_portal_serves_the_next_in_line(client, morning, others, coordinator):
    person, waiting = ParticipantFactory(delegation__edition=coordinator.edition), coordinator
    fill(morning[1], [person, others[0]])
    SeatFactory(participant=waiting, session=morning[1], state="waiting")
    client.force_login(person.user)

    client.post("/portal/academy/profile/withdraw/")

    assert Participant.objects.get(pk=person.pk).state == "withdrawn"
    assert states(waiting) == {("technical-morning", "held")}
