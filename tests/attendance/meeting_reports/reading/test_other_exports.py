"""What platforms export besides: other layouts of attendance, and lists that are none and refused for what they are."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attendance.meeting_reports.reading import Doubt, Flag, Hints, meetings_of, people_of, read
from tests.attendance.meeting_reports.reading import files
from tests.attendance.meeting_reports.reading.files import table
from tests.properties import examples
from tests.refusals import refused

MADRID = ZoneInfo("Europe/Madrid")
HINTS = Hints(MADRID, dt.datetime(2025, 9, 25, 16, tzinfo=MADRID), dt.datetime(2025, 9, 25, 17, 30, tzinfo=MADRID))


def of(text, hints=HINTS):
    return read(text if isinstance(text, bytes) else text.encode(), hints=hints)


def summaries(report):
    return [
        (
            person.name,
            [f"{start.astimezone(MADRID):%H:%M}-{end.astimezone(MADRID):%H:%M}" for start, end in person.intervals],
            sorted(person.flags),
        )
        for person in people_of(report.rows)
    ]


def test_read_zoom_hosts_of_2026_by_occurrence():
    report = of(files.ZOOM_HOSTS_2026)

    days = [{f"{it.interval[0]:%d %b}" for it in rows} for rows in meetings_of(report)]
    assert (report.layout, days) == ("active hosts", [{"29 Oct"}, {"19 Nov"}, {"20 Nov"}])


def meeting_of_two(head, *names):
    times = "10/29/2025 16:00,10/29/2025 17:30,10/29/2025 16:01,10/29/2025 17:29"
    return "\n".join([head, *(f"One,{name},{times},{other}" for name, other in names)])


def test_whoever_is_named_before_the_start_is_a_participant_unless_it_is_one_name_for_all():
    head = "Topic,First Name,Last Name,Start Time,End Time,Join Time,Leave Time,Xyzzy"
    of_participants = meeting_of_two(head, ("Ana,Alfa", "Lyon"), ("Bo,Berg", "Oslo"))
    of_the_host = meeting_of_two(head, ("Olga,Host", "Ana Alfa"), ("Olga,Host", "Bo Berg"))

    assert [it.name for it in people_of(of(of_participants).rows)] == ["Ana Alfa", "Bo Berg"]
    assert [it.name for it in people_of(of(of_the_host).rows)] == ["Ana Alfa", "Bo Berg"]


def test_meetings_of_one_id_without_a_known_start_are_told_apart_by_day():
    report = of(files.ZOOM_HOSTS_2026.replace("Start time", "Upphaf").replace("End time", "Lok"))

    assert [len(rows) for rows in meetings_of(report)] == [1, 1, 1]


ZOOM = ["Nimi (alkuperäinen nimi)", "Sähköposti", "Liittymisaika", "Poistumisaika", "Kesto (minuuttia)"]


def zoom(*rows, head):
    return table([*ZOOM, *head], *rows)


def row(name, joined, left, *answers):
    day = "25.9.2025"
    return [name, f"{name.split()[0].lower()}@lyon.example", f"{day} {joined}:00", f"{day} {left}:00", 60, *answers]


@pytest.mark.parametrize(
    ("yes", "no"), [("Kyllä", "Ei"), ("Igen", "Nem"), ("Bai", "Ez"), ("ano", "ne"), ("네", "아니요"), ("Yes", "No")]
)
@pytest.mark.parametrize("consent", [False, True])
def test_read_waiting_room_by_its_answers(yes, no, consent):
    def answers(guest, waiting):
        return (guest, *(["OK"] if consent and waiting == no else [""] if consent else []), waiting)

    report = of(
        zoom(
            row("Ana Alfa", "16:00", "17:00", *answers(yes, yes)),
            row("Ana Alfa", "17:00", "17:30", *answers(yes, no)),
            row("Bo Beta", "16:00", "17:30", *answers(yes, no)),
            row("Olga Org", "15:50", "17:30", *answers(no, no)),
            head=["Vieras", *(["Suostumus"] if consent else []), "Odotushuoneessa"],
        )
    )

    assert summaries(report) == [
        ("Ana Alfa", ["17:00-17:30"], ["waited"]),
        ("Bo Beta", ["16:00-17:30"], []),
        ("Olga Org", ["15:50-17:30"], []),
    ]
    assert Doubt.LABELS in report.doubts
    assert any(
        it.startswith("The column “Odotushuoneessa” was read as the waiting room. 1 line") for it in report.warnings
    )


@pytest.mark.parametrize(
    ("head", "answers"),
    [
        (["Vieras"], [("Kyllä",), ("Ei",), ("Kyllä",)]),
        (["Vieras", "Suostumus"], [("Kyllä", "OK"), ("Ei", "No Response"), ("Kyllä", "OK")]),
        (["Vieras", "Suostumus"], [("Kyllä", "Kyllä"), ("Ei", "Kyllä"), ("Kyllä", "Kyllä")]),
    ],
)
def test_read_other_answers_are_no_waiting_room(head, answers):
    rows = [("Ana Alfa", "16:00", "17:00"), ("Ana Alfa", "17:10", "17:30"), ("Bo Beta", "16:00", "17:30")]

    report = of(zoom(*(row(*it, *answer) for it, answer in zip(rows, answers, strict=True)), head=head))

    assert summaries(report) == [("Ana Alfa", ["16:00-17:00", "17:10-17:30"], []), ("Bo Beta", ["16:00-17:30"], [])]


MEETING_LIST = table(
    ["Topic", "Meeting ID", "User Name", "User Email", "Department", "Group", "Has Zoom Rooms?", "Creation Time"]
    + ["Start Time", "End Time", "Duration (Minutes)", "Participants", "Source"],
    ["Peer", "930 0000 0001", "Olga", "olga@academy.example", "", "", "No", "09/01/2025 10:00:00 AM"]
    + ["09/25/2025 03:50:00 PM", "09/25/2025 05:31:00 PM", 102, 12, "Zoom"],
)
MEETING_LIST_SPANISH = table(
    ["Tema", "ID de reunión", "Nombre de usuario", "Correo electrónico del usuario", "Hora de creación"]
    + ["Hora de inicio", "Hora de finalización", "Duración (minutos)", "Participantes"],
    ["Pares", "93000000001", "Olga", "olga@academy.example", "01/09/2025 10:00", "25/09/2025 15:50"]
    + ["25/09/2025 17:31", 102, 12],
)
MEETING_LIST_2026 = table(
    ["Topic", "Type", "ID", "Host name", "Host email", "Start time", "End time", "Participants", "Duration (minutes)"]
    + ["Total participant minutes", "Department", "Group", "Source", "Unique viewers", "Max concurrent views"]
    + ["Creation time"],
    ["Peer", "Meeting", "930 0000 0001", "Olga", "olga@academy.example", "10/29/2026 03:50:00 PM"]
    + ["10/29/2026 05:31:00 PM", 2, 102, 200, "", "", "Zoom", "-", "-", "09/01/2026 10:00:00 AM"],
)
MEETING_LIST_CZECH = table(
    [
        "Téma",
        "ID schůzky",
        "Jméno uživatele",
        "E-mail uživatele",
        "Vytvořeno",
        "Začátek",
        "Konec",
        "Délka",
        "Účastníci",
    ],
    ["Peer", "930 0000 0001", "Olga", "olga@academy.example", "1.9.2025 10:00", "25.9.2025 15:50", "25.9.2025 17:31"]
    + [102, 12],
)
REGISTRATIONS = (
    'Registration Report\r\nReport Generated:,"Sep 26, 2025 10:00:00"\r\n'
    "Topic,Webinar ID,Scheduled Time,# Registered\r\n"
    'Peer,930 0000 0001,"Sep 25, 2025 16:00:00",2\r\nAttendee Details\r\n'
    "First Name,Last Name,Email,Registration Time,Approval Status\r\n"
    'Ana,Alfa,ana@lyon.example,"Sep 01, 2025 09:00:00",approved\r\n'
    'Bo,Beta,bo@lyon.example,"Sep 02, 2025 09:00:00",approved\r\n'
)
REGISTRATIONS_SPANISH = table(
    ["Nombre", "Apellidos", "Correo electrónico", "Hora de inscripción", "Estado de aprobación"],
    ["Ana", "Alfa", "ana@lyon.example", "01/09/2025 09:00", "aprobado"],
    ["Bo", "Beta", "bo@lyon.example", "02/09/2025 09:00", "aprobado"],
    separator=";",
)
POLL = (
    'Poll Report\r\nReport Generated:,"Sep 26, 2025 10:00:00"\r\n'
    "Topic,Webinar ID,Actual Start Time,Actual Duration (minutes),# Question\r\n"
    'Peer,930 0000 0001,"Sep 25, 2025 16:00:00",90,1\r\nPoll Details\r\n'
    "#,User Name,User Email,Submitted Date/Time,Will you join?,\r\n"
    '1,Ana Alfa,ana@lyon.example,"Sep 25, 2025 16:30:00",Will you join?,Yes\r\n'
    '2,Bo Beta,bo@lyon.example,"Sep 25, 2025 16:31:00",Will you join?,No\r\n'
)
POLL_FRENCH = (
    "Rapport de sondage\r\nSujet,ID du webinaire\r\nPairs,930 0000 0001\r\n"
    "#,Nom d'utilisateur,E-mail de l'utilisateur,Date/heure d'envoi,Question,Réponse\r\n"
    "1,Ana Alfa,ana@lyon.example,25/09/2025 16:30:00,Viendrez-vous ?,Oui\r\n"
    "2,Bo Beta,bo@lyon.example,25/09/2025 16:31:00,Viendrez-vous ?,Non\r\n"
)
POLL_UNKNOWN = (
    "#,Nafn,Netfang,Sent kl.,Spurning,Svar\r\n"
    "1,Ana Alfa,ana@lyon.example,25.09.2025 16:30:00,Komið þið?,Já\r\n"
    "2,Bo Beta,bo@lyon.example,25.09.2025 16:31:00,Komið þið?,Nei\r\n"
)
QUESTIONS = (
    "Q&A Report\r\n#,Question,Asker Name,Asker Email,Answer(s),Submitted Date/Time\r\n"
    '1,When?,Ana Alfa,ana@lyon.example,Soon,"Sep 25, 2025 16:30:00"\r\n'
)
REFUSED = {
    "meetings": (MEETING_LIST, "meeting_list"),
    "meetings es": (MEETING_LIST_SPANISH, "meeting_list"),
    "meetings 2026": (MEETING_LIST_2026, "meeting_list"),
    "meetings cs": (MEETING_LIST_CZECH, "meeting_list"),
    "registrations": (REGISTRATIONS, "registration_list"),
    "registrations es": (REGISTRATIONS_SPANISH, "registration_list"),
    "poll": (POLL, "poll_answers"),
    "poll fr": (POLL_FRENCH, "poll_answers"),
    "poll in unknown words": (POLL_UNKNOWN, "poll_answers"),
    "questions": (QUESTIONS, "poll_answers"),
}


@pytest.mark.parametrize("what", REFUSED)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_read_refuses_what_says_nothing_of_attendance(what, encoding):
    text, code = REFUSED[what]

    with refused(code):
        of(text.encode(encoding))


def test_read_webinar_in_unknown_words_is_no_list_of_registrations():
    text = (
        "Nimi\tEnsimmäinen\tViimeinen\tKesto\tSähköposti\tRekisteröinnin sähköposti\tRekisteröintiaika\n"
        "Ana Alfa\t25.9.2025 16:00\t25.9.2025 17:30\t1 t 30 min\t\tana@lyon.example\t1.9.2025 09:00\n"
        "Bo Beta\t25.9.2025 16:00\t25.9.2025 16:30\t30 min\t\tbo@lyon.example\t2.9.2025 09:00\n"
    )

    assert [(name, spans) for name, spans, _flags in summaries(of(text))] == [
        ("Ana Alfa", ["16:00-17:30"]),
        ("Bo Beta", ["16:00-16:30"]),
    ]


GOTO = (
    "Attendee Report\nGenerated\nSep 26, 2025 09:00 AM UTC+02:00\nGeneral Information\nWebinar Name,Webinar ID\n"
    "Peer learning,000-000-001\nActual Start Date/Time,Duration\n"
    '"Sep 25, 2025 04:00 PM UTC+02:00",1 hour 30 minutes\nAttendee Details\n'
    "Attended,Last Name,First Name,Email Address,Registration Date/Time,Join Time,Leave Time,Time in Session (minutes)\n"
    'Yes,Alfa,Ana,ana@lyon.example,"Sep 01, 2025 09:00 AM UTC+02:00","Sep 25, 2025 04:00 PM UTC+02:00",'
    '"Sep 25, 2025 04:30 PM UTC+02:00",30 minutes\n'
    'Yes,Alfa,Ana,ana@lyon.example,"Sep 01, 2025 09:00 AM UTC+02:00","Sep 25, 2025 04:40 PM UTC+02:00",'
    '"Sep 25, 2025 05:30 PM UTC+02:00",50 minutes\n'
    'No,Beta,Bruno,bruno@lyon.example,"Sep 01, 2025 09:00 AM UTC+02:00",--,--,--\n'
)


def test_read_goto_webinar():
    report = of(GOTO)

    assert (report.platform, report.layout) == ("goto", "webinar")
    assert summaries(report) == [("Ana Alfa", ["16:00-16:30", "16:40-17:30"], []), ("Bruno Beta", [], ["absent"])]


def test_read_goto_meeting():
    text = (
        "GoToMeeting Attendee List\nMeeting Date,Meeting Duration,Number of Attendees,Meeting ID\n"
        '"Sep 25, 2025 4:00 PM",90 minutes,1,000-000-001\nName,Email Address,Join Time,Leave Time,Time in Session\n'
        'Ana Alfa,ana@lyon.example,"Sep 25, 2025 4:00 PM","Sep 25, 2025 5:30 PM",90\n'
    )
    report = of(text)

    assert (report.platform, summaries(report)) == ("goto", [("Ana Alfa", ["16:00-17:30"], [])])


DASHBOARDS = {
    "en": "Name,Moderator,Activity Score,Talk Time,Webcam Time,Messages,Reactions,Poll Votes,Raise Hands,Join,Left,Duration",
    "es": "Nombre,Moderador,Puntuación,Tiempo de habla,Cámara,Mensajes,Reacciones,Votos,Manos,Accedió,Salió,Duración",
    "de": "Name,Moderator,Aktivität,Sprechzeit,Webcamzeit,Nachrichten,Reaktionen,Stimmen,Hände,Beitritt,Verlassen,Dauer",
    "is": "Nafn,Stjórnandi,Virkni,Tal,Myndavél,Skilaboð,Viðbrögð,Atkvæði,Hendur,Kom,Fór,Lengd",
}
QUESTION = st.sampled_from(
    [
        "Will you join?",
        "Join",
        "Left",
        "Duration",
        "Name",
        "Email",
        "16:00?",
        "Write to olga@academy.example",
        "Guest",
        "",
    ]
)
ANSWER = st.sampled_from(["Yes", "16:00", "9/25/2025, 09:00:00 AM", "-", "A, B", "ana@lyon.example", "90", "TRUE"])


def dashboard(language, *polls, anonymous="Anonymous"):
    """With polls as (question, answers of the two people)."""
    times = ["9/25/2025, 04:00:00 PM", "9/25/2025, 05:30:00 PM", "01:30:00"]
    activity = ["1", "00:01:00", "-", "3", "0", "1", "0"]
    return table(
        [*DASHBOARDS[language].split(","), *(it[0] for it in polls)],
        ["Olga Org", "TRUE", *activity, "9/25/2025, 03:50:00 PM", "-", "01:41:00", *("-" for _ in polls)],
        ["Ana Alfa", "FALSE", *activity, *times, *(it[1][0] for it in polls)],
        ["Bo Beta", "FALSE", *activity, *times, *(it[1][1] for it in polls)],
        [anonymous, *[""] * 11, *("Yes" for _ in polls)],
    )


@pytest.mark.parametrize("language", DASHBOARDS)
@pytest.mark.parametrize("anonymous", ["Anonymous", "Anónimo/a", "Nafnlaus"])
@settings(max_examples=examples(10))
@given(st.lists(st.tuples(QUESTION, st.tuples(ANSWER, ANSWER)), max_size=3))
def test_read_dashboard_whatever_was_polled(language, anonymous, polls):
    report = of(dashboard(language, *polls, anonymous=anonymous))

    assert report.platform == "bigbluebutton"
    assert summaries(report) == [
        ("Olga Org", ["15:50-17:31"], ["host"]),
        ("Ana Alfa", ["16:00-17:30"], []),
        ("Bo Beta", ["16:00-17:30"], []),
    ]


EXTENSION = (
    '"Attendance for:","academy"\n"Date:", "2025-09-25", "Time:", "16:00", "Meet ID:", "abc-defg-hij"\n\n'
    '"Names", "2025-09-25", "Email", "Comments", "Arrival time", "Last Seen", "# of Checks", "Joined", "Details"\n'
    '"Ana Alfa", " ✔", "ana@lyon.example", "late, sorry", "16:00", "17:30", "90", "1"\n'
    '"Bo Beta", " ✔", "", "", "16:10", "17:30", "60", "2", "17:00 (30min) [ 17:30 ]", "16:10 (30min) [ 16:40 ]"\n'
    '"Cy Gama", "", "", ""\n'
)


def test_read_dashboard_in_unknown_words_is_to_be_confirmed():
    assert of(dashboard("is")).doubts == {Doubt.LABELS}
    assert of(dashboard("en", ("Will you join?", ("Yes", "No")))).doubts == frozenset()


def test_read_meet_extension():
    report = of(EXTENSION)

    assert (report.platform, report.layout) == ("meet", "extension")
    assert summaries(report) == [("Ana Alfa", ["16:00-17:30"], []), ("Bo Beta", ["16:10-16:40", "17:00-17:30"], [])]
    assert people_of(report.rows)[0].email == "ana@lyon.example"
    assert report.warnings == ["1 person on the class list did not attend and was left out."]


def test_read_meet_extension_with_a_block_for_each_meeting():
    second = EXTENSION.replace("2025-09-25", "2025-10-16").replace('"Attendance for:"', '"Asistencia para:"')

    report = of(EXTENSION + "\n\n" + second)

    assert [{f"{it.interval[0]:%d.%m.}" for it in rows} for rows in meetings_of(report)] == [{"25.09."}, {"16.10."}]


def test_read_zoom_webinar_is_not_called_goto():
    assert of(files.ZOOM_WEBINAR).platform == "zoom"
    assert Flag.ABSENT in people_of(of(files.ZOOM_WEBINAR).rows)[-1].flags
