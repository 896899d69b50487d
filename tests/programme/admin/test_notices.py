import datetime as dt
import re

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from programme.models import Announcement, Notice
from tests.client import levels_of, text
from tests.factories.people import NoticeFactory, ParticipantFactory, UserFactory, everybody_was_told
from tests.factories.programme import SessionFactory
from udtacademy.outbox.models import Message

PAGE = "/admin/editions/academy/messages/changes/"


def press(client, button, note="", page=None):
    """Press a button of the page as it was opened: just now, or `page`."""
    page = page or client.get(PAGE).content.decode()
    shown = dict(re.findall(r'name="(agreed_to)" value="(\w*)"', page))
    return client.post(PAGE, {"note": note, button: "1", **shown}, follow=True)


@pytest.fixture
def moved(open_edition, coordinator):
    """A session that was moved by an hour, and Carme, who is to know."""
    starts_at = timezone.now() + dt.timedelta(days=7)
    session = SessionFactory(
        edition=open_edition,
        title="Peer-learning",
        status="confirmed",
        starts_at=starts_at,
        ends_at=starts_at + dt.timedelta(hours=1),
    )
    everybody_was_told(open_edition)
    session.starts_at += dt.timedelta(minutes=30)
    session.save()
    return session


@pytest.fixture
def admin(client, organiser):
    client.force_login(organiser)
    return client


def test_the_page_says_how_many_read_what(admin, moved):
    page = text(admin.get(PAGE))

    assert "<strong>1 person gets this email</strong>" in page
    assert f"/admin/programme/session/{moved.pk}/announcements/" in page
    assert "“Peer-learning” has moved to " in page
    assert not Notice.objects.exists()


def test_words_are_kept_sent_and_recorded(admin, moved):
    assert levels_of(admin.post(PAGE, {"note": "Sorry!", "save": "1"}, follow=True)) == ["success"]
    assert Notice.objects.open().get().note == "Sorry!"
    assert ">Sorry!</textarea>" in admin.get(PAGE).content.decode().replace("\n", "")

    response = press(admin, "send", "Sorry!")

    assert levels_of(response) == ["success"]
    assert 'name="send"' not in text(response)
    assert "sent, Olga Organiser, 1 person" in text(response)
    assert "Sorry!" in Message.objects.get(kind="changed").text
    assert levels_of(admin.post(PAGE, {"note": "", "send": "1"}, follow=True)) == ["info"]
    assert Message.objects.filter(kind="changed").count() == 1


def test_dropping_tells_nobody(admin, moved):
    response = press(admin, "drop", "x" * 2001)  # it needs no words

    assert levels_of(response) == ["success"]
    assert Notice.objects.get().state == "dropped"
    assert not Message.objects.filter(kind="changed").exists()
    assert levels_of(admin.post(PAGE, {"note": "", "drop": "1"}, follow=True)) == ["info"]
    assert Notice.objects.count() == 1


@pytest.mark.parametrize(
    ("form", "status"),
    [({"note": "x"}, 404), ({"note": "x" * 2001, "send": "1"}, 422), ({"note": "\u202e", "send": "1"}, 422)],
)
def test_what_no_form_of_ours_sends_changes_nothing(admin, moved, form, status):
    assert admin.post(PAGE, form).status_code == status
    assert not Message.objects.filter(kind="changed").exists()


def test_viewers_see_and_change_nothing_others_do_not_see(client, moved, desk, coordinator):
    viewer = UserFactory(is_staff=True)
    viewer.groups.add(Group.objects.get(name="viewer"))
    for user, get, post in ((viewer, 200, 403), (desk, 403, 403), (coordinator.user, 302, 302)):
        client.force_login(user)
        assert (client.get(PAGE).status_code, client.post(PAGE, {"drop": "1"}).status_code) == (get, post)


def test_an_edition_that_tells_nobody_wording(admin, moved, open_edition):
    open_edition.sends_notices = False
    open_edition.save()

    response = admin.get(PAGE)

    assert 'name="send"' not in text(response)
    assert "This edition does not send notices of changes" in text(response)


def test_the_page_shows_the_e_mail_as_the_first_person_gets_it(admin, moved, coordinator):
    page = text(admin.get(PAGE))

    assert f"email to {coordinator.user.name}" in page
    assert "<strong>Changed: Peer-learning</strong>" in page
    assert not Message.objects.exists()


def test_a_notice_shows_its_changes_one_by_one(admin, open_edition):
    changes = ["“Peer-learning” is cancelled.", "“Tea & talk” is moved."]
    sent = NoticeFactory(edition=open_edition, state="sent", changes=changes, n_people=3)
    waiting = NoticeFactory(edition=open_edition)

    page = text(admin.get(f"/admin/programme/notice/{sent.pk}/change/"))

    assert "<ul><li>“Peer-learning” is cancelled.</li><li>“Tea &amp; talk” is moved.</li></ul>" in page
    assert "[&#x27;" not in page
    listed = dict(
        re.findall(r"/notice/(\d+)/change/.*?field-people\">(.*?)<", text(admin.get("/admin/programme/notice/")))
    )
    assert listed == {str(sent.pk): "3", str(waiting.pk): "–"}


@pytest.mark.parametrize("button", ["send", "drop"])
@pytest.mark.parametrize("is_stale", [True, False])
def test_what_was_not_on_the_page_is_neither_sent_nor_dropped(admin, moved, open_edition, button, is_stale):
    page = admin.get(PAGE).content.decode()
    if is_stale:
        SessionFactory(edition=open_edition, title="Other", status="tentative", date_hint="December")
    else:
        page = "no token"
    n_announcements = Announcement.objects.count()

    response = press(admin, button, "My words", page)

    assert response.status_code == 409
    assert response.context["refusal"] in text(response)
    assert "“Other”" in text(response) or not is_stale
    assert "My words</textarea>" in response.content.decode()
    assert not Notice.objects.exists()
    assert not Message.objects.exists()
    assert Announcement.objects.count() == n_announcements
    again = press(admin, button, "My words", response.content.decode())
    assert again.status_code == 200
    assert Notice.objects.get().state == {"send": "sent", "drop": "dropped"}[button]


def test_more_people_are_another_page(admin, moved, delegation):
    page = admin.get(PAGE).content.decode()
    person = ParticipantFactory(delegation=delegation)

    assert press(admin, "send", page=page).status_code == 409
    assert not Message.objects.filter(user=person.user).exists()


def test_keeping_the_words_needs_no_second_look(admin, moved, open_edition):
    page = admin.get(PAGE).content.decode()
    SessionFactory(edition=open_edition, title="Other", status="tentative", date_hint="December")

    assert levels_of(press(admin, "save", "Sorry!", page)) == ["success"]
    assert Notice.objects.open().get().note == "Sorry!"


@pytest.mark.parametrize("button", ["send", "drop"])
def test_nobody_is_told_of_an_edition_that_is_not_published(admin, moved, open_edition, button):
    page = admin.get(PAGE).content.decode()
    open_edition.is_published = False
    open_edition.save()
    n_announcements = Announcement.objects.count()

    response = press(admin, button, "Sorry!", page)

    assert levels_of(response) == ["info"]
    assert 'name="note"' not in text(response)
    assert Announcement.objects.count() == n_announcements
    assert not Notice.objects.exists()
    assert not Message.objects.exists()


def test_words_about_nothing_are_not_said_to_be_kept(admin, open_edition, coordinator):
    everybody_was_told(open_edition)

    response = press(admin, "save", "Sorry!")

    assert response.status_code == 422
    assert response.context["refusal"] in text(response)
    assert "<p>Sorry!</p>" in text(response)
    assert 'name="save"' not in text(response)
    assert not Notice.objects.exists()


def test_a_double_click_sends_once_and_leaves_one_row(admin, moved):
    page = admin.get(PAGE).content.decode()

    assert [levels_of(press(admin, "send", page=page)) for _click in range(2)] == [["success"], ["info"]]
    assert Notice.objects.get().state == "sent"
    assert Message.objects.filter(kind="changed").count() == 1
