import datetime as dt
import re

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.models import Group
from django.core.exceptions import NON_FIELD_ERRORS
from django.utils import timezone

from programme.admin.seats import SeatAdmin
from programme.models import Participant, Seat, Session
from programme.queries.seat_effects import SeatClashed, SeatEnded, SeatOffered, SeatPromoted
from tests.client import errors_of, levels_of, text
from tests.factories.people import ParticipantFactory, SeatFactory, UserFactory, everybody_was_told
from tests.factories.programme import EditionFactory, RoomFactory
from tests.programme.constraints import message_of
from udtacademy.outbox.models import Message

SEATS = "/admin/programme/seat/"
PEOPLE = "/admin/programme/participant/"
SESSIONS = "/admin/programme/session/"
OVERVIEW = "/admin/editions/academy/seats/"


@pytest.fixture
def admin(client, organiser):
    client.force_login(organiser)
    return client


@pytest.fixture
def morning(tracks):
    return tracks["governance-morning"], tracks["technical-morning"]


@pytest.fixture
def people(delegation):
    delegation.quota = 10
    delegation.save()
    return [ParticipantFactory(delegation=delegation, user__name=f"Person {n}") for n in range(5)]


@pytest.fixture
def full(morning, people):
    """The technical session of the morning: two have its seats, the third waits."""
    for number, person in enumerate(people[:3]):
        SeatFactory(participant=person, session=morning[1], state="held" if number < 2 else "waiting")
    return morning[1]


def ask(client, url, action, *objects, **more):
    return client.post(url, {"action": action, ACTION_CHECKBOX_NAME: [it.pk for it in objects]} | more)


def agreed(response):
    return re.search(r'name="agreed_to" value="(\w+)"', text(response)).group(1)


def effects_of(question):
    """Return what a question says will happen to seats: the kind of effect, and whose seat in which session."""
    effects = question.context_data["confirmation"].effects
    return [(type(it), it.seat.participant, it.seat.session) for it in effects]


def remove(client, *seats, **more):
    """Take seats back, and agree to what follows for others."""
    question = ask(client, SEATS, "remove", *seats, apply="1", **more)
    if question.status_code == 422:
        return ask(client, SEATS, "remove", *seats, apply="1", agreed_to=agreed(question), **more)
    return question


def mails():
    return list(Message.objects.order_by("pk").values_list("kind", "user__name"))


def states(participant):
    return set(participant.seats.values_list("session__slug", "state"))


def test_the_overview_shows_seats_and_who_lacks_one_by_city(admin, full, people, tracks):
    SeatFactory(participant=people[0], session=tracks["governance-afternoon"])

    response = admin.get(OVERVIEW)

    assert response.context["window"] == "open"
    ((_delegation, missing),) = response.context["cities"]
    slots_missed = {str(it.participant): [is_waiting for _slot, is_waiting in it.slots] for it in missing}
    assert slots_missed == {
        "Person 1": [False],
        "Person 2": [True, False],
        "Person 3": [False, False],
        "Person 4": [False, False],
    }
    assert [str(it.participant) for it in missing if it.is_all] == ["Person 3", "Person 4"]
    assert response.context["n_missing"] == 4
    page = text(response)
    assert re.search(r'>2 of 2</a> <progress class="academy-bar" max="2" value="2"', page)
    assert re.search(r"state__exact=waiting\">1 waiting</a>", page)
    assert '<legend><label><input type="checkbox" data-ticks-all> Girona (ES)</label></legend>' in page
    assert re.search(r"Person 1</label> <span class=\"quiet\">\w+ \d+ \w+ \d\d:\d\d</span>", page)
    assert "Person 0</label>" not in page


def test_nobody_lacks_a_seat_in_sessions_that_are_not_published(admin, people, tracks):
    before = admin.get(OVERVIEW).context["n_missing"]
    Session.objects.filter(track__isnull=False).update(is_published=False)

    after = admin.get(OVERVIEW)

    assert (before > 0, after.context["n_missing"]) == (True, 0)
    assert len(after.context["slots"]) > 0


def test_the_overview_and_the_list_say_who_is_asked_shortly_before(admin, full, morning, people):
    """The third of them holds a seat in the other session and is asked, once a place is free."""
    SeatFactory(participant=people[2], session=morning[0])
    start = timezone.now() + dt.timedelta(minutes=30)
    Session.objects.filter(pk__in=[it.pk for it in morning]).update(
        starts_at=start, ends_at=start + dt.timedelta(hours=1)
    )

    def n_offered():
        """Count the offers of each session in both slots, as the overview shows them."""
        return [it.n_offered for slot in admin.get(OVERVIEW).context["slots"] for it in slot.sessions]

    before = n_offered()
    remove(admin, Seat.objects.get(participant=people[0]))

    assert (before, n_offered()) == ([0, 0, 0, 0], [0, 1, 0, 0])
    assert "1 waiting</a>, <strong>1 offered a free seat</strong>" in text(admin.get(OVERVIEW))
    assert 'class="field-how">free seat offered</td>' in text(admin.get(SEATS))
    assert mails() == [("seat_removed", "Person 0"), ("seat_offered", "Person 2")]


def test_the_organiser_is_shown_who_would_be_asked(admin, full, morning, people):
    SeatFactory(participant=people[2], session=morning[0])
    start = timezone.now() + dt.timedelta(minutes=30)
    Session.objects.filter(pk__in=[it.pk for it in morning]).update(
        starts_at=start, ends_at=start + dt.timedelta(hours=1)
    )

    question = ask(admin, PEOPLE, "withdraw", people[0], apply="1")

    assert effects_of(question) == [(SeatOffered, people[2].pk, full.pk)]
    confirmation = question.context_data["confirmation"]
    assert confirmation.n_emails == 1
    assert f"<ul><li>{confirmation.sentences[0]}</li></ul>" in text(question)
    assert Seat.objects.get(participant=people[2], state="waiting").offered_at is None


def test_the_overview_of_an_edition_without_tracks_is_calm(admin, open_edition):
    response = admin.get(OVERVIEW)

    assert response.context["slots"] == []
    assert response.context["window"] == "unknown"
    assert 'id="missing"' not in text(response)


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        ((None, None), "nobody can choose"),
        ((1, None), "Track choice opens on "),
        ((-2, -1), "Track choice closed on "),
        ((-1, None), "until each session starts"),
    ],
)
def test_when_one_can_choose_wording(admin, tracks, open_edition, days, sentence):
    moments = [it and open_edition.registration_opens_at + dt.timedelta(days=3 + it) for it in days]
    open_edition.choice_opens_at, open_edition.choice_closes_at = moments
    open_edition.save()

    assert sentence in text(admin.get(OVERVIEW))


def test_the_overview_costs_the_same_however_many(admin, full, people, delegation, django_assert_max_num_queries):
    admin.get(OVERVIEW)
    with django_assert_max_num_queries(8):
        admin.get(OVERVIEW)
    delegation.quota = 60
    delegation.save()
    ParticipantFactory.create_batch(40, delegation=delegation)
    with django_assert_max_num_queries(8):
        admin.get(OVERVIEW)


@pytest.mark.parametrize(("role", "status"), [("desk", 200), ("viewer", 200), (None, 403)])
def test_staff_with_the_right_see_the_overview_and_change_nothing(client, organiser, full, role, status):
    user = UserFactory(is_staff=True)
    if role:
        user.groups.add(Group.objects.get(name=role))
    client.force_login(user)

    response = client.get(OVERVIEW)

    assert response.status_code == status
    assert 'name="action" value="assign"' not in text(response)
    waits = Seat.objects.get(state="waiting")  # whose seat means nothing to others: nothing is to be agreed to
    ask(client, SEATS, "remove", waits, apply="1")
    assert Seat.objects.count() == 3
    client.force_login(organiser)
    ask(client, SEATS, "remove", waits, apply="1")
    assert Seat.objects.count() == 2


def test_an_unknown_edition_is_not_found(admin):
    assert admin.get(OVERVIEW).status_code == 404


def test_who_waits_where_and_how_somebody_got_a_seat_wording(admin, full, people, organiser):
    Seat.objects.filter(participant=people[0]).update(assigned_by=organiser, is_overbooked=True, reason="Speaks")
    Seat.objects.filter(participant=people[1]).update(is_promoted=True)

    page = text(admin.get(SEATS))

    assert "given by Olga Organiser, beyond capacity: Speaks" in page
    assert "from the waiting list" in page
    assert 'class="field-position">1</td>' in page
    assert admin.get(f"{SEATS}add/").status_code == 403


def test_several_people_are_given_a_seat_at_once(admin, morning, people):
    question = ask(admin, PEOPLE, "assign", *people[:2])
    assert question.context_data["form"].fields["session"].queryset.contains(morning[0])
    assert "Governance: Governance in the morning (0 of 2)" in text(question)

    ask(admin, PEOPLE, "assign", *people[:2], apply="1", session=morning[0].pk, reason="")

    assert [states(person) for person in people[:2]] == [{("governance-morning", "held")}] * 2
    assert mails() == [("seat_assigned", "Person 0"), ("seat_assigned", "Person 1")]


def test_all_get_a_seat_or_nobody_does(admin, full, people):
    response = ask(admin, PEOPLE, "assign", people[0], people[3], apply="1", session=full.pk)

    assert response.status_code == 422
    assert response.context_data["form"].has_error(NON_FIELD_ERRORS)
    assert states(people[3]) == set()

    ask(admin, PEOPLE, "assign", people[3], apply="1", session=full.pk, reason="Speaks there")
    assert Seat.objects.get(participant=people[3]).is_overbooked
    assert full.title in text(admin.get(f"{PEOPLE}{people[3].pk}/change/"))


def test_people_of_two_editions_are_not_given_one_session(admin, morning, people, participant):
    response = ask(admin, PEOPLE, "assign", people[0], participant, apply="1", session=morning[0].pk)

    assert response.status_code == 422
    assert not response.context_data["form"].fields["session"].queryset.exists()
    assert response.context_data["form"].has_error(NON_FIELD_ERRORS)
    assert not Seat.objects.exists()


def test_a_seat_is_moved_to_a_session_at_the_same_time_only(admin, full, people, tracks):
    seat = people[0].seats.get()
    question = ask(admin, SEATS, "move", seat)
    offered = question.context_data["form"].fields["session"].queryset
    assert set(offered) == {tracks["governance-morning"], tracks["technical-morning"]}

    where = {"apply": "1", "session": tracks["governance-morning"].pk}
    question = ask(admin, SEATS, "move", seat, **where)
    assert effects_of(question) == [(SeatPromoted, people[2].pk, full.pk)]
    assert states(people[0]) == {("technical-morning", "held")}
    ask(admin, SEATS, "move", seat, agreed_to=agreed(question), **where)

    assert states(people[0]) == {("governance-morning", "held")}
    assert states(people[2]) == {("technical-morning", "held")}
    assert mails() == [("seat_assigned", "Person 0"), ("seat_promoted", "Person 2")]


def test_somebody_who_waits_is_given_a_seat_before_their_turn_with_a_reason(admin, full, people):
    seat = people[2].seats.get()

    assert ask(admin, SEATS, "give", seat, apply="1").status_code == 422
    ask(admin, SEATS, "give", seat, apply="1", reason="Promised by phone")

    assert states(people[2]) == {("technical-morning", "held")}


def test_a_seat_is_taken_back_with_a_word_to_the_person(admin, full, people):
    remove(admin, people[0].seats.get(), reason="Another room")

    assert states(people[0]) == set()
    assert states(people[2]) == {("technical-morning", "held")}
    assert mails() == [("seat_removed", "Person 0"), ("seat_promoted", "Person 2")]


def test_places_are_given_away_after_the_last_of_several_not_to_somebody_it_concerns(admin, full, people, tracks):
    waits = people[2]
    SeatFactory(participant=waits, session=tracks["governance-morning"])

    remove(admin, people[0].seats.get(), waits.seats.get(session=full))

    assert states(waits) == {("governance-morning", "held")}
    assert mails() == [("seat_removed", "Person 0"), ("seat_removed", "Person 2")]


def test_a_verb_on_the_page_of_a_seat_leads_to_the_list_as_the_seat_may_be_gone(admin, full, people):
    response = remove(admin, people[2].seats.get(), is_from_object="1")

    assert response.url == f"/admin/editions/academy/seats/all/?session__id__exact={full.pk}"


def test_withdrawing_says_who_gets_the_seats(admin, full, people):
    question = ask(admin, PEOPLE, "withdraw", people[0], apply="1", reason="")

    assert effects_of(question) == [(SeatPromoted, people[2].pk, full.pk)]
    ask(admin, PEOPLE, "withdraw", people[0], apply="1", reason="", agreed_to=agreed(question))
    assert states(people[2]) == {("technical-morning", "held")}


def test_after_giving_seats_one_is_back_where_one_ticked_the_people(admin, morning, people):
    chosen = {"apply": "1", "session": morning[0].pk}

    assert ask(admin, PEOPLE, "assign", people[0], back=OVERVIEW, **chosen).url == OVERVIEW
    assert ask(admin, PEOPLE, "assign", people[1], back="//elsewhere.example/admin/", **chosen).url == PEOPLE


def test_a_session_with_seats_stays_in_its_edition(admin, full):
    assert 'name="edition"' not in text(admin.get(f"{SESSIONS}{full.pk}/change/"))


def test_deleting_a_participant_serves_the_next(admin, full, people):
    admin.post(f"{PEOPLE}{people[0].pk}/delete/", {"post": "yes"})

    assert not Participant.objects.filter(pk=people[0].pk).exists()
    assert states(people[2]) == {("technical-morning", "held")}


def test_a_session_with_seats_is_not_deleted(admin, full):
    response = admin.post(f"{SESSIONS}{full.pk}/delete/", {"post": "yes"})

    assert response.context["protected"]
    assert Session.objects.filter(pk=full.pk).exists()


# What a change of the programme means for people, before it is done


def test_cancelling_says_whose_seats_it_ends_and_asks_again_when_that_changes(admin, full, people):
    everybody_was_told(full.edition)
    question = ask(admin, SESSIONS, "cancel", full)
    assert effects_of(question) == [(SeatEnded, person.pk, full.pk) for person in people[:3]]
    confirmation = question.context_data["confirmation"]
    assert confirmation.n_emails == 1
    assert [sentence.startswith("2 people ") for sentence in confirmation.news] == [True]
    assert all(f"<li>{sentence}</li>" in text(question) for sentence in confirmation.sentences + confirmation.news)
    assert mails() == []
    assert Seat.objects.count() == 3

    assert ask(admin, SESSIONS, "cancel", full, apply="1").status_code == 422
    SeatFactory(participant=people[3], session=full, state="waiting")
    again = ask(admin, SESSIONS, "cancel", full, apply="1", agreed_to=agreed(question))
    assert (again.status_code, Seat.objects.count()) == (422, 4)

    ask(admin, SESSIONS, "cancel", full, apply="1", agreed_to=agreed(again))
    assert not Seat.objects.exists()
    assert len(mails()) == 2


def test_the_question_is_asked_again_when_somebody_else_would_lose_a_seat(admin, morning, people):
    session = morning[0]
    SeatFactory(participant=people[0], session=session)
    question = ask(admin, SESSIONS, "cancel", session)
    assert effects_of(question) == [(SeatEnded, people[0].pk, session.pk)]
    SeatFactory(participant=people[1], session=session)

    again = ask(admin, SESSIONS, "cancel", session, apply="1", agreed_to=agreed(question))

    assert again.status_code == 422
    assert effects_of(again) == [(SeatEnded, person.pk, session.pk) for person in people[:2]]
    assert Seat.objects.count() == 2
    assert ask(admin, SESSIONS, "cancel", session, apply="1", agreed_to=agreed(again)).status_code == 302
    assert not Seat.objects.exists()


def test_postponing_onto_another_seat_says_who_is_affected_first(admin, tracks, people):
    first, moving = tracks["governance-morning"], tracks["technical-afternoon"]
    tracks["technical-morning"].delete()
    Session.objects.filter(pk=moving.pk).update(
        starts_at=first.starts_at + dt.timedelta(days=1), ends_at=first.ends_at + dt.timedelta(days=1)
    )
    for session in (first, moving):
        SeatFactory(participant=people[0], session=session)
    new_day = {"new_day": first.local_day.isoformat(), "date_hint": ""}

    question = ask(admin, SESSIONS, "postpone", moving, apply="1", **new_day)

    assert question.status_code == 422
    assert effects_of(question) == [(SeatClashed, people[0].pk, moving.pk)]
    assert [it.kept_seat.session for it in question.context_data["confirmation"].effects] == [first.pk]
    assert len(states(people[0])) == 2
    ask(admin, SESSIONS, "postpone", moving, apply="1", agreed_to=agreed(question), **new_day)
    assert states(people[0]) == {("governance-morning", "held")}
    assert mails() == [("seat_clash", "Person 0")]


def fields_of(page):
    """The session form as the page has it."""
    fields = dict(re.findall(r'<input[^>]*name="([a-z_0-9]+)"[^>]*value="([^"]*)"', page))
    fields |= dict(re.findall(r'<input[^>]*value="([^"]*)"[^>]*name="([a-z_0-9]+)"', page))
    fields |= dict(re.findall(r'<select name="([a-z_]+)"[^>]*>.*?<option value="([^"]*)" selected', page))
    return {name: value for name, value in fields.items() if not name.startswith("_")}


def test_saving_new_times_says_who_is_affected_and_saves_the_second_time(admin, tracks, people):
    first, moving = tracks["governance-morning"], tracks["technical-afternoon"]
    tracks["technical-morning"].delete()
    for session in (first, moving):
        SeatFactory(participant=people[0], session=session)
    url = f"{SESSIONS}{moving.pk}/change/"
    posted = fields_of(text(admin.get(url)))
    start = fields_of(text(admin.get(f"{SESSIONS}{first.pk}/change/")))
    posted |= {name: value for name, value in start.items() if name.startswith(("starts_at", "ends_at"))}
    posted |= {"is_published": "on", "description": ""}

    question = admin.post(url, posted)

    assert question.status_code == 200
    assert list(errors_of(question)) == [NON_FIELD_ERRORS]
    (effect,) = question.context["adminform"].form.effects
    assert (type(effect), effect.seat.session, effect.kept_seat.session) == (SeatClashed, moving.pk, first.pk)
    assert len(states(people[0])) == 2
    saved = admin.post(url, fields_of(text(question)) | {"description": ""})
    assert saved.status_code == 302
    assert states(people[0]) == {("governance-morning", "held")}


def test_fewer_places_than_people_are_saved_and_warned_of(admin, full):
    url = f"{SESSIONS}{full.pk}/change/"
    posted = fields_of(text(admin.get(url))) | {"description": "", "capacity": "1"}

    response = admin.post(url, posted, follow=True)

    assert levels_of(response) == ["warning", "info", "success"]
    assert Seat.objects.held().count() == 2


@pytest.mark.parametrize("page", ["room", "venue"])
def test_a_larger_room_serves_who_waits_and_a_smaller_one_is_warned_of(admin, full, people, page):
    room = RoomFactory(venue=full.edition.venue, capacity=2, name="Aula")
    Session.objects.filter(pk=full.pk).update(room=room, capacity=None)
    url = f"/admin/programme/{page}/{(room if page == 'room' else room.venue).pk}/change/"

    def save(capacity):
        if page == "room":
            return admin.post(url, {"venue": room.venue.pk, "name": "Aula", "capacity": capacity}, follow=True)
        rooms = {"rooms-0-id": room.pk, "rooms-0-venue": room.venue.pk, "rooms-0-name": "Aula"}
        form = {"rooms-TOTAL_FORMS": 1, "rooms-INITIAL_FORMS": 1, **rooms, "rooms-0-capacity": capacity}
        return admin.post(url, {"name": room.venue.name, "address": "Street 1", **form}, follow=True)

    assert levels_of(save(3)) == ["success", "info"]
    assert states(people[2]) == {("technical-morning", "held")}
    assert mails() == [("seat_promoted", "Person 2")]
    assert levels_of(save(1)) == ["success", "warning"]
    assert Seat.objects.held().count() == 3


def test_the_first_page_says_how_many_seats_are_taken(admin, full):
    page = text(admin.get("/admin/"))

    assert f'<a href="{OVERVIEW}">2 taken in parallel sessions</a>, 1 on a waiting list' in page
    assert EditionFactory._meta.model.objects.count() == 1


def test_the_history_of_a_participants_seats_wording(admin, full, people):
    remove(admin, people[0].seats.get())

    history = [text(admin.get(f"{PEOPLE}{person.pk}/history/")) for person in people[:3]]

    assert "<td>Olga Organiser</td> <td>No longer has a seat in “Technical in the morning”</td>" in history[0]
    assert "On the waiting list for “Technical in the morning”" in history[2]
    assert "Seat in “Technical in the morning”, from the waiting list" in history[2]


@pytest.mark.parametrize(
    ("mistake", "constraint"),
    [("time", "session_parallel_only_across_tracks"), ("slug", "session_slug_unique_in_edition")],
)
def test_a_mistake_about_a_session_with_seats_is_said_beside_what_was_typed(admin, full, tracks, mistake, constraint):
    url, other = f"{SESSIONS}{full.pk}/change/", tracks["technical-afternoon"]
    posted = fields_of(text(admin.get(url))) | {"description": "", "title": "Typed"}
    if mistake == "slug":
        posted["slug"] = other.slug
    else:
        theirs = fields_of(text(admin.get(f"{SESSIONS}{other.pk}/change/")))
        posted |= {name: value for name, value in theirs.items() if name.startswith(("starts_at", "ends_at"))}

    response = admin.post(url, posted)

    assert response.status_code == 200
    assert errors_of(response) == {NON_FIELD_ERRORS: [message_of(Session, constraint)]}
    assert 'value="Typed"' in text(response)


def test_both_sessions_of_a_slot_postponed_together_keep_who_waits_in_line(admin, full, people, tracks):
    waits, governance = people[2], tracks["governance-morning"]
    SeatFactory(participant=waits, session=governance)
    new_day = (full.starts_at + dt.timedelta(days=3)).date().isoformat()

    response = ask(admin, SESSIONS, "postpone", governance, full, apply="1", new_day=new_day, date_hint="")

    assert response.status_code == 302
    assert states(waits) == {("governance-morning", "held"), ("technical-morning", "waiting")}
    assert mails() == []


def test_who_stops_waiting_before_the_action_is_not_given_a_seat(admin, full, people, monkeypatch):
    """Between the page's reading of the seat and its locks the person has stopped waiting."""
    waits, lock = people[2].seats.get(), SeatAdmin.lock

    def lock_late(model_admin, objects, cleaned):
        Seat.objects.filter(pk=waits.pk).delete()
        lock(model_admin, objects, cleaned)

    monkeypatch.setattr(SeatAdmin, "lock", lock_late)
    ask(admin, SEATS, "give", waits, apply="1", reason="Promised by phone")

    assert states(people[2]) == set()
    assert mails() == []


def test_people_of_both_sessions_of_a_slot_are_moved_together(admin, morning, people):
    governance, technical = morning
    for person, session in zip(people[:2], morning, strict=True):
        SeatFactory(participant=person, session=session)
    seats = list(Seat.objects.order_by("pk"))

    question = text(ask(admin, SEATS, "move", *seats))
    assert governance.title in question
    assert f'<option value="{technical.pk}">' in question
    ask(admin, SEATS, "move", *seats, apply="1", session=technical.pk)

    assert [states(person) for person in people[:2]] == [{("technical-morning", "held")}] * 2
    assert mails() == [("seat_assigned", "Person 0")]
