"""What issuing certificates to everybody would do now."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from attendance.queries.certificate_grounds import claims_of, sessions_of
from attendance.queries.certificates import candidates_of, without_valid
from programme.models import Edition, Participant


@dataclass(frozen=True)
class RunPlan:
    """People without a valid certificate. `completed` and `attended` get one; `nameless` would, but have given no name.

    `n_core_ahead`: the core sessions still to come, after which some may have completed what they only took part in now.
    """

    completed: Sequence[Participant]
    attended: Sequence[Participant]
    nameless: Sequence[Participant]
    n_left_out: int
    n_core_ahead: int

    @property
    def effects(self) -> tuple[tuple[int, str], ...]:
        """Return who gets which, as is agreed to."""
        return (*((it.pk, "completed") for it in self.completed), *((it.pk, "attended") for it in self.attended))


def run_plan(edition: Edition, now: dt.datetime, *, with_attended: bool) -> RunPlan:
    """Return whom a run would give a certificate. `with_attended`: also those who only took part."""
    people = list(without_valid(candidates_of(edition)).order_by("delegation__city__name", "user__name", "pk"))
    claims = claims_of(edition, people, now)
    due = [it for it in people if claims[it.pk].is_completed or (with_attended and claims[it.pk].kind)]
    named = [it for it in due if it.user.name.strip()]
    return RunPlan(
        completed=[it for it in named if claims[it.pk].is_completed],
        attended=[it for it in named if not claims[it.pk].is_completed],
        nameless=[it for it in due if not it.user.name.strip()],
        n_left_out=len(people) - len(due),
        n_core_ahead=sum(it.is_core and not it.is_past(now) for it in sessions_of(edition)),
    )
