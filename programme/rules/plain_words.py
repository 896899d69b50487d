"""Words in lower-case Latin letters, by which names are compared whatever they are written in.

The database makes the same of a text by a trigger (`models.plain_name_triggers`).
"""

import re
import unicodedata
from functools import cache

from anyascii import anyascii

BEFORE_IDEOGRAPHS = 0x2E80  # alphabets end here; signs for words or syllables stay as they are
SEPARATORS = (
    r"[\x01-/:-@\[-`{-\x7f・]+"  # for Python and PostgreSQL: ASCII without letters and digits, and a Japanese point
)
APOSTROPHES = "´ꞌ"  # which NFKC or anyascii would take for something else


@cache
def letters() -> dict[str, str]:
    """Return what each character beyond ASCII is in lower-case Latin letters, for all alphabets."""
    return {letter: anyascii(letter).lower() for letter in map(chr, range(0x80, BEFORE_IDEOGRAPHS))}


def plain(text: str) -> str:
    """Return a text in lower-case Latin letters."""
    known = letters()
    return "".join(known.get(letter, letter.lower() if letter.isascii() else letter) for letter in normal(text))


def normal(text: str) -> str:
    for apostrophe in APOSTROPHES:
        text = text.replace(apostrophe, "'")
    return unicodedata.normalize("NFKC", text)


def plain_words(text: str) -> list[str]:
    """Return the words of a text."""
    return words_of(plain(text.replace("\0", " ")))


def spellings(text: str) -> list[list[str]]:
    """Return the words of a text in each way that somebody may write them: O'Brien as two words, or as one."""
    letters = plain(text.replace("\0", " "))
    ways = [words_of(letters), words_of(letters.replace("'", ""))]
    return [way for number, way in enumerate(ways) if way and way not in ways[:number]]


def words_of(letters: str) -> list[str]:
    return [word for word in re.split(SEPARATORS, letters) if word]
