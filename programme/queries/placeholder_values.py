"""The placeholders of the programme, and the values of all placeholders for the readers of a campaign."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence

from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from programme.calendars.files import absolute
from programme.formats import session_time
from programme.models import Edition, Participant, Session
from programme.placeholders import PLACEHOLDERS, Placeholder, Values
from udtacademy.outbox.render import language_of


def values_of(
    edition: Edition, people: Sequence[Participant], names: Collection[str], now: dt.datetime
) -> dict[int, dict[str, str]]:
    """Return the values of some placeholders for people, by primary key, each in their own language.

    Needs user, delegation, city and `held_in` of each. A few queries a placeholder and language, whatever the number of people.
    """
    values: dict[int, dict[str, str]] = {it.pk: {} for it in people}
    by_language: dict[str, list[Participant]] = defaultdict(list)
    for person in people:
        by_language[language_of(person.user.language)].append(person)
    for language, readers in by_language.items():
        with timezone.override(edition.zone), translation.override(language):
            for name in names:
                of_each = PLACEHOLDERS[name].values(edition, readers, now)
                for reader in readers:
                    values[reader.pk][name] = of_each[reader.pk]
    return values


def of_each(value: Callable[[Edition, Participant], str]) -> Values:
    """Return the values of a placeholder that needs nothing but a reader's row."""
    return lambda edition, people, _now: {it.pk: value(edition, it) for it in people}


def link_to(page: str) -> Values:
    """Return the values of a placeholder that is a page of the edition, the same for all who sign in to it."""
    return lambda edition, people, _now: dict.fromkeys(
        (it.pk for it in people), absolute(reverse(page, args=[edition.slug]))
    )


def next_sessions(edition: Edition, people: Sequence[Participant], now: dt.datetime) -> Mapping[int, str]:
    """Return the next session in each reader's programme, with its time also in their zone. One query."""
    coming = edition.sessions.to_come(now).published().exclude(format=Session.Format.BREAK)
    sessions = list(coming.filter(starts_at__gt=now))
    for session in sessions:
        session.edition = edition
    return {it.pk: next_session(sessions, it) for it in people}


def next_session(sessions: Sequence[Session], reader: Participant) -> str:
    for session in sessions:
        if session.track_id is None or session.pk in reader.held_in:
            values = {"session": session.title, "time": session_time(session, reader.user.time_zone)}
            return _("“%(session)s” on %(time)s") % values
    return _("no session yet to come")


def register() -> None:
    """Offer the placeholders of the programme, in the order in which they are listed."""
    PLACEHOLDERS["name"] = Placeholder(_lazy("name"), "Aino Virtanen", of_each(lambda _edition, it: str(it.user)))
    PLACEHOLDERS["city"] = Placeholder(_lazy("city"), "Tampere", of_each(lambda _edition, it: it.delegation.city.name))
    PLACEHOLDERS["edition"] = Placeholder(
        _lazy("name of the edition"), "{edition}", of_each(lambda edition, _it: edition.name)
    )
    PLACEHOLDERS["next_session"] = Placeholder(
        _lazy("next session, with its time in their zone"),
        _lazy("“Peer-learning” on Thursday 24 September 2026, 16:00–17:30 CEST (Madrid)"),
        next_sessions,
        permission="programme.view_seat",  # it says for which track somebody has a seat
    )
    PLACEHOLDERS["portal_link"] = Placeholder(
        _lazy("link to their page"), "https://…/portal/{slug}/", link_to("programme:portal"), fits_subject=False
    )
    PLACEHOLDERS["profile_link"] = Placeholder(
        _lazy("link to their profile"),
        "https://…/portal/{slug}/profile/",
        link_to("programme:profile"),
        fits_subject=False,
    )
    PLACEHOLDERS["tracks_link"] = Placeholder(
        _lazy("link to choose tracks"),
        "https://…/portal/{slug}/tracks/",
        link_to("programme:tracks"),
        fits_subject=False,
    )
