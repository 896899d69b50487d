"""The standing of many cities and people in one statement, for counts and lists.

The database only groups people by what is established about them; what a group means is a table that the pure rules
fill (`rules.standing`, `rules.attendance.as_of`). A place that was handed over has the best of the records of those who held
it (`rules.places`). By hand, because the ORM joins no person with each core session: 8,000
people in 800 cities cost 28 ms instead of the 1.1 s of `standing.cities_of`, which says the same with its reasons.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import product
from typing import Any

from django.db import connection
from django.db.models import Case as CaseWhen
from django.db.models import Exists, F, OuterRef, Q, When
from django.db.models.expressions import RawSQL

from attendance.models.actual_time import end_of
from attendance.queries.sessions import attended
from attendance.queries.standing import COUNTS_AFTER_WITHDRAWAL
from attendance.rules import standing as rules
from attendance.rules.attendance import BY_EVIDENCE, REPRESENTS, AttendanceStatus, as_of
from attendance.rules.places import BEST_RECORDS, HANDED_ON
from attendance.rules.standing import BEST_FIRST, Case, Standing
from programme.models import Edition, Session

WORST_FIRST = list(Case)
# The cases of a city by its best person, the best first. The last is that of a city whose people are all excused.
OF_THE_BEST = (Case.SETTLED, *BEST_FIRST, Case.SETTLED)

# Core sessions; what a group of people means; and the groups: people in the same situation at a core session.
GROUPED = """
    WITH RECURSIVE core AS ({core}),
    meaning AS (
        SELECT * FROM unnest(%s::text[], %s::bool[], %s::bool[], %s::bool[], %s::bool[], %s::int[], %s::int[], %s::bool[])
            AS meaning(status, is_evidence, has_ended, was_registered, is_last_call, worst, best, counts_when_withdrawn)
    ),
    situation AS MATERIALIZED (SELECT * FROM core JOIN meaning USING (has_ended, is_last_call)),  -- otherwise each group joins all
    person AS (
        SELECT id, edition_id, delegation_id, state = 'registered' AS is_registered,
            CASE WHEN state = 'registered' THEN state_at END AS registered_at
        FROM programme_participant WHERE edition_id = ANY(%s)
    ),
    hand_over AS (
        SELECT p.id AS person_id, p.handed_over_to_id AS heir_id, coalesce(heir.took_over_at, p.state_at) AS left_at, p.delegation_id
        FROM programme_participant p JOIN programme_participant heir ON heir.id = p.handed_over_to_id
        WHERE p.edition_id = ANY(%s) AND p.handed_over_to_id IS NOT NULL  -- follows from the join; so its index is used
        UNION
        SELECT person_id, heir.handed_over_to_id, left_at, heir.delegation_id
        FROM hand_over JOIN programme_participant heir USING (delegation_id)
        WHERE heir.id = heir_id AND heir.handed_over_to_id IS NOT NULL
    ),
    handed_on AS (
        SELECT heir.id AS participant_id, session_id, status, source
        FROM hand_over JOIN person heir USING (delegation_id)
        JOIN attendance_attendance seen ON seen.participant_id = person_id JOIN core USING (session_id)
        WHERE heir.id = heir_id AND heir.is_registered AND (status = ANY(%s) OR (status = %s AND ended_at <= left_at))
    ),
    record AS (
        SELECT participant_id, session_id, status, source FROM attendance_attendance seen
        WHERE session_id = ANY(ARRAY(SELECT session_id FROM core)) AND status <> '' AND NOT EXISTS (
            SELECT FROM handed_on it WHERE it.participant_id = seen.participant_id AND it.session_id = seen.session_id
        )
        UNION ALL
        SELECT * FROM (
            SELECT DISTINCT ON (participant_id, session_id) participant_id, session_id, status, source FROM (
                SELECT * FROM handed_on UNION ALL
                SELECT participant_id, session_id, seen.status, seen.source
                FROM handed_on JOIN attendance_attendance seen USING (participant_id, session_id) WHERE seen.status <> ''
            ) candidate ORDER BY participant_id, session_id, array_position(%s::text[], status::text), source = ANY(%s)
        ) best
    ),
    seen AS (
        SELECT person.{who}, session_id, is_registered, (registered_at < ended_at) IS NOT FALSE AS was_registered,
            status, source = ANY(%s) AS is_evidence, count(*) AS n
        FROM core JOIN record USING (session_id) JOIN person ON person.id = participant_id
        GROUP BY 1, 2, 3, 4, 5, 6
    ),
    everybody AS (
        SELECT {who}, session_id, is_registered, (late_at < ended_at) IS NOT FALSE AS was_registered, sum(n) AS n
        FROM core JOIN (
            SELECT {who}, edition_id, is_registered, count(*) AS n,
                CASE WHEN registered_at >= (SELECT min(ended_at) FROM core) THEN registered_at END AS late_at
            FROM person GROUP BY 1, 2, 3, 5
        ) people USING (edition_id)
        WHERE NOT is_parallel
        GROUP BY 1, 2, 3, 4
        UNION ALL
        SELECT person.{who}, session_id, is_registered, (registered_at < ended_at) IS NOT FALSE, count(*)
        FROM core JOIN (
            SELECT participant_id, session_id FROM core JOIN programme_seat USING (session_id)
            WHERE is_parallel AND state = 'held'
            UNION SELECT participant_id, session_id FROM core JOIN record USING (session_id) WHERE is_parallel
        ) its_people USING (session_id) JOIN person ON person.id = participant_id
        GROUP BY 1, 2, 3, 4
    ),
    grouped AS (
        SELECT {who}, session_id, is_registered, was_registered, status, is_evidence FROM seen
        UNION ALL
        SELECT {who}, session_id, is_registered, was_registered, '', FALSE FROM everybody LEFT JOIN (
            SELECT {who}, session_id, is_registered, was_registered, sum(n) AS n_seen FROM seen GROUP BY 1, 2, 3, 4
        ) seen USING ({who}, session_id, is_registered, was_registered)
        WHERE n > COALESCE(n_seen, 0)
    ),
    interpreted AS (
        SELECT * FROM grouped JOIN situation USING (session_id, status, is_evidence, was_registered)
    )
"""
CITIES = """,
    of_session AS (
        SELECT delegation_id, session_id, min(worst) FILTER (WHERE is_registered) AS worst,
            min(best) FILTER (WHERE is_registered OR counts_when_withdrawn) AS best
        FROM interpreted GROUP BY delegation_id, session_id
    ),
    peopled AS (SELECT DISTINCT delegation_id FROM person WHERE is_registered),
    city AS (
        SELECT delegation.id, delegation.edition_id, delegation.city_id, peopled.delegation_id IS NOT NULL AS has_people, min(
            CASE WHEN edition.attendance_rule = %s AND peopled.delegation_id IS NOT NULL THEN of_session.worst
            ELSE COALESCE((%s::int[])[of_session.best + 1], nobody.worst) END
        ) AS worst
        FROM programme_delegation delegation
        JOIN programme_edition edition ON edition.id = delegation.edition_id AND edition.id = ANY(%s)
        LEFT JOIN peopled ON peopled.delegation_id = delegation.id
        LEFT JOIN core ON core.edition_id = edition.id
        LEFT JOIN of_session ON of_session.delegation_id = delegation.id AND of_session.session_id = core.session_id
        LEFT JOIN meaning nobody ON nobody.status = '' AND NOT nobody.is_evidence AND nobody.was_registered
            AND nobody.has_ended = core.has_ended AND nobody.is_last_call = core.is_last_call
        GROUP BY 1, 2, 3, 4
    )
"""
COUNTED = "SELECT edition_id, has_people, worst, count(*) FROM city GROUP BY 1, 2, 3"
LISTED = """
    SELECT city.id, has_people, worst FROM city JOIN programme_city ON programme_city.id = city.city_id
    ORDER BY programme_city.name, city.id
"""
PEOPLE = "SELECT id FROM interpreted GROUP BY id HAVING min(worst) = ANY(%s)"


def counts_of_cities(editions: Sequence[Edition], now: dt.datetime) -> Mapping[int, Counter[Standing]]:
    """Return how many cities of each edition have each standing, by the edition's primary key. One query."""
    counts: dict[int, Counter[Standing]] = defaultdict(Counter)
    for edition, has_people, worst, n in rows_of(COUNTED, editions, now):
        counts[edition][standing_of(worst, has_people=has_people)] += n
    return counts


def cities_by_standing(edition: Edition, now: dt.datetime) -> list[tuple[int, Standing]]:
    """Return the delegations of an edition with their standing, the worst first, then by name. One query."""
    rows = rows_of(LISTED, [edition], now)
    cities = [(pk, standing_of(worst, has_people=has_people)) for pk, has_people, worst in rows]
    return sorted(cities, key=lambda city: list(Standing).index(city[1]))


def is_of_standing(standing: Standing, edition: Edition, now: dt.datetime) -> Q:
    """Return the condition for participants with that standing. Who has no core session has met them all."""
    statement, parameters = grouped("id", [edition], now)
    is_met = standing is Standing.MET
    worst = [n for n, case in enumerate(WORST_FIRST) if (rules.standing([case]) is standing) is not is_met]
    are_they = Q(pk__in=RawSQL(statement + PEOPLE, [*parameters, worst]))  # noqa: S611 - constant SQL
    return ~are_they if is_met else are_they


def standing_of(worst: int | None, *, has_people: bool) -> Standing:
    return rules.standing_of_city([] if worst is None else [WORST_FIRST[worst]], has_people=has_people)


def rows_of(tail: str, editions: Sequence[Edition], now: dt.datetime) -> list[tuple[Any, ...]]:
    """Return the rows of a statement about the cities of some editions."""
    if not editions:
        return []
    statement, parameters = grouped("delegation_id", editions, now)
    worst = [WORST_FIRST.index(case) for case in OF_THE_BEST]
    parameters += [Edition.AttendanceRule.EACH_PARTICIPANT.value, worst, [it.pk for it in editions]]
    with connection.cursor() as cursor:
        cursor.execute(statement + CITIES + tail, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def grouped(who: str, editions: Sequence[Edition], now: dt.datetime) -> tuple[str, list[Any]]:
    """Return the statement that groups people, and its parameters. `who`: by what, beside their situation."""
    over = [it.pk for it in editions if it.is_over(now)]
    sessions = attended(Session.objects.filter(edition__in=[it.pk for it in editions])).core().order_by()
    core = sessions.annotate(
        session_id=F("pk"),
        ended_at=end_of(),
        has_ended=CaseWhen(When(ended_at__lte=now, then=True), default=False),
        is_last_call=CaseWhen(When(edition__in=over, then=True), default=False),
        is_parallel=Exists(Session.objects.parallel().filter(pk=OuterRef("pk"))),
    ).values("session_id", "edition_id", "ended_at", "has_ended", "is_last_call", "is_parallel")
    statement, parameters = core.query.sql_with_params()
    pks = [it.pk for it in editions]
    handed_on = [sorted(it.value for it in HANDED_ON), AttendanceStatus.EXCUSED.value]
    best = [[it.value for it in BEST_RECORDS], sorted(BY_EVIDENCE)]
    parameters = (*parameters, *meanings(), pks, pks, *handed_on, *best, sorted(BY_EVIDENCE))
    return GROUPED.format(core=statement, who=who), list(parameters)


@cache
def meanings() -> tuple[list[Any], ...]:
    """Return the columns of `meaning`: each situation, and what the rules make of it."""
    recorded = [it for it in AttendanceStatus if it not in {AttendanceStatus.HERE, AttendanceStatus.NOT_YET}]
    rows: list[tuple[str | bool | int, ...]] = []
    for status, situation in product(recorded, product((False, True), repeat=4)):
        is_evidence, has_ended, was_registered, is_last_call = situation
        source = next(iter(BY_EVIDENCE)) if is_evidence else ""
        now = as_of(status, source, has_ended=has_ended, was_registered=was_registered)
        case = rules.case(now, is_over=has_ended, is_last_call=is_last_call)
        meaning = (WORST_FIRST.index(case), best_of(now, case), now in COUNTS_AFTER_WITHDRAWAL)
        rows.append((status.value, *situation, *meaning))
    return tuple(map(list, zip(*rows, strict=True)))


def best_of(status: AttendanceStatus, case: Case) -> int:
    """Return the position in OF_THE_BEST of a city with one person."""
    if status in REPRESENTS:
        return 0
    return len(OF_THE_BEST) - 1 if status is AttendanceStatus.EXCUSED else OF_THE_BEST.index(case)
