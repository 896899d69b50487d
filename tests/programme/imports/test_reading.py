import io
from collections import Counter

import pytest
from xlsxwriter import Workbook

from programme.imports.labels import IN_BRACKETS, WORDS, Column, column_of, fold
from programme.imports.reading import CITIES, PEOPLE, packed, read_list, unpacked
from tests.refusals import refused

PERSON = {
    Column.CITY: "Girona",
    Column.NAME: "Ana Núñez",
    Column.EMAIL: "ana@girona.example",
    Column.JOB_TITLE: "Planner",
}


def people(text, encoding="utf-8"):
    return read_list(text.encode(encoding), name="", kind=PEOPLE)


def workbook(*rows):
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                sheet.write(number, column, cell)
    return out.getvalue()


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_list_is_read_in_any_encoding_and_with_any_separator(separator, encoding):
    rows = [["City", "Name", "Email", "Job title"], ["Girona", "Ana Núñez", "ana@girona.example", "Planner"]]

    read = people("\r\n".join(separator.join(row) for row in rows), encoding)

    assert [dict(row.cells) for row in read.rows] == [PERSON]
    assert read.rows[0].number == 2
    assert read.encoding == ("cp1252" if encoding == "cp1252" else "")


def test_a_workbook_is_read():
    content = workbook(
        ["People of 2026"],
        ["City", "Name", "Email", "Job title", "Phone"],
        ["Girona", "Ana Núñez", "ana@girona.example", "Planner", 123],
    )

    read = read_list(content, name="people.xlsx", kind=PEOPLE)

    assert [dict(row.cells) for row in read.rows] == [PERSON]
    assert list(read.unused) == ["Phone"]


@pytest.mark.parametrize(
    "labels",
    [
        "Municipio;Nombre y apellidos;Correo electrónico;Cargo",
        "Ciutat;Nom i cognoms;Correu electrònic;Càrrec",
        "Ville;Nom et prénom;Courriel;Fonction",
        "Stadt;Vollständiger Name;E-Mail-Adresse;Funktion",
        "Città;Nome e cognome;Indirizzo e-mail;Ruolo",
        "Miasto;Imię i nazwisko;Adres e-mail;Stanowisko",
        "Город;Фамилия и имя;Электронная почта;Должность",
        "Cidade;Nome completo;Endereço de e-mail;Função",
        "Gemeente;Volledige naam;E-mailadres;Functie",
        "Πόλη;Ονοματεπώνυμο;Διεύθυνση email;Θέση",
    ],
)
def test_labels_are_known_in_the_languages_of_meeting_reports(labels):
    read = people(f"{labels}\nGirona;Ana Núñez;ana@girona.example;Planner")

    assert dict(read.rows[0].cells) == PERSON


def test_a_label_heads_one_column():
    n_columns = Counter(
        fold(word) for text in WORDS.values() for word in {fold(it) for it in text.split(" / ")} if word
    )
    of_several = {word for word, n in n_columns.items() if n > 1}

    assert of_several == set()
    assert IN_BRACKETS.sub("", "Quota (max.)") == "Quota "
    assert column_of("Quota (max.)") is Column.QUOTA


@pytest.mark.parametrize(
    ("labels", "cells"),
    [
        ("First name;Last name", "Ana;Núñez"),
        ("Nachname;Vorname", "Núñez;Ana"),
        ("Name;Vorname", "Núñez;Ana"),
        ("Nombre;Apellidos", "Ana;Núñez"),
        ("Name;Surname;First name", "Ana Núñez;Núñez;Ana"),
    ],
)
def test_a_name_in_two_columns_is_put_together(labels, cells):
    read = people(f"City;Email;{labels}\nGirona;ana@girona.example;{cells}")

    assert read.rows[0].text(Column.NAME) == "Ana Núñez"


def test_a_list_of_cities_may_call_the_city_name_and_the_coordinator_by_the_address():
    read = read_list(b"Name;Country;Email\nGirona;es;carme@girona.example", name="", kind=CITIES)

    assert dict(read.rows[0].cells) == {
        Column.CITY: "Girona",
        Column.COUNTRY: "es",
        Column.COORDINATOR_EMAIL: "carme@girona.example",
    }


def test_beside_a_city_the_name_is_that_of_the_coordinator():
    read = read_list(b"City;Country;Name;Email;Surname\nGirona;es;Carme;c@girona.example;Coll", name="", kind=CITIES)

    assert read.rows[0].text(Column.CITY) == "Girona"
    assert read.rows[0].text(Column.COORDINATOR) == "Carme"
    assert list(read.unused) == ["Surname"]


def test_a_dash_is_an_empty_cell_and_empty_rows_are_left_out():
    read = people("City;Name;Email;Title\n;;;\nGirona;Ana Núñez;ana@girona.example;–\n\n")

    assert Column.JOB_TITLE not in read.rows[0].cells
    assert len(read.rows) == 1


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "file_empty"),
        ("Girona;Ana;ana@girona.example", "columns_missing"),
        ("City;Name;Email", "list_empty"),
        ("City;Name;Email\n" + "Girona;Ana;a@girona.example\n" * 5001, "too_many_rows"),
        ("City;Name;Email\n" + "Girona;Ana;a@girona.example\n" * 20_000, "too_many_rows"),
        ("City;Name;Email\n" + "Girona;Ana;a@girona.example\n" * 90_000, "too_many_lines"),
    ],
)
def test_what_is_no_list_is_refused(text, code):
    with refused(code):
        people(text)


@pytest.mark.parametrize(("head", "missing"), [("City;Name", "Email"), ("Name;Email", "City")])
def test_the_columns_that_are_missing_are_named(head, missing):
    with refused("columns_missing") as refusal:
        people(f"{head}\nAna;ana@girona.example")

    assert str(refusal.value).startswith(f"These columns are missing: {missing}.")


@pytest.mark.parametrize(
    ("cell", "is_refused"),
    [
        ('=HYPERLINK("https://evil.example")', True),
        ("+34 123", True),
        ("@SUM(A1)", True),
        ("-2", True),
        ("#REF!", True),
        ("＝1", True),
        ("Planner - water", False),
        ("Planner", False),
    ],
)
def test_a_formula_is_refused(cell, is_refused):
    quoted = cell.replace('"', '""')
    read = people(f'City;Name;Email;Title\nGirona;Ana;ana@girona.example;"{quoted}"')

    assert bool(read.rows[0].problem) is is_refused


def test_a_formula_in_a_workbook_counts_as_what_it_shows():
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["City", "Name", "Email"])
        sheet.write_row(1, 0, ["Girona", "", "ana@girona.example"])
        sheet.write_formula(1, 1, '="Ana"&" Núñez"', None, "Ana Núñez")

    read = read_list(out.getvalue(), name="people.xlsx", kind=PEOPLE)

    assert read.rows[0].text(Column.NAME) == "Ana Núñez"
    assert read.rows[0].problem == ""


def test_domains_may_begin_with_an_at_sign():
    read = read_list(b"City;Country;Domains\nGirona;es;@girona.example", name="", kind=CITIES)

    assert read.rows[0].problem == ""


def test_rows_survive_the_page():
    rows = people("City;Name;Email\nGirona;Ana;ana@girona.example").rows

    assert unpacked(packed(rows, PEOPLE), PEOPLE) == rows
