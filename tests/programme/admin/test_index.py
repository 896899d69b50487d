import datetime as dt

import time_machine
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType

from tests.client import text
from tests.factories.people import ParticipantFactory, UserFactory
from tests.factories.programme import EditionFactory, SessionFactory


def page(client):
    return text(client.get("/admin/"))


@time_machine.travel(dt.datetime(2025, 9, 20, tzinfo=dt.UTC))
def test_index_says_what_comes_next_and_what_is_open(client, organiser, session):
    SessionFactory(edition=session.edition, is_published=False)
    ParticipantFactory(delegation__edition=session.edition)
    client.force_login(organiser)

    body = page(client)

    assert "Peer-learning</a>, Thu 25 Sep 2025, 16:00 CEST" in body
    assert "1 of 2 sessions" in body
    assert ">1 session</a>" in body  # not published


@time_machine.travel(dt.datetime(2026, 9, 20, tzinfo=dt.UTC))
def test_index_without_a_running_edition_wording(client, organiser, session):
    client.force_login(organiser)

    body = page(client)

    assert "No current or upcoming editions." in body
    assert '<a class="addlink" href="/admin/programme/edition/add/">Add an edition</a>' in body
    assert 'href="/admin/programme/edition/upload/"' in body


def test_index_tells_nothing_to_staff_who_may_not_see_sessions(client, db):
    EditionFactory(name="Secret", last_on=dt.date(2099, 1, 1))
    client.force_login(UserFactory(is_staff=True))

    assert "Secret" not in page(client)


def test_index_for_a_viewer_has_no_link_to_add_or_copy(client, edition):
    viewer = UserFactory(is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_session", content_type__app_label="programme"))
    client.force_login(viewer)

    body = page(client)

    assert str(edition) in body
    assert "Add an edition" not in body
    assert "/copy/" not in body


def test_the_admins_short_addresses_lead_only_to_models_that_are_edited_there(client, organiser):
    client.force_login(organiser)
    known = {it.pk for it in ContentType.objects.all()}

    answers = {pk: client.get(f"/admin/r/{pk}/1/").status_code for pk in known}

    assert set(answers.values()) <= {302, 404}
