from typing import Any

from django.db import models
from django.utils.text import normalize_newlines


class ParagraphsField(models.TextField[str, str]):
    """Text of several paragraphs, with one kind of line end whatever the browser sent."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return normalize_newlines(text) if isinstance(text, str) else text
