"""Making PDF files. A process of its own does it, with limits on memory and time, no environment and no secrets."""

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from udtacademy.errors import AcademyError
from udtacademy.pdf.letters import FOLDER, FONTS, all_printable

TEMPLATES: Path = settings.BASE_DIR / "templates" / "pdf"
PROCESS = Path(__file__).with_name("process.py")
MOST_MEMORY = 1024 * 1024 * 1024  # bytes of addresses; 200 badges use 0.12 GB in memory
LONGEST = 60  # seconds
MOST_CPU = 60  # seconds


class PdfError(AcademyError):
    """A PDF file cannot be made."""


class PdfValues(NamedTuple):
    """What one file is made of: the values of its template, its title and its language."""

    values: Mapping[str, Any]
    title: str
    language: str


def compile_pdf(template: str, values: Mapping[str, Any], *, title: str) -> bytes:
    """Return a template with values as a tagged PDF file (PDF/UA-1) in the active language.

    Values are data in the template, never markup. Raises PdfError if it takes too much memory or time, or fails otherwise.
    """
    return compile_pdfs(template, [PdfValues(values, title, get_language() or "en")])[0]


def compile_picture(template: str, values: Mapping[str, Any], *, form: str) -> bytes:
    """Return a template of one page as a picture, "svg" or "png", as `compile_pdf`."""
    return compiled(template, [PdfValues(values, "", get_language() or "en")], form=form, standards=())[0]


def compile_pdfs(template: str, files: Iterable[PdfValues], *, standards: Sequence[str] = ("ua-1",)) -> list[bytes]:
    """Return a file of a template for each of some values, as `compile_pdf`, from one process. `standards`: which all keep to."""
    return compiled(template, files, form="pdf", standards=standards)


def compiled(template: str, files: Iterable[PdfValues], *, form: str, standards: Sequence[str]) -> list[bytes]:
    data = [
        json.dumps(all_printable({**it.values, "title": it.title}) | {"lang": it.language, "fonts": FONTS})
        for it in files
    ]
    task = {
        "template": str(TEMPLATES / f"{template}.typ"),
        "root": str(TEMPLATES),
        "fonts": str(FOLDER),
        "data": data,
        "form": form,
        "standards": list(standards),
        "memory": MOST_MEMORY,
        "seconds": MOST_CPU,
    }
    try:
        # -I: nothing from the environment or the working directory is imported.
        done = subprocess.run(  # noqa: S603 - our own script; what people wrote goes in as data
            [sys.executable, "-I", str(PROCESS)],
            input=json.dumps(task).encode(),
            capture_output=True,
            env={"RAYON_NUM_THREADS": "1"},
            timeout=LONGEST,
            check=True,
        )
    except subprocess.TimeoutExpired as error:
        raise failed() from error
    except subprocess.CalledProcessError as error:
        error.add_note(error.stderr.decode(errors="replace")[-2000:])
        raise failed() from error
    return list(parts_of(done.stdout))


def parts_of(output: bytes) -> Iterator[bytes]:
    """Yield the files that the process wrote, each after its length in eight bytes."""
    start = 0
    while start < len(output):
        end = start + 8 + int.from_bytes(output[start : start + 8], "big")
        yield output[start + 8 : end]
        start = end


def failed() -> PdfError:
    return PdfError(_("The PDF file could not be made. Try again with fewer people."), code="pdf_failed")
