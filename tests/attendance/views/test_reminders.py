import datetime as dt
import html
import re
from urllib.parse import urlencode

import pytest
from django.utils import timezone

from attendance.actions.reminders import send_due_reminders
from programme.models import Session
from tests.client import text
from tests.factories.people import newcomers_were_told
from udtacademy.outbox.models import Message

PAGE = "/admin/editions/academy/messages/reminders/"
SAMPLE = f"{PAGE}peer-learning/email/"
PEOPLE = f"{PAGE}peer-learning/people/"


@pytest.fixture
def tomorrow(running, ana):
    """Peer-learning in twenty hours; Ana is registered since a week."""
    running.starts_at = timezone.now() + dt.timedelta(hours=20)
    running.ends_at = running.starts_at + dt.timedelta(hours=1)
    running.save()
    ana.state_at = timezone.now() - dt.timedelta(days=7)
    ana.save()
    return running


def test_the_page_says_who_gets_what_when_and_who_not_and_why(client, organiser, tomorrow):
    Session.objects.update(is_core=False)
    tomorrow.edition.participants.update(mutes_optional=True)
    client.force_login(organiser)

    page = text(client.get(PAGE))

    assert "1 day before" in page
    (address,) = re.findall(
        r'gets reminders of core sessions only: <a href="([^"]*offset=1440[^"]*)">1 person</a>', page
    )
    people = text(client.get(html.unescape(address)))
    assert "Will not get it: gets reminders of core sessions only" in people
    assert "<li>Ana Anaya, Girona (ES)</li>" in people


def test_the_page_can_be_of_another_moment_and_after_sending_says_who_got_it(client, organiser, tomorrow, ana):
    client.force_login(organiser)
    newcomers_were_told(tomorrow.edition)
    assert send_due_reminders() == 1

    page = text(client.get(PAGE))

    assert page.count("1 person</a>") == 2  # the day's is sent; the hour's to come
    assert "could not be sent in time: 1 person" in page  # a week's
    got, gets = (client.get(f"{PEOPLE}?{it}").context["page"] for it in ("offset=1440&group=got", "offset=60"))
    assert list(got) == list(gets) == [ana]
    later = (tomorrow.starts_at + dt.timedelta(hours=1)).isoformat()
    assert "No upcoming published session has a time." in text(client.get(PAGE, {"at": later}))
    assert client.get(PAGE, {"at": "nonsense"}).status_code == 200


def test_the_sample_has_no_personal_link_and_sends_nothing(client, organiser, tomorrow):
    client.force_login(organiser)

    response = client.get(SAMPLE)

    page = text(response)
    assert "Dear Ana Anaya" in page
    assert "http://testserver/join/academy/peer-learning/" in page
    assert "key=" not in page
    assert response["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert not Message.objects.exists()


def test_without_anybody_or_without_a_time_there_is_no_sample(client, organiser, tomorrow, ana):
    client.force_login(organiser)
    Session.objects.update(reminder_minutes=[])
    assert client.get(SAMPLE).status_code == 404
    ana.delete()
    assert client.get(SAMPLE).status_code == 404


def test_the_way_back_from_a_list_of_people_leads_to_the_same_moment(client, organiser, tomorrow):
    client.force_login(organiser)

    at = f"{timezone.now():%Y-%m-%dT%H:%M}"

    response = client.get(PEOPLE, {"offset": "60", "group": "gets", "page": "1", "at": at})

    assert f'href="{PAGE}?{urlencode({"at": at})}"' in text(response)


@pytest.mark.parametrize("query", ["", "?offset=61", "?offset=60&group=everybody", "?offset=nonsense"])
def test_there_is_no_list_of_people_without_such_a_reminder(client, organiser, tomorrow, query):
    client.force_login(organiser)

    assert client.get(f"{PEOPLE}{query}").status_code == 404


def test_a_change_that_is_not_told_yet_is_the_reason_why_nobody_gets_it(client, organiser, tomorrow, ana):
    client.force_login(organiser)
    tomorrow.edition.sends_notices = True
    tomorrow.edition.save()
    newcomers_were_told(tomorrow.edition)
    Session.objects.update(title="Renamed")

    page = text(client.get(PAGE))

    assert re.search(r'must be sent a change first: <a href="[^"]+group=changing">1 person</a>', page)


@pytest.mark.parametrize("path", [PAGE, SAMPLE, f"{PEOPLE}?offset=60"])
def test_only_staff_who_may_see_reminders(client, tomorrow, ana, desk, staff_of, path):
    assert client.post(path).status_code == 302
    for user, status in ((ana.user, 302), (desk, 403), (staff_of("viewer"), 200)):
        client.force_login(user)
        assert client.get(path).status_code == status
        assert client.post(path).status_code == {200: 405}.get(status, 405 if status == 403 else status)


def test_another_edition_is_not_found(client, organiser, tomorrow):
    client.force_login(organiser)

    assert client.get("/admin/editions/nowhere/messages/reminders/").status_code == 404


def test_the_page_costs_the_same_for_one_and_for_many(client, organiser, tomorrow, ana, django_assert_max_num_queries):
    from tests.factories.people import ParticipantFactory  # noqa: PLC0415 - only here

    client.force_login(organiser)
    ana.delegation.quota = 50
    ana.delegation.save()
    for n in (1, 20):
        ParticipantFactory.create_batch(n, delegation=ana.delegation, state_at=ana.state_at)
        with django_assert_max_num_queries(16):
            client.get(PAGE)
