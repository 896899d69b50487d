"""The form of a step of the Action Plans."""

from typing import Any

from django import forms
from django.core.validators import MaxValueValidator
from django.utils.translation import gettext_lazy as _

from programme.models import ActionPlanStep
from programme.rules.action_plans import EARLIEST_DUE


class StepForm(forms.ModelForm[ActionPlanStep]):
    """`seen`: the token of the step that the form was filled with."""

    seen = forms.CharField(required=False, max_length=16, widget=forms.HiddenInput)

    class Meta:
        model = ActionPlanStep
        fields = ("title", "guidance", "session", "days_before", "position")
        labels = {  # noqa: RUF012 - as Django's forms have them
            "title": _("Step"),
            "guidance": _("Guidance for the cities"),
            "session": _("Due before the session"),
            "days_before": _("Days before the session"),
            "position": _("Place in the order"),
        }
        help_texts = {  # noqa: RUF012 - as Django's forms have them
            "guidance": _("An empty line begins a paragraph."),
            "session": _("If the session moves, the step moves with it, and the cities are told."),
        }
        widgets = {"guidance": forms.Textarea({"rows": 8})}  # noqa: RUF012 - as Django's forms have them

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["seen"] = self.instance.seen if self.instance.pk else ""
        sessions = self.instance.edition.sessions.in_programme_order()
        self.fields["session"].queryset = sessions  # type: ignore[attr-defined]
        self.fields["session"].empty_label = _("none: it has no date")  # type: ignore[attr-defined]
        self.fields["days_before"].validators.append(MaxValueValidator(EARLIEST_DUE, _("Enter at most 120 days.")))
