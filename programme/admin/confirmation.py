"""A change form that has what follows confirmed before it is saved."""

from collections.abc import Sequence
from typing import Any, TypeVar

from django import forms
from django.db import models
from django.utils.translation import ngettext

from programme.queries.seat_effects import SeatEffect, sentences
from udtacademy.admin.confirmation import Confirmation

M = TypeVar("M", bound=models.Model)


def confirmation_of(effects: Sequence[SeatEffect], *, news: Sequence[str] = ()) -> Confirmation:
    n_emails = sum(effect.has_email for effect in effects)
    return Confirmation(sentences(effects), tuple(effects), n_emails, tuple(news))


class ConfirmedForm(forms.ModelForm[M]):
    """Adds to a form of valid values the question of what follows from them; saving is up to the admin.

    `effects`: the plan that was agreed to, once the form is valid.
    """

    agreed_to = forms.CharField(required=False, widget=forms.HiddenInput, label="")
    effects: Sequence[SeatEffect] = ()

    def plan(self) -> Sequence[SeatEffect]:
        """Plan what follows once the instance is saved as it is in memory."""
        raise NotImplementedError

    def _post_clean(self) -> None:
        """As Django's, which puts the values into the instance; then what follows is to be agreed to."""
        super()._post_clean()  # type: ignore[misc]
        if self.errors or not self.instance.pk:
            return
        self.effects = self.plan()
        confirmation = confirmation_of(self.effects)
        if not confirmation.is_agreed_to(self.data):
            self.ask(confirmation)

    def ask(self, confirmation: Confirmation) -> None:
        data: Any = self.data
        self.data = {**data.dict(), "agreed_to": confirmation.token}
        n = confirmation.n_emails
        question = ngettext(
            "This changes people's seats; %s e-mail will be sent. Save again to go on.",
            "This changes people's seats; %s e-mails will be sent. Save again to go on.",
            n,
        )
        self.add_error(None, [question % n, *confirmation.shown])
