import pytest

from udtacademy.pdf.letters import all_printable, printable


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("Ġużeppi Żammit Ħal Għargħur", "Ġużeppi Żammit Ħal Għargħur"),
        ("Çağla Şükrü Iğdır İnönü", "Çağla Şükrü Iğdır İnönü"),
        ("Θεόδωρος Ἀχιλλεύς", "Θεόδωρος Ἀχιλλεύς"),
        ("Щербаков Љубиша Їжак", "Щербаков Љубиша Їжак"),
        ("გიორგი Հայկ محمد יעקב", "გიორგი Հայկ محمد יעקב"),
        ("Zoe\u0308 A\u030angstro\u0308m", "Zoë Ångström"),  # composed
        ("李明", "LiMing"),  # no font has it
        ("Ana 🙂 Anaya", "Ana Anaya"),
        ("Ana\nAnaya\t\x07", "Ana Anaya"),
        ("\u202eAna\ufeff", "Ana"),  # turns the text around
        ("🙂", ""),
        ("", ""),
    ],
)
def test_what_the_fonts_have_is_printed_and_the_rest_is_put_into_latin_letters_or_left_out(text, printed):
    assert printable(text) == printed


def test_values_are_made_printable_all_the_way_down():
    assert all_printable({"a": ["x\ny", 1, None, {"b": "🙂 z"}], "c": ("é",)}) == {
        "a": ["x y", 1, None, {"b": "z"}],
        "c": ["é"],
    }
