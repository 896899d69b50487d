"""Speakers: whom pages and calendars show, what changes with them, and when they are asked."""

import datetime as dt
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from django.db import connection, transaction
from django.utils import timezone

from programme.actions.speaker_answers import About, answer_as_speaker, save_picture, withdraw_consent
from programme.actions.speakers import (
    NewSpeaker,
    add_speaker,
    ask_speaker,
    change_part,
    change_speaker,
    delete_speakers_without_session,
    link_of,
    move_speaker,
    remind_speakers,
    remove_speaker,
    renew_speaker_link,
)
from programme.calendars.files import calendar_of
from programme.models import Session, SessionSpeaker, Speaker, SpeakerPicture
from programme.models.edition_state import state_of
from programme.queries.speakers import sessions_to_answer
from tests.factories.programme import SessionFactory, png_file
from tests.factories.speakers import MaterialFactory, SessionSpeakerFactory, SpeakerFactory
from tests.refusals import refused
from tests.threads import in_threads
from udtacademy.outbox.models import Message

pytestmark = pytest.mark.django_db
INES = NewSpeaker("Ines Duarte", "ines@coast.example", "Head of data", "City of Coast")
ABOUT = About("Inês Duarte", "Head of data", "City of Coast", "I ask first who will use it.")


@pytest.fixture
def coming(open_edition):
    starts_at = timezone.now().replace(microsecond=0) + dt.timedelta(days=20)
    return SessionFactory(
        edition=open_edition, slug="talk", starts_at=starts_at, ends_at=starts_at + dt.timedelta(hours=1)
    )


def names_shown(session):
    return [it["name"] for it in Session.objects.get(pk=session.pk).shown_speakers]


def calendar(session):
    shown = Session.objects.with_place().get(pk=session.pk)
    text = calendar_of(shown.edition, [shown], version=state_of(shown.edition.slug).digest).decode()
    return text.replace("\r\n ", "")


@pytest.mark.parametrize(
    ("confirmed", "consented", "is_shown"), [(True, True, True), (True, False, False), (False, True, False)]
)
def test_a_session_shows_who_has_confirmed_and_consented(session, confirmed, consented, is_shown):
    now = timezone.now()
    speaker = SpeakerFactory(edition=session.edition, consented_at=now if consented else None)
    SessionSpeakerFactory(session=session, speaker=speaker, confirmed_at=now if confirmed else None)

    assert names_shown(session) == ([speaker.name] if is_shown else [])
    assert (speaker.name in calendar(session)) is is_shown


def test_who_withdraws_disappears_from_the_calendar_without_a_new_sequence(session):
    row = SessionSpeakerFactory(session=session)
    save_picture(speaker=row.speaker, content=png_file())
    stale, state = Session.objects.get(pk=session.pk), state_of(session.edition.slug)

    assert withdraw_consent(speaker=row.speaker)

    later = Session.objects.get(pk=session.pk)
    assert row.speaker.name not in calendar(session)
    assert (later.shown_speakers, later.calendar_sequence) == ([], stale.calendar_sequence)
    assert later.changed_at > stale.changed_at
    assert state_of(session.edition.slug).digest != state.digest
    assert not SpeakerPicture.objects.exists()
    stale.save()  # as a form does that was opened before
    assert names_shown(session) == []
    assert not withdraw_consent(speaker=row.speaker)


def test_whatever_a_page_shows_of_a_speaker_renews_it(session):
    row, seen = SessionSpeakerFactory(session=session), set()

    def renewed():
        before = len(seen)
        seen.add(state_of(session.edition.slug).digest)
        return len(seen) > before

    assert renewed()
    Speaker.objects.filter(pk=row.speaker.pk).update(about="More.")
    assert renewed()
    save_picture(speaker=row.speaker, content=png_file())
    assert renewed()
    material = MaterialFactory(session=session)
    assert renewed()
    material.delete()
    assert renewed()
    assert not renewed()


def test_answers_are_kept_by_session_and_can_be_changed(coming):
    other = SessionFactory(edition=coming.edition, slug="other")
    speaker = SpeakerFactory(edition=coming.edition, consented_at=None)
    first, second = (SessionSpeakerFactory(session=it, speaker=speaker, confirmed_at=None) for it in (coming, other))

    answer_as_speaker(speaker=speaker, about=ABOUT, consents=True, answers={first.pk: True, second.pk: False})
    assert (names_shown(coming), names_shown(other)) == (["Inês Duarte"], [])
    answer_as_speaker(speaker=speaker, about=ABOUT, consents=True, answers={first.pk: False, second.pk: True})

    assert (names_shown(coming), names_shown(other)) == ([], ["Inês Duarte"])
    first.refresh_from_db()
    assert (first.confirmed_at, first.declined_at is not None) == (None, True)


def test_a_speaker_of_two_sessions_is_one_person(coming, organiser):
    other = SessionFactory(edition=coming.edition)

    add_speaker(session=coming, person=INES, part="speaker", by=organiser)
    add_speaker(session=other, person=INES, part="moderator", by=organiser)

    assert Speaker.objects.get().sessions.count() == 2
    with refused("already_speaker"):
        add_speaker(session=other, person=INES, part="speaker", by=organiser)


def test_the_order_is_the_organisers(coming, organiser):
    people = [NewSpeaker(name, f"{name}@coast.example") for name in ("ana", "bo", "cy")]
    rows = [add_speaker(session=coming, person=it, part="speaker", by=organiser) for it in people]

    assert move_speaker(row=rows[2], up=True)
    assert not move_speaker(row=rows[0], up=True)

    assert [it.speaker.name for it in coming.speakers.order_by("position")] == ["ana", "cy", "bo"]


def test_who_is_taken_off_the_last_session_is_deleted_and_their_materials_stay(session):
    row = SessionSpeakerFactory(session=session)
    material = MaterialFactory(session=session, speaker=row.speaker)

    remove_speaker(row=row)

    assert (Speaker.objects.count(), SessionSpeaker.objects.count(), names_shown(session)) == (0, 0, [])
    material.refresh_from_db()
    assert material.speaker is None


def test_who_has_no_session_because_it_was_deleted_goes_at_night(session, coming):
    stays, goes = SessionSpeakerFactory(session=coming), SessionSpeakerFactory(session=session)
    save_picture(speaker=goes.speaker, content=png_file())
    session.delete()

    assert [delete_speakers_without_session() for _n in range(2)] == [1, 0]

    assert Speaker.objects.get() == stays.speaker


def test_asking_sends_one_link_which_reminders_have_too(coming, organiser):
    row = SessionSpeakerFactory(session=coming, confirmed_at=None)
    speaker = row.speaker

    assert ask_speaker(speaker=speaker, by=organiser)
    assert not ask_speaker(speaker=speaker, by=organiser)  # a second click
    with time_machine.travel(timezone.now() + dt.timedelta(hours=1), tick=False):
        assert ask_speaker(speaker=speaker, by=organiser)

    messages = Message.objects.filter(to=speaker.email).order_by("pk")
    assert [it.kind for it in messages] == ["speaker_invited", "speaker_reminder"]
    assert all(it.is_sensitive and link_of(speaker) in it.text for it in messages)
    speaker.refresh_from_db()
    assert speaker.message == messages[1]


def test_nobody_is_asked_who_has_answered(session, coming, organiser):
    speaker = SessionSpeakerFactory(session=coming).speaker
    SessionSpeakerFactory(session=session, edition=session.edition, confirmed_at=None)  # over

    with refused("speaker_answered"):
        ask_speaker(speaker=speaker, by=organiser)

    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("held_on", "last_on", "is_asked"),
    [(0, 9, True), (-1, 9, False), (0, -1, True), (None, 0, True), (None, -1, False)],
)
def test_nobody_is_asked_about_a_day_that_is_over(client, edition, organiser, held_on, last_on, is_asked):
    """Days from today in the edition's zone, where it is tomorrow already."""
    now = dt.datetime(2025, 10, 1, 22, 30, tzinfo=dt.UTC)
    today = dt.date(2025, 10, 2)
    edition.last_on = today + dt.timedelta(days=last_on)
    edition.save()
    day = None if held_on is None else today + dt.timedelta(days=held_on)
    hint = "October" if held_on is None else ""
    session = SessionFactory(edition=edition, starts_at=None, ends_at=None, held_on=day, date_hint=hint)
    speaker = SessionSpeakerFactory(session=session, confirmed_at=None).speaker
    speaker.invited_at = now - dt.timedelta(days=8)
    speaker.save()

    with time_machine.travel(now, tick=False):
        page = client.get(f"/speaker/{speaker.link_token}/")
        n_listed, n_open = Speaker.objects.unanswered(edition, now).count(), len(sessions_to_answer(speaker, now))
        reminded = remind_speakers()

    assert [n_listed, n_open, reminded, len(page.context["form"].rows)] == [int(is_asked)] * 4


def test_who_does_not_answer_is_reminded_once_after_a_week(coming, organiser):
    now = timezone.now()
    waiting, answered = (SessionSpeakerFactory(session=coming, confirmed_at=None) for _n in range(2))
    for row in (waiting, answered):
        ask_speaker(speaker=row.speaker, by=organiser)
    answer_as_speaker(speaker=answered.speaker, about=ABOUT, consents=False, answers={answered.pk: False})

    sent = []
    for days in (6, 8, 9):
        with time_machine.travel(now + dt.timedelta(days=days), tick=False):
            sent.append(remind_speakers())

    assert sent == [0, 1, 0]
    assert Message.objects.get(kind="speaker_reminder").to == waiting.speaker.email


def test_a_link_ends_when_organisers_end_it_and_when_the_address_changes(coming, organiser):
    speaker = SessionSpeakerFactory(session=coming, confirmed_at=None).speaker
    ask_speaker(speaker=speaker, by=organiser)
    links = [link_of(speaker)]

    renew_speaker_link(speaker=speaker)
    speaker.refresh_from_db()
    links.append(link_of(speaker))
    seen, speaker.email = speaker.seen, "duarte@coast.example"
    change_speaker(speaker=speaker, seen=seen)
    links.append(link_of(Speaker.objects.get()))

    assert len(set(links)) == 3
    tokens = [it.rstrip("/").rpartition("/")[2] for it in links]
    assert [Speaker.objects.of_link(it).exists() for it in tokens] == [False, False, True]


def wait_until(n_waiting):
    """Wait until so many connections of this database wait for a lock."""
    sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    until = time.monotonic() + 10
    n = -1
    while n != n_waiting:
        assert time.monotonic() < until, f"{n} wait instead of {n_waiting}"
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")  # kept within the transaction otherwise
            cursor.execute(sql)
            n = cursor.fetchone()[0]


def one_behind_the_other(session, *tasks):
    """Run tasks that wait for a session which somebody else has locked, in this order. Return what each returned or raised."""
    with ThreadPoolExecutor(len(tasks)) as pool:
        with transaction.atomic():
            Session.objects.select_for_update(no_key=True).get(pk=session.pk)
            running = []
            for task in tasks:
                running.append(pool.submit(in_threads, [task]))
                wait_until(len(running))
        return [it.result()[0] for it in running]


@pytest.mark.django_db(transaction=True)
def test_speakers_answer_while_organisers_change_the_same_rows(coming):
    """What took rows before the session, as its trigger does, was in a deadlock with what took them the other way round."""
    first, second = (SessionSpeakerFactory(session=coming, confirmed_at=None, position=it) for it in range(2))

    def answer(*, comes):
        return answer_as_speaker(speaker=first.speaker, about=ABOUT, consents=True, answers={first.pk: comes})

    def move():
        return move_speaker(row=first, up=False)

    outcomes = [
        *one_behind_the_other(coming, lambda: answer(comes=True), move),
        *one_behind_the_other(coming, lambda: answer(comes=False), lambda: change_part(row=first)),
        *one_behind_the_other(coming, lambda: move_speaker(row=first, up=True), lambda: remove_speaker(row=second)),
    ]

    assert outcomes == [first.speaker, True, first.speaker, None, True, None]
    row = coming.speakers.get()
    assert (row.pk, row.part, row.position, row.declined_at is not None) == (first.pk, "moderator", 0, True)


@pytest.mark.parametrize("changes", [{"email": "bo@coast.example"}, {"email": "bo@coast.example", "name": "Bo"}])
def test_another_address_takes_back_what_its_former_owner_agreed_to_and_said(coming, changes):
    other = SessionFactory(edition=coming.edition, slug="other")
    rows = [SessionSpeakerFactory(session=coming, speaker__about="I ask first.")]
    speaker = rows[0].speaker
    rows.append(SessionSpeakerFactory(session=other, speaker=speaker, confirmed_at=None, declined_at=timezone.now()))
    save_picture(speaker=speaker, content=png_file())
    assert names_shown(coming) == [speaker.name]
    seen = speaker.seen
    for name, value in changes.items():
        setattr(speaker, name, value)

    for _click in range(2):
        change_speaker(speaker=speaker, seen=seen)

    present = Speaker.objects.get()
    assert (present.email, present.consented_at, present.about) == ("bo@coast.example", None, "")
    assert [it.is_open for it in present.sessions.all()] == [True, True]
    assert (names_shown(coming), SpeakerPicture.objects.exists()) == ([], False)


def test_an_answer_by_the_former_link_is_not_taken_for_the_new_persons(coming):
    speaker = SessionSpeakerFactory(session=coming, confirmed_at=None, speaker__consented_at=None).speaker
    former, present = (Speaker.objects.get(pk=speaker.pk) for _n in range(2))  # read before the address changed
    present.email = "bo@coast.example"
    change_speaker(speaker=present, seen=former.seen)

    with refused("link_ended"):
        answer_as_speaker(speaker=former, about=ABOUT, consents=True, answers={})
    with refused("link_ended"):
        save_picture(speaker=former, content=png_file())

    assert Speaker.objects.get().consented_at is None


def test_another_name_or_role_takes_nothing_back(coming):
    row = SessionSpeakerFactory(session=coming, speaker__about="I ask first.")
    seen, row.speaker.name = row.speaker.seen, "Inês Duarte"

    change_speaker(speaker=row.speaker, seen=seen)

    assert (names_shown(coming), Speaker.objects.get().about) == (["Inês Duarte"], "I ask first.")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<html></html>", "file_of_other_kind"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "file_of_other_kind"),
        (png_file(20, 20), "picture_size"),
        (png_file()[:-20], "picture_damaged"),
        (b"\xff\xd8\xff" + b"0" * 2**21, "file_too_large"),
    ],
)
def test_what_is_no_picture_is_refused_and_the_former_one_stays(session, content, code):
    speaker = SessionSpeakerFactory(session=session).speaker
    save_picture(speaker=speaker, content=png_file())

    with refused(code):
        save_picture(speaker=speaker, content=content)

    assert bytes(SpeakerPicture.objects.get().content) == png_file()


def test_who_has_answered_gets_the_new_link_after_theirs_was_ended(coming, organiser):
    speaker = SessionSpeakerFactory(session=coming, confirmed_at=None).speaker
    ask_speaker(speaker=speaker, by=organiser)
    speaker.sessions.update(confirmed_at=timezone.now())
    with refused("speaker_answered"):
        ask_speaker(speaker=speaker, by=organiser)

    renew_speaker_link(speaker=speaker)

    assert ask_speaker(speaker=speaker, by=organiser)
    last = Message.objects.latest("pk")
    assert last.subject == f"Your new link as a speaker at {coming.edition.name}"
    assert Speaker.objects.get().link_token in last.text
    with refused("speaker_answered"):
        ask_speaker(speaker=speaker, by=organiser)


def test_who_was_never_invited_and_has_answered_is_not_written_to(coming, organiser):
    speaker = SessionSpeakerFactory(session=coming, confirmed_at=timezone.now()).speaker

    with refused("speaker_answered"):
        ask_speaker(speaker=speaker, by=organiser)
