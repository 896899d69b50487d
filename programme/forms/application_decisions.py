"""Forms with which organisers score applications and decide about them (decision 57)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.forms.formsets import formset_factory
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from programme.actions.application_scores import CriterionRow
from programme.forms.answers import OneLineField, TextAreaField
from programme.models import Application, ApplicationCriterion
from programme.queries.application_decisions import DecisionPlan
from programme.rules.applications import HIGHEST, HIGHEST_WEIGHT, MOST_CRITERIA

MOST_PEOPLE = 999
LONGEST_MESSAGE = 2000
USUAL_QUOTA = 3
MESSAGES = {
    Application.State.ACCEPTED: _("After the sentence that the city takes part, and before what comes next."),
    Application.State.WAITING: _("After the sentence that the city is on the waiting list."),
    Application.State.DECLINED: _("After thanks and regret. For example why, and what would help another time."),
}


class DecisionForm(forms.Form):
    """What goes with a decision: the quota of accepted cities, what the email says besides, and the reason."""

    quota = forms.IntegerField(
        label=_("How many people each city can register"),
        min_value=1,
        max_value=MOST_PEOPLE,
        initial=USUAL_QUOTA,
        help_text=_("A city that takes part already keeps its quota."),
    )
    text = TextAreaField(label=_("What the email says besides"), max_length=LONGEST_MESSAGE, rows=5, required=False)
    reason = OneLineField(
        label=_("Reason, for the record"),
        max_length=500,
        required=False,
        help_text=_("Only organisers see it. Somebody may check this decision a year from now."),
        error_messages={"required": _("Enter a reason: the city knows of another decision.")},
    )

    def __init__(self, *args: Any, plan: DecisionPlan, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if plan.outcome != Application.State.ACCEPTED:
            del self.fields["quota"]
        self.fields["text"].help_text = MESSAGES.get(Application.State(plan.outcome), "")
        self.fields["reason"].required = plan.needs_reason


def name_of(criterion: ApplicationCriterion) -> str:
    return f"criterion-{criterion.pk}"


class ScoreForm(forms.Form):
    """Points for each criterion. `present`: those given before, by primary key."""

    def __init__(
        self, *args: Any, criteria: Sequence[ApplicationCriterion], present: Mapping[int, int], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.criteria = criteria
        for criterion in criteria:
            self.fields[name_of(criterion)] = forms.TypedChoiceField(
                label=gettext("%(criterion)s (weight %(weight)s)")
                % {"criterion": criterion.name, "weight": criterion.weight},
                choices=[(number, str(number)) for number in range(HIGHEST + 1)],
                coerce=int,
                initial=present.get(criterion.pk),
                widget=forms.RadioSelect,
                error_messages={"required": gettext("Give points for “%(criterion)s”.") % {"criterion": criterion}},
            )

    def points(self) -> dict[int, int]:
        """Return the points of a valid form by the primary key of the criterion."""
        return {it.pk: self.cleaned_data[name_of(it)] for it in self.criteria}


class ConflictForm(forms.Form):
    reason = OneLineField(
        label=_("What is the conflict?"),
        max_length=500,
        help_text=_("For example: I worked for this city until last year. Your colleagues see it."),
        error_messages={"required": _("Enter what the conflict is.")},
    )


class NoteForm(forms.Form):
    text = TextAreaField(
        label=_("Note"),
        max_length=LONGEST_MESSAGE,
        rows=3,
        help_text=_("Organisers see it, but not the city."),
        error_messages={"required": _("Enter a note.")},
    )


class CriterionForm(forms.Form):
    """A criterion; a row left empty is none."""

    pk = forms.IntegerField(required=False, widget=forms.HiddenInput)
    name = OneLineField(label=_("Criterion"), max_length=120, required=False)
    weight = forms.IntegerField(
        label=_("Weight"), min_value=0, max_value=HIGHEST_WEIGHT, required=False, widget=forms.NumberInput
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("name") and cleaned.get("weight") is None and "weight" not in self.errors:
            self.add_error("weight", _("Enter a weight."))
        is_new = not cleaned.get("pk")
        if is_new and not cleaned.get("name") and cleaned.get("weight") is not None and "name" not in self.errors:
            self.add_error("name", _("Enter a name, or leave the weight empty."))
        return cleaned


CriteriaForms = formset_factory(CriterionForm, extra=3, max_num=MOST_CRITERIA + 3)


def criteria_initial(criteria: Sequence[ApplicationCriterion]) -> list[dict[str, Any]]:
    return [{"pk": it.pk, "name": it.name, "weight": it.weight} for it in criteria]


def criteria_rows(forms_: Any) -> list[CriterionRow]:
    """Return the criteria of valid forms: rows without a name are none."""
    cleaned = [it.cleaned_data for it in forms_]
    return [CriterionRow(it.get("pk"), it["name"], it["weight"]) for it in cleaned if it.get("name")]
