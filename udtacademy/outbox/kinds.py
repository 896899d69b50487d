"""What kinds of emails are called on pages, and samples of them. Applications add theirs in `AppConfig.ready`."""

from typing import TYPE_CHECKING, Any

from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from udtacademy.outbox.models import Message

KINDS: dict[str, Any] = {}  # kind of a message → label

SAMPLES: list[str] = []  # dotted names of dictionaries: kind of a message → function that returns a sample, not saved


def kind_label(kind: str) -> str:
    """Return what a kind is called; of an unknown one its name."""
    return str(KINDS.get(kind, kind))


def sample_of(kind: str) -> "Message | None":
    """Return the sample of a kind, not saved; None if there is none."""
    make = next((samples[kind] for samples in map(import_string, SAMPLES) if kind in samples), None)
    return make() if make else None
