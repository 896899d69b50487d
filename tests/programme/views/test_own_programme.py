import datetime as dt

import pytest
from django.utils import timezone

from tests.client import text
from tests.factories.people import ParticipantFactory, SeatFactory
from tests.factories.programme import SessionFactory, TimedSessionFactory, TrackFactory, VenueFactory

pytestmark = pytest.mark.django_db
OWN = "/portal/academy/programme/"
MORNING = timezone.now().replace(hour=9, minute=0, second=0, microsecond=0) + dt.timedelta(days=10)


def add(edition, title, hours=0, **values):
    starts_at = MORNING + dt.timedelta(hours=hours)
    values = {"edition": edition, "title": title, "starts_at": starts_at} | values
    return TimedSessionFactory(**values, ends_at=values["starts_at"] + dt.timedelta(minutes=50))


def test_a_day_says_its_place_and_that_it_is_tentative_once_and_has_its_breaks(client, coordinator, open_edition):
    open_edition.venue = VenueFactory(name="Ca l’Alier")
    open_edition.save()
    for number, kind in enumerate(["in_person", "break", "in_person"]):
        add(open_edition, f"Item {number}", number, format=kind, status="tentative")
    add(open_edition, "Elsewhere", 30, format="in_person", location="Harbour", status="tentative")
    add(open_edition, "Firm", 32, format="in_person", status="confirmed")
    SessionFactory(edition=open_edition, title="Some time", held_on=None, date_hint="December")
    client.force_login(coordinator.user)

    response = client.get(OWN)

    days = response.context["days"]
    assert [[it.title for it in day.sessions] for day in days] == [
        ["Item 0", "Item 1", "Item 2"],
        ["Elsewhere", "Firm"],
        ["Some time"],
    ]
    assert [(day.shared_place, day.is_tentative) for day in days] == [("Ca l’Alier", True), ("", False), ("", False)]
    body = text(response)
    assert body.count("Tentative</span>") == 1
    assert "Item 1" in body


def test_it_has_ones_own_seats_and_says_where_one_is_missing(client, coordinator, open_edition):
    governance, technical = (
        add(open_edition, f"{name} talk", track=TrackFactory(edition=open_edition, name=name), format="in_person")
        for name in ("Governance", "Technical")
    )
    other = ParticipantFactory(delegation=coordinator.delegation)
    seat = SeatFactory(participant=coordinator, session=technical)
    SeatFactory(participant=other, session=governance)

    def shown(person):
        client.force_login(person.user)
        response = client.get(OWN)
        titles = [it.title for it in (governance, technical) if it.title in text(response)]
        return titles, response.context["lacks_seats"]

    for _turn in range(2):
        assert [shown(it) for it in (coordinator, other)] == [(["Technical talk"], False), (["Governance talk"], False)]
    seat.delete()
    assert [shown(it) for it in (coordinator, other)] == [([], True), (["Governance talk"], False)]


def test_what_is_over_is_counted_and_not_listed(client, coordinator, open_edition):
    over = timezone.now() - dt.timedelta(days=2)
    add(open_edition, "Past talk", starts_at=over)
    add(open_edition, "Past lunch", starts_at=over + dt.timedelta(hours=1), format="break")
    client.force_login(coordinator.user)

    response = client.get(OWN)

    assert (response.context["days"], response.context["n_over"]) == ([], 1)


def test_strangers_and_people_not_registered_have_none(client, coordinator, stranger):
    client.force_login(stranger)
    assert client.get(OWN).status_code == 404
    coordinator.is_coordinator, coordinator.state = False, "pending"
    coordinator.save()
    client.force_login(coordinator.user)
    assert client.get(OWN).status_code == 404
    assert client.post(OWN).status_code == 405


def test_it_costs_the_same_however_many(client, coordinator, open_edition, django_assert_num_queries):
    client.force_login(coordinator.user)
    for hours in ((0,), (2, 4, 6)):
        for hour in hours:
            add(open_edition, f"Talk {hour}", hour)
        client.get(OWN)  # the programme has changed and is read once
        with django_assert_num_queries(4):
            client.get(OWN)
