"""The bar of an edition: which areas and pages one is offered, and where one is."""

import datetime as dt
import re
from html import unescape
from urllib.parse import urljoin

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from programme.areas import AREAS, all_pages
from tests.factories.people import MessageFactory, ParticipantFactory, UserFactory
from tests.factories.programme import EditionFactory, SessionFactory


def place(response):
    return response.context["place"]


def areas(response):
    return [area.name for area, _url in place(response).areas]


@pytest.fixture
def admin(client, organiser):
    client.force_login(organiser)
    return client


def test_every_page_of_an_area_has_a_url_and_a_permission_that_exists(edition, organiser):
    for _area, page in all_pages():
        assert page.url(edition).startswith(f"/admin/editions/{edition.slug}/")
        assert organiser.has_perm(page.permission), page


def test_organisers_are_offered_every_area(admin, edition):
    assert areas(admin.get(reverse("programme-staff:overview", args=[edition.slug]))) == list(AREAS)


def test_the_desk_is_offered_only_what_it_may_see(client, edition):
    desk = UserFactory(is_staff=True)
    desk.groups.add(Group.objects.get(name="desk"))
    client.force_login(desk)

    response = client.get(reverse("programme-staff:overview", args=[edition.slug]))

    assert areas(response) == ["overview", "programme", "people", "seats", "attendance", "settings"]
    assert [page.name for page, _url in place(response).pages] == ["programme-staff:overview"]


def test_staff_without_permissions_are_offered_nothing(client, edition):
    client.force_login(UserFactory(is_staff=True))

    assert "place" not in client.get("/admin/").context


@pytest.mark.parametrize(
    ("name", "area"),
    [
        ("programme-staff:delegations", "people"),
        ("programme-staff:changes", "messages"),
        ("attendance-staff:board", "attendance"),
        ("attendance-staff:reminders", "messages"),
        ("attendance-staff:standings", "outcomes"),
        ("programme-staff:session-add", "programme"),
    ],
)
def test_a_page_knows_its_area_by_its_url(admin, edition, name, area):
    response = admin.get(reverse(name, args=[edition.slug]))

    assert place(response).area.name == area
    assert place(response).edition == edition


def test_the_page_of_an_object_is_in_its_own_edition(admin, edition):
    session = SessionFactory(edition=EditionFactory(name="Another year"))
    admin.get(reverse("programme-staff:overview", args=[edition.slug]))  # looked at before

    response = admin.get(reverse("admin:programme_session_change", args=[session.pk]))

    assert place(response).edition == session.edition
    assert place(response).area.name == "programme"


def test_the_edition_looked_at_last_is_remembered(admin, edition):
    other = EditionFactory(first_on=edition.first_on - dt.timedelta(days=400), last_on=edition.first_on)
    admin.get(reverse("programme-staff:overview", args=[other.slug]))

    assert place(admin.get("/admin/programme/venue/")).edition == other


def test_a_remembered_edition_that_is_gone_does_not_matter(admin, edition):
    admin.cookies["academy_edition"] = "gone"

    assert place(admin.get("/admin/programme/venue/")).edition == edition


def test_other_editions_lead_to_the_same_page_of_theirs(admin, edition):
    other = EditionFactory()

    response = admin.get(reverse("programme-staff:participants", args=[edition.slug]))

    assert place(response).others == [(other, reverse("programme-staff:participants", args=[other.slug]))]


def test_an_area_leads_to_its_first_page(admin, edition):
    response = admin.get(f"/admin/editions/{edition.slug}/attendance/")

    assert response["Location"] == reverse("attendance-staff:board", args=[edition.slug])


@pytest.mark.parametrize("path", ["nowhere/", "overview/nowhere/"])
def test_an_unknown_area_is_not_found(admin, edition, path):
    assert admin.get(f"/admin/editions/{edition.slug}/{path}").status_code == 404


def test_an_unknown_edition_is_not_found(admin, edition):
    for _area, page in all_pages():
        url = page.url(edition).replace(edition.slug, "nowhere")
        assert admin.get(url).status_code == 404, url


def test_participants_who_are_no_staff_are_sent_to_sign_in(client, edition):
    client.force_login(ParticipantFactory(delegation__edition=edition).user)

    response = client.get(reverse("programme-staff:overview", args=[edition.slug]))

    assert response.status_code == 302
    assert "academy_edition" not in client.cookies


@pytest.mark.slow
@pytest.mark.parametrize("role", ["desk", "viewer", "organiser"])
def test_no_link_of_the_admin_leads_where_its_reader_may_not_go(client, role, edition_2025):
    """Every link within the admin, from the first page on, for staff who are no superusers.

    But for a read-only relation: Django links it whatever its reader may see.
    """
    participant = ParticipantFactory(delegation__edition=edition_2025, state="pending")
    MessageFactory(context=edition_2025, state="failed", to=participant.user.email)
    staff = UserFactory(is_staff=True)
    staff.groups.add(Group.objects.get(name=role))
    client.force_login(staff)
    todo, seen, refused = ["/admin/"], set(), []

    while todo:
        path = todo.pop()
        response = client.get(path, follow=True)
        if response.status_code in {403, 404} and not path.endswith("/change/"):
            refused.append(path)
        if response.status_code != 200 or response.streaming or "html" not in response["Content-Type"]:
            continue
        links = {urljoin(path, unescape(it)) for it in re.findall(r'href="([^"#]+)"', response.content.decode())}
        for link in sorted(links):
            page = re.sub(r"\d+", "0", link.partition("?")[0])  # one object of each kind is enough
            if link.startswith("/admin/") and page not in seen:
                seen.add(page)
                todo.append(link)

    assert sorted(refused) == [], "\n".join(refused)
    assert len(seen) > {"desk": 15, "viewer": 40, "organiser": 50}[role]
