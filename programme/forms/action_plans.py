"""Forms with which cities write their Action Plans, and read those of others."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from programme.actions.stored_files import ACCEPTED
from programme.forms.answers import TextAreaField
from programme.models import Delegation, PeerFeedback
from programme.models.action_plan_feedback import ANSWERS

LONGEST_COMMENT = 4000  # characters


class PartForm(forms.Form):
    """A part's text. `base`: the number of the version that it was changed from. Its length is checked by the action."""

    text = forms.CharField(
        label=_("Text"),
        required=False,
        strip=False,
        help_text=_(
            "# begins a heading and - a list; **bold**, *italic*, [words](https://city.example) for a link."
            " An empty line begins a paragraph."
        ),
        widget=forms.Textarea({"rows": 18, "spellcheck": "true"}),
    )
    base = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)


class PlanFileForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        help_text=_("PDF, DOCX, PPTX, ODT, ODP, ODS, JPEG or PNG, at most 25 MB."),
        widget=forms.ClearableFileInput({"accept": ACCEPTED}),
        error_messages={"required": _("Choose a file."), "empty": _("This file is empty. Choose another one.")},
    )


class CommentForm(forms.Form):
    text = TextAreaField(
        label=_("Comment"),
        max_length=LONGEST_COMMENT,
        rows=4,
        error_messages={"required": _("Write a comment.")},
    )


class StateForm(forms.Form):
    """What organisers say to a part that was submitted. The buttons are its state."""

    text = TextAreaField(label=_("Feedback for the city"), max_length=LONGEST_COMMENT, rows=5, required=False)


class SharingForm(forms.Form):
    is_shared = forms.BooleanField(required=False)


class ReleaseForm(forms.Form):
    is_released = forms.BooleanField(required=False)


class PairsForm(forms.Form):
    n = forms.IntegerField(
        label=_("How many others each city reads"), min_value=1, max_value=3, initial=2, widget=forms.NumberInput
    )


class PeerForm(forms.Form):
    """Another city that shares its plan. `choices`: those that can be chosen."""

    city = forms.ModelChoiceField(Delegation.objects.none(), label=_("City"))

    def __init__(self, *args: Any, choices: list[Delegation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["city"].queryset = Delegation.objects.filter(  # type: ignore[attr-defined]
            pk__in=[it.pk for it in choices]
        ).select_related("city")


class FeedbackForm(forms.ModelForm[PeerFeedback]):
    """The rubric of peer feedback. `seen`: the token of the answers that it was filled with."""

    seen = forms.CharField(required=False, max_length=16, widget=forms.HiddenInput)
    strengths = TextAreaField(label=_("What works well"), max_length=LONGEST_COMMENT, rows=4, required=False)
    suggestions = TextAreaField(label=_("What you suggest"), max_length=LONGEST_COMMENT, rows=4, required=False)

    class Meta:
        model = PeerFeedback
        fields = ANSWERS
        widgets = {  # noqa: RUF012 - as Django's forms have them
            "clarity": forms.RadioSelect,
            "feasibility": forms.RadioSelect,
            "benefit": forms.RadioSelect,
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["seen"] = self.instance.seen
        for name in ("clarity", "feasibility", "benefit"):
            field = self.fields[name]
            field.required, field.choices = True, field.choices[1:]  # type: ignore[attr-defined]  # without the empty one
            field.error_messages["required"] = _("Choose one of the answers.")

    def answers(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ANSWERS}
