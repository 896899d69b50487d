import pytest

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("page", ["//evil.example/", "https://evil.example/", "javascript:alert(1)", "", "portal/"])
def test_discarding_answers_leads_to_no_other_site(client, page):
    assert client.post("/accounts/discard-answers/", {"page": page}).status_code == 404


def test_answers_are_discarded_by_a_button_only(client):
    assert client.get("/accounts/discard-answers/").status_code == 405
    assert client.post("/accounts/discard-answers/", {"page": "/portal/?a=1"}).url == "/portal/?a=1"
