from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from programme.forms.local_times import show_local_times
from programme.forms.stays import STAY, arrival_field, days_in_person, departure_field, read_stay
from programme.models import Delegation, Participant
from udtacademy.db.fields import validate_readable


class ParticipantForm(forms.ModelForm[Participant]):
    """A participant for organisers, with their arrival and departure in the edition's own zone."""

    arrives_at = arrival_field(help_text=_("In the edition’s local time."))
    leaves_at = departure_field(help_text=_("In the edition’s local time."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            show_local_times(self, STAY, self.instance, self.instance.edition)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        of: Participant | Delegation | None = self.instance if self.instance.pk else cleaned.get("delegation")
        if of:
            read_stay(self, self.instance, of.edition, days_in_person(of.edition))
        return cleaned


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=1000,
        widget=forms.Textarea({"rows": 3, "cols": 60}),
        help_text=_("The participant sees this reason."),
        validators=[validate_readable],
    )


class OptionalReasonForm(ReasonForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = False


class OutOfTurnForm(ReasonForm):
    """Why somebody is registered before others. Organisers see it with the registration."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = _("Organisers see this reason on the page of the person.")


class MoveForm(forms.Form):
    """A choice of a city of the edition. People of several editions cannot be moved at once."""

    delegation = forms.ModelChoiceField(label=_("City"), queryset=Delegation.objects.none())

    def __init__(self, *args: Any, editions: set[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(editions) == 1:
            offered = Delegation.objects.filter(edition__in=editions).select_related("city").order_by("city__name")
            self.fields["delegation"].queryset = offered  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.fields["delegation"].queryset.exists():  # type: ignore[attr-defined]
            self.add_error(None, _("Select participants of one edition only."))
        return cleaned
