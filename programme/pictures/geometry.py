"""Shapes of a drawing: points in pixels, in the order in which they are painted."""

import enum
from dataclasses import dataclass

Point = tuple[int, int]

ACROSS, DOWN = 4, 2  # pixels to the right and down of one unit along x; along y it goes to the left and down


class Ink(enum.StrEnum):
    """How a shape is drawn. Its value is the CSS class in static/css/site/25-city.css."""

    PLAN = "plan"  # a dashed line
    FACE = "face"  # paper with a line around it
    SHADE = "shade"  # a face away from the light
    WATER = "water"
    FINE = "fine"  # a thin line
    TREES = "trees"  # round dots
    STALKS = "stalks"  # lines under the points
    POINTS = "points"  # round dots in the colour of core sessions


@dataclass(frozen=True)
class Shape:
    """Lines of one ink, painted in one go. `is_closed`: each ends where it starts; a dot is a line of one point."""

    ink: Ink
    lines: tuple[tuple[Point, ...], ...]
    is_closed: bool = False


@dataclass(frozen=True)
class Box:
    """A rectangle of the ground, in units: x grows to the lower right, y to the lower left."""

    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def width(self) -> int:
        return self.x1 - self.x0

    @property
    def depth(self) -> int:
        return self.y1 - self.y0

    @property
    def middle(self) -> tuple[float, float]:
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2

    def inset(self, by: int) -> "Box":
        return Box(self.x0 + by, self.y0 + by, self.x1 - by, self.y1 - by)

    def corners(self, height: int = 0) -> tuple[Point, Point, Point, Point]:
        """Return where the left, far, right and near corners are on the picture, `height` pixels above the ground."""
        return (
            at(self.x0, self.y1, height),
            at(self.x0, self.y0, height),
            at(self.x1, self.y0, height),
            at(self.x1, self.y1, height),
        )


def at(x: float, y: float, height: float = 0) -> Point:
    return round((x - y) * ACROSS), round((x + y) * DOWN - height)


def prism(box: Box, height: int, *, base: int = 0) -> list[Shape]:
    """Return a block with a flat roof: its outline with the edge of the roof, and the face away from the light."""
    left, far, right, near = box.corners(base + height)
    low_left, _low_far, low_right, low_near = box.corners(base)
    return [
        Shape(Ink.FACE, ((left, far, right, near, low_near, low_left), (left, near)), is_closed=True),
        Shape(Ink.SHADE, ((near, right, low_right, low_near),), is_closed=True),
    ]


def gabled(box: Box, height: int) -> list[Shape]:
    """Return a block whose roof has a ridge along x."""
    left, far, right, near = box.corners(height)
    low_left, _low_far, low_right, low_near = box.corners()
    middle, rise = (box.y0 + box.y1) / 2, box.depth
    back, front = at(box.x0, middle, height + rise), at(box.x1, middle, height + rise)
    return [
        Shape(Ink.FACE, ((left, back, far, right, front, near, low_near, low_left),), is_closed=True),
        Shape(Ink.FINE, ((left, near), (back, front))),
        Shape(Ink.SHADE, ((near, front, right, low_right, low_near),), is_closed=True),
    ]


def storeys(box: Box, height: int, step: int, *, base: int = 0) -> Shape:
    """Return thin lines around both visible faces, `step` pixels apart."""
    levels = range(base + step, base + height - step // 2, step)
    return Shape(
        Ink.FINE, tuple((left, near, right) for left, _far, right, near in (box.corners(level) for level in levels))
    )
