"""The results of an edition, worked out from its rows; those published; and the edition before (decision 77)."""

import datetime as dt

from django.db.models import Count, Q

from attendance.models import Attendance, Certificate, PublishedResults
from attendance.queries.certificate_grounds import minutes_of
from attendance.queries.edition_work import core_attendance
from attendance.queries.feedback_results import pooled_in, results_of
from attendance.queries.sessions import attended_sessions
from attendance.queries.turnout import with_n_expected
from attendance.rules.attendance import WAS_THERE
from attendance.rules.feedback import MAY_ANSWER, Pool
from attendance.rules.results import Results, Scale, Step, results_in
from programme.models import ActionPlanPart, Edition, Session
from programme.models.question import in_language
from programme.rules.action_plans import PartState
from programme.rules.session_feedback import FeedbackKind
from udtacademy.accounts.models.visitor import Visitor

HERE = [it.value for it in MAY_ANSWER]
WHOLLY = [it.value for it in WAS_THERE]


def results_now(edition: Edition, now: dt.datetime) -> Results:
    """Return the results of an edition as they are now. Eleven queries, however many people."""
    sessions = held_sessions(edition, now)
    rows = Attendance.objects.filter(session__in=sessions).order_by()
    people = rows.filter(status__in=HERE)
    city = ("participant__delegation__city__name", "participant__delegation__city__country")
    there = dict(rows.filter(status__in=WHOLLY).values_list("session").annotate(n=Count("pk")))
    core = [turnout for _session, turnout in core_attendance(sessions, now)]
    return Results(
        cities=sorted(set(people.values_list(*city))),
        n_people=people.aggregate(n=Count("participant", distinct=True))["n"],
        n_sessions=len(sessions),
        minutes=sum(minutes_of(it) for it in sessions),
        attended_minutes=sum(minutes_of(it) * there.get(it.pk, 0) for it in sessions),
        core_places=sum(it.n_expected for it in core),
        core_there=sum(it.n_there for it in core),
        scales=[scale_of(it) for it in pooled_in(results_of(edition, now)).values() if is_scale(it)],
        steps=steps_of(edition),
        **plans_of(edition),
        **certificates_of(edition),
    )


def held_sessions(edition: Edition, now: dt.datetime) -> list[Session]:
    """Return the sessions that took place, in the order of the programme, with how many were expected at each. One query."""
    held = attended_sessions(edition).exclude(status=Session.Status.CANCELLED).select_related("actual_time")
    sessions = list(with_n_expected(held).in_programme_order())
    for session in sessions:
        session.edition = edition
    return [it for it in sessions if it.is_past(now) and (it.local_day is not None)]


def is_scale(pool: Pool) -> bool:
    return pool.question.kind is FeedbackKind.SCALE


def scale_of(pool: Pool) -> Scale:
    figure = pool.figure()
    return Scale(key=pool.question.key, label=in_language(pool.question.labels), mean=figure.mean or 0.0, n=figure.n)


def steps_of(edition: Edition) -> list[Step]:
    """Return the steps with how many cities have submitted each. One query."""
    steps = edition.steps.annotate(n=Count("parts", filter=Q(parts__submitted__isnull=False)))
    rows = steps.order_by("position", "pk").values_list("slug", "title", "n")
    return [Step(slug=slug, title=title, n_submitted=n) for slug, title, n in rows]


def plans_of(edition: Edition) -> dict[str, int]:
    """Return of how many cities something was submitted, and something is final. One query."""
    return ActionPlanPart.objects.filter(edition=edition).aggregate(
        n_plans=Count("plan", distinct=True, filter=Q(submitted__isnull=False)),
        n_final=Count("plan", distinct=True, filter=Q(state=PartState.FINAL)),
    )


def certificates_of(edition: Edition) -> dict[str, int]:
    """Return how many certificates are valid, and how many of them say that somebody has completed the programme. One query."""
    return (
        Certificate.objects.valid()
        .filter(edition=edition)
        .aggregate(n_certificates=Count("pk"), n_completed=Count("pk", filter=Q(kind=Certificate.Kind.COMPLETED)))
    )


def published_results(edition: Edition) -> PublishedResults | None:
    return PublishedResults.objects.filter(edition=edition).select_related("published_by").first()


def figures_in(published: PublishedResults) -> Results:
    return results_in(published.figures)


def edition_before(edition: Edition, visitor: Visitor) -> Edition | None:
    """Return the published edition that began last before this one, if the visitor works in it. One query."""
    before = Edition.objects.open_to(visitor).published().filter(first_on__lt=edition.first_on)
    return before.select_related("venue").latest_first().first()
