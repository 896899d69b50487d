"""Who was there, from lists of who joined and left."""

import datetime as dt
from itertools import combinations, permutations
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance.meeting_reports.reading import Doubt, Flag, Hints, ReportError, people_of, read
from attendance.meeting_reports.reading.labels import fold
from attendance.meeting_reports.reading.presence import IS_JOINING, Event, is_known, paired, stays_of
from attendance.meeting_reports.reading.report import merged

MADRID = ZoneInfo("Europe/Madrid")
STARTS_AT = dt.datetime(2025, 9, 25, 16, tzinfo=MADRID)
HINTS = Hints(MADRID, STARTS_AT, STARTS_AT + dt.timedelta(minutes=90))


def at(minute):
    return STARTS_AT + dt.timedelta(minutes=minute)


def list_of(*events, labels=("Joined", "Left")):
    """Of (name, "J" or "L", minutes after the start)."""
    rows = ["Full Name\tUser Action\tTimestamp"]
    rows += [f"{name}\t{labels['JL'.index(kind)]}\t{at(minute):%d/%m/%Y, %H:%M:%S}" for name, kind, minute in events]
    return "\n".join(rows).encode()


def presence(content, hints=HINTS):
    """Minutes after the start at which each person's stays begin and end."""
    return {
        person.name: [tuple((moment - STARTS_AT).total_seconds() / 60 for moment in span) for span in person.intervals]
        for person in people_of(read(content, hints=hints).rows)
    }


RESTART = 20 / 60
STAYS = {
    "a second device inside": ("J0 J5 L6 L90", [(0, 90)]),
    "a second device outlasts the first": ("J0 J40 L41 L90", [(0, 90)]),
    "three devices": ("J0 J10 J20 L30 L40 L50", [(0, 50)]),
    "a second device comes and goes twice": ("J0 J5 L6 J30 L31 L90", [(0, 90)]),
    "a restart": (f"J0 J{RESTART} L30 J60 L90", [(0, 30), (60, 90)]),
    "a restart after each return": (f"J0 J{RESTART} L30 J60 J{60 + RESTART} L90", [(0, 30), (60, 90)]),
    "leaving twice proves the time between": ("J0 L30 L90", [(0, 90)]),
    "leaving twice after a return": ("J0 L30 J60 L65 L90", [(0, 30), (60, 90)]),
    "leaving first says nothing": ("L30 J60 L90", [(60, 90)]),
    "leaving and joining in one second": ("J0 L30 J30 L90", [(0, 90)]),
    "leaving and joining in one second, then nothing": ("J0 L30 J30", [(0, 90)]),
    "a visit of no length": ("J0 L0 J60 L70", [(60, 70)]),
    "never left": ("J0", [(0, 90)]),
    "joined again and again, never left": ("J0 J20 J50", [(0, 90)]),
    "came back and never left": ("J0 L10 J20", [(0, 10), (20, 90)]),
    "two joined, one left": ("J0 J40 L41", [(0, 41)]),
}


@pytest.mark.parametrize("case", STAYS)
def test_read_presence_by_what_events_prove(case):
    text, stays = STAYS[case]
    events = [("Ana Anaya", it[0], float(it[1:])) for it in text.split()]

    for order in (events, events[::-1]):
        assert [(round(a), round(b)) for a, b in presence(list_of(*order))["Ana Anaya"]] == stays


def test_read_says_of_whom_leaving_is_not_told():
    (ana,) = people_of(read(list_of(("Ana", "J", 0)), hints=HINTS).rows)
    report = read(list_of(("Ana", "J", 0), ("Ana", "J", 40), ("Ana", "L", 41)), hints=HINTS)

    assert ana.flags == {Flag.ESTIMATED}
    assert people_of(report.rows)[0].flags == frozenset()
    assert [it.partition(" joined again")[0] for it in report.warnings] == ["1 person"]


def test_read_restart_within_a_minute_is_no_second_device():
    assert read(list_of(("Ana", "J", 0), ("Ana", "J", RESTART), ("Ana", "L", 41)), hints=HINTS).warnings == []


LIVE = "Session Id,Participant Id,Full Name,UserAgent,UTC Event Timestamp,Action,Role\n"


def live(*events):
    """Of (connection, account, name, action, minutes after the start)."""
    rows = [
        f"{session},{account},{name},Mozilla/5.0,{at(minute):%m/%d/%Y %I:%M:%S %p},{action},Attendee"
        for session, account, name, action, minute in events
    ]
    return (LIVE + "\n".join(rows)).encode()


def test_read_live_event_by_connection():
    content = live(
        ("s1", "p1", "Ana Alfa", "Joined", 0),
        ("s2", "p2", "Bruno Beta", "Joined", 10),
        ("s3", "p2", "Bruno Beta", "Joined", 12),
        ("s2", "p2", "Bruno Beta", "Left", 15),
        ("s4", "p2", "Bruno Beta", "Joined", 70),
        ("s3", "p2", "Bruno Beta", "Left", 60),
        ("s1", "p1", "Ana Alfa", "Left", 90),
        ("s4", "p2", "Bruno Beta", "Left", 80),
    )
    hints = Hints(ZoneInfo("UTC"), HINTS.starts_at, HINTS.ends_at)
    rows = read(content, hints=hints).rows

    stays = {it.name: [(b - a).total_seconds() / 60 for a, b in it.intervals] for it in people_of(rows)}
    assert stays == {"Ana Alfa": [90], "Bruno Beta": [50, 10]}


def test_read_live_event_keeps_two_people_of_one_name_apart():
    content = live(
        ("s1", "p1", "Ana Alfa", "Joined", 0),
        ("s2", "p2", "Ana Alfa", "Joined", 50),
        ("s1", "p1", "Ana Alfa", "Left", 30),
        ("s2", "p2", "Ana Alfa", "Left", 90),
    )

    people = people_of(read(content, hints=HINTS).rows)

    assert [(it.name, it.minutes) for it in people] == [("Ana Alfa", 30), ("Ana Alfa", 40)]


WORDS = {
    "en": ("Joined / Joined before", "Left"),
    "es": ("Unido / Unida / Se unió / Se unió antes / Se ha unido", "Abandonó / Salió / Ha salido"),
    "pt": ("Entrou / Ingressou / Ingressou antes / Aderiu", "Saiu"),
    "it": ("Ha partecipato / Ha partecipato prima / Entrato / Si è unito", "Uscito / È uscito / Ha abbandonato"),
    "fr": ("A rejoint / A rejoint avant / Rejoint", "A quitté / Parti / Sortie"),
    "de": ("Beigetreten / Zuvor beigetreten / Teilgenommen", "Verlassen / Hat verlassen"),
    "nl": ("Deelgenomen / Eerder deelgenomen / Toegetreden", "Verlaten / Vertrokken"),
    "pl": ("Dołączono / Dołączył(a) / Dołączyła / Dołączono wcześniej", "Opuścił(a) / Opuszczono / Wyszła"),
    "cs": ("Připojil se / Připojil(a) se dříve / Připojeno", "Odešel / Opustila / Odpojen"),
    "sk": ("Pripojil sa", "Odišiel / Opustil"),
    "sv": ("Anslöt / Ansluten / Anslöt tidigare", "Lämnade / Har lämnat"),
    "da": ("Tilsluttet / Deltog / Sluttede sig til", "Forlod"),
    "nb": ("Ble med / Ble med tidligere / Sluttet seg til", "Forlot / Sluttet"),
    "fi": ("Liittyi / Liittyi aiemmin", "Poistui / Lähti"),
    "hu": ("Csatlakozott / Korábban csatlakozott", "Kilépett / Távozott"),
    "ro": ("S-a alăturat / S-a alăturat anterior", "A plecat / A ieșit / A părăsit"),
    "ca": ("S'ha unit / S'hi ha unit / Unit", "Ha sortit / N'ha sortit"),
    "el": ("Συμμετείχε / Συνδέθηκε / Εισήλθε", "Αποχώρησε / Αποσυνδέθηκε"),
    "tr": ("Katıldı / Daha önce katıldı", "Ayrıldı / Çıktı"),
    "hr": ("Pridružio se / Pridružila se", "Napustio / Otišla"),
    "ru": ("Присоединился / Присоединилась", "Вышел / Покинула"),
    "uk": ("Приєднався / Приєдналася", "Вийшов / Покинув"),
}


@pytest.mark.parametrize("language", WORDS)
def test_words_for_joining_and_leaving(language):
    joining, leaving = ([fold(it) for it in labels.split(" / ")] for labels in WORDS[language])

    assert [it for it in (*joining, *leaving) if not is_known(it)] == []
    assert [it for it in joining if not IS_JOINING.search(it)] + [it for it in leaving if IS_JOINING.search(it)] == []


def test_read_unknown_words_by_their_order_to_be_confirmed():
    events = [("Ana", "J", 0), ("Ana", "L", 30), ("Ana", "J", 40), ("Ana", "L", 50), ("Bo", "J", 5), ("Bo", "L", 80)]

    report = read(list_of(*events, labels=("Gekk inn", "Fór")), hints=HINTS)

    assert presence(list_of(*events, labels=("Gekk inn", "Fór"))) == presence(list_of(*events))
    assert Doubt.LABELS in report.doubts
    assert any("Fór, Gekk inn" in it for it in report.warnings)


def test_read_refuses_lines_of_one_moment_and_an_unknown_word():
    events = [("Ana", "J", 0), ("Bo", "J", 5), ("Cy", "L", 9)]

    with pytest.raises(ReportError, match="once, with one time and an unknown word: approved, pending"):
        read(list_of(*events, labels=("approved", "pending")), hints=HINTS)


CONNECTIONS = st.lists(
    st.tuples(st.integers(0, 80), st.integers(1, 40)).map(lambda it: (it[0], sum(it))), min_size=1, max_size=6
)


@given(
    st.dictionaries(st.sampled_from(["Ana Alfa", "Bo Beta", "Cy Gama"]), CONNECTIONS, min_size=1),
    st.sampled_from(sorted(WORDS)),
    st.randoms(),
)
def test_read_overlapping_connections_give_their_union(connections, language, random):
    labels = [it.split(" / ")[0] for it in WORDS[language]]
    events = [
        (name, kind, minute)
        for name, spans in connections.items()
        for span in spans
        for kind, minute in zip("JL", span, strict=True)
    ]
    random.shuffle(events)

    report = read(list_of(*events, labels=labels), hints=HINTS)
    truth = {name: merged((at(start), at(end)) for start, end in spans) for name, spans in connections.items()}
    assert {it.name: list(it.intervals) for it in people_of(report.rows)} == truth


@given(
    st.lists(
        st.tuples(st.integers(1, 20), st.integers(2, 20), st.lists(st.integers(1, 59), max_size=3, unique=True)),
        min_size=1,
        max_size=4,
    )
)
def test_restarts_end_nothing(stays):
    """Of (minutes away, minutes there, seconds after coming at which the application was restarted)."""
    events, spans, minute = [], [], 0
    for away, there, restarts in stays:
        start, end = minute + away, minute + away + there
        events += [("J", start), *(("J", start + it / 60) for it in restarts), ("L", end)]
        spans.append((start, end))
        minute = end
    reading = stays_of(Event(n, at(minute), kind == "J") for n, (kind, minute) in enumerate(events))

    assert merged(reading.intervals.values()) == [(at(start), at(end)) for start, end in spans]
    assert (reading.unended, reading.unclear, reading.has_silent_end) == ([], [], False)


@given(st.lists(st.booleans(), max_size=7))
def test_paired_covers_what_every_explanation_covers(kinds):
    """What is read as proved is what is so however the leavings are explained by the joinings before them."""
    events = [Event(n, at(n), is_joining) for n, is_joining in enumerate(kinds)]
    pairs, joinings, leavings = paired(events)

    covered = covering([(a.line, b.line) for a, b in pairs])
    explanations = [covering(it) for it in matchings(events)]

    assert covered == frozenset.intersection(*explanations)
    assert {it.line for it in (*joinings, *leavings)} == set(range(len(kinds))) - {
        it.line for pair in pairs for it in pair
    }


def covering(pairs):
    return frozenset(n for start, end in pairs for n in range(start, end))


def matchings(events):
    """All ways to give as many leavings as possible a joining of their own before them."""
    joinings = [it.line for it in events if it.is_joining]
    leavings = [it.line for it in events if not it.is_joining]
    for size in range(min(len(joinings), len(leavings)), -1, -1):
        matchings = [
            list(zip(chosen, some, strict=True))
            for some in combinations(leavings, size)
            for chosen in permutations(joinings, size)
            if all(a < b for a, b in zip(chosen, some, strict=True))
        ]
        if matchings:
            return matchings
    return [[]]
