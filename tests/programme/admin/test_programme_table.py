"""The programme as a table: what is typed becomes a draft, and the draft is published as a whole."""

import datetime as dt
import threading
from dataclasses import replace

import pytest
import time_machine
from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from programme.actions import session_drafts
from programme.actions.session_changes import follow_changes, take_as_known
from programme.actions.session_drafts import publish_draft, save_draft, save_together
from programme.models import Announcement, Session, SessionDraft
from programme.queries.draft_review import review_draft
from programme.queries.session_drafts import as_row, programme_table
from programme.rules.session_rows import SessionRow
from tests.client import text
from tests.factories.people import ParticipantFactory, SeatFactory, UserFactory
from tests.factories.programme import (
    EditionFactory,
    RoomFactory,
    SessionFactory,
    TimedSessionFactory,
    TrackFactory,
)
from tests.refusals import refused
from tests.threads import in_threads

DAY = dt.date(2027, 11, 4)
UTC = dt.UTC


def at(hour, minute=0, day=DAY):
    """A moment by the clocks of Madrid in winter."""
    return dt.datetime(day.year, day.month, day.day, hour - 1, minute, tzinfo=UTC)


def session_at(edition, start, end, **values):
    return SessionFactory(edition=edition, starts_at=at(*start), ends_at=at(*end), **{"format": "in_person", **values})


@pytest.fixture
def edition(db):
    return EditionFactory(first_on=dt.date(2027, 9, 1), last_on=dt.date(2027, 12, 31))


@pytest.fixture
def lunch(edition):
    return session_at(edition, (13,), (14,), title="Lunch", format="break")


@pytest.fixture
def lab(edition):
    return session_at(edition, (11, 30), (13,), title="Lab")


@pytest.fixture
def admin(client, db):
    """An organiser by role, not a superuser."""
    user = UserFactory(is_staff=True)
    user.groups.add(Group.objects.get(name="organiser"))
    client.force_login(user)
    return client


def url(edition, name="table"):
    return reverse(f"programme-staff:{name}", args=[edition.slug])


def typed(client, edition, **changes):
    """Return what the table's form posts. `changes`: {key__name: value}; None for what is not ticked."""
    data = {}
    for form in client.get(url(edition)).context["form"].rows:
        for field in form:
            value = field.value()
            if value is True:
                data[field.html_name] = "on"
            elif value not in (None, False):
                data[field.html_name] = str(value)[:5] if field.name in {"start", "end"} else str(value)
    for name, value in changes.items():
        data[name.replace("__", "-")] = value
    return {name: value for name, value in data.items() if value is not None}


def save(client, edition, do="save", **changes):
    return client.post(url(edition), typed(client, edition, **changes) | {"do": do})


def publish(client, edition):
    review = client.get(url(edition, "draft")).context["review"]
    return client.post(url(edition, "draft"), {"agreed_to": review.token})


def test_a_table_saved_as_it_is_drafts_nothing(admin, edition, lab, lunch):
    SessionFactory(edition=edition, date_hint="December")
    SessionFactory(edition=edition, held_on=DAY)

    response = save(admin, edition)

    assert response.status_code == 302
    assert not SessionDraft.objects.exists()


def test_a_draft_changes_nothing_in_public_until_it_is_published(admin, edition, lab):
    save(admin, edition, **{f"s{lab.pk}__title": "Action Plan Lab", f"s{lab.pk}__start": "12:00"})

    draft = SessionDraft.objects.get()
    assert (draft.values, draft.base) == (
        {"title": "Action Plan Lab", "start": "12:00:00"},
        {"title": "Lab", "start": "11:30:00"},
    )
    lab.refresh_from_db()
    assert (lab.title, lab.starts_at) == ("Lab", at(11, 30))

    response = publish(admin, edition)

    assert response.status_code == 302
    lab.refresh_from_db()
    assert (lab.title, lab.starts_at, lab.ends_at) == ("Action Plan Lab", at(12), at(13))
    assert not SessionDraft.objects.exists()


def test_a_value_typed_back_is_no_draft_any_more(admin, edition, lab):
    save(admin, edition, **{f"s{lab.pk}__title": "Other"})
    save(admin, edition, **{f"s{lab.pk}__title": "Lab"})

    assert not SessionDraft.objects.exists()


def test_a_session_is_added_where_the_last_one_ends(admin, edition, lab, lunch):
    room = RoomFactory(venue=edition.venue)
    lunch.room = room
    lunch.save()

    save(admin, edition, new__title="Lab", new__format="in_person")
    publish(admin, edition)

    added = Session.objects.exclude(pk__in=[lab.pk, lunch.pk]).get()
    assert (added.title, added.starts_at, added.ends_at, added.room) == ("Lab", at(14), at(15), room)
    assert (added.slug, added.is_published, added.status) == ("lab", False, "tentative")


def test_two_added_sessions_of_one_title_have_different_web_addresses(admin, edition):
    save(admin, edition, new__title="Lab", new__day="2027-11-04", new__start="10:00", new__end="")
    save(admin, edition, new__title="Lab", new__day="2027-11-05", new__start="10:00", new__end="11:30")
    publish(admin, edition)

    sessions = Session.objects.order_by("starts_at")
    assert [(it.slug, it.ends_at - it.starts_at) for it in sessions] == [
        ("lab", dt.timedelta(hours=1)),
        ("lab-2", dt.timedelta(hours=1.5)),
    ]


def test_an_added_session_without_a_title_is_dropped(admin, edition):
    save(admin, edition, new__title="Lab")
    key = f"d{SessionDraft.objects.get().pk}"

    save(admin, edition, **{f"{key}__title": ""})

    assert not SessionDraft.objects.exists()


def test_a_day_shifts_at_once_although_its_sessions_touch(admin, edition, lab, lunch):
    elsewhere = TimedSessionFactory(edition=edition)
    before = elsewhere.starts_at

    save(admin, edition, do="shift", shift__which="2027-11-04", shift__n="30", shift__unit="minutes")
    publish(admin, edition)

    for session in (lab, lunch, elsewhere):
        session.refresh_from_db()
    assert (lab.starts_at, lunch.starts_at) == (at(12), at(13, 30))
    assert elsewhere.starts_at == before


def test_two_sessions_exchange_their_times(admin, edition, lab, lunch):
    save(
        admin,
        edition,
        **{f"s{lab.pk}__start": "13:00", f"s{lab.pk}__end": "14:00"},
        **{f"s{lunch.pk}__start": "12:00", f"s{lunch.pk}__end": "13:00"},
    )
    publish(admin, edition)

    lab.refresh_from_db()
    lunch.refresh_from_db()
    assert (lab.starts_at, lunch.starts_at) == (at(13), at(12))


def test_only_the_selected_sessions_shift_also_over_a_clock_change(admin, edition, lab, lunch):
    changes = {f"s{lab.pk}__picked": "on", "shift__which": "picked", "shift__n": "-7", "shift__unit": "days"}
    lab.starts_at, lab.ends_at = at(11, 30, dt.date(2027, 11, 3)), at(13, 0, dt.date(2027, 11, 3))  # a week after
    lab.save()

    save(admin, edition, do="shift", **changes)
    publish(admin, edition)

    lab.refresh_from_db()
    assert lab.starts_at == dt.datetime(2027, 10, 27, 11, 30, tzinfo=edition.zone)
    assert SessionDraft.objects.count() == 0


def test_a_track_shifts(admin, edition):
    tracks = [TrackFactory(edition=edition) for _ in range(2)]
    first, second = (session_at(edition, (11,), (12,), track=track) for track in tracks)

    save(admin, edition, do="shift", shift__which=f"track-{tracks[0].pk}", shift__n="30", shift__unit="minutes")

    assert SessionDraft.objects.get().session == first
    assert second.starts_at == at(11)


def test_a_shift_from_an_older_page_is_refused(admin, edition, lab):
    data = typed(admin, edition, shift__which="2027-11-04", shift__n="30", shift__unit="minutes") | {"do": "shift"}

    assert [admin.post(url(edition), data).status_code for _ in range(2)] == [302, 422]
    assert SessionDraft.objects.get().values["start"] == "12:00:00"


@pytest.mark.parametrize(
    "shift",
    [
        {"which": "picked", "n": "30", "unit": "minutes"},  # nothing is selected
        {"which": "2027-11-04", "n": "600", "unit": "minutes"},  # ends after midnight
        {"which": "2027-11-04", "n": "", "unit": "minutes"},
        {"which": "2027-11-04", "n": "x", "unit": "minutes"},
        {"which": "2027-11-04", "n": "1", "unit": "years"},
        {"which": "2030-01-01", "n": "1", "unit": "days"},
        {"which": "2027-11-04", "n": "99999", "unit": "days"},
    ],
)
def test_a_shift_that_is_not_possible_is_refused_and_nothing_typed_is_lost(admin, edition, lab, lunch, shift):
    posted = {f"shift__{name}": value for name, value in shift.items()}

    response = save(admin, edition, do="shift", **posted, **{f"s{lab.pk}__title": "Typed"})

    assert response.status_code == 422
    assert not SessionDraft.objects.exists()
    rows = {form.key: form for form in response.context["form"].rows}
    assert rows[f"s{lab.pk}"]["title"].value() == "Typed"


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"title": ""}, "title"),
        ({"title": "\u202e"}, "title"),
        ({"end": "11:00"}, "end"),
        ({"day": ""}, "day"),
        ({"day": "1999-01-01"}, "day"),
        ({"day": "x"}, "day"),
        ({"start": ""}, "start"),
        ({"end": ""}, "end"),
        ({"format": "break", "is_core": "on"}, "is_core"),
        ({"format": "carnival"}, "format"),
        ({"status": "confirmed", "start": "", "end": ""}, "status"),
        ({"seen": "[1]"}, "__all__"),
        ({"seen": "{"}, "__all__"),
        ({"seen": "[" * 3_000}, "__all__"),
        ({"seen": "[" * 100_000}, "seen"),
        ({"seen": '{"is_core": 1, "x": 2}'}, "__all__"),
    ],
)
def test_a_row_with_a_mistake_is_refused_and_nothing_is_saved(admin, edition, lab, values, name):
    posted = {f"s{lab.pk}__{key}": value for key, value in values.items()}

    response = save(admin, edition, **posted)

    assert response.status_code == 422
    rows = {form.key: form for form in response.context["form"].rows}
    assert name in rows[f"s{lab.pk}"].errors
    assert not SessionDraft.objects.exists()


def test_a_track_or_room_of_another_edition_is_refused(admin, edition, lab):
    track, room = TrackFactory(), RoomFactory()

    for values in ({"track": track.pk}, {"room": room.pk}):
        response = save(admin, edition, **{f"s{lab.pk}__{name}": str(pk) for name, pk in values.items()})
        assert response.status_code == 422
    assert not SessionDraft.objects.exists()


def test_a_session_of_another_edition_is_not_touched(admin, edition, lab):
    theirs = TimedSessionFactory()
    data = typed(admin, theirs.edition, **{f"s{theirs.pk}__title": "Stolen"})

    admin.post(url(edition), data | {"do": "save"})

    assert not SessionDraft.objects.exists()


def test_a_table_of_hundreds_of_sessions_is_not_too_large_for_a_form(admin, edition, lab):
    others = {
        f"s{n}-{name}": "x" for n in range(10**6, 10**6 + 500) for name in ("title", "day", "start", "end", "format")
    }

    response = admin.post(url(edition), typed(admin, edition, **{f"s{lab.pk}__title": "Typed"}) | others)

    assert response.status_code == 302
    assert SessionDraft.objects.get().values == {"title": "Typed"}


def test_what_two_organisers_type_into_different_values_is_all_drafted(admin, edition, lab):
    first, second = typed(admin, edition), typed(admin, edition)

    admin.post(url(edition), first | {f"s{lab.pk}-title": "First"})
    admin.post(url(edition), second | {f"s{lab.pk}-end": "12:30"})

    assert SessionDraft.objects.get().values == {"title": "First", "end": "12:30:00"}


def test_what_two_organisers_type_into_one_value_is_asked_once(admin, edition, lab):
    first, second = typed(admin, edition), typed(admin, edition)
    admin.post(url(edition), first | {f"s{lab.pk}-title": "First"})

    response = admin.post(url(edition), second | {f"s{lab.pk}-title": "Second"})

    assert response.status_code == 422
    assert SessionDraft.objects.get().values == {"title": "First"}
    form = next(it for it in response.context["form"].rows if it.key == f"s{lab.pk}")
    again = second | {f"s{lab.pk}-title": form["title"].value(), f"s{lab.pk}-seen": form["seen"].value()}

    admin.post(url(edition), again)

    assert SessionDraft.objects.get().values == {"title": "Second"}


def test_a_session_added_since_the_page_was_opened_stays(admin, edition, lab):
    data = typed(admin, edition)
    added = session_at(edition, (15,), (16,))

    assert admin.post(url(edition), data).status_code == 302
    assert not SessionDraft.objects.exists()
    assert Session.objects.filter(pk=added.pk).exists()


def test_a_page_sent_twice_adds_its_session_once(admin, edition, lab):
    data = typed(admin, edition, new__title="Lab 2")

    assert [admin.post(url(edition), data).status_code for _ in range(2)] == [302, 302]

    draft = SessionDraft.objects.get()
    assert (draft.values["title"], draft.values["start"]) == ("Lab 2", "13:00:00")
    admin.post(url(edition), data | {"new-title": "Lab 3"})
    assert SessionDraft.objects.count() == 2


def test_what_was_typed_into_a_row_that_is_gone_is_named(admin, edition, lab):
    save(admin, edition, new__title="Lab 2")
    key = f"d{SessionDraft.objects.get().pk}"
    untouched, changed = typed(admin, edition), typed(admin, edition, **{f"{key}__title": "Lab 3"})
    publish(admin, edition)

    response = admin.post(url(edition), changed)
    assert response.status_code == 422
    assert "Lab 3" in response.context["form"].error
    assert admin.post(url(edition), untouched).status_code == 302


def test_a_start_without_an_end_is_not_published(admin, edition, lab):
    save(admin, edition, **{f"s{lab.pk}__start": "10:30"})
    Session.objects.filter(pk=lab.pk).update(starts_at=None, ends_at=None, held_on=DAY)

    review = admin.get(url(edition, "draft")).context["review"]
    response = admin.post(url(edition, "draft"), {"agreed_to": review.token})

    assert len(review.problems) == 1
    assert response.status_code == 422
    assert SessionDraft.objects.exists()


def test_times_of_a_session_that_is_overnight_by_now_are_not_published(admin, edition, lab):
    save(admin, edition, **{f"s{lab.pk}__start": "12:00"})
    Session.objects.filter(pk=lab.pk).update(starts_at=at(22), ends_at=at(22) + dt.timedelta(hours=3))

    assert len(admin.get(url(edition, "draft")).context["review"].problems) == 1


def test_what_the_database_refuses_is_a_sentence(edition, lab):
    lab.ends_at = lab.starts_at

    with refused("session_invalid"), transaction.atomic():
        save_together([lab], edition)


def test_a_session_that_is_on_again_has_no_reason_any_more(admin, edition):
    session = session_at(edition, (11,), (12,), status="cancelled", status_reason="The speaker is ill.")

    save(admin, edition, **{f"s{session.pk}__status": "tentative"})
    publish(admin, edition)

    session.refresh_from_db()
    assert (session.status, session.status_reason) == ("tentative", "")


def test_who_may_not_add_sessions_adds_none(client, edition, lab):
    user = UserFactory(is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="change_session", content_type__app_label="programme"))
    client.force_login(user)
    SessionDraft.objects.create(edition=edition, values={"title": "New"})

    assert "new" not in {form.key for form in client.get(url(edition)).context["form"].rows}
    assert publish(client, edition).status_code == 422
    assert Session.objects.count() == 1


def test_publishing_what_was_not_read_is_refused(admin, edition, lab):
    save(admin, edition, **{f"s{lab.pk}__title": "Mine"})
    token = admin.get(url(edition, "draft")).context["review"].token
    Session.objects.filter(pk=lab.pk).update(title="Theirs")

    response = admin.post(url(edition, "draft"), {"agreed_to": token})

    assert response.status_code == 422
    lab.refresh_from_db()
    assert lab.title == "Theirs"
    [change] = response.context["review"].rows[0].changes
    assert (change.before, change.after, change.is_overtaken) == ("Theirs", "Mine", True)

    assert publish(admin, edition).status_code == 302
    lab.refresh_from_db()
    assert lab.title == "Mine"


def test_a_second_publishing_changes_nothing(admin, edition, lab):
    save(admin, edition, **{f"s{lab.pk}__title": "Mine"})
    token = admin.get(url(edition, "draft")).context["review"].token
    admin.post(url(edition, "draft"), {"agreed_to": token})
    sequence = Session.objects.get(pk=lab.pk).calendar_sequence

    response = admin.post(url(edition, "draft"), {"agreed_to": token})

    assert response.status_code == 302
    assert Session.objects.get(pk=lab.pk).calendar_sequence == sequence


@pytest.mark.parametrize("also_drafted", [False, True])
def test_the_same_publishing_sent_again_is_answered_alike(admin, edition, lab, lunch, also_drafted):
    save(admin, edition, **{f"s{lab.pk}__title": "Mine"} | ({f"s{lunch.pk}__title": "Meal"} if also_drafted else {}))
    ticked = {"chosen": "1", "rows": [f"s{lab.pk}"]}
    token = admin.post(url(edition, "draft"), ticked | {"do": "review"}).context["review"].token

    first, again = (admin.post(url(edition, "draft"), ticked | {"agreed_to": token}) for _twice in range(2))

    assert (
        (again.status_code, again.url) == (302, first.url) == (302, url(edition, "draft" if also_drafted else "table"))
    )
    assert "Nothing you ticked is left to publish." in text(admin.get(again.url))
    assert SessionDraft.objects.filter(session=lunch).exists() is also_drafted


def test_a_draft_onto_lunch_names_both_and_cannot_be_published(admin, edition, lab, lunch):
    save(admin, edition, **{f"s{lab.pk}__end": "13:30"})

    review = admin.get(url(edition, "draft")).context["review"]
    [problem] = review.problems
    assert "Lab" in problem
    assert "Lunch" in problem
    response = admin.post(url(edition, "draft"), {"agreed_to": review.token})

    assert response.status_code == 422
    assert Session.objects.get(pk=lab.pk).ends_at == at(13)
    assert SessionDraft.objects.exists()


@pytest.mark.parametrize(("on", "hour"), [("2027-03-28", "02:30"), ("2027-10-31", "02:30")])
def test_a_time_that_clocks_skip_or_repeat_cannot_be_published(admin, edition, lab, on, hour):
    save(admin, edition, **{f"s{lab.pk}__day": on, f"s{lab.pk}__start": hour, f"s{lab.pk}__end": "04:00"})

    assert len(admin.get(url(edition, "draft")).context["review"].problems) == 1


def test_a_session_with_seats_cannot_be_unpublished(admin, edition):
    track = TrackFactory(edition=edition)
    session = session_at(edition, (11,), (12,), track=track)
    SeatFactory(session=session, participant=ParticipantFactory(delegation__edition=edition))

    save(admin, edition, **{f"s{session.pk}__is_published": None})

    assert len(admin.get(url(edition, "draft")).context["review"].problems) == 1


def test_a_deleted_room_stands_in_the_way(admin, edition, lab):
    room = RoomFactory(venue=edition.venue)
    save(admin, edition, **{f"s{lab.pk}__room": str(room.pk)})
    room.delete()

    assert len(admin.get(url(edition, "draft")).context["review"].problems) == 1


def test_warnings_name_the_sessions(admin, edition):
    room = RoomFactory(venue=edition.venue)
    tracks = [TrackFactory(edition=edition) for _ in range(2)]
    for number, track in enumerate(tracks):
        session_at(edition, (11,), (12,), title=f"Talk {number}", track=track, room=room)
    SessionFactory(edition=edition, title="Late", held_on=dt.date(2028, 1, 10))
    session_at(edition, (15,), (16,), title="Kick-off", format="online", is_core=True)

    warnings = admin.get(url(edition)).context["draft"].warnings

    assert len(warnings) == 3
    for sentence, titles in zip(warnings, [["Talk 0", "Talk 1"], ["Kick-off"], ["Late"]], strict=True):
        assert all(title in sentence for title in titles)


def test_the_review_says_who_is_told_and_publishing_tells_them(admin, edition, lab):
    people = [ParticipantFactory(delegation__edition=edition) for _ in range(3)]
    take_as_known(edition)
    save(admin, edition, **{f"s{lab.pk}__start": "12:00"})

    [sentence] = admin.get(url(edition, "draft")).context["review"].news
    assert sentence.startswith("3 ")

    publish(admin, edition)
    assert follow_changes() == 0  # gathered for a quarter of an hour
    assert Announcement.objects.filter(session=lab).count() == len(people)


def test_a_seat_lost_by_the_draft_is_planned_and_carried_out(admin, edition):
    track = TrackFactory(edition=edition)
    session = session_at(edition, (11,), (12,), track=track)
    seat = SeatFactory(session=session, participant=ParticipantFactory(delegation__edition=edition))

    save(admin, edition, **{f"s{session.pk}__status": "cancelled"})
    review = admin.get(url(edition, "draft")).context["review"]
    publish(admin, edition)

    assert len(review.effects) == 1
    assert not session.seats.filter(pk=seat.pk).exists()


def test_one_row_or_the_whole_draft_is_discarded(admin, edition, lab, lunch):
    save(admin, edition, **{f"s{lab.pk}__title": "A", f"s{lunch.pk}__title": "B", "new__title": "C"})
    assert SessionDraft.objects.count() == 3

    admin.post(url(edition, "draft-discard"), {"row": f"s{lab.pk}"})
    assert set(SessionDraft.objects.values_list("session", flat=True)) == {lunch.pk, None}

    admin.post(url(edition, "draft-discard"))
    assert not SessionDraft.objects.exists()


def test_a_draft_of_another_edition_is_not_discarded(admin, edition, lab):
    save(admin, edition, **{f"s{lab.pk}__title": "A"})

    admin.post(url(EditionFactory(), "draft-discard"))

    assert SessionDraft.objects.exists()


@pytest.mark.parametrize("name", ["table", "draft", "draft-discard"])
@pytest.mark.parametrize("role", ["desk", "viewer"])
def test_other_roles_are_refused_and_nothing_changes(client, edition, lab, name, role):
    SessionDraft.objects.create(edition=edition, session=lab, values={"title": "A"}, base={"title": "Lab"})
    user = UserFactory(is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user)

    assert client.post(url(edition, name)).status_code == 403
    assert SessionDraft.objects.exists()


def test_the_table_and_the_review_cost_the_same_at_one_and_three_rows(
    admin, edition, lab, django_assert_max_num_queries
):
    def draft_all():
        for session in Session.objects.filter(edition=edition):
            SessionDraft.objects.update_or_create(
                session=session,
                defaults={"edition": edition, "values": {"title": "A"}, "base": {"title": session.title}},
            )

    costs = []
    for n in (0, 2):
        for number in range(n):
            session_at(edition, (15 + number,), (16 + number,), room=RoomFactory(venue=edition.venue))
        draft_all()
        with django_assert_max_num_queries(15) as table:
            admin.get(url(edition))
        with django_assert_max_num_queries(18) as review:
            admin.get(url(edition, "draft"))
        costs.append((len(table), len(review)))
    assert costs[0] == costs[1]


@pytest.mark.django_db(transaction=True)
def test_two_organisers_publish_at_the_same_moment(edition):
    user = UserFactory(is_staff=True, is_superuser=True)
    for title in ("Lab", "Left for later"):
        row = as_row(TimedSessionFactory.build(edition=edition, title=title))
        save_draft(edition=edition, rows={"new": row}, by=user)
    table = programme_table(edition)
    keys = {row.key for row in table.drafted if row.after.title == "Lab"}
    token = review_draft(table, timezone.now(), keys=keys).token

    results = in_threads([lambda: publish_draft(edition=edition, by=user, agreed_to=token, keys=keys)] * 2)

    assert sorted(len(it.chosen) for it in results) == [0, 1]
    assert Session.objects.get(edition=edition).title == "Lab"


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_both_would_publish_it(edition, monkeypatch):
    """The control of the test above: both read the draft before the first publishes it."""
    user = UserFactory(is_staff=True, is_superuser=True)
    save_draft(edition=edition, rows={"new": SessionRow(title="Lab")}, by=user)
    token = review_draft(programme_table(edition), timezone.now()).token
    both_have_read, one_is_done = threading.Barrier(2, timeout=30), threading.Event()

    def reviewed_by_both(*values):
        review = review_draft(*values)
        if both_have_read.wait():
            one_is_done.wait(30)
        return review

    def publish_now():
        publish_draft(edition=edition, by=user, agreed_to=token)
        one_is_done.set()

    for name, value in {
        "review_draft": reviewed_by_both,
        "lock_draft": lambda _edition: None,
        "lock_sessions": lambda _editions: None,
    }.items():
        monkeypatch.setattr(session_drafts, name, value)
    in_threads([publish_now] * 2)

    assert Session.objects.filter(edition=edition).count() == 2


@pytest.fixture
def day(edition):
    """Two tracks before and after lunch, then coffee and a lab, each beginning as the one before ends."""
    tracks = {name: TrackFactory(edition=edition, name=name) for name in ("Governance", "Technical")}
    rows = [
        ("Governance 1", (11, 30), (13,), "Governance"),
        ("Technical 1", (11, 30), (13,), "Technical"),
        ("Lunch", (13,), (14,), None),
        ("Governance 2", (14,), (15, 30), "Governance"),
        ("Technical 2", (14,), (15, 30), "Technical"),
        ("Coffee", (15, 30), (16,), None),
        ("Lab", (16,), (17, 30), None),
    ]
    for title, start, end, track in rows:
        session_at(edition, start, end, title=title, track=tracks.get(track))
    return tracks["Governance"]


def shift_governance(admin, edition, track, do):
    return save(admin, edition, do=do, shift__which=f"track-{track.pk}", shift__n="30", shift__unit="minutes")


def test_a_track_that_would_meet_lunch_is_not_shifted_before_somebody_has_decided(admin, edition, day):
    response = shift_governance(admin, edition, day, "shift")

    assert response.status_code == 422
    assert response.context["form"].met == ["Lunch", "Coffee"]
    assert not SessionDraft.objects.exists()


def test_what_a_shifted_track_meets_moves_along_and_so_does_what_that_meets(admin, edition, day):
    shift_governance(admin, edition, day, "shift-met")
    publish(admin, edition)

    starts = {it.title: f"{it.starts_at.astimezone(edition.zone):%H:%M}" for it in edition.sessions.all()}
    assert starts == {
        "Governance 1": "12:00",
        "Technical 1": "11:30",
        "Lunch": "13:30",
        "Governance 2": "14:30",
        "Technical 2": "14:30",
        "Coffee": "16:00",
        "Lab": "16:30",
    }


def test_a_track_is_shifted_alone_if_somebody_wants_that(admin, edition, day):
    shift_governance(admin, edition, day, "shift-anyway")

    assert sorted(str(it) for it in SessionDraft.objects.all()) == ["Governance 1", "Governance 2"]
    assert admin.get(url(edition, "draft")).context["review"].problems


@pytest.fixture
def colleague_s(edition, lab, lunch):
    """A draft of two: an end before its start, by a colleague, and a title that can be published."""
    colleague = UserFactory(name="Carl Colleague", is_staff=True)
    table = {row.key: row.before for row in programme_table(edition).rows}
    save_draft(edition=edition, rows={f"s{lab.pk}": replace(table[f"s{lab.pk}"], end=dt.time(11))}, by=colleague)
    save_draft(edition=edition, rows={f"s{lunch.pk}": replace(table[f"s{lunch.pk}"], title="Late lunch")}, by=colleague)


def test_a_row_that_cannot_be_published_stays_in_the_draft_and_the_others_are(admin, edition, lab, lunch, colleague_s):
    review = admin.get(url(edition, "draft")).context["review"]
    assert [(it.row.before.title, it.is_chosen, bool(it.problem)) for it in review.rows] == [
        ("Lab", False, True),
        ("Lunch", True, False),
    ]

    response = publish(admin, edition)

    lunch.refresh_from_db()
    assert lunch.title == "Late lunch"
    assert [it.session for it in SessionDraft.objects.all()] == [lab]
    assert response.headers["Location"] == url(edition, "draft")


def test_somebody_chooses_which_of_two_that_overlap_is_published(admin, edition, lab, lunch):
    """Lab is drafted onto lunch; a new title of lunch is published without it."""
    save(
        admin,
        edition,
        **{f"s{lab.pk}__start": "13:00", f"s{lab.pk}__end": "14:00", f"s{lunch.pk}__title": "Late lunch"},
    )
    draft = url(edition, "draft")
    assert admin.get(draft).context["review"].problems
    chosen = {"chosen": "1", "rows": [f"s{lunch.pk}"]}

    checked = admin.post(draft, chosen | {"do": "review"})
    review = checked.context["review"]
    admin.post(draft, chosen | {"agreed_to": review.token})

    assert checked.status_code == 200
    assert not review.problems
    lunch.refresh_from_db()
    assert lunch.title == "Late lunch"
    assert [it.session for it in SessionDraft.objects.all()] == [lab]


def test_other_rows_than_were_read_are_not_published(admin, edition, lab, lunch):
    save(admin, edition, **{f"s{lab.pk}__title": "Other lab", f"s{lunch.pk}__title": "Late lunch"})
    token = admin.get(url(edition, "draft")).context["review"].token

    response = admin.post(url(edition, "draft"), {"agreed_to": token, "chosen": "1", "rows": [f"s{lab.pk}"]})

    assert response.status_code == 422
    assert SessionDraft.objects.count() == 2


def test_without_a_tick_nothing_is_published(admin, edition, lab):
    save(admin, edition, **{f"s{lab.pk}__title": "Other lab"})
    draft = url(edition, "draft")
    token = admin.post(draft, {"chosen": "1", "do": "review"}).context["review"].token

    response = admin.post(draft, {"agreed_to": token, "chosen": "1"})

    assert response.status_code == 422
    assert SessionDraft.objects.count() == 1


def test_what_was_discarded_is_on_record(admin, edition, lab):
    save(admin, edition, **{f"s{lab.pk}__start": "11:00"})

    admin.post(url(edition, "draft-discard"), {})

    (entry,) = admin.get(url(edition, "draft")).context["discarded"]
    assert (entry.user.pk, entry.object_repr) == (int(admin.session["_auth_user_id"]), "Lab")
    assert entry.change_message == "Start: 11:30 → 11:00"
    other = EditionFactory()
    assert not admin.get(url(other, "draft")).context["discarded"]


def titles_of(rows):
    return [row.after.title for _form, row in rows if row]


def test_the_table_begins_with_what_is_still_to_come(admin, edition, lab, lunch):
    with time_machine.travel(at(13, 5), tick=False):
        context = admin.get(url(edition)).context

    assert (titles_of(context["past"]), titles_of(context["coming"])) == (["Lab"], ["Lunch"])
    assert not context["opens_past"]


def test_what_is_over_is_unfolded_if_it_is_drafted_or_all_there_is(admin, edition, lab, lunch):
    with time_machine.travel(at(13, 5), tick=False):
        save(admin, edition, **{f"s{lab.pk}__title": "Other lab"})
        assert admin.get(url(edition)).context["opens_past"]
    with time_machine.travel(at(20), tick=False):
        assert titles_of(admin.get(url(edition)).context["coming"]) == []
        assert admin.get(url(edition)).context["opens_past"]
