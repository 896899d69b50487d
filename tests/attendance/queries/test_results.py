"""The results of an edition, and the report beside the year before. All figures are worked out by hand from `edition` and `former`."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from attendance.actions.results import publish_results, take_back_results
from attendance.exports.results import Reported, report_pdf, report_rows
from attendance.models import Attendance, FeedbackTally, PublishedResults
from attendance.queries.results import edition_before, figures_in, results_now
from programme.models import StaffAssignment
from tests.factories.action_plans import ActionPlanFactory, PartFactory, StepFactory
from tests.factories.attendance import CertificateFactory
from tests.factories.feedback import FeedbackSetFactory, was_there
from tests.factories.people import CityFactory, DelegationFactory, ParticipantFactory
from tests.factories.programme import EditionFactory, SessionFactory
from tests.pdf_files import reader_of, tags_of, text_of
from tests.refusals import refused

UTC = dt.UTC
CLOSED = dt.date(2025, 11, 1)


def held(edition, day, minutes, **values):
    starts_at = dt.datetime(*day, 9, tzinfo=UTC)
    return SessionFactory(
        edition=edition, starts_at=starts_at, ends_at=starts_at + dt.timedelta(minutes=minutes), **values
    )


@pytest.fixture
def former(db):
    """One core session of an hour, to which one of two people of one city came."""
    edition = EditionFactory(
        slug="former", name="Academy 2024", first_on=dt.date(2024, 9, 1), last_on=dt.date(2024, 12, 1)
    )
    session = held(edition, (2024, 9, 20), 60, is_core=True)
    city = DelegationFactory(edition=edition, city__name="Vic", city__country="ES")
    was_there(session, city, state_at=dt.datetime(2024, 1, 1, tzinfo=UTC))
    ParticipantFactory(delegation=city, state_at=dt.datetime(2024, 1, 1, tzinfo=UTC))
    StepFactory(edition=edition, slug="challenge")
    return edition


@pytest.fixture
def edition(former, organiser):
    edition = EditionFactory(slug="year", name="Academy 2025")
    core = held(edition, (2025, 9, 25), 90, is_core=True)
    optional = held(edition, (2025, 10, 2), 60)
    held(edition, (2025, 10, 3), 600, status="cancelled", status_reason="Ill")
    held(edition, (2025, 10, 4), 30, format="break")
    girona = DelegationFactory(edition=edition, city__name="Girona", city__country="ES", quota=9)
    tallinn = DelegationFactory(edition=edition, city__name="Tallinn", city__country="EE", quota=9)
    first, second, _third = was_there(core, girona, n=3)
    was_there(core, girona, status="partial")
    was_there(core, tallinn, n=2)
    ParticipantFactory(delegation__edition=edition, delegation__city=CityFactory(name="Vic II", country="FR"))
    Attendance.objects.create(participant=first, session=optional, edition=edition, status="present", source="report")
    questions = FeedbackSetFactory(edition=edition).questions
    answers = {"satisfaction": {"3": 1, "4": 3, "5": 1}, "useful": {"1": 4}}
    FeedbackTally.objects.create(
        session=core, edition=edition, questions=questions, closes_on=CLOSED, answers=answers, n_given=5
    )
    FeedbackTally.objects.create(
        session=optional,
        edition=edition,
        questions=questions,
        closes_on=CLOSED,
        answers={"satisfaction": {"1": 4}},
        n_given=4,
    )
    challenge, use_case = (StepFactory(edition=edition, slug=it) for it in ("challenge", "use-case"))
    plan = ActionPlanFactory(delegation=girona)
    PartFactory(plan=plan, step=challenge)
    PartFactory(plan=plan, step=use_case, state="final")
    PartFactory(plan=ActionPlanFactory(delegation=tallinn), step=challenge, state="draft")
    CertificateFactory(participant=first, issued_by=organiser)
    CertificateFactory(participant=second, issued_by=organiser, kind="attended")
    return edition


ROWS = [
    ("Cities", 2, 1),
    ("Countries", 2, 1),
    ("People who took part", 6, 1),
    ("Sessions held", 2, 1),
    ("Hours of sessions", 2.5, 1.0),
    ("Hours attended, of all people together", 8.5, 1.0),  # 5 × 90 + 1 × 60 minutes
    ("Core sessions attended, as a percentage of those expected", 71, 50),  # 5 of 7, who are all registered; 1 of 2
    # 3 + 3 × 4 + 5 = 20, of 5; four are hidden
    ("Mean answer to “How satisfied are you with this session?”, from 1 to 5", 4.0, None),
    ("Number of answers to “How satisfied are you with this session?”", 5, None),
    ("Cities that submitted an Action Plan, or a part of it", 1, 0),
    ("Cities with a final part", 1, 0),
    ("Cities that submitted “Challenge”", 1, 0),
    ("Cities that submitted “Use-case”", 1, None),
    ("Certificates", 2, 0),
    ("Certificates of completion", 1, 0),
]


def reported(edition):
    return Reported(edition, results_now(edition, timezone.now()))


def test_the_report_has_the_figures_and_those_of_the_year_before(edition, former, organiser):
    before = edition_before(edition, organiser)

    head, *rows = report_rows(reported(edition), reported(before))

    assert before == former
    assert head == ["Section", "Figure", "Academy 2025", "Academy 2024"]
    assert [tuple(row[1:]) for row in rows] == ROWS


def test_without_a_year_before_its_cells_are_empty(former, organiser):
    assert edition_before(former, organiser) is None

    head, *rows = report_rows(reported(former), None)

    assert head[3] == "Year before"
    assert {row[3] for row in rows} == {None}


def test_the_year_before_is_of_who_works_in_it(edition, staff_of):
    colleague = staff_of("organiser")
    StaffAssignment.objects.create(user=colleague).editions.add(edition)

    assert edition_before(edition, colleague) is None


def test_the_pdf_has_each_figure_and_is_tagged(edition, former):
    content = report_pdf(reported(edition), reported(former))

    text = " ".join(text_of(content).split())
    assert "Core sessions attended, as a percentage of those expected 71 50" in text
    assert "Spain: Girona" in text
    assert reader_of(content).metadata.title == "Results of Academy 2025"
    assert {"Table", "H1", "H2", "TH"} <= set(tags_of(content))


def test_results_cost_the_same_with_more_people(edition):
    def n_queries():
        with CaptureQueriesContext(connection) as queries:
            results_now(edition, timezone.now())
        return len(queries)

    before = n_queries()
    was_there(held(edition, (2025, 11, 1), 30, is_core=True), DelegationFactory(edition=edition, quota=9), n=3)

    assert n_queries() == before <= 13


def test_what_is_published_stays_until_it_is_published_again(edition, organiser):
    now = timezone.now()
    seen = results_now(edition, now)
    publish_results(edition=edition, as_read=seen.token, by=organiser)
    was_there(held(edition, (2025, 11, 1), 30), DelegationFactory(edition=edition))

    assert figures_in(PublishedResults.objects.get()) == seen
    with refused("changed_meanwhile"):
        publish_results(edition=edition, as_read=seen.token, by=organiser)
    publish_results(edition=edition, as_read=results_now(edition, now).token, by=organiser)
    assert figures_in(PublishedResults.objects.get()).n_people == seen.n_people + 1
    assert (take_back_results(edition=edition, by=organiser), take_back_results(edition=edition, by=organiser)) == (
        True,
        False,
    )


def test_nothing_is_published_before_the_edition_is_over(open_edition, organiser):
    with refused("edition_not_over"):
        publish_results(edition=open_edition, as_read=results_now(open_edition, timezone.now()).token, by=organiser)
    assert not PublishedResults.objects.exists()
