import datetime as dt

import pytest

from programme.rules.places import HandOver, places

NOW = dt.datetime(2026, 10, 3, 9, tzinfo=dt.UTC)
ANA, BO, CY, DI = range(1, 5)


def over(person, heir, day=0, city=1, heir_city=1):
    return HandOver(person, heir, NOW + dt.timedelta(days=day), "", city, heir_city)


@pytest.mark.parametrize(
    ("hand_overs", "expected"),
    [
        ([], {}),
        ([over(ANA, BO)], {BO: [ANA]}),
        ([over(ANA, BO), over(BO, CY, 1)], {CY: [BO, ANA]}),  # a chain
        ([over(BO, CY, 1), over(ANA, BO)], {CY: [BO, ANA]}),
        ([over(BO, ANA, 1)], {ANA: [BO]}),  # back to the first: her own hand-over has ended
        ([over(ANA, CY), over(BO, CY, 1)], {CY: [BO, ANA]}),  # left the place, returned to another, left that too
        ([over(ANA, BO), over(CY, DI)], {BO: [ANA], DI: [CY]}),
        ([over(ANA, BO, heir_city=2)], {}),  # the successor was moved to another city since
        ([over(ANA, BO, heir_city=2), over(BO, CY, 1, city=2, heir_city=2)], {CY: [BO]}),
        ([over(ANA, BO), over(BO, CY, 1, heir_city=2)], {}),
        ([over(ANA, BO), over(BO, ANA, 1)], {}),  # no holder: not made by our actions, and no endless loop
    ],
)
def test_whose_place_it_was(hand_overs, expected):
    assert {heir: [it.person for it in before] for heir, before in places(hand_overs).items()} == expected
