import re
from pathlib import Path

import pytest

from programme.models import Edition
from programme.rules.accents import (
    ACCENTS,
    DARK_BACKGROUNDS,
    DEFAULT,
    LEAST_CONTRAST,
    LIGHT_BACKGROUNDS,
    contrast,
)

CSS = Path(__file__).parents[3] / "static" / "css" / "site"


def test_contrast_is_that_of_wcag():
    assert (contrast("#000000", "#ffffff"), contrast("#0b4f9e", "#0b4f9e")) == (21, 1)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)  # the well-known grey that just fails


@pytest.mark.parametrize("name", ACCENTS)
def test_every_accent_can_be_read_in_both_schemes(name):
    assert ACCENTS[name].contrast >= LEAST_CONTRAST


def test_the_palette_is_that_of_the_style_sheet():
    colours = re.findall(r"\.accent-(\w+) \{\s*--blueprint: (#\w{6});", (CSS / "04-accents.css").read_text())
    by_scheme = dict(colours[: len(ACCENTS) - 1]), dict(colours[len(ACCENTS) - 1 :])
    tokens = re.findall(r"--(paper|raised|tint|blueprint): (#\w{6});", (CSS / "01-tokens.css").read_text())

    assert ({DEFAULT, *by_scheme[0]}, {DEFAULT, *by_scheme[1]}) == (set(ACCENTS), set(Edition.AccentColour.values))
    for name in by_scheme[0]:
        assert (by_scheme[0][name], by_scheme[1][name]) == (ACCENTS[name].light, ACCENTS[name].dark)
    assert {colour for token, colour in tokens if token != "blueprint"} == {*LIGHT_BACKGROUNDS, *DARK_BACKGROUNDS}
    assert [colour for token, colour in tokens if token == "blueprint"] == [
        ACCENTS[DEFAULT].light,
        ACCENTS[DEFAULT].dark,
    ]
