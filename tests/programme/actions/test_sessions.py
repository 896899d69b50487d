import datetime as dt

import pghistory.models
import pytest

from programme.actions.sessions import cancel_session, confirm_session, postpone_session, publish_session
from programme.errors import ProgrammeError
from programme.models import Session
from tests.factories.programme import SessionFactory, TimedSessionFactory
from tests.refusals import refused


def test_publish_session_shows_it(edition, organiser):
    session = SessionFactory(edition=edition, is_published=False)

    assert publish_session(session=session, by=organiser)
    assert session.is_published


@pytest.mark.parametrize("verb", [publish_session, confirm_session])
def test_the_second_click_changes_nothing(session, organiser, verb):
    before = session.calendar_sequence

    assert not verb(session=session, by=organiser)
    assert session.calendar_sequence == before


def test_cancel_session_then_confirm_it_again(session, organiser):
    assert cancel_session(session=session, by=organiser)
    assert session.is_cancelled
    assert not cancel_session(session=session, by=organiser)

    assert confirm_session(session=session, by=organiser)
    assert (session.status, session.calendar_sequence) == ("confirmed", 2)


def test_confirm_session_without_times_is_refused(edition, organiser):
    session = SessionFactory(edition=edition, title="Closing", date_hint="December")

    with pytest.raises(ProgrammeError, match="Closing: A confirmed session needs a start and an end."):
        confirm_session(session=session, by=organiser)
    session.refresh_from_db()
    assert session.is_tentative


def test_confirm_a_cancelled_session_whose_time_is_taken_is_refused(session, organiser):
    cancel_session(session=session, by=organiser)
    TimedSessionFactory(edition=session.edition, starts_at=session.starts_at, ends_at=session.ends_at)

    with pytest.raises(ProgrammeError, match="Only sessions of different tracks can overlap"):
        confirm_session(session=session, by=organiser)
    assert Session.objects.get(pk=session.pk).is_cancelled


def test_postpone_session_keeps_the_local_time_across_the_clock_change(session, organiser):
    assert postpone_session(session=session, by=organiser, new_day=dt.date(2025, 10, 30))

    assert session.is_tentative
    assert session.starts_at == dt.datetime(2025, 10, 30, 15, tzinfo=dt.UTC)  # 16:00 in Madrid, in winter
    assert session.ends_at - session.starts_at == dt.timedelta(minutes=90)


def test_postpone_session_to_words_takes_its_times_away(session, organiser):
    assert postpone_session(session=session, by=organiser, date_hint="January")

    assert (session.starts_at, session.ends_at, session.date_hint) == (None, None, "January")


def test_postpone_session_with_a_hint_to_a_day(edition, organiser):
    session = SessionFactory(edition=edition, date_hint="December")

    assert postpone_session(session=session, by=organiser, new_day=dt.date(2025, 12, 4))

    assert (session.held_on, session.date_hint) == (dt.date(2025, 12, 4), "")


@pytest.mark.parametrize("to", [{}, {"new_day": dt.date(2025, 12, 4), "date_hint": "December"}])
def test_postpone_session_wants_one_of_the_two(session, organiser, to):
    with refused("one_date_needed"):
        postpone_session(session=session, by=organiser, **to)


def test_the_history_keeps_who_did_it(session, organiser):
    cancel_session(session=session, by=organiser)

    event = pghistory.models.Events.objects.tracks(session).get(pgh_label="update")
    assert event.pgh_context["user"] == organiser.pk
    assert event.pgh_diff["status"] == ["confirmed", "cancelled"]
