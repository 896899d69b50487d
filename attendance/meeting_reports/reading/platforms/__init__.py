"""One module for each platform, found by being here. Each has

- `claims(sheet)`: how surely a file is of the platform; 0: it is not;
- `read(sheet)`: its lines as a `Reading`;
- `prepared(sheet)`, where needed: the file without what must not be taken for columns of attendance, before any are guessed.
"""

import importlib
import pkgutil
from types import ModuleType

from attendance.meeting_reports.reading.tables import ReportSheet


def all_platforms() -> list[ModuleType]:
    names = sorted(it.name for it in pkgutil.iter_modules(__path__))
    return [importlib.import_module(f"{__name__}.{name}") for name in names]


def prepared(sheet: ReportSheet) -> ReportSheet:
    for module in all_platforms():
        if hasattr(module, "prepared"):
            sheet = module.prepared(sheet)
    return sheet
