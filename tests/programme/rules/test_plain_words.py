import pytest

from programme.rules.plain_words import plain, plain_words, spellings


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("José Núñez", ["jose", "nunez"]),
        ("Jose\u0301", ["jose"]),
        ("ANA  Brown‐Smith", ["ana", "brown", "smith"]),
        ("o’brien", ["o", "brien"]),
        ("Γιώργος", ["giorgos"]),
        ("Оксана Жук", ["oksana", "zhuk"]),
        ("Straße", ["strasse"]),
        ("p1@mail", ["p1", "mail"]),
        ("ﬁ １２", ["fi", "12"]),
        ("李 雷", ["李", "雷"]),  # no alphabet
        ("O´Brien", ["o", "brien"]),
        ("ジャン・ピエール", ["ジャン", "ピエール"]),
        ("%_\0'", []),
        ("", []),
    ],
)
def test_words_are_plain(text, expected):
    assert plain_words(text) == expected


def test_a_plain_text_stays_as_it_is():
    assert plain(plain("Ærø, Łódź & Ζωή’s")) == plain("Ærø, Łódź & Ζωή’s") == "aero, lodz & zoi's"


@pytest.mark.parametrize(
    ("text", "ways"),
    [
        ("O'Brien", [["o", "brien"], ["obrien"]]),
        ("Наталья", [["natal", "ya"], ["natalya"]]),
        ("Ana", [["ana"]]),
        ("'", []),
    ],
)
def test_a_name_is_written_in_several_ways(text, ways):
    assert spellings(text) == ways
