import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from programme.models import Logo
from programme.pictures.png import chunk
from programme.programme_files.clone import clone_edition
from programme.programme_files.dump import dump_programme, dumps
from programme.programme_files.load import load_programme, rehearse_programme
from programme.programme_files.reading import loads
from tests.client import errors_of
from tests.factories.people import UserFactory
from tests.factories.programme import LogoFactory, png_file
from udtacademy.db.fields import LONGEST_TEXT

pytestmark = pytest.mark.django_db


def save(client, edition, **values):
    """Post the settings of an edition as they are, but for some values."""
    url = reverse("programme-staff:settings", args=[edition.slug])
    form = client.get(url).context["adminform"].form
    typed = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    inline = {f"tracks-{it}_FORMS": "0" for it in ("TOTAL", "INITIAL", "MIN_NUM", "MAX_NUM")}
    return client.post(url, typed | inline | {"reminder_minutes": "1 day"} | values)


def test_an_organiser_chooses_a_logo_and_a_colour_and_removes_the_logo(client, edition, organiser):
    client.force_login(organiser)

    save(client, edition, logo_file=SimpleUploadedFile("a.svg", png_file()), accent="teal", organiser_name="House")

    edition.refresh_from_db()
    assert (edition.accent, edition.organiser_name) == ("teal", "House")
    assert (edition.logo.kind, edition.logo.width, edition.logo.height) == ("png", 320, 96)
    save(client, edition, removes_logo="on")
    edition.refresh_from_db()
    assert edition.logo is None


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "This is not a PNG or WebP image."),
        (png_file()[:-1], "This image is damaged."),
        (png_file()[:-12] + chunk(b"acTL", bytes(8)) + chunk(b"IEND", b""), "This image is animated."),
        (png_file() + b"x" * 50_000, "The logo is too large."),
        (png_file(2001, 96), "Choose a logo whose sides have 16 to 2,000 pixels."),
    ],
)
def test_what_is_no_logo_is_refused_with_a_sentence(client, edition, organiser, file, sentence):
    client.force_login(organiser)

    response = save(client, edition, logo_file=SimpleUploadedFile("logo.png", file), accent="#ff0000")

    errors = errors_of(response)
    assert sentence in errors["logo_file"][0]
    assert "accent" in errors
    assert not Logo.objects.exists()


def test_a_text_longer_than_anybody_reads_is_refused(client, edition, organiser):
    client.force_login(organiser)

    response = save(client, edition, legal_text="x" * (LONGEST_TEXT + 1), summary="x" * LONGEST_TEXT)

    sentence = "Shorten this to 50,000 characters or fewer. It has 50,001."
    assert errors_of(response) == {"legal_text": [sentence]}


def test_the_colours_to_choose_from_say_their_contrast(client, edition, organiser):
    client.force_login(organiser)

    form = client.get(reverse("programme-staff:settings", args=[edition.slug])).context["adminform"].form

    assert dict(form.fields["accent"].choices)["blueprint"] == "blueprint (contrast 7.2:1)"


def test_who_only_looks_sees_the_logo_and_no_field_for_a_file(client, edition):
    viewer = UserFactory(is_staff=True)
    viewer.groups.add(Group.objects.get(name="viewer"))
    edition.logo = LogoFactory()
    edition.save()
    client.force_login(viewer)

    body = client.get(reverse("programme-staff:settings", args=[edition.slug])).content.decode()

    assert "PNG, 320 × 96" in body
    assert 'type="file"' not in body


def test_a_programme_file_and_a_copy_have_the_organisers_identity(edition_2025):
    identity = {"accent": "slate", "tagline": "T", "audience": "A", "organiser_name": "O", "legal_text": "L\n\nL"}
    for name, value in identity.items():
        setattr(edition_2025, name, value)
    edition_2025.logo = LogoFactory()
    edition_2025.save()
    document = loads(dumps(dump_programme(edition=edition_2025)).encode())
    copy = clone_edition(edition=edition_2025, slug="copy", first_day=edition_2025.first_on.replace(year=2026), by=None)

    assert rehearse_programme(document=document).made == []
    other = document.model_copy(update={"edition": document.edition.model_copy(update={"slug": "from-file"})})
    type(edition_2025).objects.filter(pk__in=[edition_2025.pk, copy.edition.pk]).update(logo=None)
    Logo.objects.all().delete()
    loaded, _changes = load_programme(document=other, by=None)

    for one in (loaded, copy.edition):
        assert {name: getattr(one, name) for name in identity} == identity
        assert bytes(one.logo.content) == png_file()


def test_switching_applications_on_says_once_what_to_do_next(client, edition, organiser):
    client.force_login(organiser)

    pages = [client.get(save(client, edition, takes_applications="on").url).content.decode() for _twice in range(2)]

    assert ["Nobody can apply yet: enter below when applications open." in it for it in pages] == [True, False]
    assert reverse("programme-staff:application-criteria", args=[edition.slug]) in pages[0]
