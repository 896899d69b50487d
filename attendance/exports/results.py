"""The report of an edition's results, with the year before beside it: as rows of a spreadsheet, and as a PDF file."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from attendance.rules.results import Results
from programme.models import Edition
from programme.rules.session_feedback import SCALE
from udtacademy.db.countries import country_name
from udtacademy.pdf.compiling import compile_pdf
from udtacademy.tables.writing import Row

Number = int | float | None


@dataclass(frozen=True)
class Reported:
    """An edition with its results."""

    edition: Edition
    results: Results


@dataclass(frozen=True)
class Line:
    """A figure of the report, and that of the year before. None: there is none."""

    section: str
    label: str
    value: Number
    before: Number


def lines_of(results: Results, before: Results | None) -> Iterator[Line]:
    """Yield all figures of the report, section by section."""

    def line(section: str, label: str, figure: Callable[[Results], Number]) -> Line:
        return Line(section, label, figure(results), figure(before) if before else None)

    people, programme = _("Cities and people"), _("Programme and attendance")
    yield line(people, _("Cities"), lambda it: len(it.cities))
    yield line(people, _("Countries"), lambda it: len(it.countries))
    yield line(people, _("People who took part"), lambda it: it.n_people)
    yield line(programme, _("Sessions held"), lambda it: it.n_sessions)
    yield line(programme, _("Hours of sessions"), lambda it: it.hours)
    yield line(programme, _("Hours attended, of all people together"), lambda it: it.attended_hours)
    core = _("Core sessions attended, as a percentage of those expected")
    yield line(programme, core, lambda it: it.core_share)
    yield from satisfaction_lines(results, before)
    deliverables = _("Deliverables")
    yield line(deliverables, _("Cities that submitted an Action Plan, or a part of it"), lambda it: it.n_plans)
    yield line(deliverables, _("Cities with a final part"), lambda it: it.n_final)
    for step in results.steps:
        former = before.step(step.slug) if before else None
        label = _("Cities that submitted “%(step)s”") % {"step": step.title}
        yield Line(deliverables, label, step.n_submitted, former.n_submitted if former else None)
    yield line(deliverables, _("Certificates"), lambda it: it.n_certificates)
    yield line(deliverables, _("Certificates of completion"), lambda it: it.n_completed)


def satisfaction_lines(results: Results, before: Results | None) -> Iterator[Line]:
    """Yield the mean of each scale, and the number of answers. The year before has those of the same key."""
    section = _("Satisfaction")
    for scale in results.scales:
        former = before.scale(scale.key) if before else None
        values = {"question": scale.label, "lowest": SCALE[0], "highest": SCALE[-1]}
        mean = _("Mean answer to “%(question)s”, from %(lowest)s to %(highest)s") % values
        yield Line(section, mean, scale.mean, former.mean if former else None)
        n_answers = _("Number of answers to “%(question)s”") % values
        yield Line(section, n_answers, scale.n, former.n if former else None)


def report_rows(now: Reported, before: Reported | None) -> Iterator[Row]:
    """Yield the headings, and a row for each figure; empty cells where there is none."""
    yield [_("Section"), _("Figure"), str(now.edition), str(before.edition) if before else _("Year before")]
    for it in lines_of(now.results, before.results if before else None):
        yield [it.section, it.label, it.value, it.before]


def report_pdf(now: Reported, before: Reported | None) -> bytes:
    """Return the report as a PDF file, with the cities by country. Raises PdfError."""
    edition = now.edition
    title = _("Results of %(edition)s") % {"edition": edition}
    sections: dict[str, list[list[str]]] = {}
    for it in lines_of(now.results, before.results if before else None):
        sections.setdefault(it.section, []).append([it.label, shown(it.value), shown(it.before)])
    values: dict[str, Any] = {
        "heading": title,
        "organiser": edition.organiser_name,
        "columns": [_("Figure"), str(edition), str(before.edition) if before else _("Year before")],
        "sections": [{"title": name, "rows": rows} for name, rows in sections.items()],
        "cities": _("Cities that took part"),
        "countries": by_country(now.results),
        "note": _("Figures about satisfaction are those of sessions of which at least five people have answered."),
        "page_of": _("Page {page} of {pages}"),
    }
    return compile_pdf("results", values, title=title)


def shown(value: Number) -> str:
    return "" if value is None else number_format(value, use_l10n=True, force_grouping=True)


def by_country(results: Results) -> list[dict[str, str]]:
    """Return the cities of each country as text, by the country's name."""
    names: dict[str, list[str]] = {}
    for city, country in results.cities:
        names.setdefault(country_name(country), []).append(city)
    return [{"country": country, "cities": ", ".join(names[country])} for country in sorted(names)]
