"""A drawing as SVG, coloured by the classes of the page's style sheet (static/css/site/25-city.css)."""

from functools import lru_cache
from itertools import pairwise

from programme.pictures.city import HEIGHT, LEFT, TOP, WIDTH, city_of
from programme.pictures.geometry import Ink, Point, Shape

Step = tuple[str, tuple[int, ...]]  # a command of a path, and its numbers


@lru_cache(maxsize=64)
def city_svg(word: str) -> str:
    """Return the city of a word as an element of an HTML page. It is decorative, and hidden from screen readers."""
    parts = "".join(f'<path{class_of(shape)} d="{path_of(shape)}"/>' for shape in city_of(word))
    return (
        f'<svg class="city" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" aria-hidden="true">'
        f"{parts}</svg>"
    )


def class_of(shape: Shape) -> str:
    """Return the class of a shape; the most frequent ones have none."""
    return "" if shape.ink is Ink.FACE else f' class="city__{shape.ink}"'


def path_of(shape: Shape) -> str:
    """Return the lines of a shape as short as SVG allows: each point as a step from the one before."""
    steps: list[Step] = []
    pen = -LEFT, -TOP
    for line in shape.lines:
        steps.append(("m", (line[0][0] - pen[0], line[0][1] - pen[1])))
        steps += [step(start, end) for start, end in pairwise(line)] or [("h", (0,))]
        is_closed = shape.is_closed and len(line) > 2  # noqa: PLR2004 - two points make no face
        if is_closed:
            steps.append(("z", ()))
        pen = line[0] if is_closed else line[-1]
    return joined(steps)


def step(start: Point, end: Point) -> Step:
    across, down = end[0] - start[0], end[1] - start[1]
    if not down:
        return "h", (across,)
    return ("l", (across, down)) if across else ("v", (down,))


def joined(steps: list[Step]) -> str:
    """Join commands and their numbers. A slanting step after another needs no letter, a minus no space."""
    text, before = "", ""
    for letter, figures in steps:
        is_going_on = letter == before == "l"
        text += "" if is_going_on else letter
        for position, figure in enumerate(figures):
            is_apart = figure >= 0 and (position > 0 or is_going_on)
            text += f" {figure}" if is_apart else f"{figure}"
        before = letter
    return text
