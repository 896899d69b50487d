"""A change form whose effects on seats are confirmed before it is saved."""

from collections.abc import Sequence
from typing import Any, TypeVar

from django import forms
from django.db import models
from django.utils.translation import ngettext

from programme.queries.seat_effects import SeatEffect, by_email, sentences
from udtacademy.admin.confirmation import Confirmation

M = TypeVar("M", bound=models.Model)


def confirmation_of(effects: Sequence[SeatEffect], *, news: Sequence[str] = ()) -> Confirmation:
    n_emails = len(by_email(effects))
    return Confirmation(sentences(effects), tuple(effects), n_emails, tuple(news))


class ConfirmedForm(forms.ModelForm[M]):
    """A model form that is valid only once its effects on seats have been confirmed. The admin saves it.

    `effects`: the plan that was confirmed, once the form is valid.
    """

    agreed_to = forms.CharField(required=False, widget=forms.HiddenInput, label="")
    effects: Sequence[SeatEffect] = ()

    def plan(self) -> Sequence[SeatEffect]:
        """Return the effects of saving the instance as it is in memory."""
        raise NotImplementedError

    def _post_clean(self) -> None:
        """Put the values into the instance as Django does, then require the effects to be confirmed."""
        super()._post_clean()  # type: ignore[misc]
        if self.errors or not self.instance.pk:
            return
        self.effects = self.plan()
        confirmation = confirmation_of(self.effects)
        if not confirmation.is_agreed_to(self.data):
            self.ask_to_confirm(confirmation)

    def ask_to_confirm(self, confirmation: Confirmation) -> None:
        data: Any = self.data
        self.data = {**data.dict(), "agreed_to": confirmation.token}
        n = confirmation.n_emails
        question = ngettext(
            "This changes people's seats, and %(n)s email will be sent. Save again to continue.",
            "This changes people's seats, and %(n)s emails will be sent. Save again to continue.",
            n,
        )
        self.add_error(None, [question % {"n": n}, *confirmation.shown])
