import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendance.actions.decisions import decide
from attendance.views import standings
from programme.models import Participant
from tests.client import text
from tests.database import rows_read
from tests.factories.people import DelegationFactory, ParticipantFactory

STANDING = "/admin/editions/academy/outcomes/standing/"


@pytest.fixture
def over(running):
    running.starts_at, running.ends_at = (it - dt.timedelta(days=1) for it in (running.starts_at, running.ends_at))
    running.save()
    return running


@pytest.mark.parametrize(("rule", "girona"), [("each_participant", "at risk"), ("each_city", "met")])
def test_cities_in_trouble_come_first(client, organiser, over, ana, coordinator, other_coordinator, rule, girona):
    over.edition.attendance_rule = rule
    over.edition.save()
    DelegationFactory(edition=over.edition, city__name="Empty")
    decide(cells=[(other_coordinator, over)], outcome="absent", reason="No", by=organiser)
    decide(cells=[(ana, over)], outcome="present", reason="Seen", by=organiser)
    client.force_login(organiser)

    response = client.get(STANDING)

    cities = [(city.delegation.city.name, label) for city, label, _people in response.context["cities"]]
    assert cities[0] == (other_coordinator.delegation.city.name, "not met")
    assert set(cities[1:]) == {("Girona", girona), ("Empty", "nobody registered")}
    page = text(response)
    assert f'Girona (ES) <span class="standing standing--{girona.replace(" ", "_")}">{girona}</span>' in page
    assert "nobody is registered; missed Peer-learning on" in page
    assert "all core sessions completed" in page


def test_what_somebody_attended_before_they_withdrew_counts_for_their_city(client, organiser, over, ana):
    over.edition.attendance_rule = "each_city"
    over.edition.save()
    decide(cells=[(ana, over)], outcome="present", reason="Seen", by=organiser)
    Participant.objects.update(state="withdrawn")
    client.force_login(organiser)

    response = client.get(STANDING)

    assert {value: n for value, _label, n in response.context["counts"] if n} == {"met": 1}
    assert "(withdrawn)" in text(response)


def test_an_edition_without_cities_is_calm(client, organiser, open_edition):
    client.force_login(organiser)

    assert "No cities take part yet." in text(client.get(STANDING))


def test_cities_come_page_by_page_with_the_counts_of_all(client, organiser, over, ana, other_coordinator, monkeypatch):
    monkeypatch.setattr(standings, "CITIES_PER_PAGE", 1)
    decide(cells=[(other_coordinator, over)], outcome="absent", reason="No", by=organiser)
    client.force_login(organiser)

    pages = [client.get(STANDING), client.get(f"{STANDING}?page=2")]

    people = [
        [it.participant for it, _label in of_city] for page in pages for _c, _l, of_city in page.context["cities"]
    ]
    assert people == [[other_coordinator], [ana]]
    for page in pages:
        assert {value: n for value, _label, n in page.context["counts"] if n} == {"not_met": 1, "at_risk": 1}


def test_a_page_of_cities_reads_only_its_people(client, organiser, over, ana, monkeypatch):
    monkeypatch.setattr(standings, "CITIES_PER_PAGE", 1)
    client.force_login(organiser)
    read = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            client.get(STANDING)
        read.append((len(queries), rows_read(queries, "programme_participant", "attendance_attendance")))
        for _city in range(3):
            city = DelegationFactory(edition=over.edition, quota=5)
            for participant in ParticipantFactory.create_batch(3, delegation=city):
                decide(cells=[(participant, over)], outcome="present", reason="Seen", by=organiser)

    assert read[0] == read[1]
