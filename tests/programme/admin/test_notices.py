import datetime as dt
import re

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from programme.models import Message, Notice
from tests.factories.people import NoticeFactory, UserFactory, everybody_was_told
from tests.factories.programme import SessionFactory

PAGE = "/admin/programme/notice/edition/academy/"


def text(response):
    return " ".join(response.content.decode().split())


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

    assert "<strong>1 person gets this e-mail</strong>" in page
    assert f"/admin/programme/session/{moved.pk}/told/" in page
    assert "“Peer-learning” is moved to:" in page
    assert not Notice.objects.exists()


def test_words_are_kept_sent_and_recorded(admin, moved):
    assert "Your words are kept" in text(admin.post(PAGE, {"words": "Sorry!", "save": "1"}, follow=True))
    assert ">Sorry!</textarea>" in admin.get(PAGE).content.decode().replace("\n", "")

    page = text(admin.post(PAGE, {"words": "Sorry!", "send": "1"}, follow=True))

    assert "1 e-mail is on its way." in page
    assert "Everybody knows the programme as it is" in page
    assert "sent, Olga Organiser, 1 person" in page
    assert "Sorry!" in Message.objects.get(kind="changed").text
    assert "There was nothing to tell any more." in text(admin.post(PAGE, {"words": "", "send": "1"}, follow=True))


def test_dropping_tells_nobody(admin, moved):
    page = text(admin.post(PAGE, {"words": "", "drop": "1"}, follow=True))

    assert "Dropped: nobody is written to." in page
    assert not Message.objects.filter(kind="changed").exists()
    assert "There was nothing to drop any more." in text(admin.post(PAGE, {"words": "", "drop": "1"}, follow=True))


@pytest.mark.parametrize(
    ("form", "status"),
    [({"words": "x"}, 404), ({"words": "x" * 2001, "send": "1"}, 422), ({"words": "\u202e", "send": "1"}, 422)],
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


def test_an_edition_that_tells_nobody_says_so(admin, moved, open_edition):
    open_edition.sends_notices = False
    open_edition.save()

    assert "This edition tells nobody of changes" in text(admin.get(PAGE))


def test_the_page_shows_the_e_mail_as_the_first_person_gets_it(admin, moved, coordinator):
    page = text(admin.get(PAGE))

    assert f"Read it as {coordinator.user.name} gets it" in page
    assert "<strong>Changed: Peer-learning</strong>" in page
    assert not Message.objects.exists()


def test_a_notice_shows_its_changes_one_by_one(admin, open_edition):
    lines = ["“Peer-learning” is cancelled.", "“Tea & talk” is moved."]
    sent = NoticeFactory(edition=open_edition, state="sent", lines=lines, n_people=3)
    waiting = NoticeFactory(edition=open_edition)

    page = text(admin.get(f"/admin/programme/notice/{sent.pk}/change/"))

    assert "<ul><li>“Peer-learning” is cancelled.</li><li>“Tea &amp; talk” is moved.</li></ul>" in page
    assert "[&#x27;" not in page
    listed = dict(
        re.findall(r"/notice/(\d+)/change/.*?field-people\">(.*?)<", text(admin.get("/admin/programme/notice/")))
    )
    assert listed == {str(sent.pk): "3", str(waiting.pk): "–"}
