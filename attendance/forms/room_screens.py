"""What the screen in a session's room shows."""

from typing import ClassVar

from django import forms

from attendance.models import RoomScreen


class RoomScreenForm(forms.ModelForm[RoomScreen]):
    """Whether people check themselves in, and what is told of those who are missing."""

    class Meta:
        model = RoomScreen
        fields = ("takes_self_check_in", "missing")
        widgets: ClassVar = {"missing": forms.RadioSelect}
