import datetime as dt
import re
import threading

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.models import Permission
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from programme.models import Session
from tests.client import errors_of, levels_of, text
from tests.factories.people import (
    DelegationFactory,
    ParticipantFactory,
    SeatFactory,
    UserFactory,
    everybody_was_told,
)
from tests.factories.programme import (
    EditionFactory,
    RoomFactory,
    SessionFactory,
    TimedSessionFactory,
    TrackFactory,
    VenueFactory,
)
from tests.programme.constraints import message_of

LIST = "/admin/programme/session/"


@pytest.fixture
def admin(client, organiser):
    client.force_login(organiser)
    return client


def ask(client, action, *sessions, **more):
    return client.post(LIST, {"action": action, ACTION_CHECKBOX_NAME: [s.pk for s in sessions]} | more)


@pytest.mark.parametrize("action", ["publish", "confirm", "cancel", "postpone"])
def test_a_verb_asks_once_and_says_how_many_people_it_concerns(admin, session, action):
    delegation = DelegationFactory(edition=session.edition)
    twice = ParticipantFactory(delegation=delegation).user
    ParticipantFactory(delegation=delegation)
    ParticipantFactory(user=twice, delegation=DelegationFactory(edition=EditionFactory()))
    before = Session.objects.values().get()

    response = ask(admin, action, session)

    assert response.status_code == 200
    assert re.findall(r"\d+", response.context["impact"]) == ["2"]
    assert response.context["impact"] in text(response)
    assert "Peer-learning, Thu 25 Sep 2025, 16:00 CEST" in text(response)
    assert Session.objects.values().get() == before


@pytest.mark.parametrize(
    ("action", "more", "field", "value"),
    [
        ("cancel", {}, "status", "cancelled"),
        ("postpone", {"new_day": "2025-10-02"}, "starts_at", dt.datetime(2025, 10, 2, 14, tzinfo=dt.UTC)),
        ("postpone", {"date_hint": "January"}, "date_hint", "January"),
    ],
)
def test_a_verb_acts_after_the_question(admin, session, action, more, field, value):
    response = ask(admin, action, session, apply="1", **more)

    assert response.status_code == 302
    assert getattr(Session.objects.get(), field) == value


def test_the_second_click_says_that_it_was_so_already(admin, session):
    ask(admin, "cancel", session, apply="1")

    response = ask(admin, "cancel", session, apply="1")

    assert levels_of(admin.get(response.url)) == ["success", "info"]
    assert Session.objects.get().calendar_sequence == 1


@pytest.mark.parametrize(
    ("action", "n", "title"),
    [
        ("cancel", 1, "Cancel session: Peer-learning?"),
        ("confirm", 1, "Confirm: Peer-learning?"),
        ("cancel", 2, "Cancel session: 2 sessions?"),
    ],
)
def test_the_question_names_what_it_is_about_wording(admin, session, action, n, title):
    others = [SessionFactory(edition=session.edition) for _ in range(n - 1)]

    page = text(ask(admin, action, session, *others))

    assert f"<h1>{title}</h1>" in page
    assert f"<title>{title} |" in page


@pytest.mark.parametrize(
    ("values", "instead"),
    [
        ({"is_published": True}, "Unpublish or cancel it instead."),
        ({"is_published": False}, "It is already unpublished."),
        ({"status": "cancelled"}, "Unpublish it to remove it from the pages."),
    ],
)
def test_why_a_session_of_which_people_were_told_stays_wording(admin, open_edition, values, instead):
    starts_at = timezone.now() + dt.timedelta(days=7)
    session = SessionFactory(
        edition=open_edition, title="Talk & tea", starts_at=starts_at, ends_at=starts_at + dt.timedelta(hours=1)
    )
    ParticipantFactory.create_batch(2, delegation=DelegationFactory(edition=open_edition))
    everybody_was_told(open_edition)
    Session.objects.update(**values)
    sentence = f"<li>“Talk &amp; tea” stays as a record: 2 people were told about it. {instead}</li>"

    one = text(admin.get(f"{LIST}{session.pk}/delete/"))
    several = text(ask(admin, "delete_selected", session, post="yes"))

    assert f'<p>“Talk &amp; tea” cannot be deleted:</p> <ul id="deleted-objects">{sentence}</ul>' in re.sub(
        r"\s*(</?li>)\s*", r"\1", one
    )
    assert sentence in re.sub(r"\s*(</?li>)\s*", r"\1", several)
    assert "protected related objects" not in one + several
    assert admin.post(f"{LIST}{session.pk}/delete/", {"post": "yes"}).status_code in {200, 403}
    assert Session.objects.filter(pk=session.pk).exists()


def test_a_verb_does_all_or_nothing(admin, session):
    hint = SessionFactory(edition=session.edition, title="Closing", date_hint="December")
    Session.objects.filter(pk=session.pk).update(status="tentative")

    response = ask(admin, "confirm", session, hint, apply="1")

    assert response.status_code == 422
    (error,) = response.context["form"].non_field_errors()
    assert error.startswith("Closing: ")
    assert "(to be confirmed, " in text(response)
    assert "(confirmed, " not in text(response)
    assert set(Session.objects.values_list("status", flat=True)) == {"tentative"}


@pytest.mark.parametrize("more", [{}, {"new_day": "2025-10-02", "date_hint": "x"}, {"new_day": "soon"}])
def test_postpone_asks_again_when_the_answer_makes_no_sense(admin, session, more):
    response = ask(admin, "postpone", session, apply="1", **more)

    assert response.status_code == 422
    assert "errorlist" in text(response)
    assert Session.objects.get().calendar_sequence == 0


def test_a_verb_from_the_sessions_own_page_leads_back_there(admin, session):
    page = text(admin.get(f"{LIST}{session.pk}/change/"))
    assert re.findall(r'name="action" value="(\w+)"', page) == [
        "postpone",
        "unpublish",
        "cancel",
    ]  # it is published and confirmed

    response = ask(admin, "cancel", session, apply="1", is_from_object="1")

    assert response.url == f"{LIST}{session.pk}/change/"


def test_a_verb_on_a_session_since_deleted_says_so(admin, session):
    pk, _ = session.pk, session.delete()

    response = admin.post(LIST, {"action": "cancel", ACTION_CHECKBOX_NAME: [pk], "apply": "1"}, follow=True)

    assert levels_of(response) == ["error"]


def test_a_viewer_sees_sessions_and_has_no_verbs(client, session):
    viewer = UserFactory(is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_session", content_type__app_label="programme"))
    client.force_login(viewer)

    ask(client, "cancel", session, apply="1")

    assert Session.objects.get().status == "confirmed"
    assert "academy-buttons" not in text(client.get(f"{LIST}{session.pk}/change/"))


def test_a_stranger_is_sent_to_sign_in_and_nothing_changes(client, stranger, session):
    client.force_login(stranger)

    response = ask(client, "cancel", session, apply="1")

    assert response.url.startswith("/admin/login/")
    assert Session.objects.get().status == "confirmed"


def form_of(session, **changes):
    local = {}
    for name in ("starts_at", "ends_at"):
        if moment := getattr(session, name):
            moment = moment.astimezone(session.edition.zone)
            local |= {f"{name}_0": f"{moment:%Y-%m-%d}", f"{name}_1": f"{moment:%H:%M:%S}"}
    return (
        {
            "edition": session.edition_id,
            "title": session.title,
            "slug": session.slug,
            "format": session.format,
            "is_core": "on" if session.is_core else "",
            "seen_at": session.changed_at.isoformat(),
        }
        | local
        | changes
    )


def save(client, session, **changes):
    return client.post(f"{LIST}{session.pk}/change/", form_of(session, **changes))


def test_the_form_speaks_the_editions_local_time(admin, session):
    session.refresh_from_db()

    page = text(admin.get(f"{LIST}{session.pk}/change/"))
    assert 'name="starts_at_1" value="16:00"' in page

    assert save(admin, session, starts_at_1="16:30:00").status_code == 302
    assert Session.objects.get().starts_at == dt.datetime(2025, 9, 25, 14, 30, tzinfo=dt.UTC)


def test_the_form_refuses_a_time_that_clocks_skip(admin, session):
    session.refresh_from_db()
    day = {"starts_at_0": "2025-03-30", "starts_at_1": "02:30", "ends_at_0": "2025-03-30", "ends_at_1": "04:00"}

    response = save(admin, session, **day)

    assert errors_of(response).keys() == {"starts_at"}
    assert response.status_code == 200


def test_the_form_keeps_the_second_of_an_hour_that_comes_twice(admin, edition):
    twice = dt.datetime(2025, 10, 26, 1, 30, tzinfo=dt.UTC)  # 02:30, the second time
    session = TimedSessionFactory(edition=edition, starts_at=twice, ends_at=twice + dt.timedelta(hours=1))

    assert save(admin, session, title="New title").status_code == 302
    assert Session.objects.get().starts_at == twice


NIGHT = {"starts_at_0": "2025-10-26", "starts_at_1": "02:30", "ends_at_0": "2025-10-26", "ends_at_1": "04:00"}
WHICH = re.compile(r'<input type="radio" name="(\w+)_2" value="(\d)"[^>]*?( checked)?> ([^<]+)</label>')


def which_is_asked(response):
    """What can be chosen from where a time comes twice: (field, value, label), with a star where it is chosen."""
    choices = WHICH.findall(text(response).replace(" >", ">"))
    return [(name, value, label.strip() + ("*" if checked else "")) for name, value, checked, label in choices]


def test_of_a_time_that_comes_twice_it_is_asked_which_is_meant(admin, session):
    session.refresh_from_db()
    before = session.starts_at
    assert which_is_asked(admin.get(f"{LIST}{session.pk}/change/")) == []

    response = save(admin, session, **NIGHT)

    assert errors_of(response).keys() == {"starts_at"}
    assert which_is_asked(response) == [
        ("starts_at", "0", "02:30 CEST, before the clocks go back"),
        ("starts_at", "1", "02:30 CET, after the clocks go back"),
    ]
    assert Session.objects.get().starts_at == before


@pytest.mark.parametrize(
    ("which", "expected"),
    [("0", dt.datetime(2025, 10, 26, 0, 30, tzinfo=dt.UTC)), ("1", dt.datetime(2025, 10, 26, 1, 30, tzinfo=dt.UTC))],
)
def test_a_time_that_comes_twice_is_the_one_chosen_and_stays_so(admin, session, which, expected):
    session.refresh_from_db()
    labels = [["02:30 CEST, before the clocks go back*", "02:30 CET, after the clocks go back"]]
    labels += [["02:30 CEST, before the clocks go back", "02:30 CET, after the clocks go back*"]]

    shown_again = save(admin, session, title="", **NIGHT, starts_at_2=which)
    assert [label for _name, _value, label in which_is_asked(shown_again)] == labels[int(which)]

    assert save(admin, session, **NIGHT, starts_at_2=which).status_code == 302
    session = Session.objects.get()
    assert session.starts_at == expected
    page = admin.get(f"{LIST}{session.pk}/change/")
    assert [label for _name, _value, label in which_is_asked(page)] == labels[int(which)]

    assert save(admin, session, title="Other", starts_at_2=which).status_code == 302
    assert Session.objects.get().starts_at == expected
    other = str(1 - int(which))
    session.refresh_from_db()
    assert save(admin, session, starts_at_2=other).status_code == 302
    assert Session.objects.get().starts_at != expected


def test_both_of_a_time_that_comes_twice_can_be_start_and_end(admin, session):
    session.refresh_from_db()

    assert save(admin, session, **NIGHT | {"ends_at_1": "02:30"}, starts_at_2="0", ends_at_2="1").status_code == 302

    session = Session.objects.get()
    assert session.ends_at - session.starts_at == dt.timedelta(hours=1)


def test_which_is_meant_says_nothing_of_a_time_that_comes_once(admin, session):
    session.refresh_from_db()

    assert save(admin, session, starts_at_2="1").status_code == 302
    assert Session.objects.get().starts_at == session.starts_at


def test_no_third_choice_is_taken(admin, session):
    session.refresh_from_db()

    response = save(admin, session, **NIGHT, starts_at_2="2")

    assert response.context["adminform"].form.has_error("starts_at", "invalid_choice")
    assert Session.objects.get().starts_at == session.starts_at


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"starts_at_1": ""}, "starts_at", "invalid_time"),
        ({"starts_at_0": ""}, "starts_at", "invalid_date"),
        ({"starts_at_0": "32.13.2025"}, "starts_at", "invalid"),
        ({"starts_at_0": "0001-01-01", "starts_at_1": "00:00"}, "starts_at", "day_out_of_range"),
        ({"slug": "Not A Slug"}, "slug", "invalid"),
    ],
)
def test_the_form_says_what_is_wrong_and_saves_nothing(admin, session, changes, field, code):
    session.refresh_from_db()
    before = Session.objects.values().get()

    response = save(admin, session, **changes)

    assert errors_of(response).keys() == {field}
    assert response.context["adminform"].form.has_error(field, code)
    assert Session.objects.values().get() == before


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"ends_at_1": "15:00"}, "session_ends_after_it_starts"),
        (
            {f"{name}_{part}": "" for name in ("starts_at", "ends_at") for part in (0, 1)} | {"held_on": "9999-12-31"},
            "session_is_of_our_time",
        ),
        ({"starts_at_0": "", "starts_at_1": ""}, "session_says_when_in_one_way"),
        ({"format": "break"}, "session_break_is_not_core"),
    ],
)
def test_the_form_says_which_constraint_is_violated_and_saves_nothing(admin, session, changes, constraint):
    session.refresh_from_db()
    before = Session.objects.values().get()

    response = save(admin, session, **changes)

    assert message_of(Session, constraint) in errors_of(response)[NON_FIELD_ERRORS]
    assert Session.objects.values().get() == before


def test_the_form_refuses_a_track_of_another_edition(admin, session):
    session.refresh_from_db()

    assert errors_of(save(admin, session, track=TrackFactory().pk)).keys() == {"track"}
    assert Session.objects.get().track is None


def test_the_form_refuses_a_room_of_another_venue(admin, session):
    session.refresh_from_db()

    assert errors_of(save(admin, session, room=RoomFactory().pk)).keys() == {"room"}
    assert Session.objects.get().room is None


def test_the_form_refuses_once_what_somebody_else_changed_meanwhile(admin, session):
    session.refresh_from_db()
    Session.objects.filter(pk=session.pk).update(title="Theirs")

    response = save(admin, session, title="Mine")

    assert errors_of(response).keys() == {NON_FIELD_ERRORS}
    assert "Title: Theirs." in errors_of(response)[NON_FIELD_ERRORS][0]
    assert 'value="Mine"' in text(response)
    assert Session.objects.get().title == "Theirs"
    (seen_at,) = re.findall(r'name="seen_at" value="([^"]+)"', text(response))
    assert save(admin, session, title="Mine", seen_at=seen_at).status_code == 302
    assert Session.objects.get().title == "Mine"


def test_a_form_that_does_not_say_when_it_was_opened_is_asked_about_once(admin, session):
    session.refresh_from_db()
    Session.objects.filter(pk=session.pk).update(title="Theirs")
    form = form_of(session, title="Mine")
    del form["seen_at"]

    response = admin.post(f"{LIST}{session.pk}/change/", form)

    assert errors_of(response).keys() == {"__all__"}
    assert Session.objects.get().title == "Theirs"
    (seen_at,) = re.findall(r'name="seen_at" value="([^"]+)"', text(response))
    assert save(admin, session, title="Mine", seen_at=seen_at).status_code == 302
    assert Session.objects.get().title == "Mine"


@pytest.mark.parametrize("name", ["title", "location", "make_up_question"])
@pytest.mark.parametrize("typed", ["a\x07b", "a\u202eb", "\u200b"])
def test_what_cannot_be_read_is_refused(admin, session, name, typed):
    session.refresh_from_db()

    assert errors_of(save(admin, session, **{name: typed})).keys() == {name}
    assert Session.objects.get().title == "Peer-learning"


def test_a_title_is_one_line(admin, session):
    session.refresh_from_db()

    assert save(admin, session, title="Peer\r\nBcc: x").status_code == 302
    assert Session.objects.get().title == "Peer Bcc: x"


@pytest.mark.parametrize("action", ["cancel", "postpone"])
def test_a_reason_is_one_line(admin, session, action):
    more = {"date_hint": "December"} if action == "postpone" else {}
    ask(admin, action, session, **more, reason="Ill.\r\n\r\n→ Click here", apply="1")

    assert Session.objects.get().status_reason == "Ill. → Click here"


@pytest.mark.parametrize(
    ("factory", "name"),
    [
        (EditionFactory, "name"),
        (TrackFactory, "name"),
        (VenueFactory, "name"),
        (VenueFactory, "address"),
        (RoomFactory, "name"),
        (SessionFactory, "date_hint"),
        (SessionFactory, "status_reason"),
    ],
)
def test_what_stands_in_e_mails_is_readable_and_one_line(db, factory, name):
    row = factory()
    for wrong in ("a\x07b", "a\u202eb", "\u200b"):
        setattr(row, name, wrong)
        with pytest.raises(ValidationError) as raised:
            row.full_clean()
        assert len(raised.value.message_dict[name]) == 1
    setattr(row, name, "One\r\ntwo")
    row.save()
    row.refresh_from_db()
    assert getattr(row, name) == "One two"


def test_words_for_a_day_that_cannot_be_read_are_refused(admin, session):
    response = ask(admin, "postpone", session, date_hint="\u202eDecember", apply="1")

    assert response.context["form"].errors.keys() == {"date_hint"}
    assert Session.objects.get().date_hint == ""


@pytest.mark.django_db(transaction=True)
def test_a_save_waits_for_the_verb_that_came_first_and_does_not_undo_it(admin, session):
    session.refresh_from_db()
    is_cancelled, is_released = threading.Event(), threading.Event()

    def cancel():
        try:
            with transaction.atomic():
                Session.objects.filter(pk=session.pk).update(status="cancelled")
                is_cancelled.set()
                is_released.wait(timeout=0.5)
        finally:
            connection.close()

    canceller = threading.Thread(target=cancel)
    canceller.start()
    is_cancelled.wait()
    response = save(admin, session, title="Mine")
    canceller.join()

    assert errors_of(response).keys() == {"__all__"}
    assert Session.objects.values_list("title", "status").get() == ("Peer-learning", "cancelled")


def test_times_without_an_edition_are_no_crash(admin, edition):
    form = {"title": "New", "slug": "new", "format": "online", "starts_at_0": "2025-09-25", "starts_at_1": "16:00"}

    response = admin.post(f"{LIST}add/", form)

    assert response.context["adminform"].form.has_error("edition", "required")


def test_a_new_session_starts_tentative_and_unpublished(admin, edition):
    form = {"edition": edition.pk, "title": "New", "slug": "new", "format": "online", "date_hint": "December"}

    assert admin.post(f"{LIST}add/", form).status_code == 302
    session = Session.objects.get()
    assert (session.status, session.is_published) == ("tentative", False)


def test_the_list_shows_when_in_the_editions_zone(admin, session):
    SessionFactory(edition=session.edition, held_on=dt.date(2025, 11, 5))
    SessionFactory(edition=session.edition, date_hint="December")

    page = text(admin.get(reverse("programme-staff:sessions", args=[session.edition.slug])))

    for when in ("25 Sep 2025, 16:00", "5 November 2025", "December"):
        assert re.search(f'class="field-when[^"]*">{when}</td>', page)


def test_the_history_is_readable(admin, session, organiser):
    session.track = TrackFactory(edition=session.edition, name="Governance")
    session.description = "long " * 100
    session.save()
    ask(admin, "cancel", session, apply="1")

    page = text(admin.get(f"{LIST}{session.pk}/history/"))

    assert "<td>Olga Organiser</td> <td>Changed" in page
    assert "<del>confirmed</del> → <ins>cancelled</ins>" in page
    assert "<ins>Governance</ins>" in page
    assert "the system" in page
    assert "Added" in page
    assert admin.get(f"{LIST}0/history/").status_code == 404


def test_the_history_names_those_since_deleted_by_number_and_pages(admin, session):
    someone = UserFactory(is_staff=True, is_superuser=True)
    admin.force_login(someone)
    ask(admin, "cancel", session, apply="1")
    for number in range(60):
        Session.objects.filter(pk=session.pk).update(title=f"Title {number}")
    admin.force_login(UserFactory(is_staff=True, is_superuser=True))
    pk = someone.pk
    someone.delete()

    first = text(admin.get(f"{LIST}{session.pk}/history/"))
    second = text(admin.get(f"{LIST}{session.pk}/history/?p=2"))

    assert "Page 1 of 2" in first
    assert f"deleted user {pk}" in second


def test_the_history_needs_the_right_to_see(client, session):
    client.force_login(UserFactory(is_staff=True))

    assert client.get(f"{LIST}{session.pk}/history/").status_code == 403


def test_a_form_with_what_no_select_can_hold_is_a_bad_request(admin, session):
    response = admin.post(f"{LIST}{session.pk}/change/", {"edition": "x", "title": ""})

    assert response.status_code == 400


@pytest.fixture
def known(open_edition):
    """A session in a week that two people know of."""
    starts_at = timezone.now().replace(microsecond=0, second=0) + dt.timedelta(days=7)
    session = SessionFactory(
        edition=open_edition,
        title="Peer-learning",
        status="confirmed",
        starts_at=starts_at,
        ends_at=starts_at + dt.timedelta(hours=1),
    )
    ParticipantFactory.create_batch(2, delegation=DelegationFactory(edition=open_edition))
    everybody_was_told(open_edition)
    return session


def test_a_session_of_which_people_were_told_stays_in_its_edition(admin, known):
    page = admin.get(f"{LIST}{known.pk}/change/")

    assert "edition" not in page.context["adminform"].form.fields


def test_after_a_verb_it_is_said_how_many_will_be_told_and_where_that_is_stopped(admin, known):
    ask(admin, "cancel", known, apply="1")

    done, notice = admin.get(LIST).context["messages"]

    assert (done.level_tag, notice.level_tag) == ("success", "info")
    assert re.match(r"2 people .* \d\d:\d\d\. <a", str(notice))
    assert 'href="/admin/editions/academy/messages/changes/"' in str(notice)


def test_after_a_verb_that_tells_nobody_nothing_is_said_of_it(admin, known):
    known.edition.sends_notices = False
    known.edition.save()
    ask(admin, "cancel", known, apply="1")

    assert levels_of(admin.get(LIST)) == ["success"]


def test_what_begins_soon_is_said_to_be_told_now(admin, known):
    starts_at = timezone.now() + dt.timedelta(minutes=20)
    Session.objects.update(starts_at=starts_at, ends_at=starts_at + dt.timedelta(hours=1))
    everybody_was_told(known.edition)
    ask(admin, "cancel", known, apply="1")

    _done, notice = admin.get(LIST).context["messages"]
    assert re.match(r"2 people [^<\d]*now\. <a", str(notice))


def test_cancelling_a_parallel_session_concerns_its_people_wording(admin, known, open_edition):
    track = TrackFactory(edition=open_edition)
    Session.objects.update(track=track, capacity=5, format="in_person")
    SeatFactory(participant=open_edition.participants.first(), session=Session.objects.get())

    question = ask(admin, "cancel", known)

    assert question.context["impact"] == (
        "This affects 1 person. All seats and waiting lists end at once. If a session is on again, people have to choose again."
    )


@pytest.mark.parametrize("kind", list(Session.Format))
def test_a_form_shows_what_its_format_uses_and_what_is_filled_in(admin, edition, kind):
    session = SessionFactory(edition=edition, format=kind)
    page = f"/admin/programme/session/{session.pk}/change/"

    fields = set(admin.get(page).context["adminform"].form.fields)
    Session.objects.filter(pk=session.pk).update(location="Town hall", recording_url="https://media.example/1")
    filled = set(admin.get(page).context["adminform"].form.fields)

    assert ("meeting_url" in fields) == (kind == Session.Format.ONLINE)
    assert ("track" in fields) == (kind != Session.Format.BREAK)
    assert {"location", "recording_url"} <= filled
    assert fields <= filled
