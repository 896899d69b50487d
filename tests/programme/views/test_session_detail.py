import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from programme.models import Delegation, Session
from tests.client import Client, text
from tests.factories.people import ParticipantFactory, SeatFactory
from tests.factories.programme import SessionFactory, TimedSessionFactory, TrackFactory

pytestmark = pytest.mark.django_db


def page(client, slug):
    response = client.get(f"/udt-2025/sessions/{slug}/")
    assert response.status_code == 200
    return text(response)


@time_machine.travel(dt.datetime(2025, 9, 20, tzinfo=dt.UTC))
def test_session_detail_wording(client, edition_2025):
    body = page(client, "peer-learning")

    assert "<title>Peer-learning: from challenge to use case · UDT Academy 2025</title>" in body
    assert "Thursday 25 September 2025" in body
    assert "Madrid time (Europe/Madrid)" in body
    assert "Mandatory: this is a core session." in body
    assert "present the urban challenge" in body
    assert 'href="http://testserver/udt-2025/sessions/peer-learning.ics"' in body
    assert '<meta property="og:title" content="Peer-learning: from challenge to use case">' in body


def test_a_parallel_session_names_the_other_and_its_track(client, edition_2025):
    response = client.get("/udt-2025/sessions/data-infrastructure/")

    (other,) = response.context["parallel"]
    assert (other.slug, other.track.name) == ("codesigning-digital-twins", "Governance")
    assert other.title in text(response)
    assert "Governance track" in text(response)


def test_neighbours_lead_on_and_leave_breaks_out(client, edition_2025):
    body = page(client, "introduction")

    assert 'rel="prev" href="/udt-2025/sessions/welcome/"' in body
    assert 'rel="next" href="/udt-2025/sessions/codesigning-digital-twins/"' in body


@time_machine.travel(dt.datetime(2025, 9, 20, tzinfo=dt.UTC))
def test_a_session_with_only_a_hint_has_no_calendar_entry(client, edition_2025):
    body = page(client, "action-plan-presentation")

    assert "date to be announced" in body
    assert "data-menu" not in body
    assert "application/ld+json" not in body


@time_machine.travel(dt.datetime(2025, 9, 20, tzinfo=dt.UTC))
@pytest.mark.parametrize(
    ("status", "sentence", "has_calendar"),
    [
        ("cancelled", "<strong>This session is cancelled.</strong> Illness</p>", False),
        ("tentative", "<strong>This session has been postponed.</strong> Illness</p>", True),
        ("confirmed", "", True),
    ],
)
def test_a_session_that_is_not_held_as_planned_wording(client, edition_2025, status, sentence, has_calendar):
    Session.objects.filter(slug="peer-learning").update(status=status, status_reason="Illness")

    body = page(client, "peer-learning")

    assert sentence in body
    assert body.count("Illness") == bool(sentence)
    assert ("data-menu" in body) == has_calendar


def test_a_session_without_description_place_or_date_is_calm(client, edition_2025):
    SessionFactory(edition=edition_2025, slug="bare", format="external")

    body = page(client, "bare")

    assert '<p class="quiet">No description yet.' in body
    assert body.count("To be announced") == 2


def test_a_session_of_another_edition_or_unpublished_is_not_found(client, edition_2025, organiser):
    foreign = SessionFactory(slug="foreign")
    SessionFactory(edition=edition_2025, slug="hidden", is_published=False)

    assert client.get("/udt-2025/sessions/foreign/").status_code == 404
    assert client.get("/udt-2025/sessions/hidden/").status_code == 404
    assert client.get(f"/{foreign.edition.slug}/sessions/foreign/").status_code == 200
    client.force_login(organiser)
    assert client.get("/udt-2025/sessions/hidden/").status_code == 200


@pytest.mark.parametrize("n_parallel", [1, 3])
def test_session_detail_costs_the_same_whatever_runs_in_parallel(
    client, edition, django_assert_num_queries, n_parallel
):
    times = {
        "starts_at": dt.datetime(2025, 9, 16, 14, tzinfo=dt.UTC),
        "ends_at": dt.datetime(2025, 9, 16, 15, tzinfo=dt.UTC),
    }
    for _ in range(n_parallel + 1):
        session = TimedSessionFactory(edition=edition, track=TrackFactory(edition=edition), **times)

    with django_assert_num_queries(7):
        response = client.get(session.get_absolute_url())
    assert len(response.context["parallel"]) == n_parallel


def test_a_session_says_who_can_come_and_leads_to_registration_while_that_helps(client, open_edition, coordinator):
    session = SessionFactory(edition=open_edition, slug="talk")
    register = '<a class="button" href="/academy/register/">'

    visitor = text(client.get(session.get_absolute_url()))
    client.force_login(coordinator.user)
    member = text(client.get(session.get_absolute_url()))

    assert f"Participants of {open_edition.name}" in visitor
    assert (register in visitor, register in member) == (True, False)


def test_a_page_says_to_each_participant_what_their_seat_is_and_to_nobody_else(open_edition, coordinator, stranger):
    """Each in turn, several times, in one process."""
    start = timezone.now() + dt.timedelta(days=1)
    times = {"starts_at": start, "ends_at": start + dt.timedelta(hours=1)}
    session = SessionFactory(edition=open_edition, slug="talk", track=TrackFactory(edition=open_edition), **times)
    Delegation.objects.update(quota=3)
    waiting, without = ParticipantFactory.create_batch(2, delegation=coordinator.delegation)
    pending = ParticipantFactory(delegation=coordinator.delegation, state="pending")
    SeatFactory(participant=coordinator, session=session)
    SeatFactory(participant=waiting, session=session, state="waiting")
    users = [coordinator.user, waiting.user, without.user, pending.user, stranger]
    browsers = [Client() for _ in range(6)]
    for browser, user in zip(browsers, users, strict=False):
        browser.force_login(user)
    sentences = [
        "You have a seat in this session.",
        "You are number 1 on the waiting list of this session.",
        "You have no seat in this session.",
        "You are not registered for this edition at the moment.",
    ]

    for _turn in range(2):
        responses = [browser.get("/academy/sessions/talk/") for browser in browsers]
        bodies = [text(it) for it in responses]
        assert [[it for it in sentences if it in body] for body in bodies] == [*([it] for it in sentences), [], []]
        assert not [body for body in bodies if "own part" in body]
        assert ["private" in it.get("Cache-Control", "") for it in responses] == [True] * 4 + [False] * 2


def test_a_participants_page_of_a_session_is_answered_by_304_and_costs_six_queries(
    client, open_edition, coordinator, django_assert_num_queries
):
    session = SessionFactory(edition=open_edition, slug="talk")
    client.force_login(coordinator.user)
    etag = client.get(session.get_absolute_url())["ETag"]

    with django_assert_num_queries(6):
        response = client.get(session.get_absolute_url(), headers={"If-None-Match": etag})

    assert response.status_code == 304


def test_a_cancelled_session_is_not_at_the_same_time(client, edition_2025):
    Session.objects.filter(slug="data-infrastructure").update(status="cancelled")

    response = client.get("/udt-2025/sessions/codesigning-digital-twins/")

    assert list(response.context["parallel"]) == []
    assert 'id="parallel"' not in text(response)


@pytest.mark.parametrize("has_begun", [False, True])
def test_an_offered_seat_leads_to_the_tracks(client, open_edition, coordinator, has_begun):
    start = timezone.now() + dt.timedelta(hours=-1 if has_begun else 1)
    times = {"starts_at": start, "ends_at": start + dt.timedelta(hours=2)}
    session = SessionFactory(edition=open_edition, track=TrackFactory(edition=open_edition), **times)
    SeatFactory(participant=coordinator, session=session, state="waiting", offered_at=start)
    client.force_login(coordinator.user)

    body = text(client.get(session.get_absolute_url()))

    assert ("A seat in this session is offered to you." in body) != has_begun
    assert ('<a class="button" href="/portal/academy/tracks/">' in body) != has_begun


def test_a_session_is_shared_with_the_drawing_of_its_edition(client, edition, session):
    body = client.get(session.get_absolute_url()).content.decode()

    assert f'<meta property="og:image" content="http://testserver/{edition.slug}/picture.png">' in body
