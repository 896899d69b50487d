"""One module for each platform, found by being here. Each has

- `claims(sheet)`: how surely a file is of the platform; 0: it is not;
- `read(sheet)`: its lines as a `Reading`.
"""

import importlib
import pkgutil
from types import ModuleType


def all_platforms() -> list[ModuleType]:
    names = sorted(it.name for it in pkgutil.iter_modules(__path__))
    return [importlib.import_module(f"{__name__}.{name}") for name in names]
