"""How the page of a cell describes the rule that applied, with its numbers."""

import datetime as dt
from collections.abc import Iterator

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from attendance import wording
from attendance.rules.attendance import MEASURING, DecidedOutcome, EvidenceKind, Finding, Observation, Terms, seen
from attendance.rules.shown_states import SessionTimes
from programme.models import Edition

MINUTE = dt.timedelta(minutes=1)


def rule_sentences(
    observations: list[Observation],
    terms: Terms,
    *,
    decision: DecidedOutcome | None,
    excuse: DecidedOutcome | None,
    times: SessionTimes,
    registered_at: dt.datetime | None,
    now: dt.datetime,
    edition: Edition,
) -> list[str]:
    """Return why a person's attendance is what it is, as sentences. Times are in the active zone."""
    if terms.instants is None:
        return [_("The session has no time yet, so evidence says nothing about it.")]
    finding = seen(observations, terms)
    return [
        *measure(terms),
        *of_evidence(finding, terms, edition, has_ended=times.has_ended(now)),
        *of_time(times, registered_at, now, is_seen=bool(finding.status)),
        *of_people(finding, decision, excuse),
    ]


def measure(terms: Terms) -> Iterator[str]:
    """Yield how long one has to be there."""
    assert terms.instants  # noqa: S101 - `rule_sentences`
    length = terms.instants[1] - terms.instants[0]
    needed = length * terms.share
    yield _("Present: there for at least %(needed)s of %(all)s minutes (%(share)s%%).") % {
        "needed": -(-needed // MINUTE),
        "all": length // MINUTE,
        "share": round(terms.share * 100),
    }
    if terms.late_tolerance:
        yield _("Up to %(n)s minutes late are forgiven.") % {"n": terms.late_tolerance // MINUTE}


def of_evidence(finding: Finding, terms: Terms, edition: Edition, *, has_ended: bool) -> Iterator[str]:
    """Yield what the evidence says, by the most trusted kind that saw the person."""
    assert terms.instants  # noqa: S101 - `rule_sentences`
    if not finding.source or finding.arrived_at is None:
        yield _("No evidence counts for the session.")
        return
    starts, ends = terms.instants
    late = finding.arrived_at - starts
    values = {
        "time": f"{localtime(finding.arrived_at):%H:%M}",
        "n": finding.minutes if finding.source in MEASURING else (ends - finding.arrived_at) // MINUTE,
        "late": late // MINUTE,
    }
    sentence = {
        EvidenceKind.REPORT: _("The meeting report measured %(n)s minutes, from %(time)s, %(late)s minutes late."),
        EvidenceKind.DOOR: _("A door scan counts from then on: from %(time)s, %(n)s minutes to the end."),
        EvidenceKind.WORD: _("An organiser’s word counts from then on: from %(time)s, %(n)s minutes to the end."),
        EvidenceKind.SELF: _("A self check-in counts from then on: from %(time)s, %(n)s minutes to the end."),
        EvidenceKind.LIVE: _("The meeting’s platform saw %(n)s minutes, from %(time)s, %(late)s minutes late."),
        EvidenceKind.JOIN: _("A click on Join at %(time)s, %(n)s minutes before the end, is all that was seen."),
    }[EvidenceKind(finding.source)]
    yield sentence % values
    if finding.source == EvidenceKind.JOIN:
        yield _("What a click on Join counts for in this edition: %(rule)s.") % {
            "rule": edition.get_click_counts_display()
        }
    if has_ended:
        yield _("By that: %(result)s.") % {"result": wording.status_word(finding.status)}


def of_time(
    times: SessionTimes, registered_at: dt.datetime | None, now: dt.datetime, *, is_seen: bool
) -> Iterator[str]:
    """Yield what follows from the time: before the end nothing is settled, and later registrations missed nothing."""
    if not times.has_ended(now):
        yield _("Before the session’s end nothing is settled.")
    elif not is_seen and registered_at and not times.was_registered(registered_at):
        yield _(
            "They registered on %(day)s, after the session: they have not missed it, but must make up a core one."
        ) % {"day": f"{localtime(registered_at):%d.%m.%Y, %H:%M}"}


def of_people(finding: Finding, decision: DecidedOutcome | None, excuse: DecidedOutcome | None) -> Iterator[str]:
    """Yield what an organiser decided, which overrides the evidence."""
    if decision not in {None, DecidedOutcome.LIFTED}:
        yield _("An organiser’s decision counts instead of the evidence.")
    elif excuse is not None and finding.status != DecidedOutcome.PRESENT.value:
        yield _("An approved request counts, because they were not there for long enough.")
