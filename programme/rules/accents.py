"""Accent colours: a palette whose contrast is known, and how contrast is measured.

An organiser chooses one of these for an edition. Each is a class in static/css/site/04-accents.css. Reds, oranges, yellows and
greens are left out: on our pages they say that something is bad, core, a warning or good.
"""

from dataclasses import dataclass

LEAST_CONTRAST = 4.5  # WCAG 2.2, 1.4.3, of text
LIGHT_BACKGROUNDS, LIGHT_ON_ACCENT = ("#fbfbf8", "#ffffff", "#f0f3f5"), "#ffffff"  # as in static/css/site/01-tokens.css
DARK_BACKGROUNDS, DARK_ON_ACCENT = ("#10151c", "#161d26", "#18202a"), "#0b1622"
DEFAULT = "blueprint"


@dataclass(frozen=True)
class Accent:
    """An accent colour in the light and in the dark scheme, such as #0b4f9e."""

    light: str
    dark: str

    @property
    def contrast(self) -> float:
        """Return its least contrast: as text on our backgrounds, and of text on it, in both schemes."""
        light = (contrast(self.light, it) for it in (*LIGHT_BACKGROUNDS, LIGHT_ON_ACCENT))
        dark = (contrast(self.dark, it) for it in (*DARK_BACKGROUNDS, DARK_ON_ACCENT))
        return min(*light, *dark)


ACCENTS = {
    DEFAULT: Accent("#0b4f9e", "#7db4f5"),
    "teal": Accent("#0a5c63", "#63cbd2"),
    "violet": Accent("#4b3aa6", "#b4a9f8"),
    "plum": Accent("#732a7d", "#dba2e6"),
    "slate": Accent("#3d4b5c", "#b2c0d0"),
}


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours by WCAG 2.2: from 1, the same, to 21, black on white."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    red, green, blue = (linear(value / 255) for value in channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def channels(colour: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue


def linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - sRGB's own
