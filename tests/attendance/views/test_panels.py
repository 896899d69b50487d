"""What attendance shows on pages of the programme."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from attendance.actions.attendances import recompute_session
from attendance.actions.certificates import revoke_certificate
from attendance.actions.decisions import decide
from attendance.models import Evidence
from programme.models import Edition, Session
from tests.client import Client, press, text
from tests.factories.attendance import CertificateFactory, EvidenceFactory, ExcuseFactory
from tests.factories.people import DelegationFactory, NoticeFactory, ParticipantFactory
from tests.factories.programme import EditionFactory, SessionFactory

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def over(running):
    running.starts_at, running.ends_at = (it - 24 * HOUR for it in (running.starts_at, running.ends_at))
    running.save()
    return running


def another_edition(number):
    now = timezone.now()
    edition = EditionFactory(slug=f"edition-{number}", first_on=now.date(), last_on=now.date() + dt.timedelta(days=9))
    session = SessionFactory(edition=edition, is_core=True, status="confirmed", starts_at=now, ends_at=now + HOUR)
    for _city in range(2):
        for participant in ParticipantFactory.create_batch(2, delegation=DelegationFactory(edition=edition, quota=3)):
            ExcuseFactory(participant=participant, session=session)
    NoticeFactory(edition=edition)
    return edition


def test_the_first_page_counts_cities_decisions_and_requests(client, organiser, over, ana, other_coordinator):
    decide(cells=[(ana, over)], outcome="absent", reason="No", by=organiser)
    DelegationFactory(edition=over.edition)
    ExcuseFactory(participant=other_coordinator, session=over)
    client.force_login(organiser)

    page = text(client.get("/admin/"))

    assert "1 not met, 1 at risk, 1 nobody registered</a>" in page
    assert "1 waits for a decision" in page
    assert "On now" not in page


def test_the_first_page_leads_to_what_is_on_now(client, organiser, running):
    SessionFactory(
        edition=running.edition,
        slug="later",
        starts_at=timezone.now() + 1.5 * HOUR,
        ends_at=timezone.now() + 2 * HOUR,
    )
    running.ends_at = timezone.now() + HOUR / 12
    running.save()
    hidden = {"slug": "hidden", "is_published": False, "starts_at": running.ends_at, "ends_at": running.ends_at + HOUR}
    SessionFactory(edition=running.edition, **hidden)
    client.force_login(organiser)

    page = text(client.get("/admin/"))

    assert page.count("On now") == 1
    assert '<a href="/admin/editions/academy/attendance/live/peer-learning/">Peer-learning</a>' in page


def test_the_desk_sees_only_the_door(client, running, ana, staff_of):
    client.force_login(staff_of("desk"))

    page = text(client.get("/admin/"))

    assert "Check people in" in page
    assert "<dt>Attendance</dt>" not in page


def test_the_first_page_asks_ten_times_however_many_editions_and_people_there_are(client, running, ana, staff_of):
    client.force_login(staff_of("organiser"))
    client.get("/admin/")
    counts = []
    for number in range(2):
        with CaptureQueriesContext(connection) as queries:
            page = text(client.get("/admin/"))
        counts.append(len(queries))
        for more in range(3):
            another_edition(3 * number + more)

    assert page.count('<article class="academy-card">') == 4
    assert counts[0] == counts[1] <= 10


SESSION = "/academy/sessions/peer-learning/"


@pytest.mark.parametrize(
    ("click_counts", "then"),
    [
        ("until_report", "It counts when the session is over."),
        ("never", "Whether it counts is decided after the session."),
    ],
)
def test_the_page_of_a_running_session_joins_and_says_what_is_recorded(client, running, ana, click_counts, then):
    Edition.objects.update(click_counts=click_counts)
    client.force_login(ana.user)

    press(client, SESSION, "Join now")

    click = Evidence.objects.get(kind="join")
    page = client.get(SESSION).content.decode()
    assert f"<strong>You clicked Join at {local(click, running)}.</strong> {then}" in text(client.get(SESSION))
    assert 'href="/join/academy/peer-learning/meeting/"' in page
    assert "Join now" not in page
    for address in ("/portal/academy/", "/portal/academy/attendance/", "/join/academy/peer-learning/meeting/"):
        assert f"You are in. {then}" in text(client.get(address)), address

    seen = EvidenceFactory(participant=ana, session=running, kind="word", observed_at=timezone.now())
    recompute_session(running)
    recorded = f"<strong>You were recorded at {local(seen, running)}.</strong> It counts when the session is over."
    assert recorded in text(client.get(SESSION))


def local(observation, session):
    moment = timezone.localtime(observation.observed_at, session.edition.zone)
    return f"{moment:%H:%M} {moment:%Z}"


@pytest.mark.parametrize(
    ("hours", "changes", "sentence", "href"),
    [
        (-1, {}, "You can join on this page from", "/portal/academy/attendance/peer-learning/request/"),
        (-1, {"format": "in_person"}, "Show your badge at the door", "/me/academy/badge/"),
        (
            0,
            {"meeting_url": ""},
            "have not added the meeting link yet",
            "/portal/academy/attendance/peer-learning/request/",
        ),
        (1, {"recording_url": "https://video.example/1"}, "Missed", "https://video.example/1"),
    ],
)
def test_the_page_of_a_session_says_what_to_do(client, running, ana, hours, changes, sentence, href):
    moved = {"starts_at": running.starts_at - hours * HOUR, "ends_at": running.ends_at - hours * HOUR}
    Session.objects.filter(pk=running.pk).update(**moved, **changes)
    client.force_login(ana.user)

    response = client.get(SESSION)

    assert sentence in text(response)
    assert f'href="{href}"' in response.content.decode()
    assert "Join now" not in text(response)
    assert "For you" not in text(Client().get(SESSION))


def test_the_page_of_a_session_says_what_was_asked(client, running, ana, other_coordinator):
    ExcuseFactory(participant=ana, session=running)

    for user, is_theirs in ((ana.user, True), (other_coordinator.user, False)):
        client.force_login(user)
        assert ("Your request" in text(client.get(SESSION))) == is_theirs


@pytest.mark.parametrize("is_revoked", [False, True])
def test_the_portal_says_that_a_certificate_is_there(client, running, ana, organiser, is_revoked):
    certificate = CertificateFactory(participant=ana, issued_by=organiser)
    if is_revoked:
        revoke_certificate(certificate=certificate, reason="Misspelt", by=organiser)
    client.force_login(ana.user)

    pages = [client.get(f"/portal/academy/{path}").content.decode() for path in ("", "profile/")]

    assert ["/portal/academy/attendance/#certificate" in it for it in pages] == [not is_revoked] * 2
