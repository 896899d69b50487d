"""Importing lists, as organisers do it: choose a file or paste, read what it would do, import."""

from django.utils import timezone

from programme.models import Delegation, Participant
from tests.factories.people import ParticipantFactory
from udtacademy.outbox.models import Message

CITIES = "Name\tLand\tAnzahl\tKoordinator\tDomänen\nAldermere\tfr\t2\tAda <ada@aldermere.example>\t@Aldermere.Example\n"
PEOPLE = """Ville;Nom;Courriel;Fonction;Téléphone
Aldermere;Ada Álder;ada@aldermere.example;Urbaniste;1
Aldermere;Bo Berg;bo@aldermere.example;=HYPERLINK("x");2
Gotham;Bat Man;bat@gotham.example;;3
"""


def problems(organisers):
    """What axe and a narrow screen have to say, in each look."""
    return [
        (width, scheme, organisers.violations(), organisers.overflows())
        for width, scheme in organisers.looks()
        if organisers.violations() or organisers.overflows()
    ]


def test_cities_and_people_are_imported(visit, open_edition, organiser, tmp_path):
    organisers = visit(java_script_enabled=True)
    organisers.sign_in(organiser)
    page = organisers.page

    organisers.open("/admin/editions/academy/people/cities/import/")
    assert problems(organisers) == []
    page.get_by_label("Or paste the list here").fill(CITIES)
    page.get_by_role("button", name="Check the list").click()
    page.wait_for_load_state()
    assert problems(organisers) == []
    page.get_by_role("button", name="Import 1 row").click()
    page.wait_for_load_state()

    assert Delegation.objects.get().email_domains == ["aldermere.example"]
    assert Message.objects.get().kind == "coordinator_invited"

    file = tmp_path / "people.csv"
    file.write_bytes(PEOPLE.encode("utf-16"))
    organisers.open("/admin/editions/academy/people/import/")
    page.get_by_label("File").set_input_files(file)
    page.get_by_label("Send no emails").check()
    page.get_by_role("button", name="Check the list").click()
    page.wait_for_load_state()
    assert problems(organisers) == []
    page.get_by_role("button", name="Refused (2)").click()
    page.wait_for_load_state()
    assert page.locator("tbody tr").count() == 2
    page.get_by_role("button", name="Import 1 row").click()
    page.wait_for_load_state()

    assert Participant.objects.get().user.name == "Ada Álder"
    assert Message.objects.count() == 1
    assert organisers.complaints == []


def test_a_person_is_added_and_corrected(visit, delegation, organiser):
    organisers = visit()
    organisers.sign_in(organiser)
    page = organisers.page

    organisers.open("/admin/editions/academy/people/add/")
    page.get_by_role("button", name="Register", exact=True).click()  # the browser asks for what is missing
    page.get_by_label("City").select_option(label="Girona (Spain)")
    page.get_by_label("Full name").fill("Ana Anya")
    page.get_by_label("Email address").fill("ana@girona.exmaple")
    assert problems(organisers) == []
    page.get_by_role("button", name="Register", exact=True).click()
    page.wait_for_load_state()
    person = Participant.objects.get()

    organisers.open(f"/admin/programme/participant/{person.pk}/change/")
    page.get_by_role("link", name="Correct name or address").click()
    page.wait_for_load_state()
    page.get_by_label("Full name").fill("Ana Anaya")
    page.get_by_label("Email address").fill("ana@girona.example")
    page.get_by_label("Reason").fill("Typing mistake")
    assert problems(organisers) == []
    page.get_by_role("button", name="Save").click()
    page.wait_for_load_state()

    person.user.refresh_from_db()
    assert (person.user.name, person.user.email) == ("Ana Anaya", "ana@girona.example")
    organisers.open(f"/admin/programme/participant/{person.pk}/history/")
    assert page.get_by_text("Reason: Typing mistake").count() == 1
    assert problems(organisers) == []


def test_mistakes_of_a_form_are_accessible(visit, delegation, organiser):
    ParticipantFactory.create_batch(3, delegation=delegation, state_at=timezone.now())
    organisers = visit()
    organisers.sign_in(organiser)
    page = organisers.page

    organisers.open("/admin/editions/academy/people/add/")
    page.get_by_label("City").select_option(label="Girona (Spain)")
    page.get_by_label("Full name").fill("Ana")
    page.get_by_label("Email address").fill("ana@girona.example")
    page.get_by_role("button", name="Register", exact=True).click()
    page.wait_for_load_state()

    assert page.locator(".errorlist").count() == 1
    assert problems(organisers) == []


def test_the_check_is_valid_html(client, delegation, organiser, html_findings, tmp_path):
    client.force_login(organiser)
    pasted = "City;Name;Email\n" + "".join(f"Girona;N;n{n}@girona.example\n" for n in range(250))

    page = client.post("/admin/editions/academy/people/import/", {"pasted": pasted, "tells": "each"})

    (tmp_path / "check.html").write_bytes(page.content)
    assert html_findings(tmp_path / "check.html", config="html-validate-admin.json") == ""
