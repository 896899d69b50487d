"""Countries as people type them, by code (ISO 3166-1 alpha-2) or by name."""

import re
from functools import cache

from anyascii import anyascii
from babel import localedata
from django.utils.translation import get_language, to_locale

ISO = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC
    CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD
    GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH
    KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW
    MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC
    SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY
    UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW
"""  # XK, Kosovo, is not in ISO 3166-1, but reserved there and used by the European Union
CODES = frozenset(ISO.split())
OTHER_CODES = {"UK": "GB", "EL": "GR"}  # of the European Union
# The languages of accounts and of the labels in lists. "pt" is Brazilian to CLDR, "no" has the names of "nb".
LANGUAGES = """
    bg ca cs da de el en es et eu fi fr ga gl hr hu it lt lv mt nl no pl pt pt_PT ro ru sk sl sr sr_Latn sv tr uk
"""
# Names in use that CLDR does not have, or has only as variants, which Babel leaves out.
OTHER_NAMES = {
    "CZ": "Czech Republic / Tschechische Republik / República Checa / República Txeca / République tchèque / Repubblica Ceca",
    "GB": "Great Britain / England / Scotland / Wales / Northern Ireland / Großbritannien / Gran Bretaña / Gran Bretanya"
    " / Grande-Bretagne / Gran Bretagna / Grã-Bretanha",
    "NL": "Holanda / Hollande / Olanda",
    "TR": "Turkey",
}


def typed_country(text: str) -> str:
    """Return a country's code as we store it: "FR" also for " fr " and "francia", "GB" for "uk"; else the text."""
    text = text.strip()
    if not text:
        return ""
    code = text.upper()
    code = OTHER_CODES.get(code, code)
    return code if code in CODES else codes_by_name().get(fold(text), text)


def fold(name: str) -> str:
    """Return a name in lower-case Latin letters, without accents, punctuation and an English article."""
    words = re.findall(r"[a-z0-9]+", anyascii(name.replace("&", " and ")).lower())
    return " ".join(words[1:] if words[:1] == ["the"] else words)


def country_name(code: str) -> str:
    """Return a country's name in the present language: "Spain" for ES; of an unknown code the code."""
    return names_in(to_locale(get_language() or "en")).get(code, code)


@cache
def names_in(locale: str) -> dict[str, str]:
    """Return the names of countries by their codes, in a language of CLDR, else in English."""
    known = locale if localedata.exists(locale) else "en"
    names = {code: name for code, name in localedata.load(known)["territories"].items() if code in CODES}
    localedata.clear_caches()  # as in `codes_by_name`
    return names


@cache
def codes_by_name() -> dict[str, str]:
    """Return the code of each country by its folded names. Takes 0.7 s of CPU and 8 MB, once in a process.

    A name of two countries, such as Kongo, is none: the list must say which is meant.
    """
    names = [(name, code) for code, text in OTHER_NAMES.items() for name in text.split(" / ")]
    for language in LANGUAGES.split():
        names += [(name, code) for code, name in localedata.load(language)["territories"].items() if code in CODES]
        localedata.clear_caches()  # a language has a megabyte of other data
    codes: dict[str, set[str]] = {}
    for name, code in names:
        codes.setdefault(fold(name), set()).add(code)
    return {name: code for name, (code, *others) in codes.items() if not others}
