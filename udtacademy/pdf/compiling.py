"""Making PDF files. A process of its own does it, with limits on memory and time, no environment and no secrets."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

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


def compile_pdf(template: str, values: Mapping[str, Any], *, title: str) -> bytes:
    """Return a template with values as a tagged PDF file (PDF/UA-1) in the active language.

    Values are data in the template, never markup. Raises PdfError if it takes too much memory or time, or fails otherwise.
    """
    data = all_printable({**values, "title": title}) | {"lang": get_language() or "en", "fonts": FONTS}
    task = {
        "template": str(TEMPLATES / f"{template}.typ"),
        "root": str(TEMPLATES),
        "fonts": str(FOLDER),
        "data": json.dumps(data),
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
    return done.stdout


def failed() -> PdfError:
    return PdfError(_("The PDF file could not be made. Try again with fewer people."), code="pdf_failed")
