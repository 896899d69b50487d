from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from programme.actions.wishes import Wish
from programme.models import Session
from programme.queries.seat_choices import SlotChoice

SLOT, SEEN = "slot-", "seen-"
CHANGED = _("The programme has changed since you opened this page. Check your choice, then save again.")


class TracksForm(forms.Form):
    """A choice of one session per slot, of one track for all slots (`all`), or of a seat for the meanwhile (`meanwhile`).

    Hidden fields say what was chosen when the page was made (`seen-…`) and which sessions were full (`full`); a choice left
    as seen changes nothing.
    """

    def __init__(self, data: Any = None, *, choices: Sequence[SlotChoice], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.choices = [choice for choice in choices if choice.is_open]
        self.offered = {str(it.pk): it for choice in self.choices for it in choice.slot.sessions}
        for choice in self.choices:
            self.fields[f"{SLOT}{choice.key}"] = forms.ChoiceField(
                choices=[("", ""), *((str(it.pk), it.title) for it in choice.slot.sessions)],
                required=False,
                widget=forms.RadioSelect,
                error_messages={"invalid_choice": CHANGED},
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        tracks = {track_of(session) for session in self.offered.values()}
        is_known = all(
            [
                all(name in self.fields for name in self.data if name.startswith(SLOT)),
                self.data.get("all", "") in {"", *tracks},
                self.data.get("meanwhile", "") in {"", *self.offered},
            ]
        )
        if not is_known:
            raise forms.ValidationError(CHANGED)
        return cleaned

    def wishes(self) -> list[Wish]:
        """Return the wishes of a valid form, without slots left as they were."""
        return [wish for choice in self.choices if (wish := self.wish(choice))]

    def wish(self, choice: SlotChoice) -> Wish | None:
        sessions = choice.slot.sessions
        if meanwhile := self.offered.get(self.data.get("meanwhile", "")):
            first = next(it for it in self.choices if meanwhile in it.slot.sessions)  # a long session is in several
            return Wish(choice.slot, meanwhile, is_meanwhile=True) if choice is first else None
        seen = tuple(it for it in sessions if str(it.pk) == self.data.get(f"{SEEN}{choice.key}"))
        if track := self.data.get("all"):
            of_track = next((it for it in sessions if track_of(it) == track), None)
            return Wish(choice.slot, of_track, seen, is_full=True) if of_track else None
        if f"{SLOT}{choice.key}" not in self.data:
            return None
        wanted = self.offered.get(self.cleaned_data[f"{SLOT}{choice.key}"])
        if seen == ((wanted,) if wanted else ()):
            return None
        is_full = wanted is not None and str(wanted.pk) in self.data.getlist("full")  # type: ignore[attr-defined]
        return Wish(choice.slot, wanted, seen, is_full=is_full)


def track_of(session: Session) -> str:
    """Return the slug of the session's track; empty without one."""
    return session.track.slug if session.track else ""


def typed_choices(posted: Mapping[str, Any]) -> dict[str, str]:
    """Return the posted choices, not validated, for form recovery."""
    return {name: str(posted[name]) for name in posted if name.startswith(SLOT)}
