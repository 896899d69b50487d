"""The counts of seats that the database keeps, and the seats counted."""

from collections import Counter

from programme.models import Seat, SeatCount


def stored():
    """Return the stored numbers of held, waiting and offered seats, by session."""
    return {it.session_id: (it.n_held, it.n_waiting, it.n_offered) for it in SeatCount.objects.all()}


def counted():
    """Return the same, counted. A session whose seats are gone keeps its row of zeros."""
    seats = list(Seat.objects.all())
    held = Counter(it.session_id for it in seats if it.is_held)
    waiting = Counter(it.session_id for it in seats if not it.is_held)
    offered = Counter(it.session_id for it in seats if it.offered_at)
    sessions = {it.session_id for it in seats} | set(SeatCount.objects.values_list("pk", flat=True))
    return {pk: (held[pk], waiting[pk], offered[pk]) for pk in sessions}
