"""One module for each platform, discovered by being in this package. Each has

- `claims(sheet)`: how likely it is that a file is from the platform; 0: it is not;
- `read(sheet)`: its lines as a `Reading`;
- `prepared(sheet)`, optional: the sheet without what must not be guessed to be a column of attendance.
"""

import importlib
import pkgutil
from types import ModuleType

from attendance.meeting_reports.reading.tables import ReportSheet


def all_platforms() -> list[ModuleType]:
    """Return the modules of all platforms, by name."""
    names = sorted(it.name for it in pkgutil.iter_modules(__path__))
    return [importlib.import_module(f"{__name__}.{name}") for name in names]


def prepared(sheet: ReportSheet) -> ReportSheet:
    """Return the sheet after each platform has removed what must not be guessed."""
    for module in all_platforms():
        if hasattr(module, "prepared"):
            sheet = module.prepared(sheet)
    return sheet
