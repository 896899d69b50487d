from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from programme.actions.seats import Wish
from programme.choices import SlotChoice

SLOT, SEEN = "slot-", "seen-"
CHANGED = _("The programme has changed since this page was made. Look again.")


class TracksForm(forms.Form):
    """One choice for each slot; or one track for all of them (`all`), or a seat for the meanwhile (`meanwhile`).

    Beside each choice stands what was chosen when the page was made (`seen-…`), and which sessions were full (`full`):
    who saw one column chosen and leaves it changes nothing there, whatever has become of it.
    """

    def __init__(self, data: Any = None, *, choices: Sequence[SlotChoice], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.choices = [choice for choice in choices if choice.is_open]
        for choice in self.choices:
            keys = ["", *(key for key, _column in choice.columns)]
            self.fields[f"{SLOT}{choice.key}"] = forms.ChoiceField(
                choices=[(key, key) for key in keys],
                required=False,
                widget=forms.RadioSelect,
                error_messages={"invalid_choice": CHANGED},
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        tracks = {column[0].track.slug for choice in self.choices for _key, column in choice.columns}  # type: ignore[union-attr]
        columns = {key for choice in self.choices for key, _column in choice.columns}
        is_known = all(
            [
                all(name in self.fields for name in self.data if name.startswith(SLOT)),
                self.data.get("all", "") in {"", *tracks},
                self.data.get("meanwhile", "") in {"", *columns},
            ]
        )
        if not is_known:
            raise forms.ValidationError(CHANGED)
        return cleaned

    def wishes(self) -> list[Wish]:
        """What a valid form asks for; slots that were left as they stood are not among it."""
        return [wish for choice in self.choices if (wish := self.wish(choice))]

    def wish(self, choice: SlotChoice) -> Wish | None:
        columns = dict(choice.columns)
        if meanwhile := self.data.get("meanwhile"):
            found = columns.get(meanwhile)
            return Wish(choice.slot, found, is_meanwhile=True) if found else None
        seen = columns.get(self.data.get(f"{SEEN}{choice.key}", ""), ())
        if track := self.data.get("all"):
            of_track = next((column for column in columns.values() if column[0].track.slug == track), None)  # type: ignore[union-attr]
            return Wish(choice.slot, of_track, seen, full={it.pk for it in of_track}) if of_track else None
        if f"{SLOT}{choice.key}" not in self.data:
            return None
        wanted = columns.get(self.cleaned_data[f"{SLOT}{choice.key}"], ())
        said_full = self.data.getlist("full")  # type: ignore[attr-defined]
        full = {session.pk for session in wanted if str(session.pk) in said_full}
        return None if wanted == seen else Wish(choice.slot, wanted, seen, full)


def typed_choices(posted: Mapping[str, Any]) -> dict[str, str]:
    """What was chosen in each slot, unchecked, for keeping."""
    return {name: str(posted[name]) for name in posted if name.startswith(SLOT)}
