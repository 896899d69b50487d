"""The selections of the programme: by registration, city, seats and answers, and what a list shows."""

import datetime as dt
from collections.abc import Callable, Sequence
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from programme.models import Edition, Participant, Seat, Session
from programme.models.participant_queryset import ParticipantQuerySet
from programme.queries.answer_selections import answers_given, lacking_answers, unanswered_options, with_answer
from programme.queries.city_plans import late_people, steps_to_choose
from programme.queries.coming import asking_edition, without_answer
from programme.queries.filtered_lists import CITIES, PEOPLE, SEATS, FilteredList
from programme.queries.recent_emails import written_to_since
from programme.rules.sessions import choice_slots
from programme.selections import KINDS, NARROWINGS, Narrowing, NoSelectionError, Selection, SelectionKind
from udtacademy.http.parameters import whole_number

SEE_SEATS, CHANGE = "programme.view_seat", "programme.change_participant"
WEEK = dt.timedelta(days=7)
State = Participant.State


def people_of(edition: Edition, selection: Selection, now: dt.datetime) -> ParticipantQuerySet:
    """Return whom a selection has in its edition, in whatever state. Raises NoSelectionError."""
    if selection.kind not in KINDS:
        raise NoSelectionError
    people = KINDS[selection.kind].people(edition, selection.value, now).filter(edition=edition)
    for name in selection.only:
        if name in NARROWINGS:
            people = people.filter(NARROWINGS[name].condition(edition, now))
    return people


def registered(edition: Edition) -> ParticipantQuerySet:
    return Participant.objects.registered().filter(edition=edition)


def everybody(edition: Edition) -> ParticipantQuerySet:
    """Return everybody, in whatever state."""
    return Participant.objects.filter(edition=edition)


def of_state(edition: Edition, state: str) -> ParticipantQuerySet:
    return everybody(edition).filter(state=state)


def plain(
    people: Callable[[Edition], ParticipantQuerySet],
) -> Callable[[Edition, str, dt.datetime], ParticipantQuerySet]:
    """Return the people of a kind without a value."""

    def of_kind(edition: Edition, value: str, _now: dt.datetime) -> ParticipantQuerySet:
        if value:
            raise NoSelectionError
        return people(edition)

    return of_kind


def number_of(value: str) -> int:
    number = whole_number(value)
    if number is None:
        raise NoSelectionError
    return number


def of_city(edition: Edition, value: str, _now: dt.datetime) -> ParticipantQuerySet:
    delegation = edition.delegations.filter(pk=number_of(value)).first()
    if delegation is None:
        raise NoSelectionError
    return registered(edition).filter(delegation=delegation)


def cities_of(edition: Edition) -> Sequence[tuple[str, str]]:
    rows = edition.delegations.order_by("city__name", "pk").values_list("pk", "city__name")
    return [(str(pk), name) for pk, name in rows]


def with_seat(state: str) -> Callable[[Edition, str, dt.datetime], ParticipantQuerySet]:
    """Return the people of a kind who hold a seat in a session (primary key), or wait for one."""

    def of_session(edition: Edition, value: str, _now: dt.datetime) -> ParticipantQuerySet:
        session = edition.sessions.filter(pk=number_of(value)).first()
        if session is None:
            raise NoSelectionError
        seats = Seat.objects.filter(session=session, state=state, participant=OuterRef("pk"))
        return registered(edition).filter(Exists(seats))

    return of_session


def sessions_with_seats_of(edition: Edition) -> Sequence[tuple[str, str]]:
    sessions = edition.sessions.parallel().select_related("track").in_programme_order()
    return [(str(it.pk), f"{it.title} ({it.track})") for it in sessions]


def without_track(edition: Edition) -> ParticipantQuerySet:
    """Return who has chosen nothing: no seat and no waiting list; nobody while nothing can be chosen."""
    if not edition.sessions.parallel().published().exists():
        return registered(edition).none()
    return registered(edition).filter(~Exists(Seat.objects.filter(participant=OuterRef("pk"))))


def without_seat(edition: Edition) -> ParticipantQuerySet:
    """Return who holds no seat at some time at which they could have one, as `seat_choices.standing_of_slots`."""
    slots = choice_slots(list(edition.sessions.parallel().in_programme_order()))
    lacking = [lacks_seat(slot.sessions) for slot in slots if any(it.is_published for it in slot.sessions)]
    return registered(edition).filter(reduce(or_, lacking)) if lacking else registered(edition).none()


def lacks_seat(sessions: Sequence[Session]) -> Q:
    held = Seat.objects.held().filter(session__in=[it.pk for it in sessions], participant=OuterRef("pk"))
    return ~Q(Exists(held))


COMING = "coming"


def without_answer_to(edition: Edition, value: str, now: dt.datetime) -> ParticipantQuerySet:
    if value == COMING:
        asking = asking_edition(edition)
        return without_answer(asking) if asking else registered(edition).none()
    return lacking_answers(edition, value, now)


def answers_of(edition: Edition) -> Sequence[tuple[str, str]]:
    return [(COMING, _("whether they still come")), *unanswered_options(edition)]


def in_list(
    label: Any,
    shown: FilteredList,
    rows: Callable[[Edition], Any],
    permission: str,
    *,
    column: str = "pk",
    field: str = "pk",
    everybody: Callable[[Edition], ParticipantQuerySet] = registered,
) -> SelectionKind:
    """Return a kind whose value is the query string of a list: those of `everybody` whose `field` is in a column of its rows."""

    def people(edition: Edition, query: str, now: dt.datetime) -> ParticipantQuerySet:
        listed = shown.rows(rows(edition), query, now).order_by().values(column)
        return everybody(edition).filter(**{f"{field}__in": listed})

    return SelectionKind(label, people, permission, in_words=shown.in_words)


def register() -> None:
    """Offer the selections and narrowings of the programme, in the order in which they are shown."""
    KINDS["registered"] = SelectionKind(_lazy("Everybody registered"), plain(registered))
    KINDS["coordinators"] = SelectionKind(
        _lazy("Coordinators"), plain(lambda edition: registered(edition).filter(is_coordinator=True))
    )
    KINDS["no-track"] = SelectionKind(_lazy("People who have chosen no track yet"), plain(without_track), SEE_SEATS)
    KINDS["no-seat"] = SelectionKind(_lazy("People without a seat at some time"), plain(without_seat), SEE_SEATS)
    KINDS["pending"] = SelectionKind(
        _lazy("People who wait for approval"), plain(lambda edition: of_state(edition, State.PENDING))
    )
    KINDS["waiting"] = SelectionKind(
        _lazy("People on waiting lists of cities"), plain(lambda edition: of_state(edition, State.WAITING))
    )
    KINDS["unanswered"] = SelectionKind(_lazy("People who have not answered"), without_answer_to, CHANGE, answers_of)
    KINDS["answered"] = SelectionKind(_lazy("People who answered"), with_answer, CHANGE, answers_given)
    KINDS["seat"] = SelectionKind(_lazy("People with a seat in"), with_seat("held"), SEE_SEATS, sessions_with_seats_of)
    KINDS["seat-waiting"] = SelectionKind(
        _lazy("People on the waiting list of"), with_seat("waiting"), SEE_SEATS, sessions_with_seats_of
    )
    KINDS["city"] = SelectionKind(_lazy("The team of"), of_city, options=cities_of)
    KINDS["plan-late"] = SelectionKind(
        _lazy("Cities late with their Action Plan"), late_people, "programme.view_actionplan", steps_to_choose
    )
    KINDS["people"] = in_list(_lazy("List of people"), PEOPLE, everybody, CHANGE, everybody=everybody)
    KINDS["cities"] = in_list(
        _lazy("Teams of cities"), CITIES, lambda edition: edition.delegations.all(), CHANGE, field="delegation"
    )
    KINDS["seats"] = in_list(
        _lazy("List of seats"), SEATS, lambda edition: edition.seats.all(), SEE_SEATS, column="participant"
    )
    NARROWINGS["coordinators"] = Narrowing(_lazy("Only coordinators"), lambda _edition, _now: Q(is_coordinator=True))
    NARROWINGS["unwritten"] = Narrowing(
        _lazy("Only people to whom no organiser has written in the last 7 days"),
        lambda edition, now: ~written_to_since(edition, now - WEEK),
    )
