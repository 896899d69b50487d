import datetime as dt
import re

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from programme.models import Delegation, Participant
from tests.client import levels_of
from tests.factories.people import DelegationFactory, UserFactory
from tests.factories.programme import EditionFactory
from udtacademy.outbox.models import Message

pytestmark = pytest.mark.django_db
LIST = "City;Name;Email;Title;Phone\nGirona;Ana Anaya;ana@girona.example;Planner;1\nGotham;Bat;bat@gotham.example;;2\n"


@pytest.fixture
def admin(client):
    """An organiser who is no superuser: the role's own rights must do."""
    user = UserFactory(name="Olga Organiser", is_staff=True)
    user.groups.add(Group.objects.get(name="organiser"))
    client.force_login(user)
    client.user = user
    return client


@pytest.fixture
def url(delegation):
    return reverse("programme-staff:people-import", args=[delegation.edition.slug])


@pytest.fixture
def cities_url(open_edition):
    return reverse("programme-staff:city-import", args=[open_edition.slug])


def hidden(response):
    """What the form of the check page would send, without its buttons."""
    page = response.content.decode()
    return dict(re.findall(r'<input\s+type="hidden"\s+name="(\w+)"\s+value="([^"]*)"', page))


def outcomes(response):
    return [str(row.outcome) for row in response.context["page"]]


def test_a_pasted_list_is_checked_then_imported(admin, url):
    checked = admin.post(url, {"pasted": LIST, "tells": "each"})

    assert checked.status_code == 200
    assert outcomes(checked) == ["added", "refused"]
    assert checked.context["unused"] == ["Phone"]
    assert checked.context["n_emails"] == 1
    assert not Participant.objects.exists()

    done = admin.post(url, hidden(checked) | {"apply": "1"})

    assert done.status_code == 200
    assert Participant.objects.get().user.email == "ana@girona.example"
    assert Participant.objects.get().state_by == admin.user
    assert Message.objects.get().kind == "registered"
    assert levels_of(done) == ["success", "warning"]


def test_only_the_refused_rows_come_back_to_be_corrected(admin, url, delegation):
    checked = admin.post(url, {"pasted": LIST, "tells": "none"})
    done = admin.post(url, hidden(checked) | {"apply": "1"})

    form = done.context["form"]
    back = form["pasted"].value()
    assert back == "City\tCountry\tName\tEmail\tJob title\nGotham\t\tBat\tbat@gotham.example\t\n"
    assert form["tells"].value() == "none"
    assert "Gotham does not take part in this edition." in done.content.decode()
    again = admin.post(url, {"pasted": back.replace("Gotham", "Girona"), "tells": "none"})
    assert outcomes(again) == ["added"]
    finished = admin.post(url, hidden(again) | {"apply": "1"})
    assert finished["Location"] == reverse("programme-staff:participants", args=["academy"])
    assert Participant.objects.count() == 2


def test_a_list_of_refused_rows_alone_can_be_corrected(admin, url):
    checked = admin.post(url, {"pasted": "City;Email\nGotham;bat@gotham.example\n", "tells": "each"})

    form = admin.post(url, hidden(checked) | {"correct": "1"}).context["form"]

    assert form["pasted"].value().splitlines()[1] == "Gotham\t\t\tbat@gotham.example\t"


@pytest.mark.parametrize("text", ['a "quoted" name', "=1+1", "<b>", "tab"])
def test_what_is_in_a_cell_comes_back_as_it_was(admin, url, text):
    checked = admin.post(url, {"pasted": f"City;Name;Email\nGotham;{text};x@y.example\n", "tells": "each"})

    form = admin.post(url, hidden(checked) | {"correct": "1"}).context["form"]

    again = admin.post(url, {"pasted": form["pasted"].value(), "tells": "each"})
    assert [row.who for row in again.context["page"]] == [row.who for row in checked.context["page"]]


@pytest.mark.parametrize("tells", ["zzz", "", None])
def test_who_is_emailed_is_one_of_the_choices(admin, url, tells):
    checked = admin.post(url, {"pasted": LIST, "tells": "each"})
    posted = hidden(checked) | {"apply": "1", "tells": tells}

    response = admin.post(url, {name: value for name, value in posted.items() if value is not None})

    assert response.status_code == 422
    assert not Participant.objects.exists()


def test_a_file_is_checked_then_imported_without_emails(admin, url):
    file = SimpleUploadedFile("people.csv", LIST.encode("utf-16"))

    checked = admin.post(url, {"given": file, "tells": "none"})
    admin.post(url, hidden(checked) | {"apply": "1"})

    assert checked.context["n_emails"] == 0
    assert Participant.objects.exists()
    assert not Message.objects.exists()


def test_the_same_list_again_has_nothing_to_import(admin, url):
    admin.post(url, hidden(admin.post(url, {"pasted": LIST, "tells": "each"})) | {"apply": "1"})

    checked = admin.post(url, {"pasted": LIST, "tells": "each"})

    assert outcomes(checked) == ["unchanged", "refused"]
    assert 'name="apply"' not in checked.content.decode()


def test_pressing_the_button_twice_imports_once(admin, url):
    checked = hidden(admin.post(url, {"pasted": LIST, "tells": "each"}))

    first, second = (admin.post(url, checked | {"apply": "1"}) for _ in range(2))

    assert first.status_code == second.status_code == 200  # with the refused row to correct
    assert Participant.objects.count() == Message.objects.count() == 1


def test_if_the_base_has_changed_the_new_check_is_shown_and_nothing_done(admin, url, delegation):
    checked = admin.post(url, {"pasted": LIST, "tells": "each"})
    Delegation.objects.update(quota=1)
    admin.post(url, hidden(checked))  # looked at again, not applied
    DelegationFactory(edition=delegation.edition, city__name="Gotham")

    again = admin.post(url, hidden(checked) | {"apply": "1"})

    assert again.status_code == 409
    assert again.context["refusal"]
    assert outcomes(again) == ["added", "added"]
    assert not Participant.objects.exists()

    admin.post(url, hidden(again) | {"apply": "1"})

    assert Participant.objects.count() == 2


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"pasted": " "},
        {"pasted": "City;Name\nGirona;Ana"},
        {"pasted": "a\0b"},
        {"pasted": "City;Name;Email\n" + "Girona;A;a@girona.example\n" * 20_000},
        {"pasted": LIST, "given": SimpleUploadedFile("people.csv", LIST.encode())},
        {"given": SimpleUploadedFile("people.pdf", b"%PDF-1.7")},
        {"given": SimpleUploadedFile("people.csv", b"")},
        {"pasted": LIST, "tells": "perhaps"},
    ],
)
def test_what_is_no_list_answers_422(admin, url, given):
    response = admin.post(url, {"tells": "each"} | given)

    assert response.status_code == 422
    assert response.context["form"].errors


def test_long_lists_come_in_pages_and_by_outcome(admin, url):
    Delegation.objects.update(quota=300)
    rows = "".join(f"Girona;N;n{n}@girona.example;;\n" for n in range(250))
    checked = admin.post(url, {"pasted": LIST + rows, "tells": "each"})

    second = admin.post(url, hidden(checked) | {"page": "2"})
    refused = admin.post(url, hidden(checked) | {"show": "refused"})

    assert len(checked.context["page"]) == 200
    assert len(second.context["page"]) == 52
    assert outcomes(refused) == ["refused"]
    assert not Participant.objects.exists()


@pytest.mark.parametrize("rows", ["", "nonsense", "eyJ:1:2"])
def test_rows_that_were_not_signed_here_are_refused(admin, url, rows):
    response = admin.post(url, {"rows": rows, "apply": "1"})

    assert response.status_code == 422
    assert response.context["refusal"]


def test_rows_are_for_one_edition_one_person_and_one_kind_and_do_not_last(admin, url, cities_url, delegation):
    checked = hidden(admin.post(url, {"pasted": LIST, "tells": "each"}))
    other = DelegationFactory(edition=EditionFactory(), city=delegation.city).edition
    elsewhere = reverse("programme-staff:people-import", args=[other.slug])

    assert admin.post(elsewhere, checked | {"apply": "1"}).status_code == 422
    assert admin.post(cities_url, checked | {"apply": "1"}).status_code == 422
    with time_machine.travel(timezone.now() + dt.timedelta(hours=13)):
        admin.force_login(admin.user)
        assert admin.post(url, checked | {"apply": "1"}).status_code == 422
    admin.force_login(UserFactory(is_staff=True, is_superuser=True))
    assert admin.post(url, checked | {"apply": "1"}).status_code == 422
    assert not Participant.objects.exists()


@pytest.mark.parametrize("role", ["desk", "viewer"])
def test_other_staff_may_not_import(client, url, cities_url, role):
    user = UserFactory(is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user)

    for page in (url, cities_url):
        assert client.get(page).status_code == 403
        assert client.post(page, {"pasted": LIST, "tells": "each"}).status_code == 403
    assert not Participant.objects.exists()


def test_an_edition_that_is_not_published_offers_no_emails(admin):
    girona = DelegationFactory(edition=EditionFactory(is_published=False), city__name="Girona")
    url = reverse("programme-staff:people-import", args=[girona.edition.slug])

    assert "tells" not in admin.get(url).context["form"].fields
    checked = admin.post(url, {"pasted": LIST})
    admin.post(url, hidden(checked) | {"apply": "1"})

    assert Participant.objects.get().is_registered
    assert not Message.objects.exists()


def test_no_email_is_sent_however_the_form_is_filled_in_while_the_edition_is_not_published(admin):
    girona = DelegationFactory(edition=EditionFactory(is_published=False), city__name="Girona")
    url = reverse("programme-staff:people-import", args=[girona.edition.slug])
    checked = admin.post(url, {"pasted": LIST})

    response = admin.post(url, hidden(checked) | {"apply": "1", "tells": "each"})

    assert response.status_code == 422
    assert not Participant.objects.exists()


def test_cities_are_checked_then_imported_with_their_coordinators_invited(admin, cities_url, open_edition):
    pasted = "Name\tCountry\tQuota\tCoordinator\tDomains\nOlot\tes\t4\tOlga <olga@olot.example>\t@Olot.Example\n"
    checked = admin.post(cities_url, {"pasted": pasted, "tells": "each"})

    done = admin.post(cities_url, hidden(checked) | {"apply": "1"})

    assert done["Location"] == reverse("programme-staff:delegations", args=["academy"])
    olot = Delegation.objects.get(city__name="Olot")
    assert (olot.city.country, olot.quota, olot.email_domains) == ("ES", 4, ["olot.example"])
    assert Message.objects.get().kind == "coordinator_invited"


def test_a_name_cannot_run_as_html(admin, url):
    pasted = "City;Name;Email\nGirona;<script>alert(1)</script>;ana@girona.example\n"

    page = admin.post(url, {"pasted": pasted, "tells": "each"}).content.decode()

    assert "<script>alert" not in page
