"""What must not be so in production, said by `manage.py check`."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.security)
def demo_needs_debug(**_kwargs: Any) -> list[CheckMessage]:
    """One-click sign-in lets anybody in as anybody."""
    if settings.DEMO and not settings.DEBUG:
        return [
            Error(
                "The demo's one-click sign-in is on although DEBUG is off.",
                hint="Take DEMO out of the environment.",
                id="programme.E001",
            )
        ]
    return []
