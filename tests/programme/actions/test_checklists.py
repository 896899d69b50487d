import pghistory.models
import pytest

from programme.actions.checklists import tick_item, untick_item
from programme.models import ChecklistItem
from tests.factories.people import UserFactory


@pytest.fixture
def item(edition):
    return ChecklistItem.objects.create(edition=edition, kind="venue", detail="House")


def test_an_item_is_ticked_once_and_by_whom(item, organiser):
    other = UserFactory()

    assert tick_item(item=item, by=organiser)
    assert not tick_item(item=item, by=other)

    item.refresh_from_db()
    assert item.is_ticked
    assert item.ticked_by == organiser


def test_a_tick_is_taken_back_once_and_stays_in_the_history(item, organiser):
    tick_item(item=item, by=organiser)

    assert untick_item(item=item, by=organiser)
    assert not untick_item(item=item, by=organiser)

    item.refresh_from_db()
    assert (item.ticked_at, item.ticked_by) == (None, None)
    events = pghistory.models.Events.objects.tracks(item).filter(pgh_label="update").order_by("pgh_id")
    assert [event.pgh_data["ticked_by_id"] for event in events] == [organiser.pk, None]


def test_an_item_stays_ticked_without_the_person(item, stranger):
    tick_item(item=item, by=stranger)

    stranger.delete()

    item.refresh_from_db()
    assert (item.is_ticked, item.ticked_by) == (True, None)
