import xml.etree.ElementTree as ET

import pytest

from tests.factories.programme import EditionFactory, SessionFactory

pytestmark = pytest.mark.django_db


def test_sitemap_lists_what_is_published(client, edition_2025):
    SessionFactory(edition=EditionFactory(slug="hidden", is_published=False))
    SessionFactory(edition=edition_2025, slug="secret", is_published=False)

    response = client.get("/sitemap.xml")

    urls = {
        element.text
        for element in ET.fromstring(response.content).iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")
    }
    assert "http://testserver/udt-2025/" in urls
    assert "http://testserver/udt-2025/sessions/peer-learning/" in urls
    assert not [url for url in urls if "secret" in url or "hidden" in url or "lunch" in url]


@pytest.mark.parametrize(("query", "status"), [("?p=1", 200), ("?p=x", 404), ("?p=99", 404)])
def test_sitemap_answers_odd_pages_calmly(client, query, status):
    assert client.get(f"/sitemap.xml{query}").status_code == status


def test_robots_names_the_sitemap(client):
    assert "Sitemap: http://testserver/sitemap.xml" in client.get("/robots.txt").content.decode()
