"""Display names: their words in a comparable form, and whether they are a person's full name."""

import re
from collections.abc import Iterable
from functools import lru_cache

from attendance.meeting_reports.reading.labels import fold


def words_of(text: str) -> frozenset[str]:
    return frozenset(text.split())


TITLES = words_of(
    """
    dr dra prof profa professor mr mrs ms miss sir ing arq dott dottssa ssa dipl mag phd msc mba sr sra srta
    mgr eng arch herr frau mme mlle don dona dhr mevr mw pan pani
    """
)
DEVICES = words_of(
    """
    iphone ipad android galaxy samsung huawei xiaomi redmi oppo oneplus realme motorola nokia lenovo thinkpad
    asus pixel phone mobile tablet laptop notebook pc mac macbook chromebook desktop computer ordenador
    portatil ordinateur telefono telefon telephone handy movil dispositivo device pro plus ultra lite note tab
    zoom teams webex user guest invitado convidat gast invite ospite host room sala hall office conference
    meeting besprechungsraum reunion participant admin unknown anonymous
    """
)
BETWEEN_NAMES = words_of(
    """
    de del della di da do dos das du des d la le el les los las i y e van von der den ter ten zu af av
    """
)
IN_BRACKETS = re.compile(r"[(\[{][^)\]}]*[)\]}]")
BETWEEN_PARTS = re.compile(r"\s+[-–—·•]+\s+|\s*[|/@]\s*")
MOST_PARTS = 4  # dashes in a display name at which it is split
NUMBER_IN_FRONT = re.compile(r"^\W*\d+[\W_]+")
INSIDE_A_WORD = re.compile(r"(?<=\w)[-‐‑'’`·](?=\w)")  # Jean-Paul and O’Neill are one word each
FEWEST_WORDS = 2  # of a full name
RECENT = 2000  # texts: several questions are asked about each, one person after the other


@lru_cache(maxsize=RECENT)
def in_order(name: str) -> str:
    """Return a full name without case, accents, punctuation, titles and brackets."""
    return " ".join(it for it in fold(IN_BRACKETS.sub(" ", name)).split() if it not in TITLES)


@lru_cache(maxsize=RECENT)
def normalised(name: str) -> str:
    """Return a name as `in_order` does, with its words sorted."""
    return " ".join(sorted(in_order(name).split()))


@lru_cache(maxsize=RECENT)
def is_full_name(name: str) -> bool:
    """Return whether a name has at least two words. "Maria", "Dr Maria", "Jean-Paul" and "Maria G." do not."""
    parts = in_order(INSIDE_A_WORD.sub("", name)).split()
    return sum(len(it) > 1 or it.isdigit() for it in parts) >= FEWEST_WORDS


@lru_cache(maxsize=20_000)
def spellings(shown: str, original: str) -> frozenset[str]:
    """Return the texts that may be a full name.

    The whole display name, the name without a number in front (organisers assign them), the original name in brackets,
    and each part between dashes.
    """
    parts = {shown, original, *BETWEEN_PARTS.split(IN_BRACKETS.sub(" ", shown), MOST_PARTS)}
    parts |= {NUMBER_IN_FRONT.sub("", it) for it in parts}
    return frozenset(it for it in parts if normalised(it))


@lru_cache(maxsize=20_000)
def full_names(shown: str, original: str) -> frozenset[str]:
    """Return the full names that a display name may contain, normalised."""
    return frozenset(map(normalised, spellings(shown, original)))


def can_be_alias(name: str, cities: Iterable[str] = ()) -> bool:
    """Return whether a name stands for one person: it has at least two words of a name. "iPhone de Ana" and "Maria - Lyon" do
    not.

    Words for devices and rooms, numbers, initials and the names of `cities` (folded) do not count.
    """
    parts = BETWEEN_PARTS.split(IN_BRACKETS.sub(" ", name), MOST_PARTS)
    return any(len(own_words(part, cities)) >= FEWEST_WORDS for part in parts)


def own_words(name: str, cities: Iterable[str]) -> list[str]:
    """Return the words of a text that may be a person's first or last name."""
    text = f" {in_order(INSIDE_A_WORD.sub('', name))} "
    for city in cities:
        text = text.replace(f" {city} ", " ")
    return [it for it in text.split() if len(it) > 1 and it.isalpha() and it not in DEVICES | BETWEEN_NAMES]
