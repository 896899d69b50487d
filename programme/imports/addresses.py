"""Find an address, and the name beside it, in what people paste."""

import re

from udtacademy.db.addresses import normalised_address

ADDRESS = re.compile(r"[^\s<>,;\"()\[\]]*@[^\s<>,;\"()\[\]]*")
AROUND_NAMES = " '.:–-"
BETWEEN = re.compile(r"[\s,;<>\"()\[\]]+")


def as_address(text: str) -> str:
    return normalised_address(text.strip(".'").removeprefix("mailto:"))


def as_name(text: str) -> str:
    return BETWEEN.sub(" ", text).strip(AROUND_NAMES)


def name_and_address(text: str) -> tuple[str, str]:
    """Return the name and the address in a cell such as "Ana Anaya <ana@city.example>"; empty where there is none."""
    match = ADDRESS.search(text)
    if match is None:
        return text.strip(), ""
    return as_name(f"{text[: match.start()]} {text[match.end() :]}"), as_address(match.group())
