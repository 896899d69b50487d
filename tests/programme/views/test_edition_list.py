import datetime as dt

import pytest
import time_machine

from tests.factories.programme import EditionFactory

pytestmark = pytest.mark.django_db


@time_machine.travel(dt.datetime(2026, 10, 1, tzinfo=dt.UTC))
def test_edition_list_parts_the_past_from_what_runs_and_comes(client, edition_2025):
    coming = EditionFactory(name="Coming", first_on=dt.date(2026, 9, 1), last_on=dt.date(2026, 12, 1))
    EditionFactory(name="Hidden", is_published=False)

    response = client.get("/editions/")

    assert [it.edition for it in response.context["current_editions"]] == [coming]
    assert [it.edition for it in response.context["past_editions"]] == [edition_2025]
    assert "Hidden" not in response.content.decode()


@pytest.mark.parametrize("n_editions", [1, 3])
def test_edition_list_costs_one_query(client, django_assert_num_queries, n_editions):
    EditionFactory.create_batch(n_editions)

    with django_assert_num_queries(1):
        client.get("/editions/")
