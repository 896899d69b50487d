"""The form that publishes an edition: what of its checklist is done."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class PublishForm(forms.Form):
    """`items`: those that are open, by primary key, in words."""

    done = forms.TypedMultipleChoiceField(
        label=_("Tick what is done. What you leave open stays on the overview."),
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, items: Sequence[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["done"].choices = items  # type: ignore[attr-defined]
        if not items:
            del self.fields["done"]
