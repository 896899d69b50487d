from dataclasses import dataclass

import pytest
import time_machine
from django.template import engines
from django.utils.translation import override

from udtacademy.http import page_cache as kept

LINE = "{% load i18n %}<li>{{ it.name }}{{ user }}</li>"


@dataclass
class Item:
    name: str
    key: str = ""

    @property
    def kept_as(self):
        return (self.key or self.name,)


@pytest.fixture
def made(monkeypatch):
    """The names of the templates that were asked for; each is LINE."""
    names = []
    monkeypatch.setattr(kept, "_lines", {})
    monkeypatch.setattr(kept, "get_template", lambda name: names.append(name) or engines["django"].from_string(LINE))
    return names


def test_a_line_is_made_once_for_all_that_are_alike(made):
    assert kept.kept_lines("a.html", [Item("one"), Item("two"), Item("one")]) == "<li>one</li><li>two</li><li>one</li>"
    assert kept.kept_lines("a.html", [Item("other", key="two")]) == "<li>two</li>"
    assert made == ["a.html"] * 2


def test_lines_of_other_templates_and_languages_are_others(made):
    kept.kept_lines("a.html", [Item("one")])
    kept.kept_lines("b.html", [Item("one")])
    with override("fr"):
        kept.kept_lines("a.html", [Item("one")])

    assert made == ["a.html", "b.html", "a.html"]


def test_lines_of_another_year_are_others(made):
    """A day of another year is written with it."""
    for moment in ("2025-12-31T12:00Z", "2025-12-31T13:00Z", "2026-01-01T12:00Z"):
        with time_machine.travel(moment, tick=False):
            kept.kept_lines("a.html", [Item("one")])

    assert len(made) == 2


def test_what_a_line_says_is_escaped(made):
    assert kept.kept_lines("a.html", [Item("<b>")]) == "<li>&lt;b&gt;</li>"


def test_no_more_lines_are_kept_than_have_room(made, monkeypatch):
    monkeypatch.setattr(kept, "N_LINES", 3)
    for number in range(10):
        assert kept.kept_lines("a.html", [Item(str(number))]) == f"<li>{number}</li>"
        assert len(kept._lines) <= 3
