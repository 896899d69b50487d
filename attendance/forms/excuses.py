"""The form of a request about a session."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from attendance.models import Excuse
from programme.models import Session
from udtacademy.db.fields import validate_readable

Kind = Excuse.Kind

LABELS = {
    Kind.EXCUSE: _("I cannot come, or could not: please excuse me"),
    Kind.RECORDING: _("I have watched the recording instead"),
    Kind.OTHER_DATE: _("I make up for it on another date"),
    Kind.CORRECTION: _("I was there: what is recorded is wrong"),
}
DEFAULT_QUESTION = _("What is the one thing your city takes from it?")


class ExcuseForm(forms.Form):
    """A request about a session. What can be asked depends on whether the session has begun."""

    kind = forms.ChoiceField(label=_("What is it about?"), widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Tell us more"),
        max_length=1000,
        widget=forms.Textarea({"rows": 4}),
        help_text=_(
            "Why you could not come; on which date you make up for it; or how you took part. The organisers read it."
        ),
        validators=[validate_readable],
    )
    answer = forms.CharField(
        max_length=1000, required=False, widget=forms.Textarea({"rows": 3}), validators=[validate_readable]
    )

    def __init__(self, *args: Any, session: Session, now: dt.datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        has_begun = session.starts_at is not None and session.starts_at <= now
        offered = list(Kind) if has_begun else [Kind.EXCUSE, Kind.OTHER_DATE]
        self.fields["kind"].choices = [(kind.value, LABELS[kind]) for kind in offered]  # type: ignore[attr-defined]
        if Kind.RECORDING in offered:
            self.fields["answer"].label = session.make_up_question or DEFAULT_QUESTION
            self.fields["answer"].help_text = _("If you have watched the recording: a sentence or two.")
        else:
            del self.fields["answer"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("kind") == Kind.RECORDING and not cleaned.get("answer") and "answer" not in self.errors:
            self.add_error("answer", _("Answer the question about the recording in a sentence or two."))
        return cleaned

    def asked(self) -> dict[str, str]:
        """Return the arguments for `ask_excuse`. An answer belongs to the recording only."""
        kind = self.cleaned_data["kind"]
        answer = self.cleaned_data.get("answer", "") if kind == Kind.RECORDING else ""
        return {"kind": kind, "reason": self.cleaned_data["reason"], "answer": answer}


def typed_request(posted: Mapping[str, Any]) -> dict[str, str]:
    """Return what was typed, to be shown again after signing in."""
    return {name: str(posted.get(name, "")) for name in ("kind", "reason", "answer")}
