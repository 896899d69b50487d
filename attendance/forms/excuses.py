"""The form for a request about a session."""

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
    Kind.EXCUSE: _("Excuse me: I could not attend"),
    Kind.RECORDING: _("I watched the recording instead"),
    Kind.OTHER_DATE: _("I will make it up on another date"),
    Kind.CORRECTION: _("I was there: my attendance record is wrong"),
}
BEFORE_IT_STARTS = LABELS | {Kind.EXCUSE: _("Excuse me: I cannot attend")}
DEFAULT_QUESTION = _("What is the one thing your city will take from this session?")


class ExcuseForm(forms.Form):
    """A request about a session. The choices depend on whether the session has started."""

    kind = forms.ChoiceField(
        label=_("What is your request?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose your request.")},
    )
    reason = forms.CharField(
        label=_("Tell us more"),
        max_length=1000,
        widget=forms.Textarea({"rows": 4}),
        help_text=_("Tell the organisers why you could not attend, when you will make it up, or how you took part."),
        validators=[validate_readable],
        error_messages={"required": _("Tell the organisers more about your request.")},
    )
    answer = forms.CharField(
        max_length=1000, required=False, widget=forms.Textarea({"rows": 3}), validators=[validate_readable]
    )

    def __init__(self, *args: Any, session: Session, now: dt.datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        has_begun = session.starts_at is not None and session.starts_at <= now
        offered = list(Kind) if has_begun else [Kind.EXCUSE, Kind.OTHER_DATE]
        labels = LABELS if has_begun else BEFORE_IT_STARTS
        if not has_begun:
            self.fields["reason"].help_text = _(
                "Tell the organisers why you cannot attend, or when you will make it up."
            )
        self.fields["kind"].choices = [(kind.value, labels[kind]) for kind in offered]  # type: ignore[attr-defined]
        if Kind.RECORDING in offered:
            self.fields["answer"].label = session.make_up_question or DEFAULT_QUESTION
            self.fields["answer"].help_text = _("Answer in a sentence or two if you watched the recording.")
        else:
            del self.fields["answer"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("kind") == Kind.RECORDING and not cleaned.get("answer") and "answer" not in self.errors:
            self.add_error("answer", _("Answer the question about the recording in a sentence or two."))
        return cleaned

    def asked(self) -> dict[str, str]:
        """Return the arguments for `ask_excuse`. Only the recording has an answer."""
        kind = self.cleaned_data["kind"]
        answer = self.cleaned_data.get("answer", "") if kind == Kind.RECORDING else ""
        return {"kind": kind, "reason": self.cleaned_data["reason"], "answer": answer}


class ColleagueExcuseForm(forms.Form):
    """A request for an excuse that a coordinator sends for a colleague."""

    reason = forms.CharField(
        label=_("Why could they not, or can they not, attend?"),
        max_length=1000,
        widget=forms.Textarea({"rows": 4}),
        help_text=_("The organisers and your colleague can read this."),
        validators=[validate_readable],
        error_messages={"required": _("Enter why your colleague could not or cannot attend.")},
    )


def typed_reason(posted: Mapping[str, Any]) -> dict[str, str]:
    """Return what a coordinator typed, to be shown again after signing in."""
    return {"reason": str(posted.get("reason", ""))}


def typed_request(posted: Mapping[str, Any]) -> dict[str, str]:
    """Return what was typed, to be shown again after signing in."""
    return {name: str(posted.get(name, "")) for name in ("kind", "reason", "answer")}
