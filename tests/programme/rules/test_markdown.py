"""The Markdown of Action Plans: what it shows, and that nothing in it runs."""

import re

import nh3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from programme.rules.markdown import MOST_COLUMNS, has_wide_table, refused_part, to_html


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("**Heat** in *July*", "<p><strong>Heat</strong> in <em>July</em></p>\n"),
        ("- one\n- two", "<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n"),
        ("# Aim\n### Detail\n## Cost", "<h3>Aim</h3>\n<h4>Detail</h4>\n<h4>Cost</h4>\n"),
        ("### Aim", "<h3>Aim</h3>\n"),
        (
            "| a |\n|---|\n| b |",
            "<table>\n<thead>\n<tr>\n<th>a</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>b</td>\n</tr>\n</tbody>\n</table>\n",
        ),
        (
            "[us](https://girona.example)",
            '<p><a href="https://girona.example" rel="nofollow noopener noreferrer">us</a></p>\n',
        ),
        ("<b>x</b>", "<p>&lt;b&gt;x&lt;/b&gt;</p>\n"),
        ("5 < 6 & 7 > 6", "<p>5 &lt; 6 &amp; 7 &gt; 6</p>\n"),
        ("`<script>`", "<p><code>&lt;script&gt;</code></p>\n"),
    ],
)
def test_text_is_shown_as_html(text, expected):
    assert to_html(text) == expected


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("text <img src=x onerror=alert(1)> text", "<img src=x onerror=alert(1)>"),
        ("- <svg onload=alert(1)>", "<svg onload=alert(1)>"),
        ("<!-- a comment -->", "<!-- a comment -->"),
        ("[x](javascript:alert(1))", "javascript:alert(1)"),
        ("[x](JaVaScRiPt:alert(1))", "JaVaScRiPt:alert(1)"),
        ("[x](&#106;avascript:alert(1))", "javascript:alert(1)"),
        ("[x](data:text/html,hello)", "data:text/html,hello"),
        ("<vbscript:x>", "vbscript:x"),
        ("[x](//evil.example)", "//evil.example"),
        ("[x]\n\n[x]: javascript:alert(1)", "javascript:alert(1)"),
        ("| a |\n|---|\n| <i>b</i> |", "<i>"),
        ("Fewer than 5 <people> & more", "<people>"),
        ("5 < 6, `<b>`, a<b, [x](mailto:a@b.example), <https://a.example>, ![x](https://a.example/x.png)", ""),
    ],
)
def test_what_could_run_is_named(text, part):
    assert refused_part(text) == part


@pytest.mark.parametrize(("n", "expected"), [(MOST_COLUMNS, False), (MOST_COLUMNS + 1, True)])
def test_a_table_has_few_columns_as_each_row_is_filled_up(n, expected):
    assert has_wide_table(f"A table:\n\n|{'a|' * n}\n|{'-|' * n}\n|") is expected


DANGEROUS = st.lists(
    st.sampled_from([*"<>[]()!`*#\"'&; \n\t", "script", "javascript:", "onerror=", "img src=x", "&#x6a;", "//", "a"]),
    max_size=30,
).map("".join)


@given(DANGEROUS | st.text(max_size=200))
def test_no_text_becomes_a_tag_or_link_that_could_run(text):
    shown = to_html(text)

    assert nh3.clean(shown, tags=set(), attributes={}) is not None
    for tag in re.findall(r"<[^>]*>", shown):
        assert re.fullmatch(r'</?[a-z0-9]+(?: (?:href|title|rel|start)="[^"<>]*")*>', tag), tag
    assert all(
        it.startswith(("http:", "https:", "mailto:")) for it in re.findall(r'href="([^"]*)"', shown) if ":" in it
    )
