"""The style guide shows what the applications have, and only where DEBUG is on."""

import re

import pytest
from django.urls import NoReverseMatch, include, path, reverse

from udtacademy import urls
from udtacademy.devtools.styleguide import all_parts

urlpatterns = [path("styleguide/", include("udtacademy.devtools.urls")), *urls.urlpatterns]  # as where DEBUG is on


@pytest.mark.django_db
@pytest.mark.urls(__name__)
@pytest.mark.parametrize("is_for_organisers", [False, True])
def test_each_part_is_shown_once(client, is_for_organisers):
    page = client.get("/styleguide/admin/" if is_for_organisers else "/styleguide/")

    slugs = [part.slug for part in all_parts() if part.is_for_organisers == is_for_organisers]
    html = page.content.decode()
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert [part.slug for part, _sample in page.context["parts"]] == slugs
    assert sorted(ids) == sorted(set(ids))


@pytest.mark.urls(__name__)
def test_an_error_page_is_shown_as_such(client):
    assert client.get("/styleguide/errors/404/").status_code == 404


def test_there_is_no_style_guide_in_production():
    with pytest.raises(NoReverseMatch):
        reverse("styleguide:parts")
