"""A drawing of a city, made from a word: the same word always gives the same city.

It is an axonometric plan as surveyors draw it, and a digital twin: a model on a sheet, under it the sheet with the plan alone.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from programme.pictures.geometry import Box, Ink, Shape, at, gabled, prism, storeys

SIDE = 54  # units
SHEET = Box(0, 0, SIDE, SIDE)
BELOW = 52  # pixels between the model and the plan
IN_SIGHT = SIDE - BELOW // 4  # units: from here on the model does not hide the plan
LARGEST = 12  # units: a longer side is divided by a street
SMALLEST = 7
RIVER, STREETS = 7, (3, 3, 2)  # units wide
WIDE = 8
KINDS = ("park", "hall", "hall", "court", "court", "court", "court", "block")
PARK, TOWER, STOREY = 40, 46, 9  # pixels: lower than a park's neighbours, from this height on, between two lines
MOST_POINTS, APART = 6, 16
MOST_CORNERS = 600  # of all shapes; a page with the picture stays small
LEFT, TOP = SIDE * 4 + 6, 72  # pixels from the edges of the picture to the far corner of the sheet
WIDTH, HEIGHT = 2 * LEFT, TOP + SIDE * 4 + BELOW + 8


class Dice:
    """Numbers that follow from a word, one after the other. Python's own generator may differ between versions."""

    def __init__(self, word: str) -> None:
        self.word, self.n_rolls = word, 0

    def roll(self, sides: int) -> int:
        """Return a number from 0 to below `sides`."""
        self.n_rolls += 1
        return int.from_bytes(sha256(f"{self.word}/{self.n_rolls}".encode()).digest()[:4]) % sides


@dataclass(frozen=True)
class Building:
    """What stands on a lot. `height`: of its highest roof in pixels, 0 for a park."""

    lot: Box
    height: int
    shapes: Sequence[Shape]


def city_of(word: str) -> list[Shape]:
    """Return the city of a word: what is painted, first things first. If it is too large, that of the word with a dot behind."""
    shapes = drawn_from(Dice(word))
    n_corners = sum(len(line) for shape in shapes for line in shape.lines)
    return shapes if n_corners <= MOST_CORNERS else city_of(f"{word}.")


def drawn_from(dice: Dice) -> list[Shape]:
    behind, river, before = parts(SHEET.inset(2), dice, RIVER)
    is_along_y = river.width < river.depth
    water = Box(river.x0, 0, river.x1, SIDE) if is_along_y else Box(0, river.y0, SIDE, river.y1)
    heart = 14 + dice.roll(18), 14 + dice.roll(18)
    banks = [[building(lot, heart, dice) for lot in lots(bank, dice)] for bank in (behind, before)]
    buildings = [*banks[0], *banks[1]]
    return [
        *plan_below([it.lot for it in buildings], water),
        *model_ground(water),
        *(shape for it in banks[0] for shape in it.shapes),
        *(shape for bridge in bridges(water, dice) for shape in prism(bridge, 4)),
        *(shape for it in banks[1] for shape in it.shapes),
        *points_on(buildings, dice),
    ]


def parts(box: Box, dice: Dice, street: int) -> tuple[Box, Box, Box]:
    """Divide a box across its longer side: what is behind, the street, what is before."""
    is_along_x = box.width > box.depth or (box.width == box.depth and dice.roll(2) == 0)
    length = (box.width if is_along_x else box.depth) - street
    least = min(SMALLEST, length // 2) if street != RIVER else length // 3
    first = least + dice.roll(length - 2 * least + 1)
    if is_along_x:
        x1, x2 = box.x0 + first, box.x0 + first + street
        return Box(box.x0, box.y0, x1, box.y1), Box(x1, box.y0, x2, box.y1), Box(x2, box.y0, box.x1, box.y1)
    y1, y2 = box.y0 + first, box.y0 + first + street
    return Box(box.x0, box.y0, box.x1, y1), Box(box.x0, y1, box.x1, y2), Box(box.x0, y2, box.x1, box.y1)


def lots(box: Box, dice: Dice, level: int = 0) -> Iterator[Box]:
    """Yield the lots between streets, those behind first."""
    if max(box.width, box.depth) <= LARGEST:
        yield box
        return
    behind, _street, before = parts(box, dice, STREETS[min(level, len(STREETS) - 1)])
    yield from lots(behind, dice, level + 1)
    yield from lots(before, dice, level + 1)


def plan_below(all_lots: list[Box], water: Box) -> Iterator[Shape]:
    """Yield the lower sheet with what the model leaves in sight, and lines up to the corners of the model."""
    left, _far, right, near = SHEET.corners()
    in_sight = [lot for lot in all_lots if max(lot.x1, lot.y1) > IN_SIGHT]
    yield Shape(Ink.FACE, (SHEET.corners(-BELOW),), is_closed=True)
    yield Shape(Ink.PLAN, tuple(lot.corners(-BELOW) for lot in (*in_sight, water)), is_closed=True)
    yield Shape(Ink.FINE, tuple(((x, y), (x, y + BELOW)) for x, y in (left, near, right)))


def model_ground(water: Box) -> Iterator[Shape]:
    yield Shape(Ink.FACE, (SHEET.corners(),), is_closed=True)
    yield Shape(Ink.WATER, (water.corners(),), is_closed=True)


def bridges(water: Box, dice: Dice) -> Iterator[Box]:
    for start in (8 + dice.roll(8), 30 + dice.roll(12)):
        if water.width < water.depth:
            yield Box(water.x0 - 1, start, water.x1 + 1, start + 2)
        else:
            yield Box(start, water.y0 - 1, start + 2, water.y1 + 1)


def building(lot: Box, heart: tuple[int, int], dice: Dice) -> Building:
    """Return what stands on a lot: the nearer to the heart of the city, the higher."""
    nearness = math.exp(-((math.dist(lot.middle, heart) / 12) ** 2))
    height = 10 + 2 * dice.roll(6) + 2 * round(34 * nearness)
    kind = KINDS[dice.roll(len(KINDS))]
    if kind == "park" and height < PARK:
        return Building(lot, 0, park(lot, dice))
    if height >= TOWER:
        return Building(lot, height, tower(lot, height))
    if kind == "hall" and lot.width >= lot.depth:
        height = min(height, 14)
        return Building(lot, height + lot.depth, gabled(lot, height))
    if kind == "court" and min(lot.width, lot.depth) >= WIDE:
        court = Shape(Ink.SHADE, (lot.inset(3).corners(height),), is_closed=True)
        return Building(lot, height, [*prism(lot, height), court])
    return Building(lot, height, prism(lot, height))


def tower(lot: Box, height: int) -> list[Shape]:
    """Return a tower, on a base if the lot is wide enough."""
    if min(lot.width, lot.depth) < WIDE:
        return [*prism(lot, height), storeys(lot, height, STOREY)]
    slim, low = lot.inset(2), 10
    return [
        *prism(lot, low),
        *prism(slim, height - low, base=low),
        storeys(slim, height - low, STOREY, base=low),
    ]


def park(lot: Box, dice: Dice) -> list[Shape]:
    spots = {(lot.x0 + 1 + dice.roll(lot.width - 1), lot.y0 + 1 + dice.roll(lot.depth - 1)) for _number in range(8)}
    return [
        Shape(Ink.PLAN, (lot.corners(),), is_closed=True),
        Shape(Ink.TREES, tuple((at(x, y, 3),) for x, y in sorted(spots))),
    ]


def points_on(buildings: list[Building], dice: Dice) -> list[Shape]:
    """Return points above the highest building and others apart from it, and the same points in the plan."""
    high = sorted((it for it in buildings if it.height), key=lambda it: (-it.height, it.lot.middle))
    chosen = high[:1]
    for _number in range(40):
        one = high[dice.roll(len(high))]
        if len(chosen) < MOST_POINTS and all(math.dist(one.lot.middle, it.lot.middle) > APART for it in chosen):
            chosen.append(one)
    stalks, heads = [], []
    for it in chosen:
        x, y = at(*it.lot.middle, it.height)
        stalks.append(((x, y), (x, y - 18)))
        heads.append(((x, y - 18),))
        if max(it.lot.middle) > IN_SIGHT:
            heads.append((at(*it.lot.middle, -BELOW),))
    return [Shape(Ink.STALKS, tuple(stalks)), Shape(Ink.POINTS, tuple(heads))]
