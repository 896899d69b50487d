"""The selections of attendance for what organisers write to people: by standing, by missed session, and what the board shows."""

import datetime as dt
from collections.abc import Sequence

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from attendance import access, wording
from attendance.forms.board_filters import board_for
from attendance.queries.chasers import absent
from attendance.queries.sessions import attended_sessions
from attendance.queries.standing_aggregates import is_of_standing
from attendance.rules.standing import Standing
from programme.models import Edition, Participant
from programme.models.participant_queryset import ParticipantQuerySet
from programme.queries.filtered_lists import name_of_city
from programme.selections import KINDS, NoSelectionError, SelectionKind
from udtacademy.http.parameters import whole_number

WHOM = ("city", "track", "standing", "undecided")  # filters of the board that hide people, not columns
TROUBLED = (Standing.AT_RISK, Standing.NOT_MET)


def of_standing(edition: Edition, value: str, now: dt.datetime) -> ParticipantQuerySet:
    """Return the registered people of a standing."""
    if value not in TROUBLED:
        raise NoSelectionError
    registered = Participant.objects.registered().filter(edition=edition)
    return registered.filter(is_of_standing(Standing(value), edition, now))


def standings(_edition: Edition) -> Sequence[tuple[str, str]]:
    return [(it.value, str(wording.STANDINGS[it])) for it in TROUBLED]


def who_missed(edition: Edition, value: str, now: dt.datetime) -> ParticipantQuerySet:
    """Return who should have been at a core session (primary key), and was not, as chasers see it; nobody before its end."""
    core = attended_sessions(edition).core().select_related("actual_time", "track")
    session = core.filter(pk=whole_number(value) or 0).first()
    if session is None:
        raise NoSelectionError
    session.edition = edition
    return absent(session) if wording.times_of(session).has_ended(now) else Participant.objects.none()


def core_sessions(edition: Edition) -> Sequence[tuple[str, str]]:
    sessions = list(attended_sessions(edition).core().in_programme_order())
    for session in sessions:
        session.edition = edition
    return [(str(it.pk), wording.dated(it)) for it in sessions]


def on_board(edition: Edition, query: str, now: dt.datetime) -> ParticipantQuerySet:
    """Return whom the board shows, on all pages."""
    return board_for(edition, QueryDict(query), now).participants


def board_in_words(edition: Edition, query: str) -> str:
    """Return the filters of a board in words. A query for a city, and one for a track."""
    given = QueryDict(query)
    filters = board_for(edition, given, timezone.now()).filters
    parts = []
    if filters.city:
        city = edition.delegations.filter(pk=filters.city).values_list("city", flat=True).first()
        parts.append(_("city: %(city)s") % {"city": name_of_city(edition, str(city or 0))})
    if filters.track:
        track = edition.tracks.filter(pk=filters.track).first()
        parts.append(_("track: %(track)s") % {"track": track or "?"})
    if filters.standing:
        parts.append(_("standing: %(standing)s") % {"standing": wording.STANDINGS[Standing(filters.standing)]})
    if filters.is_undecided:
        parts.append(_("to decide"))
    return ", ".join(parts) or _("all")


def board_query(given: QueryDict) -> str:
    """Return the part of a board's query string that says whom it shows."""
    kept = QueryDict(mutable=True)
    for name in WHOM:
        if value := given.get(name):
            kept[name] = str(value)
    return kept.urlencode()


def register() -> None:
    KINDS["standing"] = SelectionKind(_lazy("People whose standing is"), of_standing, access.SEE, standings)
    KINDS["missed"] = SelectionKind(_lazy("People who missed"), who_missed, access.SEE, core_sessions)
    KINDS["board"] = SelectionKind(_lazy("Board"), on_board, access.SEE, in_words=board_in_words)
