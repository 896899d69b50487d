import datetime as dt
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from attendance.actions.check_ins import Scan, check_in
from attendance.models import Evidence
from tests.client import levels_of, text
from tests.factories.people import DelegationFactory, ParticipantFactory
from tests.factories.programme import SessionFactory

PAGE = "/admin/editions/academy/people/badges/sign-in/workshop/"


@pytest.fixture
def workshop(open_edition):
    starts_at = timezone.now().replace(microsecond=0) - dt.timedelta(minutes=10)
    return SessionFactory(
        edition=open_edition,
        slug="workshop",
        title="Workshop",
        format="in_person",
        starts_at=starts_at,
        ends_at=starts_at + dt.timedelta(hours=1),
    )


@pytest.fixture
def ticking(client, desk, workshop, ana, coordinator):
    client.force_login(desk)
    return client


def signed():
    return set(Evidence.objects.effective().filter(kind="word").values_list("participant__user__name", flat=True))


def test_ticks_and_unticks_are_saved_in_one_go(ticking, ana, coordinator):
    first = ticking.post(PAGE, {"here": [ana.pk], "was": ""}, follow=True)
    second = ticking.post(PAGE, {"here": [coordinator.pk], "was": f"{ana.pk}"}, follow=True)

    assert (levels_of(first), levels_of(second)) == (["success"], ["success", "success"])
    assert signed() == {"Carme Coll"}
    assert second.context["signed"] == str(coordinator.pk)


def test_two_who_tick_with_the_same_page_open_do_not_undo_each_other(ticking, ana, coordinator):
    """The second page was shown before the first was saved: it does not show the tick of the first."""
    ticking.post(PAGE, {"here": [ana.pk], "was": ""})
    ticking.post(PAGE, {"here": [coordinator.pk], "was": ""})

    assert signed() == {"Ana Anaya", "Carme Coll"}


def test_the_same_form_sent_twice_records_once(ticking, ana):
    for _again in range(2):
        last = ticking.post(PAGE, {"here": [ana.pk], "was": ""}, follow=True)

    assert levels_of(last) == ["info"]
    assert Evidence.objects.count() == 1


def test_the_list_is_in_the_order_of_the_sheet_and_says_who_was_scanned(ticking, workshop, open_edition, ana, desk):
    evora = DelegationFactory(edition=open_edition, city__name="Évora")
    for name in ("Zoë", "Éva", "Bo"):
        ParticipantFactory(delegation=evora, user__name=name)
    check_in(person=ana.pk, session=workshop, scan=Scan("00000000-0000-0000-0000-000000000001"), by=desk)

    response = ticking.get(PAGE)

    names = [line.participant.user.name for city in response.context["cities"] for line in city.lines]
    assert names == ["Bo", "Éva", "Zoë", "Ana Anaya", "Carme Coll"]
    assert "door scan" in text(response)
    assert not re.search(r"<input[^>]*checked", response.content.decode())


def test_the_list_costs_the_same_queries_for_many(ticking, open_edition):
    def n_queries():
        with CaptureQueriesContext(connection) as queries:
            ticking.get(PAGE)
        return len(queries)

    n_queries()
    before = n_queries()
    for _n in range(3):
        ParticipantFactory(delegation__edition=open_edition)

    assert n_queries() == before


def test_a_mistake_in_the_form_is_refused(ticking, ana):
    response = ticking.post(PAGE, {"here": [ana.pk, "x"], "was": ""})

    assert response.status_code == 422
    assert not signed()


def ticked_on(response):
    return re.findall(r'name="here"\s+value="(\d+)"\s+checked', response.content.decode())


def test_ticks_that_were_not_recorded_are_still_on_the_page(ticking, ana, coordinator):
    ticking.post(PAGE, {"here": [coordinator.pk], "was": ""})

    response = ticking.post(PAGE, {"here": [ana.pk, "x"], "was": f"{coordinator.pk}"})

    assert (response.status_code, ticked_on(response)) == (422, [str(ana.pk)])
    assert response.context["signed"] == str(coordinator.pk)


def test_somebody_deleted_meanwhile_does_not_keep_the_others_from_being_recorded(ticking, ana, coordinator):
    gone = coordinator.pk
    coordinator.delete()

    response = ticking.post(PAGE, {"here": [ana.pk, gone], "was": ""}, follow=True)

    assert levels_of(response) == ["success", "warning"]
    assert signed() == {"Ana Anaya"}


def test_people_of_another_edition_are_not_found_and_nobody_is_recorded(ticking, ana, participant):
    response = ticking.post(PAGE, {"here": [ana.pk, participant.pk], "was": ""})

    assert response.status_code == 404
    assert not signed()


@pytest.mark.parametrize(
    ("changes", "status"), [({"format": "online"}, 404), ({"status": "cancelled"}, 409), ({"in": 2}, 409)]
)
def test_a_session_without_a_sheet_is_not_found_and_a_coming_or_cancelled_one_cannot_be_ticked(
    ticking, workshop, ana, changes, status
):
    if "in" in changes:
        workshop.starts_at, workshop.ends_at = (timezone.now() + dt.timedelta(hours=n) for n in (2, 3))
    else:
        for name, value in changes.items():
            setattr(workshop, name, value)
    workshop.save()

    assert ticking.get(PAGE).status_code == (200 if status == 409 else 404)
    response = ticking.post(PAGE, {"here": [ana.pk], "was": ""})
    assert response.status_code == status
    assert status == 404 or ticked_on(response) == [str(ana.pk)]
    assert not signed()


def test_tick_list_wording(ticking, ana, coordinator):
    shown = ticking.get(PAGE)
    page = text(ticking.post(PAGE, {"here": [ana.pk], "was": ""}, follow=True))

    assert "Tick the sign-in sheet: Workshop" in text(shown)
    assert "1 signature recorded." in page
    assert "organiser’s word" in page
