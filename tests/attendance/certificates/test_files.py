import datetime as dt

import pytest
from pypdf.generic import NameObject

from attendance.certificates.files import STANDARDS, values_of
from attendance.models import Certificate, CertificateSession
from programme.models import CertificateLayout
from programme.rules.certificate_words import ENGLISH
from tests.factories.programme import EditionFactory
from tests.pdf_files import reader_of, tags_of, text_of
from udtacademy.pdf.compiling import compile_pdfs

CODE = "7K3M9QPXT24W8D6RB5HN"


def certificate_for(name, **values):
    layout = CertificateLayout(signatories=[{"name": "Núria Ferrer", "role": "Director"}])
    layout.words = {"es": {key: f"es {key}" for key in ENGLISH}}
    language = values.get("language", "en")
    about = {"kind": "completed", "edition_name": "UDT 2025", "organiser_name": "Our Network", "language": "en"}
    edition = EditionFactory.build(time_zone="Europe/Madrid")
    made = Certificate(
        edition=edition, code=CODE, name=name, city="Girona", minutes=150, layout=layout.frozen(language)
    )
    for key, value in (about | values).items():
        setattr(made, key, value)
    return made


SESSIONS = [
    CertificateSession(title="Peer-learning", held_on=dt.date(2025, 9, 25), minutes=90, counted_as="attended"),
    CertificateSession(title="Preparing", held_on=dt.date(2025, 10, 16), minutes=60, counted_as="made_up"),
]


def pdf_of(certificate):
    return compile_pdfs("certificate", [values_of(certificate, SESSIONS)], standards=STANDARDS)[0]


@pytest.mark.slow
def test_a_certificate_is_a_tagged_file_to_be_kept_in_reading_order():
    certificate = certificate_for("Ana Anaya")
    certificate.issued_at = dt.datetime(2025, 12, 15, 23, 30, tzinfo=dt.UTC)  # the day after, in Madrid

    content = pdf_of(certificate)

    root, metadata = reader_of(content).trailer["/Root"], reader_of(content).xmp_metadata
    xmp = metadata.stream.get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part>" in xmp
    assert "<pdfaid:conformance>B</pdfaid:conformance>" in xmp
    assert "<pdfuaid:part>1</pdfuaid:part>" in xmp
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"]) == ("en", True)
    assert root["/ViewerPreferences"][NameObject("/DisplayDocTitle")]
    assert reader_of(content).metadata.title == "Certificate: Ana Anaya, UDT 2025"
    assert [float(it) for it in reader_of(content).pages[0].mediabox[2:]] == pytest.approx([595.28, 841.89], abs=0.1)
    tags = tags_of(content)
    assert {"H1", "Table", "TH", "TD", "Link"} <= set(tags)
    assert text_of(content) == (
        "Our Network Certificate Ana Anaya Girona has completed UDT 2025 Session Date Duration"
        " Peer-learning 25 September 2025 1 h 30 min Preparing (made up) 16 October 2025 1 h Total 2 h 30 min"
        " Issued on 16 December 2025 Núria Ferrer Director"
        " Check this certificate at http://testserver/certificates/7K3M9-QPXT2-4W8D6-RB5HN/"
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "Ελένη Παπαδοπούλου",
        "Олександра Ђорђевић",
        "İbrahim Gündoğdu",
        "Ġwanna Ħaż-Żebbuġ",
        "Մարիամ Հակոբյան",
        "X" * 60,
    ],
)
def test_names_of_any_european_script_are_printed(name):
    content = pdf_of(certificate_for(name))

    assert name.replace(" ", "") in text_of(content).replace("\u200b", "").replace(" ", "")
    assert len(reader_of(content).pages) == 1


@pytest.mark.slow
def test_a_certificate_in_another_language_says_so():
    content = pdf_of(certificate_for("Ana Anaya", language="es", kind="attended"))

    assert reader_of(content).trailer["/Root"]["/Lang"] == "es"
    assert "es attended" in text_of(content)
    assert "25 de septiembre de 2025" in text_of(content) or "25 septiembre 2025" in text_of(content)
