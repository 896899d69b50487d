import datetime as dt

import pytest
import time_machine

from tests.factories.programme import EditionFactory

pytestmark = pytest.mark.django_db


@time_machine.travel(dt.datetime(2025, 10, 1, tzinfo=dt.UTC))
def test_home_is_the_current_editions_programme(client, edition_2025):
    response = client.get("/")

    body = response.content.decode()
    assert response.context["edition"] == edition_2025
    assert 'id="peer-learning"' in body
    assert '<link rel="canonical" href="http://testserver/udt-2025/">' in body


@time_machine.travel(dt.datetime(2026, 10, 1, tzinfo=dt.UTC))
def test_home_is_the_list_when_none_is_current(client, edition_2025):
    EditionFactory(is_published=False, first_on=dt.date(2026, 9, 1), last_on=dt.date(2026, 12, 1))

    context = client.get("/").context

    assert (context["current_editions"], [it.edition for it in context["past_editions"]]) == ([], [edition_2025])


def test_home_without_any_edition_wording(client):
    assert "No editions have been published yet." in client.get("/").content.decode()
