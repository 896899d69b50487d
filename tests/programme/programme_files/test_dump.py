import datetime as dt

import pytest

from programme.actions.applications import offer_usual_questions
from programme.models import CertificateLayout, Session
from programme.programme_files.clone import clone_edition
from programme.programme_files.dump import dump_programme, dumps
from programme.programme_files.load import load_programme
from programme.programme_files.mistakes import DocumentError
from programme.programme_files.reading import loads
from programme.rules.certificate_words import ENGLISH
from tests.factories.action_plans import PartFactory, StepFactory
from tests.factories.applications import CriterionFactory, takes_applications
from tests.factories.feedback import FeedbackSetFactory
from tests.factories.programme import (
    EditionFactory,
    RoomFactory,
    SessionFactory,
    TimedSessionFactory,
)


@pytest.mark.parametrize("hour", [0, 1])
def test_a_time_that_comes_twice_is_dumped_and_loaded_without_loss(edition, hour):
    instants = [dt.datetime(2025, 10, 26, h, 30, tzinfo=dt.UTC) for h in (hour, 1 - hour, 2)]  # 02:30, 02:30 and 03:30
    session = TimedSessionFactory(edition=edition, slug="night", starts_at=instants[0], ends_at=instants[2])
    source = dumps(dump_programme(edition=edition)).encode()

    assert load_programme(document=loads(source), by=None)[1].made == []
    Session.objects.filter(pk=session.pk).update(starts_at=instants[1])
    _edition, changes = load_programme(document=loads(source), by=None)

    session.refresh_from_db()
    assert session.starts_at == instants[0]
    shown = ["2025-10-26 02:30", "2025-10-26 02:30+0100"]
    assert changes.made == [f"changed: session night: starts_at {shown[1 - hour]} → {shown[hour]}"]


def test_dump_programme_then_load_is_the_identity(edition_2025, document_2025):
    assert dump_programme(edition=edition_2025) == document_2025


@pytest.mark.django_db
def test_dump_programme_keeps_rooms_and_the_hour_that_comes_twice():
    edition = EditionFactory()
    room = RoomFactory(venue=edition.venue)
    RoomFactory(venue=edition.venue, capacity=None)
    twice = dt.datetime(2025, 10, 26, 1, 30, tzinfo=dt.UTC)  # 02:30, the second time
    TimedSessionFactory(edition=edition, room=room, starts_at=twice, ends_at=twice + dt.timedelta(hours=1))

    document = loads(dumps(dump_programme(edition=edition)).encode())
    _edition, changes = load_programme(document=document, by=None)

    assert changes.made == []


@pytest.mark.django_db
def test_steps_of_action_plans_go_along_with_a_file_and_a_copy(open_edition):
    session = SessionFactory(edition=open_edition, slug="talk", held_on=open_edition.first_on)
    StepFactory(edition=open_edition, slug="challenge", guidance="Why?", session=session, days_before=3, position=1)
    document = loads(dumps(dump_programme(edition=open_edition)).encode())

    assert load_programme(document=document, by=None)[1].made == []
    PartFactory(step=open_edition.steps.get(), plan__delegation__edition=open_edition)
    copy = clone_edition(edition=open_edition, slug="next", first_day=dt.date(2030, 9, 15), by=None).edition

    values = ("slug", "title", "guidance", "session__slug", "days_before")
    for edition in (open_edition, copy):
        assert list(edition.steps.values_list(*values)) == [("challenge", "Challenge", "Why?", "talk", 3)]
    assert (copy.steps.get().session.edition, copy.action_plans.exists()) == (copy, False)


@pytest.mark.django_db
def test_criteria_and_questions_to_applicants_go_along_with_a_file_and_a_copy(open_edition):
    takes_applications(open_edition)
    offer_usual_questions(edition=open_edition, by=None)
    CriterionFactory(edition=open_edition, name="Need", weight=3, position=1)
    document = loads(dumps(dump_programme(edition=open_edition)).encode())

    assert load_programme(document=document, by=None)[1].made == []
    open_edition.criteria.all().delete()
    load_programme(document=document, by=None)
    copy = clone_edition(edition=open_edition, slug="next", first_day=dt.date(2030, 9, 15), by=None).edition

    for edition in (open_edition, copy):
        assert list(edition.criteria.values_list("name", "weight")) == [("Need", 3)]
        assert edition.questions.filter(asked_when="application").count() == 4
    assert (copy.takes_applications, copy.applications_open_at.year) == (True, 2030)


def test_the_layout_of_certificates_goes_along_with_a_file_and_a_copy(open_edition):
    spanish = dict.fromkeys(ENGLISH, "palabra")
    signed = [{"name": "Núria Ferrer", "role": "Director"}]
    of_layout = {"languages": ["en", "es"], "words": {"es": spanish}, "signatories": signed}
    CertificateLayout.objects.create(edition=open_edition, **of_layout)

    document = loads(dumps(dump_programme(edition=open_edition)).encode())
    CertificateLayout.objects.all().delete()
    load_programme(document=document, by=None)
    copy = clone_edition(edition=open_edition, slug="copy", first_day=open_edition.first_on, by=None).edition

    for edition in (open_edition, copy):
        assert CertificateLayout.objects.filter(edition=edition).values(*of_layout).get() == of_layout
    _edition, changes = load_programme(document=document, by=None)
    assert not changes.plan.is_change


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ('languages = ["es"]', "certificates.words.es"),
        ('languages = ["xx"]', "certificates.languages"),
        ("[certificates.words.en]\nheding = 'X'", "certificates.words.en.heding"),
        ("[[certificates.signatories]]\nrole = 'X'", "certificates.signatories[0].name"),
    ],
)
def test_mistakes_in_the_layout_of_certificates_are_named(open_edition, table, key):
    source = dumps(dump_programme(edition=open_edition)) + f"\n[certificates]\n{table}\n"

    with pytest.raises(DocumentError) as caught:
        loads(source.encode())

    assert key in [mistake.path for mistake in caught.value.mistakes]


@pytest.mark.django_db
def test_questions_about_sessions_go_along_with_a_file_and_a_copy(open_edition):
    session = SessionFactory(edition=open_edition, slug="talk", held_on=open_edition.first_on)
    usual = FeedbackSetFactory(edition=open_edition, open_days=7)
    own = FeedbackSetFactory(session=session, questions=usual.questions[1:3])
    values = ("session__slug", "open_days", "questions")
    expected = [(None, 7, usual.questions), ("talk", 14, own.questions)]

    document = loads(dumps(dump_programme(edition=open_edition)).encode())
    open_edition.feedback_sets.all().delete()
    load_programme(document=document, by=None)
    copy = clone_edition(edition=open_edition, slug="copy", first_day=open_edition.first_on, by=None).edition

    for edition in (open_edition, copy):
        assert list(edition.feedback_sets.order_by("pk").values_list(*values)) == expected
    assert copy.feedback_sets.get(session__slug="talk").session.edition == copy
    assert load_programme(document=document, by=None)[1].made == []


QUESTION = "[[feedback.questions]]\nkey = '%s'\nkind = '%s'\nlabels = {en = 'Good?'}\n"


@pytest.mark.parametrize(
    ("tables", "key"),
    [
        (f"{QUESTION % ('a', 'scale')}", "feedback[0].questions"),
        (f"{QUESTION % ('a', 'scale')}{QUESTION % ('a', 'text')}", "feedback[0].questions"),
        (f"{QUESTION % ('a', 'scale')}{QUESTION % ('b', 'choice')}", "feedback[0].questions"),
        (f"{QUESTION % ('a', 'scale')}{QUESTION % ('b', 'stars')}", "feedback[0].questions[1].kind"),
        ("session = 'nowhere'", "feedback[0].session"),
        ("open_days = 0", "feedback[0].open_days"),
        ("[[feedback]]", "feedback[1].session"),
    ],
)
def test_mistakes_in_questions_about_sessions_are_named(open_edition, tables, key):
    source = dumps(dump_programme(edition=open_edition)) + f"\n[[feedback]]\n{tables}\n"

    with pytest.raises(DocumentError) as caught:
        loads(source.encode())

    assert key in [mistake.path for mistake in caught.value.mistakes]
