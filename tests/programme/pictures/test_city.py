import struct
import zlib
from concurrent.futures import ThreadPoolExecutor
from xml.etree import ElementTree as ET

from hypothesis import example, given, settings
from hypothesis import strategies as st

from programme.pictures.city import HEIGHT, LEFT, TOP, WIDTH, city_of
from programme.pictures.png import city_png, drawn_city
from programme.pictures.svg import city_svg
from tests.properties import examples

LARGEST = 6 * 1024  # bytes
slugs = st.from_regex(r"[a-z0-9]+(-[a-z0-9]+)*", fullmatch=True).filter(lambda it: len(it) <= 60)


@settings(max_examples=examples(40))
@example("3903sfgxs5ubhhkhybki3u4l")  # one in a few thousand has more houses than there are bytes for
@given(slugs)
def test_a_city_is_valid_small_and_the_same_each_time(slug):
    svg = city_svg(slug)

    root = ET.fromstring(svg)
    assert root.get("aria-hidden") == "true"
    assert len(svg.encode()) <= LARGEST
    assert svg == city_svg(slug)


@settings(max_examples=examples(40))
@given(slugs)
def test_a_city_stays_inside_its_picture(slug):
    points = [point for shape in city_of(slug) for line in shape.lines for point in line]

    assert all(0 <= x + LEFT <= WIDTH and 4 <= y + TOP <= HEIGHT for x, y in points)


def test_cities_differ():
    assert len({city_svg(f"udt-{year}") for year in range(2025, 2060)}) == 35


def test_no_other_version_of_the_code_draws_another_city_by_accident():
    """Whoever changes the drawing on purpose changes this number: pictures that people have shared change too."""
    assert zlib.crc32(city_svg("udt-2025").encode()) == 2778709009


def test_a_picture_for_social_sites_is_a_whole_png_of_their_size():
    content = city_png("udt-2025", (11, 79, 158))

    assert struct.unpack(">II", content[16:24]) == (1200, 630)
    start = content.index(b"IDAT")
    (length,) = struct.unpack(">I", content[start - 4 : start])
    pixels = zlib.decompress(content[start + 4 : start + 4 + length])
    assert len(pixels) == 630 * (1 + 3 * 1200)
    assert bytes((11, 79, 158)) in pixels  # the ink
    assert len(content) < 60_000


def test_those_who_ask_at_once_wait_for_one_drawing():
    drawn_city.cache_clear()
    with ThreadPoolExecutor(3) as threads:
        pictures = set(threads.map(lambda _number: city_png("udt-2025", (0, 95, 90)), range(3)))

    assert (len(pictures), drawn_city.cache_info().misses) == (1, 1)
