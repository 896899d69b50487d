"""How large a request can be. An application adds paths that take larger ones in its `AppConfig.ready`."""

import re

from django.conf import settings

LARGER: list[tuple[re.Pattern[str], int]] = []  # paths, each with how many bytes they take


def largest_at(path: str) -> int:
    """Return how many bytes a request to a path can have."""
    return next((size for pattern, size in LARGER if pattern.fullmatch(path)), settings.LARGEST_REQUEST)
