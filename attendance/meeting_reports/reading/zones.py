"""Time zones that a file names: in the heading of a column, after a time, or in the lines about the meeting.

A winter name ("CET", "MEZ") stands for its region, since people write it all year round. A summer name ("CEST", "MESZ")
is an offset.
"""

import datetime as dt
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from udtacademy.time_zones import zone_names


@dataclass(frozen=True)
class NamedZone:
    """A zone under the name the file gives it."""

    name: str
    tzinfo: dt.tzinfo


REGIONS = {
    "CET": "Europe/Paris",
    "MEZ": "Europe/Berlin",
    "HNEC": "Europe/Paris",
    "WET": "Europe/Lisbon",
    "EET": "Europe/Athens",
    "OEZ": "Europe/Athens",
    "MSK": "Europe/Moscow",
    "TRT": "Europe/Istanbul",
    "EST": "America/New_York",
    "CST": "America/Chicago",
    "MST": "America/Denver",
    "PST": "America/Los_Angeles",
}
HOURS = {
    "UTC": 0,
    "GMT": 0,
    "UCT": 0,
    "Z": 0,
    "BST": 1,
    "WEST": 1,
    "WESZ": 1,
    "CEST": 2,
    "MESZ": 2,
    "HAEC": 2,
    "EEST": 3,
}
HOURS |= {"OESZ": 3, "EDT": -4, "CDT": -5, "MDT": -6, "PDT": -7}
ABBREVIATIONS = "|".join(sorted({*REGIONS, *HOURS} - {"Z"}, key=len, reverse=True))
OFFSET = r"[+\u2212-]\s?\d{1,2}(?::?\d{2})?"
NAME_OF_REGION = r"[A-Z][A-Za-z]+(?:/[A-Z][A-Za-z_]+)+"
AT_THE_END = re.compile(
    rf"(?P<before>.*\d[\d:.,\s]*(?:[ap]\.?\s?m\.?(?![a-z]))?(?:\s*(?:uhr|hrs?|h))?)\s*[(\[]?"
    rf"(?:(?P<offset>(?:UTC|GMT)\s?{OFFSET}|(?<=\d)\s?[+\u2212-]\d{{2}}:?\d{{2}})(?:\s*\([^()]*\))?"
    rf"|(?P<name>Z|{ABBREVIATIONS})|(?P<region>{NAME_OF_REGION}))[)\]]?",
    re.IGNORECASE,
)
CERTAIN = re.compile(
    rf"(?P<offset>\b(?:UTC|GMT)\s?[+\u2212-]\d{{1,2}}(?::?\d{{2}})?(?![\d:]))|\b(?P<region>{NAME_OF_REGION})\b(?P<name>)"
)  # can only be a zone: no other word is written like it
OF_ALL_TIMES = re.compile(
    r"\b(?:times|horas|horarios|hores|heures|horaires|zeiten|uhrzeiten|orari|godziny|tijden)\b.*\b(?P<name>UTC|GMT)\b",
    re.IGNORECASE,
)  # "All times are in UTC"
WITHIN = re.compile(
    rf"(?P<offset>\b(?:UTC|GMT)\s?{OFFSET}|(?<=[(\[]){OFFSET}(?=[)\]]))|\b(?P<name>{ABBREVIATIONS})\b"
    rf"|\b(?P<region>{NAME_OF_REGION})\b"
)

LABELS = re.compile(
    r"\b(time ?zone|zona horari|fus(o)? horari|fuseau horaire|fuso orario|zeitzone|strefa czasowa|tijdzone|tidszon|tidssone"
    r"|tidzon|casove pasmo|chasov\w+ poias|aikavyohyke|idozona|fus orar)"
)  # folded
OF_EXPORT = re.compile(
    r"\b(generat|generad|genere|gerad|gegenereer|wygenerow|erzeugt|erstell|export|eksport|download|descarg|descarreg|telecharg"
    r"|scaricat|baixad|heruntergeladen|gedownload|pobran|stazen|stiahnut|created|creation|cread|creacio|creat[aoi]?\b|cree le"
    r"|date de creation|criad|criacao|creazione|utworz|aangemaakt|gemaakt|vytvor|skapad|hamtad|opprett|oprett|hentet|luotu"
    r"|ladattu|letrehoz|letolt|keszult|descarc|sozdan|vygruz|skachan|sformirovan|dimiourg|printed|imprim|gedruckt|updated"
    r"|retrieved|saved|issued|report (date|time)|zuocheng|shengcheng|xiazai|daochu|saengseong|jagseong|naebonae)"
)  # folded; when the file was made, not the meeting
OF_MEETING = re.compile(
    r"\b(start|begin|began|inici|comeco|comienz|debut|commenc|inizi|rozpocz|aanvang|zacat|zahaj|alku|alkoi|kezd|nachal|incep"
    r"|end|ends|ended|ending|fin|final|finaliz\w*|fim|termino|fine|ende|endzeit|zakoncz|koniec|konec|eind\w*|slut\w*|vege"
    r"|okonchan|sfarsit|meeting (time|date)|held)"
)  # folded; when the meeting began or ended


@cache
def regions() -> dict[str, str]:
    """Return the names of zones, lower-case → zone: by the whole name, and for Europe by the city too."""
    names = sorted(zone_names())
    cities = {name.partition("/")[2].casefold().replace("_", " "): name for name in names if name.startswith("Europe/")}
    return cities | {name.casefold(): name for name in names if "/" in name}


def of_offset(text: str) -> NamedZone | None:
    """Return the zone of "+02:00", "UTC+2" or "GMT-0330"; None beyond 14 hours."""
    sign = -1 if re.search("[\u2212-]", text) else 1
    digits = re.sub(r"[^\d:]", "", text)
    hours, colon, minutes = digits.partition(":")
    if not colon and len(digits) > 2:
        hours, minutes = digits[:-2], digits[-2:]
    offset = sign * dt.timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    if abs(offset) > dt.timedelta(hours=14):
        return None
    return NamedZone(f"UTC{'+' if sign > 0 else '-'}{int(hours or 0):02}:{int(minutes or 0):02}", dt.timezone(offset))


def of_name(name: str) -> NamedZone | None:
    """Return the zone of an abbreviation, or of a region such as "Europe/Madrid"."""
    upper = name.upper()
    if upper in REGIONS:
        return NamedZone(upper, ZoneInfo(REGIONS[upper]))
    if upper in HOURS:
        is_utc = HOURS[upper] == 0
        return NamedZone(
            "UTC" if upper == "Z" else upper, dt.UTC if is_utc else dt.timezone(dt.timedelta(hours=HOURS[upper]))
        )
    region = regions().get(name.casefold())
    return NamedZone(region, ZoneInfo(region)) if region else None


def zone_of(match: re.Match[str]) -> NamedZone | None:
    return of_offset(match["offset"]) if match["offset"] else of_name(match["name"] or match["region"])


def split_off(text: str) -> tuple[str, NamedZone | None]:
    """Return the text of a moment without the zone after it, and the zone: "16:00 CEST" → "16:00", CEST."""
    if text[-1:].isdigit() and not re.search(r"[+\u2212-]\s?\d{1,2}:?(\d{2})?$", text):
        return text, None
    match = AT_THE_END.fullmatch(text)
    zone = zone_of(match) if match else None
    return (match["before"].strip(), zone) if match and zone else (text, None)


@lru_cache(maxsize=5_000)
def named_in(text: str) -> NamedZone | None:
    """Return the zone that a heading or a remark names: "Join Time (UTC)", "(GMT+02:00) Madrid".

    A city beside an offset decides: the offset may be the winter's.
    """
    match = WITHIN.search(text)
    if match is None:
        return None
    return (city_in(text[match.end() :]) if match["offset"] else None) or zone_of(match)


def named_by(value: str) -> NamedZone | None:
    """Return the zone in the text after "Time zone:"."""
    return named_in(value) or of_name(value.strip()) or city_in(value)


def city_in(text: str) -> NamedZone | None:
    """Return the zone of the first city or region in a text."""
    parts = re.split(r"[,;/()]", text)
    region = next((regions()[it.strip().casefold()] for it in parts if it.strip().casefold() in regions()), None)
    return NamedZone(region, ZoneInfo(region)) if region else None


def certain_in(text: str) -> NamedZone | None:
    """Return the zone that a free text names unambiguously: "UTC+2", "Europe/Madrid". A title may contain "EST" or
    "WEST".
    """
    for match in CERTAIN.finditer(text):
        if zone := (city_in(text[match.end() :]) if match["offset"] else None) or zone_of(match):
            return zone
    of_all_times = OF_ALL_TIMES.search(text)
    return of_name(of_all_times["name"]) if of_all_times else None


@lru_cache(maxsize=20_000)
def without_zone(label: str) -> str:
    """Return a heading without the zone in it: "UTC Event Timestamp" → "Event Timestamp"."""
    return WITHIN.sub(" ", label).replace("()", " ").replace("( )", " ").strip() if WITHIN.search(label) else label
