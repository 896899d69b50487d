import re

import pytest
import segno
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from attendance.personal_links import badges
from programme.models import Edition, Participant
from udtacademy.accounts.models import User

ANOTHER_KEY = "of-another-site-" + "y" * 40
pks = st.integers(1, 2**63 - 1)


def code_of(pk):
    return badges.code_of(Participant(pk=pk))


@pytest.fixture
def code():
    return code_of(12345)


@given(pks)
def test_code_leads_back_to_its_participant(pk):
    assert badges.read(code_of(pk)) == pk


@given(pks)
def test_code_is_groups_of_four_of_letters_that_are_not_misread(pk):
    assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-)*[0-9A-HJKMNP-TV-Z]{1,4}", code_of(pk))
    assert len(code_of(pk)) <= badges.LONGEST


@given(pks, st.data())
def test_code_is_read_however_it_was_typed(pk, data):
    alike = {"0": "0Oo", "1": "1IiLl"}
    typed = "".join(
        data.draw(st.sampled_from(alike.get(sign, sign + sign.lower())))
        + data.draw(st.sampled_from(["", " ", "-", "–", "\u00a0"]))
        for sign in code_of(pk).replace("-", "")
    )

    assert badges.read(f" {typed}\n") == pk


def test_code_is_short_enough_to_be_typed(code):
    assert len(code) == len("ABCD-EFGH-JKM")


@given(pks, st.data())
def test_code_cut_short_is_nobodys(pk, data):
    plain = code_of(pk).replace("-", "")
    n = data.draw(st.integers(0, len(plain) - 1))

    assert badges.read(plain[:n]) is None


def test_code_with_one_letter_mistyped_is_nobodys(code):
    plain = code.replace("-", "")
    mistyped = {
        plain[:n] + sign + plain[n + 1 :] for n in range(len(plain)) for sign in badges.ALPHABET if sign != plain[n]
    }

    assert len(mistyped) == 31 * len(plain)
    assert {badges.read(it) for it in mistyped} == {None}


def test_code_with_two_letters_swapped_is_nobodys(code):
    plain = code.replace("-", "")
    swapped = {plain[:n] + plain[n + 1] + plain[n] + plain[n + 2 :] for n in range(len(plain) - 1)} - {plain}

    assert {badges.read(it) for it in swapped} == {None}


def test_code_with_a_neighbours_number_and_ones_own_signature_is_nobodys():
    number = (12346 << badges.SIGNATURE_BITS) | badges.signature(12345, "only-a-guess")
    forged = ""
    while number:
        number, digit = divmod(number, 32)
        forged = badges.ALPHABET[digit] + forged

    assert badges.read(forged) is None


@given(pks)
def test_code_of_another_site_is_nobodys(pk):
    with override_settings(SECRET_KEY=ANOTHER_KEY):
        code = code_of(pk)

    assert badges.read(code) is None


def test_code_outlives_a_change_of_the_key(code, settings):
    old, settings.SECRET_KEY = settings.SECRET_KEY, ANOTHER_KEY
    settings.SECRET_KEY_FALLBACKS = ["older-still-" + "z" * 40, old]

    assert badges.read(code) == 12345
    assert code_of(12345) != code
    assert badges.read(code_of(12345)) == 12345


def test_code_is_found_in_the_whole_address_that_a_camera_reads(code):
    participant = Participant(pk=12345, edition=Edition(slug="academy"))
    url = badges.badge_url(participant)

    assert url == f"http://testserver/check-in/academy/?code={code}"
    assert badges.read(url) == 12345
    assert badges.read(f"https://elsewhere.example/?code={code.lower()}") == 12345


@pytest.mark.parametrize(
    "rubbish",
    [
        *("", " ", "-", "code=", "U", "0", "-1", "12345", "ABCD-EFGH-JKMN", "None"),
        *("🎫", "Ünïcödé", "١٢٣٤", "１２３４", "\0", "%00", "' OR 1=1 --", "<script>"),
        *("A" * 32, "A" * 33, "A" * 1_000_000, "0" * 32, "https://elsewhere.example/?code="),
    ],
)
def test_rubbish_is_nobodys(rubbish):
    assert badges.read(rubbish) is None


@given(st.text())
def test_text_of_any_kind_is_nobodys(text):
    assert badges.read(text) is None


def test_code_followed_by_anything_is_nobodys(code):
    assert badges.read(f"{code}&utm_source=x") is None
    assert badges.read(f"{code}00") is None


def test_code_says_nothing_about_the_person():
    ana = Participant(pk=7, user=User(name="Ana Anaya", email="ana@girona.example"), job_title="Planner")
    other = Participant(pk=7, user=User(name="Otto Ost", email="otto@ost.example"))

    assert badges.code_of(ana) == badges.code_of(other)


def test_qr_code_is_one_element_that_fits_its_box():
    participant = Participant(pk=7, user=User(name="Ana Anaya"), edition=Edition(slug="academy"))

    svg = badges.qr_svg(participant)

    assert re.match(r'<svg [^>]*viewBox="0 0 \d+ \d+"[^>]*class="badge-code"', svg)
    assert svg.endswith("</svg>")
    assert "Ana" not in svg
    assert "style=" not in svg


def test_the_printed_qr_code_has_the_modules_of_its_content(ana):
    """Its mask is not chosen but given; what it says is the same."""
    svg = badges.printed_qr(ana)

    dark = {
        (int(x) + n, int(y)) for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", svg) for n in range(int(width))
    }
    expected = segno.make_qr(badges.badge_url(ana), error="m", mask=badges.MASK).matrix
    assert dark == {(x + 4, y + 4) for y, row in enumerate(expected) for x, module in enumerate(row) if module}
