"""A drawing as PNG, for social sites, which show no SVG. Lines are smoothed by hand: no image library is needed for them."""

import math
import struct
import threading
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from programme.pictures.city import HEIGHT, LEFT, TOP, WIDTH, city_of
from programme.pictures.geometry import Ink, Point, Shape

Colour = tuple[int, int, int]

SIZE = (1200, 630)  # as social sites show it
SCALE = 1.64
GRID = 24  # pixels, as behind the heads of pages
LINE, DOT = 1.7, {Ink.POINTS: 7.0, Ink.TREES: 4.5}  # pixels: width of lines, radius of dots
DASH = 7  # pixels
PAPER, SHADE, LINES_OF_GRID, CORE = (251, 251, 248), (228, 236, 243), (236, 240, 243), (138, 59, 0)
OPACITY = {Ink.PLAN: 0.7, Ink.FINE: 0.45, Ink.WATER: 0.4, Ink.TREES: 0.35}  # as in static/css/site/25-city.css
FILLS = {Ink.FACE: PAPER, Ink.SHADE: SHADE, Ink.WATER: SHADE}


_drawing = threading.Lock()


def city_png(word: str, ink: Colour) -> bytes:
    """Return the city of a word as a PNG file, its lines in the colour `ink`. It takes half a second, once in each process.

    Threads that ask meanwhile wait for it: each drawing its own would take all of them longer.
    """
    with _drawing:
        return drawn_city(word, ink)


@lru_cache(maxsize=32)
def drawn_city(word: str, ink: Colour) -> bytes:
    canvas = Canvas.squared()
    for shape in city_of(word):
        paint(canvas, shape, CORE if shape.ink in {Ink.POINTS, Ink.STALKS} else ink)
    return canvas.png()


@dataclass(frozen=True)
class Canvas:
    """Rows of pixels, each of three bytes."""

    rows: list[bytearray]

    @classmethod
    def squared(cls) -> "Canvas":
        """Return paper with the grid."""
        width, height = SIZE
        row = bytearray(bytes(PAPER) * width)
        for x in range(0, width, GRID):
            row[3 * x : 3 * x + 3] = bytes(LINES_OF_GRID)
        line = bytes(LINES_OF_GRID) * width
        return cls([bytearray(row if y % GRID else line) for y in range(height)])

    def mix(self, x: int, y: int, colour: Colour, share: float) -> None:
        """Mix a pixel with a share of a colour. Unrolled, as a picture has some hundred thousand of them."""
        if share <= 0:
            return
        row, red = self.rows[y], 3 * x
        green, blue = red + 1, red + 2
        row[red] += int((colour[0] - row[red]) * share)
        row[green] += int((colour[1] - row[green]) * share)
        row[blue] += int((colour[2] - row[blue]) * share)

    def fill(self, corners: Sequence[tuple[float, float]], colour: Colour) -> None:
        edges = list(pairwise([*corners, corners[0]]))
        ys = [y for _x, y in corners]
        for y in range(max(0, math.ceil(min(ys))), min(SIZE[1], math.floor(max(ys)) + 1)):
            crossings = sorted(
                x0 + (x1 - x0) * (y - y0) / (y1 - y0) for (x0, y0), (x1, y1) in edges if (y0 <= y) != (y1 <= y)
            )
            for left, right in zip(crossings[::2], crossings[1::2], strict=True):
                start, end = round(left), round(right)
                self.rows[y][3 * start : 3 * end] = bytes(colour) * (end - start)

    def line(self, start: tuple[float, float], end: tuple[float, float], colour: Colour, share: float) -> None:
        """Draw a line; of each column (or row, of a steep line) the pixels near to it, by how much it covers them."""
        (x0, y0), (x1, y1) = start, end
        is_steep = abs(y1 - y0) > abs(x1 - x0)
        along = (y0, y1, x0, x1) if is_steep else (x0, x1, y0, y1)
        first, last, across, across_end = along if along[0] <= along[1] else (along[1], along[0], along[3], along[2])
        slope = (across_end - across) / (last - first) if last > first else 0.0
        slant = math.hypot(1, slope)
        for position in range(round(first), round(last) + 1):
            centre = across + slope * (min(max(position, first), last) - first)
            for near in range(math.floor(centre) - 1, math.floor(centre) + 3):
                cover = min((LINE / 2 + 0.5) - abs(near - centre) / slant, 1) * share
                if is_steep:
                    self.mix(near, position, colour, cover)
                else:
                    self.mix(position, near, colour, cover)

    def dot(self, at: tuple[float, float], radius: float, colour: Colour, share: float) -> None:
        for y in range(math.floor(at[1] - radius) - 1, math.ceil(at[1] + radius) + 2):
            for x in range(math.floor(at[0] - radius) - 1, math.ceil(at[0] + radius) + 2):
                self.mix(x, y, colour, min(radius + 0.5 - math.dist((x, y), at), 1) * share)

    def png(self) -> bytes:
        header = struct.pack(">IIBBBBB", *SIZE, 8, 2, 0, 0, 0)  # eight bits for each of red, green and blue
        pixels = zlib.compress(b"".join(b"\0" + bytes(row) for row in self.rows), 9)
        return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def paint(canvas: Canvas, shape: Shape, colour: Colour) -> None:
    share = OPACITY.get(shape.ink, 1.0)
    for points in shape.lines:
        places = [placed(point) for point in points]
        if shape.ink in DOT:
            canvas.dot(places[0], DOT[shape.ink], colour, share)
            continue
        is_closed = shape.is_closed and len(places) > 2  # noqa: PLR2004 - two points make no face
        if is_closed and shape.ink in FILLS:
            canvas.fill(places, FILLS[shape.ink])
        for start, end in pairwise([*places, places[0]] if is_closed else places):
            for one in dashes(start, end) if shape.ink is Ink.PLAN else [(start, end)]:
                canvas.line(*one, colour, share)


def placed(point: Point) -> tuple[float, float]:
    """Return where a point of the drawing is on the canvas, in whose middle the drawing is."""
    left, top = (SIZE[0] - WIDTH * SCALE) / 2, (SIZE[1] - HEIGHT * SCALE) / 2
    return left + (point[0] + LEFT) * SCALE, top + (point[1] + TOP) * SCALE


def dashes(
    start: tuple[float, float], end: tuple[float, float]
) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    n_dashes = max(1, round(math.dist(start, end) / DASH / 2))
    across, down = (end[0] - start[0]) / n_dashes, (end[1] - start[1]) / n_dashes
    for number in range(n_dashes):
        x, y = start[0] + across * number, start[1] + down * number
        yield (x, y), (x + across / 2, y + down / 2)
