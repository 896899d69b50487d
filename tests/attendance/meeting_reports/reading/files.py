"""Attendance files as platforms write them, made for the tests."""

import csv
import datetime as dt
import io

import openpyxl


def table(*rows, separator=","):
    out = io.StringIO()
    csv.writer(out, delimiter=separator, lineterminator="\r\n").writerows(rows)
    return out.getvalue()


def us(moment):
    return f"{moment:%m/%d/%Y %I:%M:%S %p}"


ZOOM_2020 = table(
    ["Name (Original Name)", "User Email", "Join Time", "Leave Time", "Duration (Minutes)"],
    ["Ana Anaya (she/her)", "ana@lyon.example", "09/25/2025 03:55:00 PM", "09/25/2025 04:30:00 PM", 35],
    ["Bruno Bach", "", "09/25/2025 04:00:01 PM", "09/25/2025 05:29:59 PM", 90],
    ["Ana Anaya (she/her)", "ANA@lyon.example", "09/25/2025 04:20:00 PM", "09/25/2025 05:30:00 PM", 70],
)
ZOOM_2021 = table(
    ["Meeting ID", "Topic", "Start Time", "End Time", "User Email", "Duration (Minutes)", "Participants", ""],
    ["93", "Peer, learning", "09/25/2025 03:50:00 PM", "09/25/2025 05:31:00 PM", "olga@academy.example", 101, 2],
    ["", "", "", "", "", "", ""],
    ["Name (Original Name)", "User Email", "Join Time", "Leave Time", "Duration (Minutes)", "Guest"],
    ["Olga Org", "Olga@academy.example", "09/25/2025 03:50:00 PM", "09/25/2025 05:31:00 PM", 101, "No"],
    ["Ana Anaya", "", "09/25/2025 04:00:00 PM", "09/25/2025 05:30:00 PM", 90, "Yes"],
)
ZOOM_2022 = table(
    [
        "Name (Original Name)",
        "User Email",
        "Join Time",
        "Leave Time",
        "Duration (Minutes)",
        "Guest",
        "Recording Consent",
    ]
    + ["In Waiting Room"],
    ["Ana Anaya", "", "09/25/2025 03:50:00 PM", "09/25/2025 03:58:00 PM", 8, "Yes", "", "Yes"],
    ["Ana Anaya", "", "09/25/2025 03:58:00 PM", "09/25/2025 05:28:00 PM", 90, "Yes", "Y", "No"],
    ["Bruno (Host)", "", "09/25/2025 03:50:00 PM", "09/25/2025 05:31:00 PM", 101, "No", "Y", "No"],
    ["Read.ai meeting notes", "", "09/25/2025 04:00:00 PM", "09/25/2025 05:31:00 PM", 91, "Yes", "Y", "No"],
)
ZOOM_2024 = table(
    ["Topic", "ID", "Host", "Duration (minutes)", "Start time", "End time", "Participants"],
    ["Peer", "93", "Olga (olga@academy.example)", 90, "09/25/2025 04:00:00 PM", "09/25/2025 05:30:00 PM", 1],
    [],
    ["Name (original name)", "Email", "Join time", "Leave time", "Duration (minutes)", "Guest"]
    + ["Recording disclaimer response", "In waiting room"],
    ["Anaya (Ana Anaya)", "", "09/25/2025 04:00:00 PM", "09/25/2025 05:30:00 PM", 90, "Yes", "OK", "No"],
)
ZOOM_ITALIAN = table(
    ["Nome (nome originale)", "E-mail", "Ora di ingresso", "Ora di uscita", "Durata (minuti)", "Guest"]
    + ["Risposta alla dichiarazione di non responsabilità della registrazione", "In sala d’attesa"],
    ["Ana Anaya", "", "25/09/2025 04:00:00 PM", "25/09/2025 05:30:00 PM", 90, "Sì", "OK", "No"],
    ["Ugo Uno", "", "25/09/2025 04:00:00 PM", "25/09/2025 05:30:00 PM", 90, "Sì", "OK", "Sì"],
)
ZOOM_SPANISH = table(
    ["Nombre (nombre original)", "E-mail del usuario", "Hora para unirse", "Hora para salir", "Duración (minutos)"]
    + ["Invitado"],
    ["Ana Anaya", "", "25/09/2025 04:00:00 PM", "25/09/2025 05:30:00 PM", 90, "Sí"],
)
ZOOM_SPANISH_NEW = table(
    ["Nombre (nombre original)", "Correo electrónico", "Hora de entrada", "Hora de salida", "Duración (minutos)"]
    + ["Invitado", "En la sala de espera"],
    ["Ana Anaya", "", "25/09/2025 16:00:00", "25/09/2025 17:30:00", 90, "Sí", "No"],
    separator=";",
)
ZOOM_PORTUGUESE = table(
    ["Nome (nome original)", "E-mail", "Ingressar na hora", "Hora de saída", "Duração (minutos)", "Convidado"]
    + ["Na sala de espera"],
    ["Ana Anaya", "", "25/09/2025 04:00:00 PM", "25/09/2025 05:30:00 PM", 90, "Sim", "Não"],
)
ZOOM_RUSSIAN = table(
    ["Имя (настоящее имя)", "Электронная почта", "Время входа", "Время выхода", "Длительность (минуты)", "Гость"],
    ["Ana Anaya", "", "25.09.2025 16:00:00", "25.09.2025 17:30:00", 90, "Да"],
)
ZOOM_UNKNOWN_WORDS = table(
    ["Nimi (alkuperäinen nimi)", "Sähköposti", "Liittymisaika", "Poistumisaika", "Kesto (minuuttia)", "Vieras"],
    ["Ana Anaya", "ana@lyon.example", "25.9.2025 16:00:00", "25.9.2025 17:30:00", 90, "Kyllä"],
    ["Bruno Bach", "bruno@lyon.example", "25.9.2025 16:00:00", "25.9.2025 17:30:00", 90, "Kyllä"],
)
ZOOM_UNIQUE = table(
    ["Name (Original Name)", "User Email", "Total Duration (Minutes)", "Guest"],
    ["Ana Anaya", "ana@lyon.example", 85, "Yes"],
    ["Bruno Bach", "", 12, "Yes"],
)
ZOOM_HOSTS = table(
    ["Topic", "Meeting ID", "User Name", "User Email", "Department", "Start Time", "End Time", "Duration (Minutes)"]
    + ["Participants", "Name (Original Name)", "User Email", "Join Time", "Leave Time", "Duration (Minutes)", "Guest"],
    ["One", "1", "Olga", "olga@academy.example", "", "09/25/2025 04:00:00 PM", "09/25/2025 05:30:00 PM", 90, 1]
    + ["Ana Anaya", "ana@lyon.example", "09/25/2025 04:00:00 PM", "09/25/2025 05:30:00 PM", 90, "Yes"],
    ["Two", "2", "Olga", "olga@academy.example", "", "10/16/2025 04:00:00 PM", "10/16/2025 05:30:00 PM", 90, 1]
    + ["Ana Anaya", "ana@lyon.example", "10/16/2025 04:00:00 PM", "10/16/2025 04:30:00 PM", 30, "Yes"],
)
ZOOM_HOSTS_2026 = table(
    ["Topic", "Type", "ID", "Host name", "Host email", "Start time", "End time", "Participants", "Duration (minutes)"]
    + ["Total participant minutes", "Department", "Group", "Source", "Unique viewers", "Max concurrent views"]
    + ["Creation time", "Name (original name)", "Email", "Join time", "Leave time", "Duration (minutes)", "Guest"]
    + ["Recording disclaimer response", "In waiting room"],
    *(
        [
            topic,
            "Meeting",
            meeting,
            "Olga Org",
            "olga@academy.example",
            f"{day} 03:50:00 PM",
            f"{day} 05:31:00 PM",
            1,
            102,
        ]
        + [200, "", "", "Zoom", "-", "-", "09/01/2026 10:00:00 AM", "Ana Anaya", "ana@lyon.example"]
        + [f"{day} 04:00:00 PM", f"{day} 05:30:00 PM", 90, "Yes", "OK", "No"]
        for topic, meeting, day in (
            ("Peer", "930 0000 0001", "10/29/2026"),
            ("Peer", "930 0000 0001", "11/19/2026"),
            ("Office", "930 0000 0002", "11/20/2026"),
        )
    ),
)
ZOOM_WEBINAR = (
    "Attendee Report\r\n"
    'Report Generated:,"Sep 26, 2025 10:00:00"\r\n'
    "Topic,Webinar ID,Actual Start Time,Actual Duration (minutes),# Registered,# Cancelled,Unique Viewers,Total Users\r\n"
    'Peer,93,"Sep 25, 2025 16:00:00",90,3,0,2,3\r\n'
    "Host Details\r\n"
    "Attended,User Name (Original Name),Email,Join Time,Leave Time,Time in Session (minutes),Is Guest\r\n"
    'Yes,Olga Org,olga@academy.example,"Sep 25, 2025 15:50:00","Sep 25, 2025 17:31:00",101,No\r\n'
    "Panelist Details\r\n"
    "Attended,User Name (Original Name),Email,Join Time,Leave Time,Time in Session (minutes),Is Guest\r\n"
    'Yes,Petra Panel,petra@academy.example,"Sep 25, 2025 15:55:00","Sep 25, 2025 17:31:00",96,No\r\n'
    "Attendee Details\r\n"
    "Attended,User Name (Original Name),First Name,Last Name,Email,Registration Time,Approval Status,Join Time,"
    "Leave Time,Time in Session (minutes),Is Guest\r\n"
    'Yes,Ana Anaya,Ana,Anaya,ana@lyon.example,"Sep 01, 2025 09:00:00",approved,"Sep 25, 2025 16:00:00",'
    '"Sep 25, 2025 16:30:00",30,Yes\r\n'
    'Yes,Ana Anaya,,,,,,"Sep 25, 2025 16:40:00","Sep 25, 2025 17:30:00",50,Yes\r\n'
    'No,--,Bruno,Bach,bruno@lyon.example,"Sep 01, 2025 09:00:00",approved,--,--,--,--\r\n'
)
TEAMS_LIST = (
    "Full Name\tUser Action\tTimestamp\n"
    "Anaya, Ana\tJoined before\t9/25/2025, 3:58:00 PM\n"
    "Anaya, Ana\tLeft\t9/25/2025, 4:10:00 PM\n"
    "Anaya, Ana\tJoined\t9/25/2025, 4:20:00 PM\n"
    "Bruno Bach (Guest)\tJoined\t9/25/2025, 4:00:00 PM\n"
    "Bruno Bach (Guest)\tLeft\t9/25/2025, 4:30:00 PM\n"
)
TEAMS_LIST_PORTUGUESE = (
    "Nome Completo\tAtividade\tData e hora\n"
    "Ana Anaya\tEntrou\t25/09/2025, 16:00:00\n"
    "Ana Anaya\tSaiu\t25/09/2025, 17:30:00\n"
)
TEAMS_LIST_UNKNOWN_WORDS = (
    "Koko nimi\tKäyttäjän toiminto\tAikaleima\n"
    "Ana Anaya\tLiittyi\t25.9.2025, 16:00:00\n"
    "Ana Anaya\tPoistui\t25.9.2025, 17:30:00\n"
    "Bruno Bach\tLiittyi\t25.9.2025, 16:10:00\n"
    "Bruno Bach\tPoistui\t25.9.2025, 17:30:00\n"
)
TEAMS_REPORT = (
    "Meeting Summary\nTotal Number of Participants\t2\nMeeting Title\tPeer\n"
    "Meeting Start Time\t9/25/2025, 3:55:00 PM\nMeeting End Time\t9/25/2025, 5:31:00 PM\nMeeting Id\tabc\n\n"
    "Full Name\tJoin Time\tLeave Time\tDuration\tEmail\tRole\tParticipant ID (UPN)\n"
    "Ana Anaya\t9/25/2025, 4:00:00 PM\t9/25/2025, 5:30:00 PM\t1h 30m\tana@lyon.example\tAttendee\ta@t.example\n"
    "Olga Org\t9/25/2025, 3:55:00 PM\t9/25/2025, 5:31:00 PM\t1h 36m\t\tOrganizer\to@t.example\n"
)
TEAMS_REPORT_FRENCH = (
    "Nom complet\tHeure d'arrivée\tHeure de départ\tDurée\tE-mail\tRôle\n"
    "Ana Anaya\t25/09/2025 à 16:00:00\t25/09/2025 à 17:30:00\t1 h 30 m\tana@lyon.example\tParticipant\n"
)
SECTION_2 = (
    "2. Participants\n"
    "Name\tFirst Join\tLast Leave\tIn-Meeting Duration\tEmail\tParticipant ID (UPN)\tRole\n"
    "Ana Anaya\t9/25/25, 4:00:00 PM\t9/25/25, 5:04:00 PM\t29m 0s\tana@lyon.example\ta@t.example\tPresenter\n"
    "Bruno Bach (External)\t9/25/25, 4:00:00 PM\t9/25/25, 5:30:00 PM\t1h 30m 0s\t\t\tPresenter\n\n"
)
TEAMS_TOTALS = "1. Summary\nMeeting title\tPeer\nStart time\t9/25/25, 3:55:00 PM\n\n" + SECTION_2
TEAMS_SECTIONS = (
    TEAMS_TOTALS + "3. In-Meeting Activities\n"
    "Name\tJoin Time\tLeave Time\tDuration\tEmail\tRole\n"
    "Ana Anaya\t9/25/25, 4:00:00 PM\t9/25/25, 4:15:00 PM\t15m\tana@lyon.example\tPresenter\n"
    "Ana Anaya\t9/25/25, 4:50:00 PM\t9/25/25, 5:04:00 PM\t14m\tana@lyon.example\tPresenter\n"
    "Bruno Bach (External)\t9/25/25, 4:00:00 PM\t9/25/25, 5:30:00 PM\t1h 30m\t\tPresenter\n\n"
    "4. Meeting Engagement\n"
    "Name\tEmail\tReactions\tRaised hands\nAna Anaya\tana@lyon.example\t3\t1\n"
)
TEAMS_POLISH = (
    "1. Podsumowanie\t\t\t\nTytuł spotkania\tŁódź\t\t\n\t\t\t\n2. Uczestnicy\t\t\t\n"
    "Imię i nazwisko\tPierwsze dołączenie\tOstatnie wyjście\tCzas udziału w spotkaniu\tAdres e-mail\tRola\n"
    "Zażółć Gęślą\t9/25/25, 4:00:00 PM\t9/25/25, 5:30:00 PM\t1 godz. 30 min 0 s\tz@lodz.example\tOrganizator\n"
    "\t\t\t\n3. Działania podczas spotkania\t\t\t\n"
    "Imię i nazwisko\tGodzina dołączenia\tGodzina opuszczenia\tCzas trwania\tAdres e-mail\tRola\t\n"
    "Zażółć Gęślą\t9/25/25, 4:00:00 PM\t9/25/25, 5:30:00 PM\t1 godz. 30 min 0 s\tz@lodz.example\tOrganizator\t\n"
    "Świętosława Żak (Gość)\t9/25/25, 4:00:00 PM\t9/25/25, 5:00:00 PM\t1 godz. 0 min 0 s\t\tOsoba prowadząca\t\n"
)
TEAMS_UNKNOWN_SECTIONS = (
    "1. Yhteenveto\nOtsikko\tPeer\n\n2. Osallistujat\n"
    "Nimi\tEnsin\tViimeksi\tKesto\tOsoite\n"
    "Ana Anaya\t25.9.2025, 16:00:00\t25.9.2025, 17:30:00\t1 t 30 min\tana@lyon.example\n\n"
    "3. Toiminta\nNimi\tTulo\tMeno\tKesto\tOsoite\n"
    "Ana Anaya\t25.9.2025, 16:00:00\t25.9.2025, 17:00:00\t1 t\tana@lyon.example\n"
    "Ana Anaya\t25.9.2025, 17:10:00\t25.9.2025, 17:30:00\t20 min\tana@lyon.example\n"
)
MEET = table(
    ["Name", "Email", "Duration", "Time joined", "Time exited"],
    ["Ana Anaya", "ana@lyon.example", "1 hr 30 min", "4:00 PM", "5:30 PM"],
    ["Bruno Bach", "", "29 min", "4:00 PM", "5:04 PM"],
)
MEET_NAMES = table(
    ["First name", "Last name", "Email", "Duration", "Time joined", "Time exited"],
    ["Ana", "Anaya", "ana@lyon.example", "1 hr 30 min", "4:00\u202fPM", "5:30\u202fPM"],
)
WEBEX = (
    "Meeting Name\tDisplay Name\tRole\tAttendee Email\tJoin Time\tLeave Time\tAttendance Duration\tConnection Type\n"
    '"Peer"\t"Ana Anaya"\t"Attendee"\t"ana@lyon.example"\t"=""2025-09-25 16:00:00"""\t"=""2025-09-25 17:30:00"""'
    '\t"90 mins"\t"Desktop app"\n'
    '"Peer"\t"Olga Org"\t"Host"\t"olga@academy.example"\t"=""2025-09-25 15:50:00"""\t"=""2025-09-25 17:31:00"""'
    '\t"101 mins"\t"Desktop app"\n'
)
BIGBLUEBUTTON = table(
    ["Name", "Moderator", "Activity Score", "Talk Time", "Messages", "Join", "Left", "Duration"],
    ["Olga Org", "TRUE", "8", "00:10:00", "3", "9/25/2025, 3:50:00 PM", "9/25/2025, 5:31:00 PM", "01:41:00"],
    ["Ana Anaya", "FALSE", "5", "00:01:00", "1", "9/25/2025, 4:00:00 PM", "9/25/2025, 5:30:00 PM", "01:30:00"],
    ["Anonymous", "FALSE", "", "", "", "", "", ""],
)
PLAIN = table(
    ["name", "e-mail", "join", "leave"],
    ["Ana Anaya", "ana@lyon.example", "2025-09-25 16:00", "2025-09-25 17:30"],
)
PLAIN_MINUTES = table(["name", "e-mail", "minutes"], ["Ana Anaya", "ana@lyon.example", 90], ["Bruno Bach", "", 20])


def workbook(*rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def zoom(people, starts_at, zone, *, topic="Peer-learning"):
    """A Zoom report of 2024 of people as (name, address, minutes late, minutes there)."""
    local = starts_at.astimezone(zone)
    rows = [
        ["Topic", "ID", "Host", "Duration (minutes)", "Start time", "End time", "Participants"],
        [topic, "93", "Olga (olga@academy.example)", 60, us(local), us(local + dt.timedelta(minutes=60)), len(people)],
        [],
        ["Name (original name)", "Email", "Join time", "Leave time", "Duration (minutes)", "Guest", "In waiting room"],
    ]
    for name, email, late, stayed in people:
        joined = local + dt.timedelta(minutes=late)
        rows.append([name, email, us(joined), us(joined + dt.timedelta(minutes=stayed)), stayed, "Yes", "No"])
    return table(*rows).encode()


def teams(people, starts_at, zone):
    """A Teams report in sections, as (name, address, minutes late, minutes there); UTF-16."""
    local = starts_at.astimezone(zone)
    rows = ["1. Summary", "Meeting title\tPeer", "", "3. In-Meeting Activities"]
    rows.append("Name\tJoin Time\tLeave Time\tDuration\tEmail\tRole")
    for name, email, late, stayed in people:
        joined = local + dt.timedelta(minutes=late)
        left = joined + dt.timedelta(minutes=stayed)
        rows.append(
            f"{name}\t{joined:%m/%d/%y, %I:%M:%S %p}\t{left:%m/%d/%y, %I:%M:%S %p}\t{stayed}m\t{email}\tPresenter"
        )
    return "\ufeff".encode("utf-16-le") + "\r\n".join(rows).encode("utf-16-le")
