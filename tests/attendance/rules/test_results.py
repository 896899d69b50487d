import json

import pytest

from attendance.rules.results import Results, Scale, Step, in_hours, percent, results_in

RESULTS = Results(
    cities=[("Girona", "ES"), ("Tallinn", "EE"), ("Vic", "ES")],
    n_people=7,
    minutes=95,
    core_places=8,
    core_there=7,
    scales=[Scale(key="satisfaction", label="Satisfied?", mean=4.2, n=9)],
    steps=[Step(slug="challenge", title="Challenge", n_submitted=2)],
)


def test_figures_survive_as_json():
    again = results_in(json.loads(json.dumps(RESULTS.as_row())))

    assert (again, again.token) == (RESULTS, RESULTS.token)
    assert again.scale("satisfaction").mean == 4.2
    assert again.step("none") is None


def test_what_follows_from_figures():
    assert (RESULTS.countries, RESULTS.hours, RESULTS.core_share) == (["EE", "ES"], 1.6, 88)  # 87.5 %
    assert (Results().core_share, Results().token == RESULTS.token) == (None, False)


@pytest.mark.parametrize(("minutes", "hours"), [(0, 0), (90, 1.5), (92, 1.5), (93, 1.6), (100, 1.7)])
def test_minutes_in_hours(minutes, hours):
    assert in_hours(minutes) == hours


@pytest.mark.parametrize(("part", "whole", "share"), [(1, 3, 33), (2, 3, 67), (1, 200, 1), (0, 4, 0), (0, 0, None)])
def test_shares_in_per_cent(part, whole, share):
    assert percent(part, whole) == share
