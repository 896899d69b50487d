"""Whose badges are printed."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from attendance.queries.badge_people import BadgeChoice
from programme.forms.local_times import in_range
from programme.models import Delegation, Edition, Track

COME = [("", _("everybody")), ("1", _("has come to a session in person")), ("0", _("has not come yet"))]
ORDERS = [("", _("city, then name")), ("name", _("name"))]


class BadgeForm(forms.Form):
    """The filters of the badges, from a query string."""

    city = forms.ModelChoiceField(Delegation.objects.none(), required=False, label=_("City"), empty_label=_("all"))
    track = forms.ModelChoiceField(
        Track.objects.none(), required=False, label=_("Has a seat in track"), empty_label=_("all")
    )
    come = forms.ChoiceField(choices=COME, required=False, label=_("Has come"))
    since = forms.DateField(
        required=False,
        label=_("Registered since"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    order = forms.ChoiceField(choices=ORDERS, required=False, label=_("Order"))

    def __init__(self, given: Any, edition: Edition) -> None:
        super().__init__(given)
        cities, tracks = self.fields["city"], self.fields["track"]
        cities.queryset = edition.delegations.select_related("city").order_by("city__name", "pk")  # type: ignore[attr-defined]
        tracks.queryset = edition.tracks.order_by("position")  # type: ignore[attr-defined]

    def clean_since(self) -> dt.date | None:
        since: dt.date | None = self.cleaned_data["since"]
        return since and in_range(since)

    def choice(self) -> BadgeChoice | None:
        """Return whose badges were asked for; None for something that no filter offers."""
        if not self.is_valid():
            return None
        given = self.cleaned_data
        return BadgeChoice(
            city=given["city"] and given["city"].pk,
            track=given["track"] and given["track"].pk,
            has_come={"1": True, "0": False}.get(given["come"]),
            since=given["since"],
            is_by_name=given["order"] == "name",
        )

    def query(self) -> dict[str, str]:
        """Return the query string's parameters that say more than the defaults."""
        return {name: self.data[name] for name in self.fields if self.data.get(name)}
