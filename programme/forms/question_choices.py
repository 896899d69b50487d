"""The parts of the form of a question that have its choices."""

from typing import Any

from django import forms
from django.conf import settings
from django.forms.formsets import formset_factory
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from programme.models import Choice
from programme.rules.questions import MOST_CHOICES
from udtacademy.db.fields import in_one_line, validate_readable

LONGEST_CHOICE = 120


class ChoiceForm(forms.Form):
    """A choice that a question has: its label in each language, and whether it is offered.

    `means_the_same`: asked for when people chose it and its wording changes, as their answers get the new one.
    """

    key = forms.CharField(widget=forms.HiddenInput, max_length=60)
    is_offered = forms.BooleanField(label=gettext_lazy("Offered"), required=False)
    means_the_same = forms.BooleanField(label=gettext_lazy("It still means the same"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_confirming = False
        for code, language in settings.LANGUAGES:
            label = _("Choice") if len(settings.LANGUAGES) == 1 else _("Choice (%(language)s)") % {"language": language}
            self.fields[f"label_{code}"] = forms.CharField(
                label=label,
                max_length=LONGEST_CHOICE,
                required=code == settings.LANGUAGE_CODE,
                validators=[validate_readable],
            )

    @property
    def shown_fields(self) -> list[forms.BoundField]:
        """Return the label in each language, and the boxes."""
        boxes = ["is_offered", *(["means_the_same"] if self.is_confirming else [])]
        return [self[name] for name in (*(it for it in self.fields if it.startswith("label_")), *boxes)]

    def check_meaning(self, before: Choice, n: int) -> None:
        """Add an error if another wording is given to a choice that `n` people chose, and nobody said that it means the same."""
        names = [f"label_{code}" for code, _language in settings.LANGUAGES]
        changed = [name for name in names if name in self.changed_data]
        if not n or not changed or not self.cleaned_data["is_offered"]:
            return
        self.is_confirming = True
        if not self.cleaned_data["means_the_same"]:
            text = ngettext(
                "%(n)s person chose “%(choice)s”, and would have chosen the new wording. If it means the same, tick that "
                "and save again. For another meaning, put the old wording back and add a new choice.",
                "%(n)s people chose “%(choice)s”, and would have chosen the new wording. If it means the same, tick that "
                "and save again. For another meaning, put the old wording back and add a new choice.",
                n,
            )
            self.add_error(changed[0], text % {"n": n, "choice": before})


ChoiceFormSet = formset_factory(ChoiceForm, extra=0, max_num=MOST_CHOICES, validate_max=True)


class NewChoicesForm(forms.Form):
    added = forms.CharField(
        label=gettext_lazy("Add choices"),
        required=False,
        max_length=MOST_CHOICES * LONGEST_CHOICE,
        widget=forms.Textarea({"rows": 4}),
        help_text=gettext_lazy("One on each line."),
    )

    def clean_added(self) -> list[str]:
        labels = [in_one_line(it).strip() for it in self.cleaned_data["added"].splitlines()]
        labels = list(dict.fromkeys(filter(None, labels)))
        for label in labels:
            validate_readable(label)
            if len(label) > LONGEST_CHOICE:
                text = _("Shorten “%(choice)s…” to %(n)s characters or fewer.")
                raise forms.ValidationError(text % {"choice": label[:30], "n": LONGEST_CHOICE})
        return labels
