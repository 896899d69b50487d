"""Words in platforms' cells, in the languages seen so far: yes and no, roles, hosts, note-taking programs."""

import re
from functools import lru_cache

from attendance.meeting_reports.reading.labels import fold, folded_words

NO_TEXT = frozenset({"", "-", "--", "–", "—", "n/a", "N/A"})  # how platforms write an empty cell
YES = folded_words(
    "yes / si / sí / sim / oui / ja / tak / true / 1 / да / y / ano / áno / kyllä / jah / igen / da / evet / ναι / 예 / はい / 是"
)
NO = folded_words(
    "no / não / non / nein / nie / ne / nej / nei / ei / nee / nem / nu / false / 0 / нет / ні / όχι / hayır / 아니요 / いいえ / 否 / n"
)
ORGANISERS = folded_words(
    "Organizer / Co-organizer / Organiser / Organizador / Organisateur / Organizzatore / Organisator / Organizator / Organitzador / Host",
    "Anfitrión / Anfitrião / Hôte / Ospitante / Gastgeber / Gospodarz / Panelist / Cohost / Co-host / Организатор / Moderator",
    "Hostitel / Värd / Vært / Vert / Gastheer / Amfitrió / Szervező / Järjestäjä / Pořadatel / Домакин / 主催者 / 组织者 / 주최자",
)
ORGANISING = re.compile(
    r"\b(co ?|alter\w* )?(organi[sz]|host\b|cohost|anfitri|amfitri|gastgeb|ospitant|gospodarz|arrang|hostitel|gastheer|diorgan"
    r"|panelist|ponent|palestrant)"
)
HOST_IN_NAME = re.compile(
    r"\(\s*(?:co-?\s?)?(?:host|anfitri[oó]na?|anfitri[aã]o?|h[oô]te|gastgeber(?:in)?|ospitante|gospodarz|amfitrió|hostitel|värd"
    r"|gastheer)\s*(?:,[^)]*)?\)",
    re.IGNORECASE,
)
ATTENDING = folded_words(
    "Attendee / Participant / Presenter / Asistente / Participante / Moderador / Moderadora / Presentador / Presentatore",
    "Partecipante / Relatore / Teilnehmer / Referent / Uczestnik / Osoba prowadząca / Deelnemer / Presentator / Assistent",
    "Présentateur / Apresentador / Participante / Intervenant / Prezentující / Účastník / Deltagare / Presentatör / Guest",
)
ROBOTS = re.compile(
    r"\b(read ai|fireflies|otter ?(ai|pilot)|otter s notes|tl dv|tldv|sembly|avoma|meetgeek|supernormal|circleback|airgram|"
    r"(fathom|fellow|granola|krisp|notta|jamie|bluedot|gong|chorus) (ai|io|app|bot|notes?|assistant)|"
    r"note ?taker|notetaking|notes? taking (bot|assistant)|meeting (notes|assistant|bot|recorder)|ai (notes|assistant|companion)|"
    r"recording bot|transcri(ption|ber) bot)\b|^otter$"
)
ROBOT_DOMAINS = (
    "fireflies.ai",
    "otter.ai",
    "read.ai",
    "tldv.io",
    "fathom.video",
    "sembly.ai",
    "avoma.com",
    "meetgeek.ai",
)


@lru_cache(maxsize=50_000)
def is_robot(name: str, email: str = "") -> bool:
    """Return whether a participant is a note-taking program."""
    domain = email.casefold().rpartition("@")[2]
    return domain in ROBOT_DOMAINS or bool(ROBOTS.search(fold(name)))


def is_yes(text: str) -> bool:
    return fold(text) in YES


def is_yes_or_no(text: str) -> bool:
    return fold(text) in YES or fold(text) in NO


def is_organiser(role: str) -> bool:
    """Return whether a role is that of somebody who runs the meeting."""
    folded = fold(role)
    return folded in ORGANISERS or (bool(ORGANISING.search(folded)) and folded not in ATTENDING)


def is_known_role(role: str) -> bool:
    """Return whether a role is one that we know, of participants or organisers."""
    return fold(role) in ATTENDING or is_organiser(role)
