"""What kinds of emails are called on pages, and samples of them. Applications add theirs in `AppConfig.ready`."""

from typing import Any

KINDS: dict[str, Any] = {}  # kind of a message → label

SAMPLES: list[str] = []  # dotted names of dictionaries: kind of a message → function that returns a sample, not saved


def kind_label(kind: str) -> str:
    """Return what a kind is called; of an unknown one its name."""
    return str(KINDS.get(kind, kind))
