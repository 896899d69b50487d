"""What kinds of emails are called on pages. Applications add theirs in `AppConfig.ready`."""

from typing import Any

KINDS: dict[str, Any] = {}  # kind of a message → label


def kind_label(kind: str) -> str:
    """Return what a kind is called; of an unknown one its name."""
    return str(KINDS.get(kind, kind))
