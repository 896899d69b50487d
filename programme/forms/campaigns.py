"""Forms for what organisers write to a selection of people."""

import datetime as dt
from collections.abc import Collection, Iterator
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from programme.forms.local_times import LocalDateTimeField, read_local_times
from programme.forms.selects import CachedSelect
from programme.models import Campaign, Edition, SavedText
from programme.placeholders import PLACEHOLDERS, placeholders_for
from programme.queries.campaigns import SelectionWords, may_select, options_for
from programme.queries.selections import people_of
from programme.rules.placeholders import Mistake, mistakes_in
from programme.selections import KINDS, NARROWINGS, NoSelectionError, Selection
from udtacademy.accounts.models import User
from udtacademy.errors import form_error

TEXT = forms.Textarea({"rows": 12, "cols": 70})


def check_placeholders(text: str, known: Collection[str]) -> None:
    """Raise ValidationError with a sentence for each thing in braces that is no placeholder. `known`: those that fit here."""
    if errors := [error_of(mistake, known) for mistake in mistakes_in(text, known)]:
        raise ValidationError(errors)


def error_of(mistake: Mistake, known: Collection[str]) -> ValidationError:
    name, code = mistake.shown[1:-1], "unknown_placeholder"
    if mistake.is_single_brace:
        code = "single_brace"
        text = _("There is a single brace at “%(shown)s”. Use braces only for placeholders such as {name}.")
    elif name in PLACEHOLDERS and name not in known and PLACEHOLDERS[name].fits_subject:
        code = "placeholder_not_allowed"
        text = _("“%(shown)s” stands for something that you may not see. Leave it out.")
    elif name in PLACEHOLDERS and name not in known:
        code = "link_in_subject"
        text = _("“%(shown)s” is a link, which a subject has no room for. Use it in the text.")
    elif mistake.meant:
        text = _("“%(shown)s” is not a placeholder. Did you mean “%(meant)s”?")
    else:
        text = _("“%(shown)s” is not a placeholder. Use one of those listed below.")
    return ValidationError(text % {"shown": mistake.shown, "meant": f"{{{mistake.meant}}}"}, code=code)


class PlaceholderForm(forms.ModelForm[Any]):
    """A subject and a text with placeholders, which are checked. `user`: who writes them, with what they may see."""

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.placeholders = user, placeholders_for(user)

    def clean_subject(self) -> str:
        subject: str = self.cleaned_data["subject"]
        check_placeholders(subject, [name for name, it in self.placeholders.items() if it.fits_subject])
        return subject

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"]
        check_placeholders(text, self.placeholders)
        return text


class CampaignForm(PlaceholderForm):
    """A campaign: to whom, and what. `selection`: what the form says, once it is valid."""

    to = forms.ChoiceField(
        label=gettext_lazy("To"),
        widget=CachedSelect,
        error_messages={"invalid_choice": gettext_lazy("Choose to whom.")},
    )
    only = forms.MultipleChoiceField(
        label=gettext_lazy("Of these"), required=False, widget=forms.CheckboxSelectMultiple
    )

    token = forms.UUIDField(required=False, widget=forms.HiddenInput)  # of the page, against sending it twice

    class Meta:
        model = Campaign
        fields = ("to", "only", "subject", "text")
        widgets = {"text": TEXT}  # noqa: RUF012 - as Django's forms have them

    def __init__(self, *args: Any, edition: Edition, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        self.edition = edition
        self.fields["only"].choices = [(name, it.label) for name, it in NARROWINGS.items()]  # type: ignore[attr-defined]
        self.fields["to"].choices = list(self.choices(str(self["to"].value() or "")))  # type: ignore[attr-defined]

    def choices(self, key: str) -> Iterator[tuple[str, Any]]:
        """Yield what can be selected, first what the page came from if that is no option, such as the filters of a list."""
        selection = Selection.from_key(key)
        if may_select(self.user, selection) and KINDS[selection.kind].in_words:
            yield key, SelectionWords(self.edition).of(selection)
        for label, options in options_for(self.user, self.edition):
            if label:
                yield label, options
            else:
                yield from options

    @property
    def selection(self) -> Selection:
        return Selection.from_key(self.cleaned_data["to"], self.cleaned_data["only"])

    def clean_to(self) -> str:
        key: str = self.cleaned_data["to"]
        try:
            people_of(self.edition, Selection.from_key(key), timezone.now())
        except NoSelectionError as error:
            raise form_error(error) from error
        return key


class SavedTextForm(PlaceholderForm):
    """A text of an edition's library. The instance has the edition."""

    class Meta:
        model = SavedText
        fields = ("name", "subject", "text")
        widgets = {"text": TEXT}  # noqa: RUF012 - as Django's forms have them

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        others = SavedText.objects.filter(edition=self.instance.edition_id).exclude(pk=self.instance.pk)
        if others.filter(name__iexact=name).exists():
            raise ValidationError(_("There is already a text with this name."), code="name_taken")
        return name


NOW, LATER = "now", "later"


class PlanForm(forms.Form):
    """When a campaign leaves, in the edition's zone."""

    when = forms.ChoiceField(
        label=gettext_lazy("When"),
        choices=[(NOW, gettext_lazy("Now")), (LATER, gettext_lazy("At a time"))],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose when it leaves.")},
    )
    send_at = LocalDateTimeField(label=gettext_lazy("Time"), required=False)

    def __init__(self, *args: Any, campaign: Campaign, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.campaign = campaign
        zone = campaign.edition.time_zone
        self.fields["send_at"].help_text = _("In %(zone)s. It leaves then, also during quiet hours.") % {"zone": zone}

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("when") == NOW and self.cleaned_data.get("send_at"):
            both = _("You chose “Now” and entered a time. Choose one of them.")
            self.add_error("when", ValidationError(both, code="two_times"))
        if self.cleaned_data.get("when") == LATER:
            had_time = bool(self.cleaned_data.get("send_at"))
            read_local_times(self, ["send_at"], self.campaign, self.campaign.edition)
            if not had_time and not self.has_error("send_at"):
                missing = _("Enter the date and the time at which it is to leave.")
                self.add_error("send_at", ValidationError(missing, code="required"))
        return self.cleaned_data

    @property
    def send_at_moment(self) -> dt.datetime | None:
        """Return when it is to leave; None for at once."""
        return self.cleaned_data["send_at"] if self.cleaned_data["when"] == LATER else None
