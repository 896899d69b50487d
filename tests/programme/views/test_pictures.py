import pytest

from tests.factories.programme import LogoFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def with_logo(edition):
    edition.logo = LogoFactory()
    edition.save()
    return edition


def test_the_picture_of_an_edition_is_a_png(client, edition):
    response = client.get(f"/{edition.slug}/picture.png")

    assert (response.status_code, response["Content-Type"]) == (200, "image/png")
    assert response.content.startswith(b"\x89PNG")
    assert {"public", "max-age=86400"} == {*response["Cache-Control"].split(", ")}


def test_a_logo_can_run_nothing(client, with_logo, django_assert_num_queries):
    with django_assert_num_queries(2):
        response = client.get(f"/{with_logo.slug}/logo/{with_logo.logo.file_name}")

    assert response.content == bytes(with_logo.logo.content)
    assert (response["Content-Type"], response["X-Content-Type-Options"]) == ("image/png", "nosniff")
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert {"public", "immutable"} <= {*response["Cache-Control"].split(", ")}


def test_pictures_of_an_unpublished_edition_and_other_logos_are_not_found(client, with_logo):
    address = f"/{with_logo.slug}/logo/{with_logo.logo.file_name}"
    assert client.get(f"/{with_logo.slug}/logo/{'0' * 32}.png").status_code == 404

    with_logo.is_published = False
    with_logo.save()

    assert [client.get(it).status_code for it in (address, f"/{with_logo.slug}/picture.png")] == [404, 404]


def test_proxies_keep_no_picture_of_an_unpublished_edition_that_staff_look_at(client, with_logo, organiser):
    with_logo.is_published = False
    with_logo.save()
    client.force_login(organiser)

    for path in ("picture.png", f"logo/{with_logo.logo.file_name}"):
        kept = client.get(f"/{with_logo.slug}/{path}")["Cache-Control"].split(", ")
        assert {"private"} == {"private", "public"} & {*kept}
