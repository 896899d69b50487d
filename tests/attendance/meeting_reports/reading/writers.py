"""Writers of attendance files: a roster becomes the file that a platform would give of it, in each layout and language.

A writer returns rows of cells; `Written` says besides what a reader has to find in them. Times are minutes after 16:00 on
25 September 2025 in Madrid; lines of a person who comes back follow each other as platforms have them.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from tests.attendance.meeting_reports.reading.files import table

MADRID = ZoneInfo("Europe/Madrid")
START = dt.datetime(2025, 9, 25, 16)
UTC_START = START.replace(tzinfo=MADRID).astimezone(dt.UTC)


@dataclass(frozen=True)
class Someone:
    """`stays` are (from, until) in minutes, in order and apart; `waited` likewise, in the waiting room before the first."""

    first: str
    last: str
    email: str = ""
    stays: tuple[tuple[int, int], ...] = ()
    waited: tuple[int, int] | None = None
    is_host: bool = False

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}".strip()

    @property
    def minutes(self) -> int:
        return sum(until - since for since, until in self.stays)


Found = tuple[str, str, tuple[tuple[int, int], ...], float, frozenset[str]]


@dataclass(frozen=True)
class Written:
    """`head`: the numbers of the rows whose cells are labels of people's columns."""

    rows: list[list[object]]
    expected: frozenset[Found]
    heads: tuple[int, ...]

    def as_text(self, separator: str = ",") -> str:
        return table(*self.rows, separator=separator)


Writer = Callable[[Sequence[Someone], str], Written]


def us(minute: int) -> str:
    return f"{START + dt.timedelta(minutes=minute):%m/%d/%Y %I:%M:%S %p}"


def iso(minute: int) -> str:
    return f"{START + dt.timedelta(minutes=minute):%Y-%m-%d %H:%M:%S}"


def european(minute: int) -> str:
    return f"{START + dt.timedelta(minutes=minute):%d/%m/%y, %H:%M:%S}"


def dotted(minute: int) -> str:
    return f"{START + dt.timedelta(minutes=minute):%d.%m.%Y %H:%M:%S}"


def named(minute: int) -> str:
    return f"{START + dt.timedelta(minutes=minute):%b %d, %Y %H:%M:%S}"


def of_day(minute: int) -> str:
    return f"{START + dt.timedelta(minutes=minute):%H:%M}"


STAMPS = {
    "en": us,
    "it": european,
    "es": european,
    "pt": european,
    "fr": european,
    "de": dotted,
    "ru": dotted,
    "ko": iso,
}


def findings(
    people: Sequence[Someone],
    *,
    host: bool = False,
    waited: bool = False,
    email: bool = True,
    flags: frozenset[str] = frozenset(),
) -> frozenset[Found]:
    """What a reader finds in a file that has each person's stays: with or without addresses, hosts and the waiting room."""
    return frozenset(
        (
            person.name,
            person.email if email else "",
            person.stays,
            float(person.minutes),
            flags
            | ({"host"} if host and person.is_host else set())
            | ({"waited"} if waited and person.waited else set()),
        )
        for person in people
    )


# ── Zoom ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

ZOOM = {
    "en": "Name (Original Name)|User Email|Join Time|Leave Time|Duration (Minutes)|Guest|In Waiting Room",
    "es": "Nombre (nombre original)|Correo electrónico|Hora de entrada|Hora de salida|Duración (minutos)|Invitado|En la sala de espera",
    "it": "Nome (nome originale)|E-mail|Ora di ingresso|Ora di uscita|Durata (minuti)|Guest|In sala d’attesa",
    "pt": "Nome (nome original)|E-mail|Ingressar na hora|Hora de saída|Duração (minutos)|Convidado|Na sala de espera",
    "fr": "Nom (nom original)|E-mail|Heure d'arrivée|Heure de départ|Durée (minutes)|Invité|En salle d’attente",
    "de": "Name (Originalname)|E-Mail|Beitrittszeit|Austrittszeit|Dauer (Minuten)|Gast|Im Warteraum",
    "ru": "Имя (настоящее имя)|Электронная почта|Время входа|Время выхода|Длительность (минуты)|Гость|В зале ожидания",
    "ko": "이름(원래 이름)|사용자 이메일|참가 시간|나간 시간|기간(분)|게스트|대기실",
}
YES_NO = {
    "en": ("Yes", "No"),
    "es": ("Sí", "No"),
    "it": ("Sì", "No"),
    "pt": ("Sim", "Não"),
    "fr": ("Oui", "Non"),
    "de": ("Ja", "Nein"),
    "ru": ("Да", "Нет"),
    "ko": ("예", "아니요"),
}


def zoom(n_columns: int, *, has_meta: bool) -> Writer:
    """Five columns in 2020, six in 2020–21, seven since; with lines about the meeting, the host's account is in them."""

    def write(people: Sequence[Someone], language: str) -> Written:
        stamp, (yes, no) = STAMPS[language], YES_NO[language]
        rows: list[list[object]] = []
        host = next((it for it in people if it.is_host and it.email), None)
        if has_meta:
            rows += [
                ["Topic", "ID", "Host", "Duration (minutes)", "Start time", "End time", "Participants"],
                [
                    "Peer, learning",
                    "93",
                    f"Olga ({host.email if host else 'o@x.example'})",
                    90,
                    stamp(0),
                    stamp(90),
                    len(people),
                ],
                [],
            ]
        heads = (len(rows),)
        rows.append(list(ZOOM[language].split("|")[:n_columns]))
        for person in people:
            stays = [(*stay, no) for stay in person.stays]
            if person.waited and n_columns > 6:
                stays.insert(0, (*person.waited, yes))
            rows += [
                [person.name, person.email, stamp(since), stamp(until), until - since, yes, waiting][:n_columns]
                for since, until, waiting in stays
            ]
        hosts = [it for it in people if has_meta and host and it.email == host.email]
        expected = findings([it for it in people if it not in hosts], waited=n_columns > 6)
        return Written(rows, expected | findings(hosts, host=True, waited=n_columns > 6), heads)

    return write


def zoom_unique_users(people: Sequence[Someone], _language: str) -> Written:
    rows: list[list[object]] = [["Name (Original Name)", "User Email", "Total Duration (Minutes)", "Guest"]]
    rows += [[it.name, it.email, it.minutes, "Yes"] for it in people]
    return Written(rows, minutes_only(people), (0,))


def minutes_only(people: Sequence[Someone], *, email: bool = True) -> frozenset[Found]:
    return frozenset(
        (it.name, it.email if email else "", (), float(it.minutes), frozenset({"approximate"})) for it in people
    )


ZOOM_HOSTS = {
    "active hosts": "Topic|Meeting ID|User Name|User Email|Department|Start Time|End Time|Duration (Minutes)|Participants",
    "hosts export": "Topic|Type|ID|Host name|Host email|Start time|End time|Participants|Duration (minutes)|"
    "Total participant minutes|Department|Group|Source|Creation time",
}


def zoom_hosts(form: str) -> Writer:
    def write(people: Sequence[Someone], language: str) -> Written:
        stamp = STAMPS[language]
        texts = {
            "Topic": "One",
            "Type": "Meeting",
            "Meeting ID": "1",
            "ID": "1",
            "User Name": "Olga",
            "Host name": "Olga",
        }
        texts |= {"User Email": "olga@academy.example", "Host email": "olga@academy.example", "Source": "Zoom"}
        texts |= {"Start Time": stamp(0), "Start time": stamp(0), "End Time": stamp(90), "End time": stamp(90)}
        texts |= {"Duration (Minutes)": "90", "Duration (minutes)": "90", "Participants": str(len(people))}
        texts |= {"Creation time": stamp(-30 * 24 * 60), "Total participant minutes": "900"}
        labels = ZOOM_HOSTS[form].split("|")
        rows: list[list[object]] = [[*labels, *ZOOM[language].split("|")[:6]]]
        for person in people:
            for since, until in person.stays:
                about = [texts.get(label, "") for label in labels]
                rows.append(
                    [*about, person.name, person.email, stamp(since), stamp(until), until - since, YES_NO[language][0]]
                )
        return Written(rows, findings(people), (0,))

    return write


WEBINAR = {
    "en": (
        "Host Details|Panelist Details|Attendee Details",
        "Attended|User Name (Original Name)|First Name|Last Name|Email|Registration Time|Approval Status|Join Time|Leave Time|"
        "Time in Session (minutes)|Country/Region Name",
    ),
    "es": (
        "Detalles del anfitrión|Detalles del panelista|Detalles del asistente",
        "Asistió|Nombre de usuario (nombre original)|Nombre|Apellido|Correo electrónico|Hora de inscripción|Estado de aprobación|"
        "Hora para unirse|Hora para salir|Tiempo en la sesión (minutos)|Nombre del país/región",
    ),
    "pt": (
        "Detalhes do anfitrião|Detalhes do Palestrante|Detalhes dos Participantes",
        "Participou|Nome de usuário (nome original)|Nome|Sobrenome|E-mail|Horário de inscrição|Status da Aprovação|"
        "Horário de entrada|Horário de saída|Tempo em Sessão (minutos)|Nome do país/da região",
    ),
    "fr": (
        "Détails sur l'hôte|Détails sur l'intervenant|Détails sur les participants",
        "A participé|Nom d'utilisateur (nom original)|Prénom|Nom|E-mail|Heure d'inscription|Statut d'approbation|"
        "Heure d'arrivée|Heure de départ|Durée de la session (minutes)|Pays/région",
    ),
    "no language": (
        "Aaa bbb|Ccc bbb|Ddd bbb",
        "Attended|User Name (Original Name)|First Name|Last Name|Email|Registration Time|Approval Status|Join Time|Leave Time|"
        "Time in Session (minutes)|Country/Region Name",
    ),
}
REGISTERED = slice(2, 7)  # the columns of what somebody registered with, of which the address is everybody's


def zoom_webinar(people: Sequence[Someone], language: str) -> Written:
    """Hosts first, panelists next, attendees last; who has no stay is listed as absent, and who comes back without registration."""
    titles, labels = WEBINAR[language][0].split("|"), WEBINAR[language][1].split("|")
    yes, no = YES_NO.get(language, YES_NO["en"])
    rows: list[list[object]] = [["Attendee Report"], ["Report Generated:", "Sep 26, 2025 10:00:00"]]
    hosts, attendees = [it for it in people if it.is_host], [it for it in people if not it.is_host]
    if not attendees:  # then only the words of a title would tell whose section it is
        people = [replace(it, is_host=False) for it in people]
        hosts, attendees = [], people
    heads = []
    for title, members in zip(titles, (hosts[:1], hosts[1:], attendees), strict=True):
        if not members:
            continue
        is_last = members is attendees
        columns = labels if is_last else [it for n, it in enumerate(labels) if n not in (2, 3, 5, 6)]
        rows += [[title], list(columns)]
        heads.append(len(rows) - 1)
        for person in members:
            registered = [person.first, person.last, person.email, named(-40000), "approved"]
            for n, (since, until) in enumerate(person.stays):
                middle = (registered if n == 0 else [""] * 5) if is_last else [person.email]
                rows.append([yes, person.name, *middle, named(since), named(until), until - since, "Spain"])
            if not person.stays and is_last:
                rows.append([no, "--", *registered, "--", "--", "--", "--"])
    came = [it for it in people if it.stays]
    absent = [it for it in attendees if not it.stays]
    return Written(rows, findings(came, host=True) | findings(absent, flags=frozenset({"absent"})), tuple(heads))


# ── Microsoft Teams ─────────────────────────────────────────────────────────────────────────────────────────────────────

TEAMS_LIST = {
    "en": ("Full Name|User Action|Timestamp", "Joined", "Left"),
    "es": ("Nombre completo|Acción del usuario|Marca de tiempo", "Se unió", "Salió"),
    "pt": ("Nome Completo|Atividade|Data e hora", "Entrou", "Saiu"),
    "fr": ("Nom complet|Action de l'utilisateur|Horodateur", "A rejoint", "A quitté"),
    "de": ("Vollständiger Name|Benutzeraktion|Zeitstempel", "Beigetreten", "Verlassen"),
}


def teams_list(people: Sequence[Someone], language: str) -> Written:
    head, joined, left = TEAMS_LIST[language]
    stamp = STAMPS[language]
    rows: list[list[object]] = [list(head.split("|"))]
    for person in people:
        for since, until in person.stays:
            rows += [[person.name, joined, stamp(since)], [person.name, left, stamp(until)]]
    return Written(rows, findings(people, email=False), (0,))


TEAMS = {
    "en": (
        "Full Name|Join Time|Leave Time|Duration|Email|Role|Participant ID (UPN)",
        "Name|First Join|Last Leave|In-Meeting Duration|Email|Participant ID (UPN)|Role",
        ("Organizer", "Attendee"),
    ),
    "es": (
        "Nombre completo|Hora de unión|Hora de salida|Duración|Correo electrónico|Rol|Id. de participante (UPN)",
        "Nombre|Primera unión|Última salida|Duración en la reunión|Correo electrónico|Id. de participante (UPN)|Rol",
        ("Organizador", "Asistente"),
    ),
    "fr": (
        "Nom complet|Heure d'arrivée|Heure de départ|Durée|E-mail|Rôle|ID du participant (UPN)",
        "Nom|Première connexion|Dernier départ|Durée en réunion|E-mail|ID du participant (UPN)|Rôle",
        ("Organisateur", "Participant"),
    ),
    "pl": (
        "Imię i nazwisko|Godzina dołączenia|Godzina opuszczenia|Czas trwania|Adres e-mail|Rola|Identyfikator uczestnika (UPN)",
        "Imię i nazwisko|Pierwsze dołączenie|Ostatnie wyjście|Czas udziału w spotkaniu|Adres e-mail|"
        "Identyfikator uczestnika (UPN)|Rola",
        ("Organizator", "Uczestnik"),
    ),
    "cs": (  # labels that are not known
        "Jméno|Čas připojení|Čas odchodu|Doba trvání|E-mail|Role|ID účastníka (UPN)",
        "Jméno|První připojení|Poslední odchod|Doba trvání schůzky|E-mail|ID účastníka (UPN)|Role",
        ("Organizátor", "Účastník"),
    ),
    "sv": (
        "Namn|Anslutningstid|Tid för att lämna|Varaktighet|E-post|Roll|Deltagar-ID (UPN)",
        "Namn|Första anslutning|Senast lämnat|Varaktighet i möte|E-post|Deltagar-ID (UPN)|Roll",
        ("Organisatör", "Deltagare"),
    ),
}


def hours(minutes: int) -> str:
    return f"{minutes // 60} h {minutes % 60} min"


def teams_lines(people: Sequence[Someone], language: str, stamp: Callable[[int], str]) -> list[list[object]]:
    roles = TEAMS[language][2]
    return [
        [
            person.name,
            stamp(since),
            stamp(until),
            hours(until - since),
            person.email,
            roles[not person.is_host],
            person.email,
        ]
        for person in people
        for since, until in person.stays
    ]


def teams_report(people: Sequence[Someone], language: str) -> Written:
    stamp = STAMPS.get(language, european)
    rows: list[list[object]] = [
        ["Meeting Summary"],
        ["Total Number of Participants", len(people)],
        ["Meeting Title", "Peer"],
        [],
    ]
    rows += [list(TEAMS[language][0].split("|")), *teams_lines(people, language, stamp)]
    return Written(rows, findings(people, host=True), (4,))


def teams_sections(people: Sequence[Someone], language: str) -> Written:
    stamp, roles = STAMPS.get(language, european), TEAMS[language][2]
    rows: list[list[object]] = [["1. Summary"], ["Meeting title", "Peer"], ["Attended participants", len(people)], []]
    rows += [["2. Participants"], list(TEAMS[language][1].split("|"))]
    rows += [
        [
            person.name,
            stamp(person.stays[0][0]),
            stamp(person.stays[-1][1]),
            hours(person.minutes),
            person.email,
            person.email,
            roles[not person.is_host],
        ]
        for person in people
    ]
    rows += [[], ["3. In-Meeting Activities"], list(TEAMS[language][0].split("|")[:6])]
    rows += [it[:6] for it in teams_lines(people, language, stamp)]
    return Written(rows, findings(people, host=True), (5, len(people) + 8))


REGISTRATION = {
    "en": "Registration First Name|Registration Last Name|Registration Email|Registration Time",
    "es": "Nombre de registro|Apellidos de registro|Correo electrónico de registro|Hora de registro",
    "fr": "Prénom d'inscription|Nom d'inscription|E-mail d'inscription|Heure d'inscription",
}


def teams_webinar(people: Sequence[Someone], language: str) -> Written:
    """The sections again: who has an address has it from registering, in section 2 only; none came with it."""
    stamp, roles = STAMPS.get(language, european), TEAMS[language][2]
    rows: list[list[object]] = [["1. Summary"], ["Meeting title", "Peer"], ["Attended participants", len(people)], []]
    rows += [["2. Participants"], [*TEAMS[language][1].split("|"), *REGISTRATION[language].split("|")]]
    for person in people:
        times = [stamp(person.stays[0][0]), stamp(person.stays[-1][1]), hours(person.minutes)]
        registered = [person.first, person.last, person.email, stamp(-40000)] if person.email else [""] * 4
        rows.append([person.name, *times, "", "", roles[not person.is_host], *registered])
    rows += [[], ["3. In-Meeting Activities"], list(TEAMS[language][0].split("|")[:6])]
    rows += [[*it[:4], "", it[5]] for it in teams_lines(people, language, stamp)]
    return Written(rows, findings(people, host=True), (5, len(people) + 8))


# ── Meet, Webex, BigBlueButton, own lists ───────────────────────────────────────────────────────────────────────────────

MEET = {
    "en": "First name|Last name|Email|Duration|Time joined|Time exited",
    "es": "Nombre|Apellido|Correo electrónico|Duración|Hora a la que se unió|Hora a la que abandonó la reunión",
    "pt": "Nome|Sobrenome|E-mail|Duração|Horário de entrada|Horário de saída",
    "it": "Nome|Cognome|Email|Durata|Ora di ingresso|Ora di uscita",
    "fr": "Prénom|Nom|E-mail|Durée|Heure d'arrivée|Heure de départ",
    "ca": "Nom|Cognoms|Correu electrònic|Durada|Hora d'entrada|Hora de sortida",
    "de": "Vorname|Nachname|E-Mail-Adresse|Dauer|Beitrittszeit|Verlassenszeit",
    "nl": "Voornaam|Achternaam|E-mailadres|Duur|Deelnametijd|Vertrektijd",
    "pl": "Imię|Nazwisko|Adres e-mail|Czas trwania|Godzina dołączenia|Godzina opuszczenia",
    "cs": "Jméno|Příjmení|E-mail|Doba trvání|Čas připojení|Čas odchodu",
    "sv": "Förnamn|Efternamn|E-post|Varaktighet|Anslutningstid|Tid för att lämna",
    "ru": "Имя|Фамилия|Электронная почта|Длительность (минуты)|Время входа|Время выхода",
}


def once(people: Sequence[Someone]) -> list[Someone]:
    """The same people, each there for their first stay only: for platforms that tell the first time, the last, and a total."""
    return [Someone(it.first, it.last, it.email, it.stays[:1], is_host=it.is_host) for it in people]


def meet(people: Sequence[Someone], language: str) -> Written:
    people = once(people)
    rows: list[list[object]] = [list(MEET[language].split("|"))]
    rows += [
        [
            person.first,
            person.last,
            person.email,
            hours(person.minutes),
            of_day(person.stays[0][0]),
            of_day(person.stays[0][1]),
        ]
        for person in people
    ]
    return Written(rows, findings(people), (0,))


def meet_display_names(people: Sequence[Someone], _language: str) -> Written:
    people = once(people)
    rows: list[list[object]] = [["Name", "Email", "Duration", "Time joined", "Time exited"]]
    rows += [[it.name, it.email, hours(it.minutes), of_day(it.stays[0][0]), of_day(it.stays[0][1])] for it in people]
    return Written(rows, findings(people), (0,))


def webex(people: Sequence[Someone], _language: str) -> Written:
    labels = "Meeting Name|Display Name|Role|Attendee Email|Join Time|Leave Time|Attendance Duration|Connection Type"
    rows: list[list[object]] = [list(labels.split("|"))]
    for person in people:
        for since, until in person.stays:
            role = "Host" if person.is_host else "Attendee"
            times = [f'="{iso(since)}"', f'="{iso(until)}"', f"{until - since} mins"]
            rows.append(["Peer", person.name, role, person.email, *times, "Desktop app"])
    return Written(rows, findings(people, host=True), (0,))


def bigbluebutton(people: Sequence[Someone], _language: str) -> Written:
    people = once(people)
    labels = "Name|Moderator|Activity Score|Talk Time|Messages|Join|Left|Duration"
    rows: list[list[object]] = [list(labels.split("|"))]
    for person in people:
        since, until = person.stays[0]
        duration = f"{person.minutes // 60:02}:{person.minutes % 60:02}:00"
        rows.append([person.name, str(person.is_host).upper(), "3.5", "00:01:00", 2, us(since), us(until), duration])
    return Written(rows, findings(people, host=True, email=False), (0,))


PLAIN = {
    "en": "Name|Email|Join|Leave",
    "es": "Nombre|Apellidos|Correo electrónico|Hora de entrada|Hora de salida",
    "fr": "Nom|Prénom|Courriel|Heure d'arrivée|Heure de départ",
    "de": "Name|Vorname|E-Mail|Beitrittszeit|Austrittszeit",
    "cs": "Příjmení|Jméno|E-mail|Join|Leave",
}
LAST_FIRST = {"fr", "de", "cs"}


def plain(people: Sequence[Someone], language: str) -> Written:
    labels = PLAIN[language].split("|")
    rows: list[list[object]] = [list(labels)]
    for person in people:
        name = [person.last, person.first] if language in LAST_FIRST else [person.first, person.last]
        shown = name if len(labels) > 4 else [person.name]
        rows += [[*shown, person.email, iso(since), iso(until)] for since, until in person.stays]
    return Written(rows, findings(people), (0,))


def plain_in_utc(people: Sequence[Someone], _language: str) -> Written:
    """Times by a clock two hours behind that of the session, as the headings say."""
    rows: list[list[object]] = [["Name", "Email", "Join Time (UTC)", "Leave Time (UTC)", "Duration (min)"]]
    rows += [
        [person.name, person.email, iso(since - 120), iso(until - 120), until - since]
        for person in people
        for since, until in person.stays
    ]
    return Written(rows, findings(people), (0,))


def plain_minutes(people: Sequence[Someone], _language: str) -> Written:
    rows: list[list[object]] = [["Nombre", "Apellidos", "Correo electrónico", "Minutos"]]
    rows += [[it.first, it.last, it.email, it.minutes] for it in people]
    return Written(rows, minutes_only(people), (0,))


WRITERS: dict[str, tuple[Writer, Sequence[str]]] = {
    "zoom 2020": (zoom(5, has_meta=False), list(ZOOM)),
    "zoom 2020-21": (zoom(6, has_meta=True), list(ZOOM)),
    "zoom 2022": (zoom(7, has_meta=False), list(ZOOM)),
    "zoom 2024": (zoom(7, has_meta=True), list(ZOOM)),
    "zoom unique users": (zoom_unique_users, ["en"]),
    "zoom active hosts": (zoom_hosts("active hosts"), ["en", "es", "de"]),
    "zoom hosts export": (zoom_hosts("hosts export"), ["en", "es", "de"]),
    "zoom webinar": (zoom_webinar, list(WEBINAR)),
    "teams list": (teams_list, list(TEAMS_LIST)),
    "teams report": (teams_report, list(TEAMS)),
    "teams sections": (teams_sections, list(TEAMS)),
    "teams webinar": (teams_webinar, list(REGISTRATION)),
    "meet": (meet, list(MEET)),
    "meet display names": (meet_display_names, ["en"]),
    "webex": (webex, ["en"]),
    "bigbluebutton": (bigbluebutton, ["en"]),
    "plain": (plain, list(PLAIN)),
    "plain in UTC": (plain_in_utc, ["en"]),
    "plain minutes": (plain_minutes, ["es"]),
}
