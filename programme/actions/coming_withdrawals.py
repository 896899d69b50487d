"""Withdraw what people answered about the days in person, because something they got since says otherwise (decision 51)."""

from programme.models import ComingAnswer, Participant
from udtacademy.accounts.models import User
from udtacademy.db.history import acting


def withdraw_no(participant: Participant, by: User) -> None:
    """Withdraw the no of somebody who is locked, so that they are expected, and asked again. What it released is theirs no more."""
    with acting(by):
        ComingAnswer.objects.filter(participant=participant, is_coming=False).delete()
