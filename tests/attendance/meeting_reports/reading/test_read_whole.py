"""Reports are read whole, or say what they leave out: names, labels, counts, zones, hosts."""

import datetime as dt
from dataclasses import replace

import pytest

from attendance.meeting_reports.reading import Doubt, Flag, ReportError, people_of
from tests.attendance.meeting_reports.reading import files
from tests.attendance.meeting_reports.reading.test_read import HINTS, MADRID, SESSION, of, summaries
from tests.attendance.meeting_reports.reading.writers import Someone, zoom_webinar
from tests.refusals import refused

USER_NAME = "Nombre de usuario (nombre original)"


def names(text, hints=SESSION):
    return [it.name for it in people_of(of(text, hints).rows)]


def starts(text, hints=SESSION):
    return [f"{it.interval[0].astimezone(MADRID):%d %H:%M}" for it in of(text, hints).rows]


# ── Names ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("labels", "is_last_first"),
    [
        ("First name,Last name", False),
        ("Given Name,Surname", False),
        ("Last Name,First Name", True),
        ("Nombre,Apellidos", False),
        ("Apellido,Nombre", True),
        ("Nome,Sobrenome", False),
        ("Nome próprio,Apelido", False),
        ("Nome,Cognome", False),
        ("Cognome,Nome", True),
        ("Prénom,Nom", False),
        ("Nom,Prénom", True),
        ("NOM,PRENOM", True),
        ("Nom,Cognoms", False),
        ("Vorname,Nachname", False),
        ("Name,Vorname", True),
        ("Voornaam,Achternaam", False),
        ("Naam,Voornaam", True),
        ("Imię,Nazwisko", False),
        ("Jméno,Příjmení", False),
        ("Meno,Priezvisko", False),
        ("Förnamn,Efternamn", False),
        ("Fornavn,Etternavn", False),
        ("Etunimi,Sukunimi", False),
        ("Имя,Фамилия", False),
        ("Фамилия,Имя", True),
        ("Ім'я,Прізвище", False),
        ("Όνομα,Επώνυμο", False),
        ("Prenume,Nume", False),
        ("Ime,Prezime", False),
        ("Keresztnév,Vezetéknév", False),
        ("이름,성", False),
        ("名,姓", False),
    ],
)
def test_first_and_last_name_are_one_name_in_any_language_and_order(labels, is_last_first):
    people = [("Ana", "Alfa"), ("Ana", "Beta"), ("Ana María", "de la Gama")]
    rows = [[*(pair[::-1] if is_last_first else pair), 30] for pair in people]

    report = of(files.table([*labels.split(","), "Minutes"], *rows))

    assert [it.name for it in people_of(report.rows)] == ["Ana Alfa", "Ana Beta", "Ana María de la Gama"]
    assert report.doubts == frozenset()


@pytest.mark.parametrize(
    ("labels", "cells", "name"),
    [
        ("First name,Middle name,Last name", ["Ana", "Bea", "Alfa"], "Ana Bea Alfa"),
        ("Last name,First name,Middle name", ["Alfa", "Ana", ""], "Ana Alfa"),
        ("Nombre,Primer apellido,Segundo apellido", ["Ana", "Alfa", "Beta"], "Ana Alfa Beta"),
        ("Имя,Отчество,Фамилия", ["Анна", "Ивановна", "Бета"], "Анна Ивановна Бета"),
        ("Nombre,Apellidos", ["Ana", ""], "Ana"),
        ("Apellidos y nombre,City", ["Alfa, Ana", "Lyon"], "Alfa, Ana"),
        ("Name,Department", ["Ana Alfa", "Mobility"], "Ana Alfa"),
    ],
)
def test_other_columns_of_names(labels, cells, name):
    assert names(files.table([*labels.split(","), "Minutes"], [*cells, 30])) == [name]


@pytest.mark.parametrize(
    "labels",
    [
        "Display name,First name,Last name",
        "Name,First name,Last name",
        "Nombre completo,Nombre,Apellidos",
        "Name,Vorname,Nachname",
    ],
)
def test_beside_a_name_that_is_shown_first_and_last_name_are_the_second(labels):
    text = files.table(
        [*labels.split(","), "Email", "Minutes"], ["annie", "Ana", "Alfa", "", 30], ["Bo Beta", "Bo", "Beta", "", 20]
    )

    people = people_of(of(text).rows)

    assert [(it.name, it.second_name) for it in people] == [("annie", "Ana Alfa"), ("Bo Beta", "")]


def test_whole_names_beside_last_names_stay_whole():
    text = files.table(["Name", "Surname", "Minutes"], ["Ana Alfa", "Alfa", 30], ["Bo Beta", "Beta", 20])

    assert names(text) == ["Ana Alfa", "Bo Beta"]


def test_two_people_shown_by_one_name_are_two_where_they_registered_with_others():
    text = files.ZOOM_WEBINAR.replace("Yes,Ana Anaya,Ana,Anaya,ana@lyon.example", "Yes,Ana,Ana,Anaya,")
    text = text.replace("Yes,Ana Anaya,,,,,,", "Yes,Ana,Ana,Bach,,,,")

    minutes = {(it.name, it.second_name): it.minutes for it in people_of(of(text).rows)}

    assert (minutes["Ana", "Ana Anaya"], minutes["Ana", "Ana Bach"]) == (30, 50)


def test_who_comes_back_to_a_webinar_is_completed_by_the_only_line_with_a_registration():
    text = files.ZOOM_WEBINAR.replace("Ana Anaya,Ana,Anaya,ana@lyon.example", "annie,Ana,Anaya,").replace(
        "Yes,Ana Anaya,,,", "Yes,annie,,,"
    )

    assert [(it.name, it.second_name, it.minutes) for it in people_of(of(text).rows)][2] == ("annie", "Ana Anaya", 80)


def test_who_has_only_a_first_name_is_no_title():
    text = files.table(
        ["Nombre", "Apellido", "Correo electrónico", "Duración", "Hora de entrada", "Hora de salida"],
        ["Ana", "Alfa", "", "90 min", "16:00", "17:30"],
        ["Carla"],
        ["Bo", "Beta", "", "90 min", "16:00", "17:30"],
    )

    assert names(text) == ["Ana Alfa", "Carla", "Bo Beta"]


# ── Labels ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "labels",
    [
        "Name,Email,Xyzzy,Leave,Duration",
        "Name,Email,Join,Xyzzy,Duration",
        "Name,Xyzzy,Join,Leave,Duration",
        "Xyzzy,Email,Join,Leave,Duration",
    ],
)
def test_a_column_with_an_unknown_label_is_taken_by_content_and_named(labels):
    line = ["Ana Anaya", "ana@lyon.example", "2025-09-25 16:00", "2025-09-25 17:30", "90 min"]
    report = of(files.table(labels.split(","), line))

    assert summaries(report) == [("Ana Anaya", "ana@lyon.example", ["16:00-17:30"], 90, [])]
    assert report.doubts == {Doubt.LABELS}
    assert "“Xyzzy”" in " ".join(report.warnings)


def test_joining_and_leaving_are_told_apart_by_content_in_any_order_and_beside_other_moments():
    rows = [["Osallistuja", "Poistui", "Luotu", "Liittyi", "Sähköposti"]]
    rows += [
        [f"Ana Alfa{n}", f"2025-09-25 17:3{n}", "2025-09-01 09:00", "2025-09-25 16:00", f"a{n}@lyon.example"]
        for n in range(3)
    ]

    report = of(files.table(*rows))

    assert [it[2] for it in summaries(report)] == [["16:00-17:30"], ["16:00-17:31"], ["16:00-17:32"]]
    assert "“Luotu”" in " ".join(report.warnings)  # said to be left out


def test_a_duration_without_a_label_still_says_how_much_of_it_somebody_was_there():
    assert summaries(of(files.MEET.replace("Duration", "Xyzzy"))) == summaries(of(files.MEET))


def test_of_several_columns_with_one_word_the_one_with_moments_is_taken():
    head = ["Names", "Joined", "Joined", "Left", "Left-handed"]

    report = of(files.table(head, ["Ana Alfa", 2, "2025-09-25 16:00", "2025-09-25 17:00", "no"]))

    assert summaries(report) == [("Ana Alfa", "", ["16:00-17:00"], 60, [])]


def test_the_host_s_address_is_not_taken_for_the_people_s():
    text = files.ZOOM_HOSTS.replace("Name (Original Name),User Email", "Name (Original Name),Xyzzy")

    assert [it.email for it in people_of(of(text).rows)] == ["ana@lyon.example"]
    assert of(text).doubts == {Doubt.LABELS}


def test_units_zones_and_remarks_in_brackets_do_not_make_a_label_unknown():
    head = [
        "Name (as shown)",
        "E-mail [work]",
        "Join Time (UTC+02:00)",
        "Leave Time (UTC+02:00)",
        "Duration (min.)",
        "Role (Teams)",
    ]
    line = ["Ana", "ana@lyon.example", "2025-09-25 16:00", "2025-09-25 17:30", 90, "Attendee"]

    report = of(files.table(head, line))

    assert (report.doubts, report.warnings) == (frozenset(), [])


def test_the_line_about_the_meeting_is_nobody_in_an_unknown_language():
    meta = files.table(
        ["Aihe", "Tunnus", "Isäntä", "Kesto", "Alkamisaika", "Päättymisaika", "Osallistujat"],
        ["Peer", "93", "Olga (olga@academy.example)", "90", "25.9.2025 16:00:00", "25.9.2025 17:30:00", "2"],
        [],
    )

    assert names(meta + files.ZOOM_UNKNOWN_WORDS) == ["Ana Anaya", "Bruno Bach"]


def test_people_of_a_file_do_not_stand_in_what_it_says_of_the_meeting():
    assert of(files.TEAMS_UNKNOWN_SECTIONS).meta == {"Otsikko": "Peer"}


def test_lists_nobody_is_said_only_of_empty_tables():
    head = "Name,Email,Join Time,Leave Time\n"

    with pytest.raises(ReportError, match="lists nobody"):
        of(head)
    with pytest.raises(ReportError, match=r"no name and no email address.*“Join Time”"):
        of(head + ",,2025-09-25 16:00,2025-09-25 17:00\n")


def test_a_file_of_minutes_only_with_an_unknown_label():
    report = of(files.table(["Name", "Xyzzy"], ["Ana Alfa", "90 min"], ["Bo Beta", "20 min"]))

    assert [(it.name, it.minutes) for it in people_of(report.rows)] == [("Ana Alfa", 90), ("Bo Beta", 20)]
    assert report.doubts == {Doubt.LABELS}


def test_addresses_and_departments_are_no_minutes():
    with refused("columns_missing"):
        of(files.table(["Name", "Email", "Xyzzy"], ["Ana Alfa", "a@b.example", "Mobility"]))


# ── What a file says of itself ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "old", "new", "sentence"),
    [
        (files.ZOOM_2021, "101,2\r", "101,5\r", "“Participants: 5”, but 2 people were read"),
        (files.ZOOM_2024, "PM,1\r", "PM,40\r", "“Participants: 40”, but 1 person was read"),
        (files.ZOOM_WEBINAR, "90,3,0,2,3", "90,3,0,2,9", "“Total Users: 9”, but 3 people were read"),
        (
            files.TEAMS_REPORT,
            "Participants\t2",
            "Participants\t291",
            "“Total Number of Participants: 291”, but 2 people",
        ),
        (
            files.TEAMS_POLISH,
            "Tytuł",
            "Liczba uczestniczących\t7\t\t\nTytuł",
            "“Liczba uczestniczących: 7”, but 2 people",
        ),
    ],
)
def test_a_count_that_differs_is_said_with_its_number(text, old, new, sentence):
    assert text.count(old) == 1

    assert not [it for it in of(text).warnings if "The file says" in it]
    assert [it for it in of(text.replace(old, new)).warnings if sentence in it]


@pytest.mark.parametrize(
    "label", ["Registered participants", "Average attendance time", "Max participants", "Unique Viewers"]
)
def test_other_numbers_are_not_taken_for_the_number_of_people(label):
    assert not of(files.TEAMS_REPORT.replace("Meeting Title\tPeer", f"{label}\t77")).warnings


def test_lines_that_belong_to_no_table_are_said():
    stray = "\r\nSomething else\r\nAna,2025-09-25 16:00,2025-09-25 17:00,x@y.example\r\n"

    assert "Line 4 looks like attendance but could not be read" in " ".join(
        of("2. Other\r\n" + stray + "\r\n3. People\r\n" + files.PLAIN).warnings
    )


@pytest.mark.parametrize(
    ("language", "unknown"),
    [
        ("es", ["Apellido"]),
        ("es", ["Nombre"]),
        ("es", ["Apellido", USER_NAME]),
        ("es", ["Nombre", USER_NAME]),
        ("es", ["Nombre", "Apellido"]),
        ("en", ["Last Name", "User Name (Original Name)"]),
        ("en", ["First Name", "User Name (Original Name)"]),
        ("fr", ["Prénom"]),
        ("fr", ["Nom"]),
    ],
)
def test_whoever_comes_back_to_a_webinar_is_one_with_unknown_words_for_names(unknown, language):
    people = [
        Someone("Ana", "Alfa", "p0@c0.example", ((0, 20), (30, 90))),
        Someone("Ana", "Beta", "p1@c1.example", ((5, 40), (55, 100))),
        Someone("Eva", "Gama", "", ((-20, 20), (45, 65), (80, 90))),
    ]
    text = zoom_webinar(people, language).as_text()
    for number, label in enumerate(unknown):
        text = text.replace(f",{label},", f",Xyzzy{number},")

    report = of(text)

    assert {it.name: it.minutes for it in people_of(report.rows)} == {"Ana Alfa": 80, "Ana Beta": 80, "Eva Gama": 70}
    assert Doubt.LABELS in report.doubts
    assert not [it for it in report.warnings if "left out" in it]


def test_lines_with_times_and_nobody_are_counted():
    rows = [[name, "", "2025-09-25 16:00", "2025-09-25 17:00"] for name in ("Ana Alfa", "", "")]

    report = of(files.table(["Name", "Email", "Join", "Leave"], *rows))

    assert "2 lines have times but no name or address, and were left out: 3, 4." in report.warnings


@pytest.mark.parametrize("more", [[], ["Email"]])
def test_two_columns_of_one_word_each_are_first_and_last_name(more):
    stays = [("Ana", "Alfa", 90), ("Ana", "Beta", 20), ("Luis", "Beta", 20)]
    rows = [
        [first, last, *(["x@y.example"] if more else []), "2025-09-25 16:00", f"2025-09-25 {16 + n // 60}:{n % 60:02}"]
        for first, last, n in stays
    ]

    report = of(files.table(["Aaa", "Bbb", *more, "Join", "Leave"], *rows))

    assert [(it.name, it.minutes) for it in people_of(report.rows)] == [
        ("Ana Alfa", 90),
        ("Ana Beta", 20),
        ("Luis Beta", 20),
    ]
    assert Doubt.LABELS in report.doubts


@pytest.mark.parametrize("beside", [["Teacher", "Organizer"], ["Girona", "Lyon"], ["Yes", "No"]])
def test_a_column_beside_whole_names_is_no_last_name(beside):
    rows = [
        [name, word, "2025-09-25 16:00", "2025-09-25 17:00"]
        for name, word in zip(["Ana Alfa", "Bruno Beta", "Eva Gama"], [*beside, beside[1]], strict=True)
    ]

    report = of(files.table(["Aaa", "Bbb", "Join", "Leave"], *rows))

    assert [it.name for it in people_of(report.rows)] == ["Ana Alfa", "Bruno Beta", "Eva Gama"]


# ── Zones ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("after", "madrid", "zone"),
    [
        (" UTC", "18:00", "UTC"),
        ("Z", "18:00", "UTC"),
        (" GMT", "18:00", "GMT"),
        (" GMT+2", "16:00", "UTC+02:00"),
        (" (UTC+02:00)", "16:00", "UTC+02:00"),
        ("+03:00", "15:00", "UTC+03:00"),
        (" -0330", "21:30", "UTC-03:30"),
        (" CEST", "16:00", "CEST"),
        (" MESZ", "16:00", "MESZ"),
        (" Uhr MESZ", "16:00", "MESZ"),
        (" MEZ", "16:00", "MEZ"),
        (" cet", "16:00", "CET"),
        (" EEST", "15:00", "EEST"),
        (" BST", "17:00", "BST"),
        (" [Europe/Lisbon]", "17:00", "Europe/Lisbon"),
        (" GMT+0200 (Central European Summer Time)", "16:00", "UTC+02:00"),
    ],
)
def test_a_zone_after_a_time_is_used_and_said(after, madrid, zone):
    text = files.table(["Name", "Join", "Leave"], ["Ana", f"2025-09-25 16:00{after}", f"2025-09-25 17:00{after}"])

    report = of(text)

    assert (starts(text), report.named_zone, report.zone) == ([f"25 {madrid}"], zone, "Europe/Madrid")


@pytest.mark.parametrize(
    ("join", "leave", "madrid", "zone"),
    [
        ("Join Time (UTC)", "Leave Time (UTC)", "18:00", "UTC"),
        ("UTC Join Time", "UTC Leave Time", "18:00", "UTC"),
        ("Join (GMT+03:00)", "Leave (GMT+03:00)", "15:00", "UTC+03:00"),
        ("Hora de entrada (CEST)", "Hora de salida (CEST)", "16:00", "CEST"),
        ("Beitrittszeit [MEZ]", "Austrittszeit [MEZ]", "16:00", "MEZ"),
        ("Join time (GMT+1:00 Lisbon)", "Leave time", "17:00", "Europe/Lisbon"),
        ("Join time (Europe/Athens)", "Leave time (Europe/Athens)", "15:00", "Europe/Athens"),
        ("Join time (+02:00)", "Leave time (+02:00)", "16:00", "UTC+02:00"),
    ],
)
def test_a_zone_in_the_heading_is_used_and_said(join, leave, madrid, zone):
    text = files.table(["Name", join, leave], ["Ana", "2025-09-25 16:00", "2025-09-25 17:00"])

    assert (starts(text), of(text).named_zone, of(text).doubts) == ([f"25 {madrid}"], zone, frozenset())


@pytest.mark.parametrize(
    ("line", "madrid", "zone"),
    [
        ("Time zone:,UTC", "18:00", "UTC"),
        ("Zona horaria,Europe/Lisbon", "17:00", "Europe/Lisbon"),
        ('Zeitzone,"(UTC+01:00) Amsterdam, Berlin, Rome"', "16:00", "Europe/Amsterdam"),
        ("Strefa czasowa,CEST", "16:00", "CEST"),
        ("Start time,2025-09-25 16:00 UTC", "18:00", "UTC"),
        ("Start time (UTC),2025-09-25 16:00", "18:00", "UTC"),
        ("All times are in UTC", "18:00", "UTC"),
        ("Topic,UTC Barcelona", "16:00", ""),
        ("Time zone: UTC", "18:00", "UTC"),
        ("Times by the clock of Europe/Lisbon", "17:00", "Europe/Lisbon"),
        ("Training in Porto (GMT+01:00)", "17:00", "UTC+01:00"),
        ("Hora de inicio,25/09/2025 16:00 CEST", "16:00", "CEST"),
        ("Fin (UTC),25/09/2025 17:00", "18:00", "UTC"),
    ],
)
def test_a_zone_in_the_lines_about_the_meeting_is_used_and_said(line, madrid, zone):
    text = f"{line}\r\n\r\n" + files.table(["Name", "Join", "Leave"], ["Ana", "2025-09-25 16:00", "2025-09-25 17:00"])

    assert (starts(text), of(text).named_zone) == ([f"25 {madrid}"], zone)


@pytest.mark.parametrize(
    "line",
    [
        "RÉGION GRAND EST",
        "Cities of the WEST",
        "Meeting EST list",
        "Attendance CST 2025",
        "UTC Barcelona",
        "Training in two parts (+1)",
        "generated 2025-09-25 15:40 UTC",
        "Exported at: 2025-09-25 18:00 UTC",
        "Erstellt am 25.09.2025 18:00 UTC+00:00",
        "Generated\r\n2025-09-25 18:00 UTC",
        "Report generated,2025-09-25 15:40 UTC",
        "Report generated (UTC),2025-09-25 15:40",
        "Exported at:,2025-09-25 15:40 UTC+03:00",
        "Downloaded,2025-09-25T15:40:00Z",
        "Created on,2025-09-25 15:40 Europe/London",
        "Generado,25/09/2025 15:40 UTC",
        "Descargado el,25/09/2025 15:40 UTC",
        "Descarregat,25/09/2025 15:40 UTC",
        "Généré le,25/09/2025 15:40 UTC",
        "Téléchargé le,25/09/2025 15:40 UTC",
        "Gerado em,25/09/2025 15:40 UTC",
        "Scaricato il,25/09/2025 15:40 UTC",
        "Erstellt,25.09.2025 15:40 UTC",
        "Exportiert am,25.09.2025 15:40 UTC",
        "Wygenerowano,25.09.2025 15:40 UTC",
        "Gegenereerd op,25-09-2025 15:40 UTC",
        "Vytvořeno,25.09.2025 15:40 UTC",
        "Skapad,2025-09-25 15:40 UTC",
        "Xyzzy,2025-09-25 15:40 UTC+00:00",
    ],
)
def test_a_title_and_the_moment_of_an_export_name_no_zone(line):
    text = f"{line}\r\n\r\n" + files.table(["Name", "Join", "Leave"], ["Ana", "2025-09-25 16:00", "2025-09-25 17:00"])

    assert (starts(text), of(text).named_zone) == (["25 16:00"], "")


@pytest.mark.parametrize(
    "text",
    [
        "Time zone,UTC\r\n\r\nName,Join,Leave\r\nAna,2025-09-25 16:00,2025-09-25 17:00\r\n",
        "Name,Join (UTC),Leave (UTC)\r\nAna,2025-09-25 16:00,2025-09-25 17:00\r\n",
        "Name,Join,Leave\r\nAna,2025-09-25 16:00 UTC,2025-09-25 17:00 UTC\r\n",
        "Name,Action,Timestamp (UTC)\r\nAna,Joined,2025-09-25 16:00\r\nAna,Left,2025-09-25 17:00\r\n",
        "Full Name,User Action,Timestamp\r\nAna,Joined,2025-09-25 16:00 UTC\r\nAna,Left,2025-09-25 17:00 UTC\r\n",
    ],
)
def test_a_zone_that_is_chosen_goes_before_the_one_of_the_file(text):
    chosen = replace(SESSION, is_zone_chosen=True)

    reports = [of(text), of(text, chosen)]

    assert [(it.first_join.astimezone(MADRID).hour, it.named_zone) for it in reports] == [(18, "UTC"), (16, "")]


def test_zones_of_america_are_read_after_a_time():
    text = files.table(["Name", "Join", "Leave"], ["Ana"] + 2 * ["2025-09-25 10:00 America/New_York"])

    assert (starts(text), of(text).named_zone) == (["25 16:00"], "America/New_York")


def test_times_of_the_day_are_placed_by_the_zone_that_is_named():
    text = files.table(
        ["Name", "Email", "Duration", "Time joined (UTC)", "Time exited (UTC)"], ["Ana", "", "1 hr", "22:30", "23:30"]
    )
    night = HINTS.__class__(MADRID, dt.datetime(2025, 9, 25, 0, 30, tzinfo=MADRID))

    assert starts(text, night) == ["25 00:30"]


def test_a_zone_for_some_of_the_times_holds_for_those():
    text = files.table(
        ["Name", "Join", "Leave"],
        ["Ana", "2025-09-25 14:00 UTC", "2025-09-25 15:00 UTC"],
        ["Bo", "2025-09-25 16:00", "2025-09-25 17:00"],
    )

    assert (starts(text), of(text).named_zone) == (["25 16:00", "25 16:00"], "")


# ── Hosts ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


def hosts(text):
    return [it.name for it in people_of(of(text).rows) if Flag.HOST in it.flags]


@pytest.mark.parametrize(
    "titles",
    [
        ("Host Details", "Panelist Details", "Attendee Details"),
        ("Detalles del anfitrión", "Detalles del panelista", "Detalles del asistente"),
        ("Détails sur l'hôte", "Détails sur l'intervenant", "Détails sur les participants"),
        ("Details zum Gastgeber", "Details zum Diskussionsteilnehmer", "Details zum Teilnehmer"),
        ("Isännän tiedot", "Panelistien tiedot", "Osallistujien tiedot"),
        ("Aaa", "Bbb", "Ccc"),
    ],
)
def test_hosts_and_panelists_of_a_webinar_are_known_by_their_sections(titles):
    text = files.ZOOM_WEBINAR
    for old, new in zip(("Host Details", "Panelist Details", "Attendee Details"), titles, strict=True):
        text = text.replace(f"\n{old}\r", f"\n{new}\r")

    assert hosts(text) == ["Olga Org", "Petra Panel"]


@pytest.mark.parametrize(
    "role",
    [
        "Organizer",
        "Co-organizer",
        "Organizador",
        "Organisateur",
        "Organizátor",
        "Organisatör",
        "Arrangør",
        "Διοργανωτής",
        "Организатор",
        "Anfitrión",
    ],
)
def test_an_organiser_is_known_by_the_role_in_any_language(role):
    text = files.TEAMS_REPORT.replace("\tOrganizer\t", f"\t{role}\t")

    assert hosts(text) == ["Olga Org"]
    assert of(text).doubts == frozenset()


def roles(*of_people):
    rows = [["Name", "Xyzzy", "Join", "Leave"]]
    rows += [[f"Ana {role}{n}", role, "2025-09-25 16:00", "2025-09-25 17:00"] for n, role in enumerate(of_people)]
    return files.table(*rows)


def test_the_column_of_roles_is_known_by_what_is_in_it():
    assert hosts(roles("Attendee", "Organizer", "Attendee")) == ["Ana Organizer1"]


def test_a_role_that_only_the_first_has_is_taken_for_the_host_s_and_confirmed():
    text = roles("Qqq", "Www", "Www").replace("Xyzzy", "Role")

    assert (hosts(text), of(text).doubts) == (["Ana Qqq0"], {Doubt.LABELS})


@pytest.mark.parametrize(
    "of_people", [("Qqq", "Www"), ("Www", "Qqq", "Www"), ("Presenter", "Attendee", "Attendee"), ("Qqq", "Www", "Eee")]
)
def test_no_other_role_makes_a_host(of_people):
    assert hosts(roles(*of_people).replace("Xyzzy", "Role")) == []
